"""Drift notes: what one snapshot alone makes worth a second look, and silence otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings

from trueup.catalog import load_catalog
from trueup.evidence.notes import drift_notes
from trueup.vocabulary import (
    Absent,
    Answer,
    Connect,
    Container,
    Fact,
    Forward,
    Identity,
    Lane,
    Listener,
    ModelId,
    Models,
    PortRange,
    Published,
    Reach,
    Snapshot,
    Tls,
    Unit,
    Unreachable,
    observe,
)

from .strategies import snapshots

CATALOG = load_catalog()
TAKEN_AT = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HEALTH = "http://127.0.0.1:4000/health"
MODELS = "http://127.0.0.1:8100/v1/models"


def notes(*seen: tuple[str, str | None, Fact]) -> tuple[str, ...]:
    snapshot = Snapshot(
        taken_at=TAKEN_AT,
        title="t",
        origin="observed",
        hosts=tuple(dict.fromkeys(host for host, _, _ in seen)),
        observations=tuple(observe(host, fact, service=service, by="x") for host, service, fact in seen),
        coverages=(),
    )
    return drift_notes(snapshot, CATALOG)


def test_a_health_path_that_asks_for_a_key() -> None:
    assert notes(("mini", "litellm", Answer("GET", HEALTH, status=401))) == (
        "LiteLLM asks for a key at `/health` on `mini`: without one it answers 401.",
    )


def test_a_service_that_is_not_there_and_where_it_is() -> None:
    absent = ("mini", "optillm", Absent("service", name="optillm"))
    assert notes(absent) == ("OptiLLM was looked for on `mini` and is not there.",)
    assert notes(absent, ("studio", "optillm", Listener("127.0.0.1", 4020))) == (
        "OptiLLM was looked for on `mini` and is not there; it was seen on `studio`.",
    )


def test_paths_where_lanes_have_handles() -> None:
    models = ("studio", "mlx", Models(MODELS, (ModelId("/m/x", "path"),)))
    lane = ("studio", "mlx", Lane(8100, "listening", "mlx-small"))
    assert notes(models, lane) == (
        f"`{MODELS}` on `studio` lists file system paths as model ids, not handles such as `mlx-small`.",
    )
    assert notes(models) == ()
    assert notes(models, ("mini", *lane[1:])) == ()


def test_wider_than_the_kind_s_default() -> None:
    ports = [("studio", "mlx", Listener("*", port)) for port in (8101, 8100)]
    assert notes(*ports) == ("MLX listens on every interface of `studio`, port 8100, 8101; its default is loopback.",)


def test_a_listener_tied_to_an_interface_reaches_no_further_than_that() -> None:
    assert notes(("studio", "mlx", Listener("*", 8100, interface="lo"))) == ()
    assert notes(("studio", "mlx", Listener("*", 8100, interface="tailscale0"))) == ()


def test_a_host_that_could_not_be_observed_is_one_note() -> None:
    assert notes(
        ("studio", None, Unreachable("login", "permission denied")),
        ("studio", None, Unreachable("look", "timed out")),
        ("mini", None, Unreachable("connect", "refused")),
    ) == (
        "`studio` could not be observed, stopped at login: `permission denied`.",
        "`mini` could not be observed, stopped at connect: `refused`.",
    )


def test_a_clock_that_is_off() -> None:
    assert notes(("mini", None, Identity("mini", clock_ahead=-90)), ("studio", None, Identity(clock_ahead=1))) == (
        "The clock of `mini` is 90 seconds behind the observer's: the times that it tells are off by as much.",
        "The clock of `studio` is 1 second ahead of the observer's: the times that it tells are off by as much.",
    )
    assert notes(("mini", None, Identity("mini", "debian"))) == ()


def test_a_failed_unit_of_a_recognised_service() -> None:
    assert notes(("mini", "litellm", Unit("litellm.service", active="failed", exit="exit-code 1"))) == (
        "LiteLLM: `litellm.service` on `mini` has failed (`exit-code 1`).",
    )
    assert notes(("mini", "litellm", Unit("litellm.service", active="failed"))) == (
        "LiteLLM: `litellm.service` on `mini` has failed.",
    )


def test_units_that_need_a_daemon_reload_are_one_note_a_host() -> None:
    assert notes(("mini", None, Unit("a.service", needs_reload=True))) == (
        "`a.service` on `mini` needs a daemon-reload: files changed since the manager read them.",
    )
    assert notes(
        ("mini", None, Unit("a.service", needs_reload=True)), ("mini", None, Unit("b.service", needs_reload=True))
    ) == ("`a.service`, `b.service` on `mini` need a daemon-reload: files changed since the manager read them.",)


def test_a_unit_that_runs_older_files() -> None:
    assert notes(("mini", None, Unit("a.service", started_at=TAKEN_AT - 2 * DAY, changed_at=TAKEN_AT - DAY))) == (
        "`a.service` on `mini` started at `2026-03-30T00:00:00Z` and its files changed at `2026-03-31T00:00:00Z`: "
        "what is configured is not what runs.",
    )


@pytest.mark.parametrize(
    ("left", "end"),
    [
        (14 * DAY, "ends in 14 days: `2026-04-15T00:00:00Z`."),
        (1.5 * DAY, "ends in 1 day: `2026-04-02T12:00:00Z`."),
        (0.5 * DAY, "ends in less than a day: `2026-04-01T12:00:00Z`."),
        (0 * DAY, "has ended: `2026-04-01T00:00:00Z`."),
        (-DAY, "has ended: `2026-03-31T00:00:00Z`."),
    ],
)
def test_a_certificate_that_ends_soon_is_noted_once_a_server(left: timedelta, end: str) -> None:
    tls = Tls("TLSv1.3", ("mini.example",), TAKEN_AT + left, trusted=True)
    urls = ("https://127.0.0.1:3000/health", "https://127.0.0.1:3000/version")
    answers = [("mini", "open_webui", Answer("GET", url, status=200, tls=tls)) for url in urls]
    assert notes(*answers) == (f"The certificate of `https://127.0.0.1:3000` on `mini` {end}",)


def a_container(*ports: Published, state: str = "running") -> Container:
    return Container("boost", "docker", "optillm:1", state, ports=ports)


def test_a_container_published_further_than_the_kind_s_default() -> None:
    container = a_container(Published(8000, "*", 4020), Published(8000, "::", 4020), Published(9000))
    listener = Listener("*", 4020, process="docker-proxy")
    noted = ("Container `boost` publishes OptiLLM on every interface of `mini`, port 4020; its default is loopback.",)
    assert notes(("mini", "optillm", container)) == noted
    assert notes(("mini", "optillm", container), ("mini", "optillm", listener)) == noted


SERVED = Forward("tailscale serve", 443, Reach.TAILNET, name="mini.ts.net", target="http://127.0.0.1:3000")
HANDED_ON = (
    "Open WebUI listens on loopback only on `mini`, port 3000, but tailscale serve hands it on from "
    "`mini.ts.net:443`: its reach there is `tailnet`."
)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:3000",
        "http://localhost:3000/",
        "127.0.0.1:3000",
        "https+insecure://[::1]:3000/x",
        "localhost:3000",
    ],
)
def test_a_forward_further_than_the_bind(target: str) -> None:
    forward = ("mini", None, msgspec.structs.replace(SERVED, target=target))
    assert notes(("mini", "open_webui", Listener("127.0.0.1", 3000)), forward) == (HANDED_ON,)


def test_a_forward_on_the_port_that_it_hands_on_to() -> None:
    bind = ("mini", "open_webui", Listener("127.0.0.1", 3000))
    proxy = ("mini", None, Listener("100.64.0.7", 3000, process="tailscaled"))
    same = ("mini", None, msgspec.structs.replace(SERVED, port=3000))
    assert notes(bind, proxy, same) == (HANDED_ON.replace(":443", ":3000"),)
    assert notes(bind, proxy, ("mini", None, SERVED)) == ()


@pytest.mark.parametrize(
    ("address", "forward"),
    [
        ("*", SERVED),
        ("127.0.0.1", msgspec.structs.replace(SERVED, reach=Reach.LOOPBACK)),
        ("127.0.0.1", msgspec.structs.replace(SERVED, target="http://192.168.1.20:3000")),
        ("127.0.0.1", msgspec.structs.replace(SERVED, target="http://127.0.0.1:3001")),
        ("127.0.0.1", msgspec.structs.replace(SERVED, target="http://127.0.0.1")),
        ("127.0.0.1", msgspec.structs.replace(SERVED, target="backend")),
        ("127.0.0.1", msgspec.structs.replace(SERVED, target=None)),
    ],
)
def test_a_forward_that_reaches_no_further(address: str, forward: Forward) -> None:
    assert notes(("mini", "open_webui", Listener(address, 3000)), ("mini", None, forward)) == ()
    assert notes(("studio", "open_webui", Listener("127.0.0.1", 3000)), ("mini", None, SERVED)) == ()


def test_a_proxy_that_is_configured_and_does_not_listen_is_no_note() -> None:
    bind = ("mini", "open_webui", Listener("127.0.0.1", 3000))
    proxied = ("mini", None, Forward("nginx", 80, Reach.ANY, target="http://127.0.0.1:3000"))
    assert notes(bind, proxied) == ()
    assert notes(bind, proxied, ("mini", None, Listener("*", 80, process="nginx"))) == (
        "Open WebUI listens on loopback only on `mini`, port 3000, but nginx hands it on from `*:80`: "
        "its reach there is `any`.",
    )


def test_a_declared_port_that_refuses_is_one_note_for_all_vantages() -> None:
    refused = Connect("studio", "10.0.0.7", 4020, "refused", "connection refused")
    assert notes(("mini", "optillm", refused), ("attic", "optillm", refused)) == (
        "OptiLLM on `studio` refuses connections at `10.0.0.7:4020` from `mini`, `attic`.",
    )


@pytest.mark.parametrize(
    ("service", "fact"),
    [
        ("litellm", Answer("GET", HEALTH, status=401, key="wrong")),
        ("litellm", Answer("GET", HEALTH, status=200)),
        ("litellm", Answer("GET", "http://127.0.0.1:4000/v1/models", status=401)),
        ("litellm", Listener("*", 4000)),
        ("mlx", Listener("127.0.0.1", 8100)),
        ("mlx", Absent("listener", ports=PortRange(8104, 8139))),
        (None, Listener("*", 22)),
        ("litellm", Unit("litellm.service", active="active", needs_reload=False)),
        ("litellm", Unit("litellm.service", started_at=TAKEN_AT, changed_at=TAKEN_AT)),
        ("litellm", Unit("litellm.service", started_at=TAKEN_AT)),
        (None, Unit("other.service", active="failed")),
        ("litellm", Answer("GET", "https://x/", tls=Tls("TLSv1.3", (), TAKEN_AT + 14.1 * DAY))),
        ("litellm", Answer("GET", "https://x/", tls=Tls("TLSv1.3"))),
        ("litellm", a_container(Published(4000, "*", 4000))),
        (None, a_container(Published(8000, "*", 4020))),
        ("optillm", a_container(Published(8000, "127.0.0.1", 4020))),
        ("optillm", a_container(Published(8000, "*"))),
        ("optillm", a_container(Published(8000, None, 4020))),
        ("optillm", a_container(Published(8000, "*", 4020), state="exited")),
        ("optillm", Connect("studio", "10.0.0.7", 4020, "open")),
        ("optillm", Connect("studio", "10.0.0.7", 4020, "silent", "timed out")),
    ],
)
def test_silence(service: str | None, fact: Fact) -> None:
    assert notes(("mini", service, fact)) == ()


@settings(max_examples=100, deadline=None)
@given(snapshots)
def test_notes_are_single_printable_lines(snapshot: Snapshot) -> None:
    assert all(note.isprintable() for note in drift_notes(snapshot, CATALOG))
