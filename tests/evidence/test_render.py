"""A snapshot as Markdown: in the layout of the first one, readable, and deaf to what hosts say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from trueup.evidence.render import render
from trueup.vocabulary import (
    Absent,
    Answer,
    Connect,
    Container,
    Cost,
    Coverage,
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
    Route,
    Snapshot,
    Tls,
    Unit,
    Unreachable,
    observe,
)

from .strategies import snapshots


def a_snapshot(*facts: tuple[Fact, str | None, str]) -> Snapshot:
    return Snapshot(
        taken_at=datetime(2026, 4, 1, 10, tzinfo=UTC),
        title="Evening round",
        origin="observed",
        hosts=("attic",),
        observations=tuple(observe("attic", fact, service=service, by=by) for fact, service, by in facts),
        coverages=(
            Coverage(host="attic", collector="listeners", extent="complete"),
            Coverage(host="attic", collector="units", extent="none", reason="no systemd"),
        ),
        costs=(
            Cost(
                host="attic",
                connections=1,
                executions=2,
                commands=3,
                requests=7,
                bytes=96,
                cpu_seconds=0.25,
                wall_seconds=1.5,
            ),
        ),
        previous="0123456789abcdef" * 4,
    )


def test_the_whole_layout() -> None:
    url = "http://127.0.0.1:4000"
    snapshot = a_snapshot(
        (Identity("attic", "macos", ("10.0.0.5",)), None, "hostname"),
        (
            Unit("litellm.service", path="/etc/x.service", command=("/bin/litellm", "-h", "a b")),
            "litellm",
            "systemctl",
        ),
        (Listener("::1", 4000, process="litellm", pid=7), "litellm", "ss -H -tlnp"),
        (Listener("0.0.0.0", 22), None, "ss -H -tlnp"),
        (Answer("GET", f"{url}/health", status=401, media_type="application/json"), "litellm", f"GET {url}/health"),
        (Lane(8100, "listening", "mlx-small"), "mlx", "lanes status"),
        (Models(f"{url}/v1/models", (ModelId("/m/x", "path"),), partial=True), "mlx", f"GET {url}/v1/models"),
        (Route("boost", "optillm"), "litellm", "config"),
        (Absent("listener", ports=PortRange(8104, 8139)), "mlx", "ss -H -tlnp"),
    )
    assert render(snapshot, ("Look twice.",)) == EXPECTED


EXPECTED = """\
# 2026-04-01 — Evening round

<!-- trueup: snapshot -->

This snapshot is **evidence**, not canon.

Rendered by Trueup from `https://trueup.dev/schemas/snapshot/1`:

- Taken at `2026-04-01T10:00:00Z`
- Origin `observed`
- Hosts `attic`
- Previous `0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`

## Attic (macOS) — evidence

### Identity

Seen by `hostname`:

- Identity — hostname `attic`; os `macos`; addresses `10.0.0.5`

### Units

Seen by `systemctl`:

- Unit `litellm.service` (litellm)
  - path `/etc/x.service`
  - command `/bin/litellm -h 'a b'`

### Listening sockets (all)

Seen by `ss -H -tlnp`:

- `[::1]:4000` (litellm) — process `litellm`; pid `7`
- `0.0.0.0:22` — reach `any`

### Health and API behaviour

- `GET http://127.0.0.1:4000/health` => 401 (litellm) — type `application/json`

### Model ports

Seen by `lanes status`:

- `8100` listening (mlx) — handle `mlx-small`

### Model ids

- Models listed by `http://127.0.0.1:4000/v1/models`, in part (mlx)
  - path `/m/x`

### Routes

Seen by `config`:

- Route `boost` to `optillm` (litellm)

### Not present

Seen by `ss -H -tlnp`:

- No listener (mlx) — ports `8104-8139`

### Coverage and cost

- listeners: complete
- units: none — reason `no systemd`
- Cost — connections `1`; executions `2`; commands `3`; requests `7`; bytes `96`; CPU seconds `0.25`; wall seconds `1.5`

## Drift notes (derived from this snapshot)

