"""A whole Mac from bytes in documented formats: no macOS was at hand, so nothing here is captured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from trueup.catalog import load_catalog
from trueup.evidence.collect import take_snapshot
from trueup.evidence.transports.base import Output
from trueup.evidence.transports.replay import ReplayTransport
from trueup.manifest import Host, Manifest, Service
from trueup.vocabulary import Lane, Listener, Snapshot, Unit

from .collectors.captures import capture

NOW = datetime(2026, 2, 9, tzinfo=UTC)
DAEMONS = "/Library/LaunchDaemons"
LISTENING = b"p412\ncpython3.11\nf4\ntIPv4\nn*:8100\np9\ncoptillm\nf5\ntIPv6\nn[::1]:4020\n"


def mac(
    answers: Mapping[tuple[str, int], Mapping[str, bytes]] | None = None, **changed: Output | bytes
) -> ReplayTransport:
    outputs: dict[str, Output | bytes] = {
        "uname": capture("identity/built_uname_macos"),
        "user": b"501\n",
        "sw-vers": capture("identity/built_sw_vers"),
        "ifconfig": capture("identity/built_ifconfig_macos"),
        "lsof": Output(stdout=LISTENING, as_root=True),
        "ps": b"    1 /sbin/launchd\n  412 /opt/mlx/bin/python3.11 -m mlx_lm server --port 8100\n",
        "launchctl-system": capture("launchd/built_print_system"),
        "launchctl-own": capture("launchd/built_print_gui"),
        "launchctl-disabled": capture("launchd/built_print_disabled"),
        "launchd-files": f"{DAEMONS}/com.studio.mlx.8100.plist\n".encode(),
        "launchctl print system/com.studio.mlx.8100": capture("launchd/built_print_job"),
        f"plutil {DAEMONS}/com.studio.mlx.8100.plist": capture("launchd/built_plist_mlx"),
        "mlxctl-plain": capture("lanes/built_plain"),
    }
    return ReplayTransport({**outputs, **changed}, answers)


def look(transport: ReplayTransport) -> Snapshot:
    manifest = Manifest(
        hosts=(Host(name="studio", via="local"),),
        services=(Service(kind="optillm", host="studio", listen=("127.0.0.1:4020",), unit="com.studio.optillm"),),
    )
    return take_snapshot(manifest, load_catalog(), now=NOW, transport=transport)


def services(snapshot: Snapshot, kind: type) -> dict[object, str | None]:
    return {
        fact.name if isinstance(fact, Unit) else fact.port: seen.service
        for seen in snapshot.observations
        if isinstance(fact := seen.fact, (Unit, Listener, Lane)) and isinstance(fact, kind)
    }


def extents(snapshot: Snapshot) -> dict[str, str]:
    return {coverage.collector: coverage.extent for coverage in snapshot.coverages}


def test_everything_is_seen_in_two_executions() -> None:
    transport = mac()
    snapshot = look(transport)
    whole = {"identity": "complete", "listeners": "complete", "units": "complete", "lanes": "complete"}
    assert whole.items() <= extents(snapshot).items()
    assert services(snapshot, Listener) == {8100: "mlx", 4020: "optillm"}
    assert services(snapshot, Unit)["com.studio.mlx.8100"] == "mlx", "by its program"
    assert services(snapshot, Unit)["com.studio.optillm"] == "optillm", "by the manifest"
    assert set(services(snapshot, Lane)) == {*range(8100, 8107)}
    assert transport.usage.executions == 2


def test_without_root_what_lsof_shows_is_a_part() -> None:
    snapshot = look(mac(lsof=Output(stdout=LISTENING)))
    assert extents(snapshot)["listeners"] == "partial"
    nothing = look(mac(lsof=Output(status=1)))
    assert extents(nothing)["listeners"] == "none", "unknown, never absent"


def test_what_launchd_waits_for_in_place_of_a_job_is_not_woken() -> None:
    """Its port 8200 is launchd's until the job runs; an answer would cost a start."""
    socket = f"{DAEMONS}/com.studio.socket.plist"
    outputs: dict[str, Output | bytes] = {
        "lsof": Output(stdout=b"p1\nclaunchd\nf4\ntIPv4\nn127.0.0.1:8200\n", as_root=True),
        "launchd-files": f"{socket}\n".encode(),
        f"plutil {socket}": capture("launchd/built_plist_socket"),
    }
    manifest = Manifest(
        hosts=(Host(name="studio", via="local"),),
        services=(Service(kind="optillm", host="studio", listen=("127.0.0.1:8200",)),),
    )
    job = capture("launchd/built_print_job_never")
    for printed, asked in ((job, False), (job.replace(b"\tstate = not running", b"\tstate = running", 1), True)):
        outputs["launchctl print system/com.studio.socket"] = printed
        transport = mac(answers={("127.0.0.1", 8200): {}}, **outputs)
        take_snapshot(manifest, load_catalog(), now=NOW, transport=transport)
        assert bool(transport.requests) is asked


def test_no_value_of_a_job_is_kept() -> None:
    kept = msgspec.json.encode(look(mac())).decode()
    assert "HF_TOKEN" in kept
    assert "hf_0123" not in kept
    assert "hunter2" not in kept
