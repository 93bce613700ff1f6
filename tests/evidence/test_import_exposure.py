"""Containers, forwards, hosts out of reach and reloads as a person writes them, and silence where they are in doubt."""

from __future__ import annotations

import pytest

from trueup.catalog import load_catalog
from trueup.evidence.importing import ImportResult, import_markdown
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Answer, Container, Fact, Forward, Identity, Published, Reach, Unit, Unreachable

LEXICON = Lexicon.build(load_catalog(), Manifest())
NAME = "box.tail1234.ts.net"
SERVED = Forward("tailscale serve", 443, Reach.TAILNET, name=NAME, target="127.0.0.1:3000")


def read(body: str) -> ImportResult:
    text = f"# 2026-08-11\n\n## Box (Linux)\n\n{body}\n\n## Studio (macOS)\n"
    return import_markdown(text, path="2026-08-11.md", lexicon=LEXICON, empty=True)


def told(body: str, *, host: str = "box") -> set[Fact]:
    seen = read(body).snapshot.observations
    return {each.fact for each in seen if each.host == host and not isinstance(each.fact, Identity)}


def ps(*, engine: str = "docker", status: str = "Up 3 weeks", ports: str = "0.0.0.0:3000->8080/tcp") -> str:
    row = ("3f2a1b4c5d6e", "example/web:1", '"start.sh"', "3 weeks ago", status, ports, "web")
    return f"`{engine} ps`:\n\n```\n{'   '.join(row)}\n```"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Up 3 weeks", "running"),
        ("Up About an hour (healthy)", "running"),
        ("Up 2 hours (Paused)", "paused"),
        ("Exited (137) 4 days ago", "exited"),
        ("Created", "created"),
        ("Restarting (1) 5 seconds ago", "restarting"),
        ("Dead", "dead"),
    ],
)
def test_a_line_of_docker_ps(status: str, state: str) -> None:
    ports = (Published(8080, "0.0.0.0", 3000),)
    assert told(ps(status=status)) == {Container("web", "docker", "example/web:1", state, ports=ports)}


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("", ()),
        ("8080/tcp", (Published(8080),)),
        ("0.0.0.0:53->53/udp, :::53->53/udp", (Published(53, "0.0.0.0", 53, "udp"), Published(53, "::", 53, "udp"))),
        ("127.0.0.1:8000-8001->80-81/tcp", (Published(80, "127.0.0.1", 8000), Published(81, "127.0.0.1", 8001))),
    ],
)
def test_ports_of_podman_ps(written: str, ports: tuple[Published, ...]) -> None:
    assert told(ps(engine="podman", ports=written)) == {
        Container("web", "podman", "example/web:1", "running", ports=ports)
    }


def test_a_container_in_a_sentence() -> None:
    line = "Docker container `web` (`example/web:1`, up 3 days): published `0.0.0.0:3000->8080/tcp`, `9090/tcp`."
    ports = (Published(8080, "0.0.0.0", 3000), Published(9090))
    assert told(line) == {Container("web", "docker", "example/web:1", "running", ports=ports)}


@pytest.mark.parametrize(
    "body",
    [
        ps(engine="nerdctl"),
        ps(engine="docker or podman"),
        ps(status="Humming"),
        ps(ports="0.0.0.0:5060->5060/sctp"),
        ps(ports="0.0.0.0:3000-3001->8080/tcp"),
        ps(ports="0.0.0.0:3000->808080/tcp"),
        ps(ports="0.0.0.0:1-9000->1-9000/tcp"),
        "Container `web` (`example/web:1`, up): published `0.0.0.0:3000->8080/tcp`",
        "Docker container `web`: published `0.0.0.0:3000->8080/tcp`",
        "Docker container `web` (`example/web:1`, odd): published `0.0.0.0:3000->8080/tcp`",
    ],
)
def test_a_container_in_doubt_is_told_of_and_not_read(body: str) -> None:
    result = read(body)
    assert told(body) == set()
    assert [line.reason for line in result.not_understood] in (["no service"], ["unknown form"])


def test_a_plan_for_a_container_states_nothing() -> None:
    line = "Docker container `web` (`example/web:1`, up): published `0.0.0.0:3000->8080/tcp`"
    assert told(f"### Planned\n\n- {line}") == set()
    assert told(f"- [ ] {line}") == set()


@pytest.mark.parametrize(
    ("line", "forward"),
    [
        (f"`tailscale serve`: https://{NAME} → 127.0.0.1:3000", SERVED),
        (f"tailscale serve: https://{NAME}/ → 127.0.0.1:3000", SERVED),
        (f"tailscale serve: `https://{NAME}` -> `127.0.0.1:3000`", SERVED),
        (f"Tailscale serve https://{NAME} proxies to 127.0.0.1:3000.", SERVED),
        (
            f"tailscale funnel: https://{NAME}:8443/x => http://localhost:3000",
            Forward("tailscale funnel", 8443, Reach.ANY, name=NAME, path="/x", target="http://localhost:3000"),
        ),
        ("nginx: 0.0.0.0:80 → 127.0.0.1:3000", Forward("nginx", 80, Reach.ANY, "0.0.0.0", target="127.0.0.1:3000")),
        (
            "caddy: 192.168.1.5:80 forwards to 127.0.0.1:3000",
            Forward("caddy", 80, Reach.LAN, "192.168.1.5", target="127.0.0.1:3000"),
        ),
    ],
)
def test_a_forward(line: str, forward: Forward) -> None:
    assert told(line) == {forward}