1. Look twice.
"""


def test_a_unit_tells_an_operator_first_what_to_do() -> None:
    at = datetime(2026, 3, 30, 8, tzinfo=UTC)
    unit = Unit(
        "litellm.service",
        scope="user",
        owner="eva",
        environment=("LITELLM_MASTER_KEY",),
        environment_files=("/etc/litellm.env",),
        active="active",
        needs_reload=True,
        started_at=at,
        changed_at=at.replace(day=31),
        exit="exit-code 1",
    )
    assert _section("Units", unit) == [
        "- Unit `litellm.service`",
        "  - started before its files changed",
        "  - needs reload",
        "  - scope `user`",
        "  - owner `eva`",
        "  - active `active`",
        "  - last exit `exit-code 1`",
        "  - started `2026-03-30T08:00:00Z`",
        "  - files changed `2026-03-31T08:00:00Z`",
        "  - environment `LITELLM_MASTER_KEY`",
        "  - environment files `/etc/litellm.env`",
    ]
    waits = Unit("docker.socket", listens=("/run/docker.sock",), triggers=("docker.service",), needs_reload=False)
    assert _section("Units", waits) == [
        "- Unit `docker.socket`",
        "  - listens `/run/docker.sock`",
        "  - triggers `docker.service`",
        "  - needs no reload",
    ]


@pytest.mark.parametrize(
    ("section", "fact", "line"),
    [
        (
            "Could not be observed",
            Unreachable("host key", "unknown key"),
            "- Could not be observed, stopped at host key — error `unknown key`",
        ),
        (
            "Identity",
            Identity("attic", clock_ahead=-90),
            "- Identity — hostname `attic`; seconds that its clock is behind `90`",
        ),
        (
            "Containers",
            Container(
                "webui",
                "podman",
                "open-webui:main",
                "running",
                "always",
                "bridge",
                (Published(8080, "::", 3000), Published(53, "*", 53, "udp"), Published(9090), Published(1, "*")),
            ),
            "- Container `webui` — engine `podman`; image `open-webui:main`; state `running`; restart `always`; "
            "network `bridge`; ports `[::]:3000->8080/tcp`, `*:53->53/udp`, `9090/tcp`, `*:->1/tcp`",
        ),
        (
            "Listening sockets",
            Listener("*", 22, interface="eth0"),
            "- `*:22` — interface `eth0`; reach `lan`",
        ),
        (
            "Forwards",
            Forward("tailscale serve", 443, Reach.TAILNET, name="a.ts.net", path="/", target="http://127.0.0.1:3000"),
            "- Forward `*:443` to `http://127.0.0.1:3000` — via `tailscale serve`; name `a.ts.net`; path `/`; "
            "reach `tailnet`",
        ),
        (
            "Forwards",
            Forward("caddy", 80, Reach.ANY),
            "- Forward `*:80` — via `caddy`; reach `any`; answers itself",
        ),
        (
            "Health and API behaviour",
            Answer("GET", "/", status=200, tls=Tls("TLSv1.3", ("a.lan",), datetime(2026, 5, 1, tzinfo=UTC), True)),
            "- `GET /` => 200 — TLS `TLSv1.3`; certificate trusted; certificate names `a.lan`; "
            "certificate ends `2026-05-01T00:00:00Z`",
        ),
        (
            "Health and API behaviour",
            Answer("GET", "/", error="bad certificate", tls=Tls("TLSv1.2")),
            "- `GET /` => no status noted — error `bad certificate`; TLS `TLSv1.2`; certificate not trusted",
        ),
        (
            "Reach of other hosts",
            Connect("studio", "10.0.0.7", 4020, "silent", "no answer in 2 s"),
            "- Connection to `studio` at `10.0.0.7:4020` silent — error `no answer in 2 s`",
        ),
    ],
)
def test_a_fact_as_one_line(section: str, fact: Fact, line: str) -> None:
    assert _section(section, fact) == [line]


def _section(title: str, fact: Fact) -> list[str]:
    """The items of one section of a snapshot that holds one fact."""
    lines = render(a_snapshot((fact, None, "x"))).split("\n")
    after = lines[next(at for at, line in enumerate(lines) if line.startswith(f"### {title}")) + 1 :]
    items = after[: after.index("### Coverage and cost")]
    return [line for line in items if line.lstrip().startswith("- ")]


def test_text_from_hosts_stays_inside_its_code_span() -> None:
    evil = "x`\n\n## Other (Linux) — evidence\n\n- `0.0.0.0:1` <img src=x> | \u202e\x1b[2J"
    text = render(a_snapshot((Listener("127.0.0.1", 4000, process=evil), "litellm", evil)))
    assert "\n## Other" not in text
    assert all(line.isprintable() for line in text.split("\n"))
    [line] = [line for line in text.split("\n") if line.startswith("- `127.0.0.1:4000`")]
    assert r"process `x\u{60}\n\n## Other (Linux) — evidence\n\n- \u{60}0.0.0.0:1\u{60} <img src=x> \u{7c} " in line


@settings(max_examples=150, deadline=None)
@given(snapshots)
def test_outside_code_spans_stand_only_our_own_words(snapshot: Snapshot) -> None:
    from trueup.reading.markdown import read

    text = render(snapshot)
    assert all(line.isprintable() for line in text.split("\n"))
    headings = [block.text.text for block in read(text).blocks if block.kind == "heading"]
    hosts = {*snapshot.hosts, *(seen.host for seen in snapshot.observations)}
    hosts |= {coverage.host for coverage in snapshot.coverages} | {cost.host for cost in snapshot.costs}
    assert sum(heading.endswith("— evidence") for heading in headings[1:]) == len(hosts)
