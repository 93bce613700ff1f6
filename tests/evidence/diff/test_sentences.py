"""Each kind of change in one sentence of services; nothing is called gone or new that nobody looked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.evidence.strategies import snapshots

from trueup.catalog import load_catalog
from trueup.evidence.diff import compare, dump
from trueup.vocabulary import (
    Absent,
    Answer,
    Connect,
    Container,
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

CATALOG = load_catalog()
NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)
ALL = ("identity", "listeners", "units", "containers", "http", "models", "lanes", "routes", "exposure", "reach")
Seen = tuple[str, str | None, Fact]


def side(
    *seen: Seen,
    hosts: tuple[str, ...] = ("mini", "studio"),
    extent: str = "complete",
    coverages: tuple[Coverage, ...] | None = None,
) -> Snapshot:
    looked = tuple(
        msgspec.convert({"host": host, "collector": collector, "extent": extent}, Coverage)
        for host in hosts
        for collector in ALL
    )
    return Snapshot(
        taken_at=NOON,
        title="A side",
        origin="observed",
        hosts=hosts,
        observations=tuple(observe(host, fact, by="test", service=service) for host, service, fact in seen),
        coverages=looked if coverages is None else coverages,
    )


def told(before: Snapshot, after: Snapshot) -> list[str]:
    return [change.says for change in compare(before, after, CATALOG).changes]


def mini(fact: Fact, service: str | None = "litellm") -> Seen:
    return "mini", service, fact


def answer(status: int | None, path: str = "/health", **more: Any) -> Answer:
    return Answer("GET", f"http://127.0.0.1:4000{path}", status=status, **more)


def unit(*command: str, **more: Any) -> Unit:
    return Unit("litellm.service", command=("/usr/bin/litellm", *command), **more)


def container(**more: Any) -> Container:
    return msgspec.structs.replace(Container("webui", "docker", "webui:1", "running"), **more)


UP = Listener("127.0.0.1", 4000)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
SENTENCES: list[tuple[list[Seen], list[Seen], list[str]]] = [
    ([mini(UP)], [mini(UP)], []),
    ([mini(Listener("127.0.0.1", 4000, pid=1))], [mini(Listener("::1", 4000, pid=2))], []),
    (
        [mini(UP)],
        [mini(Listener("0.0.0.0", 4000))],
        ["LiteLLM on mini moved from loopback to every interface (127.0.0.1:4000 → *:4000)"],
    ),
    (
        [mini(Listener("192.168.1.2", 4000))],
        [mini(Listener("192.168.1.3", 4000))],
        ["LiteLLM on mini changed its address (192.168.1.2:4000 → 192.168.1.3:4000)"],
    ),
    (
        [mini(UP)],
        [mini(Listener("127.0.0.1", 4001))],
        ["LiteLLM on mini moved from port 4000 to 4001 (127.0.0.1:4000 → 127.0.0.1:4001)"],
    ),
    ([mini(UP, "open_webui")], [], ["Open WebUI on mini is gone (127.0.0.1:4000)"]),
    ([], [mini(UP)], ["LiteLLM on mini is new: it listens on 127.0.0.1:4000"]),
    ([mini(UP)], [mini(UP), mini(Listener("*", 4001))], ["LiteLLM on mini also listens on *:4001"]),
    ([mini(UP), mini(Listener("*", 4001))], [mini(UP)], ["LiteLLM on mini no longer listens on *:4001"]),
    (
        [mini(Listener("*", 4020), "optillm")],
        [("studio", "optillm", Listener("*", 4020))],
        ["OptiLLM moved from mini to studio (mini *:4020 → studio *:4020)"],
    ),
    (
        [mini(Listener("127.0.0.1", 4000, process="python3"))],
        [mini(Listener("127.0.0.1", 4000, process="node"))],
        ["LiteLLM on mini (127.0.0.1:4000) is of process `node` instead of `python3`"],
    ),
    ([mini(UP)], [mini(UP, "vllm")], ["127.0.0.1:4000 on mini is vLLM now, was LiteLLM"]),
    ([mini(UP, None)], [mini(UP)], []),
    (
        [mini(Listener("*", 80, process="nginx"), None)],
        [],
        ["nothing listens on *:80 of mini any more; `nginx` did"],
    ),
    ([], [mini(Listener("::1", 5353, "udp"), None)], ["something on mini is new: it listens on 127.0.0.1:5353/udp"]),
    (
        [mini(Listener("127.0.0.1", 80, process="nginx"), None)],
        [mini(Listener("*", 80, process="nginx"), None)],
        ["`nginx` on mini moved from loopback to every interface (127.0.0.1:80 → *:80)"],
    ),
    (
        [mini(Listener("127.0.0.1", 80, process="nginx"), None)],
        [mini(Listener("10.0.0.1", 80, process="caddy"), None)],
        [
            "nothing listens on 127.0.0.1:80 of mini any more; `nginx` did",
            "`caddy` on mini is new: it listens on 10.0.0.1:80",
        ],
    ),
    ([mini(answer(200))], [mini(answer(401))], ["`/health` of LiteLLM on mini: 200 → 401 (now asks for a key)"]),
    ([mini(answer(401))], [mini(answer(200))], ["`/health` of LiteLLM on mini: 401 → 200 (no longer asks for a key)"]),
    (
        [mini(answer(200, key="valid"))],
        [mini(answer(403, key="valid"))],
        ["`/health` with its key of LiteLLM on mini: 200 → 403 (the key is refused now)"],
    ),
    (
        [mini(answer(200))],
        [mini(answer(None, error="connection refused"))],
        ["`/health` of LiteLLM on mini: 200 → no answer (connection refused)"],
    ),
    ([mini(answer(None))], [mini(answer(200))], []),
    (
        [mini(answer(200), None)],
        [mini(Answer("GET", "http://127.0.0.1:9999/health", status=404), None)],
        [],
    ),
    (
        [mini(answer(200, media_type="application/json"))],
        [mini(answer(200, media_type="text/html"))],
        ["`/health` of LiteLLM on mini: `application/json` → `text/html`"],
    ),
    (
        [mini(answer(200, scalars=(("version", "v1.2"), ("uptime", 5), ("at", "2026-01-01"))))],
        [mini(answer(200, scalars=(("version", "v1.3"), ("uptime", 9), ("at", "2026-01-02"))))],
        ["`/health` of LiteLLM on mini: `version` `v1.2` → `v1.3`"],
    ),
    (
        [mini(answer(200, tls=Tls("TLSv1.3", expires_at=NOON)))],
        [mini(answer(200, tls=Tls("TLSv1.3", expires_at=LATER)))],
        [
            "`/health` of LiteLLM on mini: a certificate until 2026-02-09T12:00:00Z → until 2027-01-01T00:00:00Z",
        ],
    ),
    (
        [mini(Models("http://127.0.0.1:4000/v1/models", (ModelId("a", "handle"), ModelId("b", "handle"))))],
        [mini(Models("http://127.0.0.1:4001/v1/models", (ModelId("a", "handle"), ModelId("c", "handle"))))],
        ["LiteLLM on mini lists now also `c`, no longer `b`"],
    ),
    (
        [mini(Models("/v1/models", (ModelId("a", "handle"), ModelId("b", "handle"))))],
        [mini(Models("/v1/models", (ModelId("a", "handle"),), partial=True))],
        [],
    ),
    (
        [("studio", "mlx", Lane(8101, "listening", "mlx-a"))],
        [("studio", "mlx", Lane(8101, "listening", "mlx-b"))],
        ["lane 8101 on studio serves `mlx-b` instead of `mlx-a`"],
    ),
    (
        [("studio", "mlx", Lane(8101, "listening", "mlx-a"))],
        [("studio", "mlx", Lane(8101, "idle"))],
        ["lane 8101 on studio is idle now; before, it served `mlx-a`"],
    ),
    ([("studio", "mlx", Lane(8101, "idle"))], [], ["lane 8101 on studio is gone; it was idle"]),
    (
        [mini(Route("boost", "optillm"))],
        [mini(Route("boost", "ollama"))],
        ["route `boost` of LiteLLM on mini leads to Ollama instead of OptiLLM"],
    ),
    (
        [mini(unit("--port", "4000", "--debug"))],
        [mini(unit("--port=4001", "--host", "::"))],
        [
            "`litellm.service` on mini: command: "
            "`--port 4000` → `--port 4001`; no longer `--debug`; now also `--host ::`"
        ],
    ),
    (
        [mini(unit("--port", "4000"))],
        [mini(unit("--debug", command_partial=True))],
        ["`litellm.service` on mini: command: now also `--debug`"],
    ),
    (
        [mini(unit())],
        [mini(unit(drop_ins=("/etc/a.conf",), enabled="enabled"))],
        ["`litellm.service` on mini: drop-in added: `/etc/a.conf`"],
    ),
    (
        [mini(unit(active="active", sub="running"))],
        [mini(unit(active="failed", sub="failed"))],
        ["`litellm.service` on mini: state `active (running)` → `failed (failed)`"],
    ),
    (
        [mini(unit())],
        [mini(unit(needs_reload=True, started_at=NOON, changed_at=LATER))],
        [
            "`litellm.service` on mini: its files changed and systemd has not read them yet",
            "`litellm.service` on mini: what runs was started before its files changed",
        ],
    ),
    ([mini(unit())], [], ["`litellm.service` on mini is gone"]),
    ([], [mini(unit())], ["`litellm.service` on mini is new"]),
    (
        [mini(container())],
        [mini(container(image="webui:2", ports=(Published(8080, "127.0.0.1", 3000), Published(9))))],
        [
            "docker container `webui` on mini: image `webui:1` → `webui:2`",
            "docker container `webui` on mini: published ports added: "
            "`8080/tcp at 127.0.0.1:3000`, `9/tcp (not published)`",
        ],
    ),
    (
        [],
        [mini(Forward("tailscale serve", 443, Reach.TAILNET, name="mini.ts.net", target="http://127.0.0.1:3000"))],
        ["a forward on mini is new: tailscale serve `mini.ts.net:443` → `http://127.0.0.1:3000` (reach: tailnet)"],
    ),
    (
        [mini(Connect("studio", "10.0.0.2", 8101, "open"))],
        [mini(Connect("studio", "10.0.0.2", 8101, "refused"))],
        ["from mini, studio port 8101 is refused now, was open"],
    ),
    (
        [mini(Identity("mini", "ubuntu", ("10.0.0.1",)))],
        [mini(Identity("mini", "debian", ("10.0.0.9",), clock_ahead=-90))],
        [
            "the operating system of mini is `debian` instead of `ubuntu`",
            "mini has the address `10.0.0.9` now",
            "mini no longer has the address `10.0.0.1`",
            "the clock of mini is 90 s behind now",
        ],
    ),
]


@pytest.mark.parametrize(("before", "after", "says"), SENTENCES)
def test_what_is_said(before: list[Seen], after: list[Seen], says: list[str]) -> None:
    assert told(side(*before), side(*after)) == says


def test_a_host_that_cannot_be_reached_is_one_sentence() -> None:
    before = side(mini(UP), mini(answer(200)), mini(unit()))
    after = side(mini(Unreachable("connect", "timed out"), None), hosts=("studio",))
    assert told(before, after) == ["mini could not be observed (connect: timed out)"]
    assert told(after, before) == ["mini is observed again (it was not: connect: timed out)"]


def test_a_host_that_nobody_looks_at_is_one_sentence() -> None:
    assert told(side(mini(UP)), side(hosts=("studio",))) == ["mini is no longer looked at"]
    assert told(side(hosts=("studio",)), side(mini(UP))) == ["mini is observed now and was not before (1 observation)"]


GONE_OR_NEW = [facts for facts in SENTENCES if bool(facts[0]) != bool(facts[1])]


@pytest.mark.parametrize(("before", "after", "says"), GONE_OR_NEW)
def test_absence_that_nobody_looked_for_is_neither_gone_nor_new(
    before: list[Seen], after: list[Seen], says: list[str]
) -> None:
    said = told(side(*before, extent="partial"), side(*after, extent="partial"))
    assert len(said) == len(says) == 1
    assert "gone" not in said[0]
    assert "any more" not in said[0]
    assert "new" not in said[0]
    assert "looked at" in said[0]


def test_what_was_looked_at_before_is_told() -> None:
    partly = (Coverage(host="mini", collector="listeners", extent="partial", reason="lsof was not root"),)
    fully = (Coverage(host="mini", collector="listeners", extent="complete"),)
    before, after = side(mini(UP), coverages=fully), side(coverages=partly)
    assert told(before, after) == [
        "the listeners of mini are no longer looked at completely (lsof was not root); "
        "not seen now, which says nothing: LiteLLM at 127.0.0.1:4000"
    ]
    assert told(side(coverages=partly), side(coverages=fully)) == [
        "the listeners of mini are looked at completely now, in part before"
    ]


def test_a_window_of_ports_is_looked_at_like_all() -> None:
    window = Coverage(host="mini", collector="listeners", extent="complete", ports=(PortRange(4000, 4010),))
    rest = Coverage(host="mini", collector="listeners", extent="partial")
    said = told(
        side(mini(UP), mini(Listener("*", 3000), "open_webui"), coverages=(window, rest)),
        side(coverages=(window, rest)),
    )
    assert said == [
        "LiteLLM on mini is gone (127.0.0.1:4000)",
        "the listeners of mini are looked at in part; not seen now, which says nothing: Open WebUI at *:3000",
    ]


@pytest.mark.parametrize("absent", [Absent("listener", ports=PortRange(4000, 4000)), Absent("service", name="litellm")])
def test_absence_that_was_written_down_counts(absent: Absent) -> None:
    partial = side(mini(UP), extent="partial")
    assert told(partial, side(mini(absent, None), extent="partial")) == ["LiteLLM on mini is gone (127.0.0.1:4000)"]


def test_every_interface_is_wider_whoever_looked() -> None:
    narrow, wide = side(mini(UP), extent="partial"), side(mini(Listener("*", 4000)), extent="partial")
    assert told(narrow, wide) == ["LiteLLM on mini moved from loopback to every interface (127.0.0.1:4000 → *:4000)"]
    assert not any("moved" in each for each in told(wide, narrow))


def test_what_a_host_says_is_harmless_in_a_sentence() -> None:
    hostile = "x\x1b[31m\n`y`"
    for fact in (Listener("*", 1, process=hostile), Unit(hostile), Container(hostile, "docker", hostile, hostile)):
        for says in told(side(), side(mini(fact, None))):
            assert says.isprintable()


@settings(max_examples=60)
@given(before=snapshots, after=snapshots)
def test_any_two_snapshots_can_be_compared(before: Snapshot, after: Snapshot) -> None:
    assert compare(before, before, CATALOG).changes == ()
    found = compare(before, after, CATALOG)
    assert msgspec.json.decode(dump(found))["schema"] == "https://trueup.dev/schemas/changes/1"
    assert all(change.says.isprintable() for change in found.changes)


@settings(max_examples=60)
@given(before=snapshots, after=snapshots)
def test_where_nobody_looked_nothing_is_gone_and_nothing_new(before: Snapshot, after: Snapshot) -> None:
    blind = tuple(each for each in after.observations if not isinstance(each.fact, Absent))
    unlooked = msgspec.structs.replace(after, coverages=(), observations=blind)
    assert not {change.what for change in compare(before, unlooked, CATALOG).changes} & {"gone", "moved"}
    unlooked = msgspec.structs.replace(before, coverages=())
    assert not any(" is new" in change.says for change in compare(unlooked, after, CATALOG).changes)


def test_what_a_unit_was_not_asked_for_is_not_added() -> None:
    noted, more = unit(), unit(drop_ins=("/etc/a.conf",), environment=("A",))
    assert told(side(mini(noted), extent="partial"), side(mini(more), extent="partial")) == []
    assert told(side(mini(more), extent="partial"), side(mini(noted), extent="partial")) == []