@pytest.mark.parametrize(
    "line",
    [
        f"https://{NAME} → 127.0.0.1:3000",
        f"tailscale serve or tailscale funnel: https://{NAME} → 127.0.0.1:3000",
        "tailscale serve: https://box.example.org → 127.0.0.1:3000",
        "nginx: https://chat.example.org → 127.0.0.1:3000",
        f"tailscale serve: https://{NAME} and 127.0.0.1:3000",
        "tailscale serve is on",
        f"tailscale serve: https://{NAME}",
        f"tailscale serve: https://{NAME} → 127.0.0.1:3000 → 127.0.0.1:4000",
        f"tailscale serve: https://{NAME} should lead to 127.0.0.1:3000",
        f"tailscale serve: https://{NAME} does not go → 127.0.0.1:3000",
        f"If tailscale serve is on: https://{NAME} → 127.0.0.1:3000",
    ],
)
def test_a_forward_in_doubt(line: str) -> None:
    assert told(line) == set()


def test_what_tailscale_serve_status_prints() -> None:
    lines = (f"https://{NAME} (tailnet only)", "|-- /  proxy http://127.0.0.1:3000", "|-- /x text  hello")
    result = read("```\n" + "\n".join(lines) + "\n```")
    assert {seen.fact for seen in result.snapshot.observations if seen.host == "box"} >= {
        Forward("tailscale serve", 443, Reach.TAILNET, name=NAME, target="http://127.0.0.1:3000"),
        Forward("tailscale serve", 443, Reach.TAILNET, name=NAME, path="/x"),
    }
    assert result.not_understood == ()


def test_a_mount_without_its_address_is_not_read() -> None:
    assert told("```\n|-- /  proxy http://127.0.0.1:3000\n```") == set()


def test_a_forward_s_service_is_the_one_behind_it() -> None:
    result = read(f"Listening: `127.0.0.1:3000` (Open WebUI)\n\n`tailscale serve`: https://{NAME} → 127.0.0.1:3000")
    assert [seen.service for seen in result.snapshot.observations if seen.fact == SERVED] == ["open_webui"]


@pytest.mark.parametrize(
    ("line", "unreachable"),
    [
        ("Could not reach studio (ssh: connection refused).", Unreachable("connect", "ssh: connection refused")),
        ("could not reach `studio`", Unreachable("connect", "could not reach")),
        ("We couldn't connect to studio: no route to host", Unreachable("connect", "no route to host")),
        (
            "Could not reach studio (ssh: connect to host studio port 22: Connection timed out)",
            Unreachable("connect", "ssh: connect to host studio port 22: Connection timed out"),
        ),
        (
            "Unable to log in to studio: Permission denied (publickey).",
            Unreachable("login", "Permission denied (publickey)"),
        ),
        ("Failed to ssh into studio (host key changed)", Unreachable("host key", "host key changed")),
        ("studio could not be reached (powered off)", Unreachable("connect", "powered off")),
    ],
)
def test_a_host_out_of_reach(line: str, unreachable: Unreachable) -> None:
    assert told(line, host="studio") == {unreachable}
    assert told(line) == set()
    assert not [c for c in read(line).snapshot.coverages if c.host == "studio" and c.collector != "identity"]


@pytest.mark.parametrize(
    "line",
    [
        "Could not reach studio from the kitchen.",
        "Could not reach LiteLLM on studio (connection refused).",
        "Could not reach studio's gateway.",
        "Could not reach studio:4020 (connection refused).",
        "Could not reach studio (it is quiet there)",
        "Could not observe studio.",
        "We could reach studio (no connection refused).",
        "If studio could not be reached, call Eva.",
        "studio could not be reached from mini",
        "We should log in to studio: permission denied is no excuse.",
    ],
)
def test_a_host_in_doubt(line: str) -> None:
    assert told(line, host="studio") == set()
    assert not any(isinstance(fact, Unreachable) for fact in told(line))


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("`litellm.service` needs a daemon-reload", True),
        ("`litellm.service` needs daemon-reload", True),
        ("`litellm.service`: NeedDaemonReload=yes", True),
        ("`litellm.service` changed on disk", True),
        ("`litellm.service` does not need a daemon-reload", False),
        ("`litellm.service` needs no daemon-reload", False),
        ("`litellm.service`: NeedDaemonReload=no", False),
        ("`litellm.service` is active", None),
    ],
)
def test_whether_a_unit_needs_a_reload(line: str, needs: bool | None) -> None:
    [unit] = told(line)
    assert isinstance(unit, Unit)
    assert unit.needs_reload is needs


def test_the_warning_of_systemctl_status() -> None:
    printed = (
        "$ systemctl status litellm",
        "Warning: The unit file, source configuration file or drop-ins of litellm.service changed on disk. "
        "Run 'systemctl daemon-reload' to reload units.",
        "     Active: active (running) since Mon 2026-08-10 08:00:00 UTC",
    )
    [unit] = told("```\n" + "\n".join(printed) + "\n```")
    assert isinstance(unit, Unit)
    assert (unit.active, unit.needs_reload) == ("active", True)


def test_what_a_url_leads_to_is_no_body_of_an_answer() -> None:
    assert not any(isinstance(fact, Answer) for fact in told("`https://chat.example.org` → `127.0.0.1:3000`"))
