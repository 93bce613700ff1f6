"""From a host's bytes to a snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from trueup.catalog import load_catalog
from trueup.errors import EvidenceError, UsageError
from trueup.evidence.collect import take_snapshot
from trueup.evidence.observing import COLLECTORS
from trueup.evidence.transports.base import LATE, Output, Section, Trouble
from trueup.evidence.transports.replay import ReplayTransport
from trueup.manifest import Host, Lane, Manifest, Service
from trueup.vocabulary import (
    Absent,
    Answer,
    Connect,
    Coverage,
    Listener,
    ModelId,
    Models,
    Observation,
    PortRange,
    Snapshot,
    Unit,
)

from .collectors.captures import capture

NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
CATALOG = load_catalog()
LITELLM = {
    "/health/readiness": capture("http/built_readiness"),
    "/health/liveliness": capture("http/built_liveliness"),
    "/v1/models": capture("http/built_401"),
    "/health": capture("http/built_401"),
    "/metrics": capture("http/built_redirect"),
}
MLX = {"/v1/models": capture("models/built_paths"), "/health": capture("http/built_html")}


def linux_host(
    listening: bytes, answers: Mapping[tuple[str, int], Mapping[str, bytes] | Trouble], **more: Output | bytes
) -> ReplayTransport:
    outputs: dict[str, Output | bytes] = {
        "uname": capture("identity/captured_uname"),
        "os-release": capture("identity/captured_os_release"),
        "ip": capture("identity/captured_ip_addr"),
        "user": b"0\n",
        "ss": listening,
        "systemd-units": capture("systemd/built_show"),
        "systemd-files": capture("systemd/built_files"),
        "ps": b"  901 /opt/litellm/bin/litellm --master-key hunter2\n",
    }
    return ReplayTransport({**outputs, **more}, answers)


def line(socket_text: str, users: str = "", cgroup: str = "/") -> bytes:
    return f"LISTEN 0 128 {socket_text} 0.0.0.0:* {users} ino:1 cgroup:{cgroup} <->\n".encode()


def collect(transport: ReplayTransport, manifest: Manifest | None = None, host: str = "mini") -> Snapshot:
    """Observe what the transport reaches as the one host that is declared."""
    alone = msgspec.structs.replace(manifest or Manifest(), hosts=(Host(name=host, via="local"),))
    return take_snapshot(alone, CATALOG, now=NOW, transport=transport)


def facts(evidence: Snapshot, kind: type) -> list[Observation]:
    return [seen for seen in evidence.observations if isinstance(seen.fact, kind)]


def answers(evidence: Snapshot) -> dict[str, Answer]:
    return {seen.fact.url: seen.fact for seen in evidence.observations if isinstance(seen.fact, Answer)}


def coverage(evidence: Snapshot, collector: str) -> Coverage:
    return next(each for each in evidence.coverages if each.collector == collector)


def test_service_is_recognised_by_its_unit_and_asked() -> None:
    transport = linux_host(capture("listeners/built_ss_units"), {("127.0.0.1", 4000): LITELLM})
    evidence = collect(transport)
    listener = next(
        seen for seen in facts(evidence, Listener) if isinstance(seen.fact, Listener) and seen.fact.port == 4000
    )
    assert (listener.service, listener.host, listener.by) == ("litellm", "mini", "ss -H -tlnpe")
    statuses = {
        url.removeprefix("http://127.0.0.1:4000"): answer.status
        for url, answer in answers(evidence).items()
        if ":4000" in url
    }
    assert statuses == {
        "/health/readiness": 200,
        "/health/liveliness": 200,
        "/v1/models": 401,
        "/metrics": 307,
        "/health": 401,
    }
    unit = next(
        seen
        for seen in facts(evidence, Unit)
        if isinstance(seen.fact, Unit) and seen.fact.name == "litellm-orch.service"
    )
    assert unit.service == "litellm"
    assert coverage(evidence, "units").extent == "complete"
    assert PortRange(4000, 4000) in coverage(evidence, "http").ports
    silent = [answer for answer in answers(evidence).values() if answer.error]
    assert silent, "sockets that nothing was captured of refuse the connection"
    assert evidence.costs[0].requests >= len(transport.requests) + len(silent)
    assert evidence.costs[0].bytes > 5000


def test_costly_request_goes_out_last_and_only_after_a_refusal() -> None:
    listening = line("127.0.0.1:4000", 'users:(("litellm",pid=901,fd=3))')
    guarded = linux_host(listening, {("127.0.0.1", 4000): LITELLM})
    collect(guarded)
    paths = [request.split()[1].decode() for _, _, request in guarded.requests]
    assert paths.index("/health") > paths.index("/v1/models")
    open_to_all = {**LITELLM, "/v1/models": capture("models/built_aliases")}
    unguarded = linux_host(listening, {("127.0.0.1", 4000): open_to_all})
    declared = Manifest(
        services=(Service(kind="litellm", host="mini", listen=("127.0.0.1:4000",), probes=("/health",)),)
    )
    evidence = collect(unguarded, declared)
    assert "/health" not in [request.split()[1].decode() for _, _, request in unguarded.requests]
    assert len(facts(evidence, Models)) == 1


def test_no_request_ever_carries_a_key() -> None:
    transport = linux_host(line("127.0.0.1:4000", 'users:(("litellm",pid=901,fd=3))'), {("127.0.0.1", 4000): LITELLM})
    collect(transport)
    assert transport.requests
    for _, _, request in transport.requests:
        assert request.startswith(b"GET /")
        assert not {b"authorization", b"cookie", b"x-api-key"} & {
            row.partition(b":")[0].lower() for row in request.split(b"\r\n")
        }


def test_lan_listener_is_asked_where_it_can_be_reached() -> None:
    manifest = Manifest(
        services=(Service(kind="litellm", host="mini", listen=("192.0.2.2:4001",)),),
        lanes=(Lane(handle="mlx-x", host="mini", port=8100),),
    )
    places = {("127.0.0.1", 8100): MLX, ("192.0.2.2", 4001): LITELLM}
    evidence = collect(linux_host(line("*:8100") + line("192.0.2.2:4001"), places), manifest)
    assert {answer.status for url, answer in answers(evidence).items() if ":4001" in url} == {200, 401, 307}
    assert answers(evidence)["http://127.0.0.1:8100/health"].media_type == "text/html"
    models = facts(evidence, Models)[0]
    assert models.service == "mlx"
    assert isinstance(models.fact, Models)
    assert models.fact.ids[0] == ModelId("mlx-community/SmolLM2-135M-Instruct", "repository")
    assert models.fact.ids[1].kind == "path"
    assert coverage(evidence, "models") == Coverage(
        host="mini",
        collector="models",
        extent="partial",
        ports=(PortRange(8100, 8100),),
        reason="no list from port 4001",
    )
    assert coverage(evidence, "http").extent == "complete"


def test_coverage_says_only_what_was_asked_and_answered() -> None:
    ok = capture("http/built_readiness")
    manifest = Manifest(
        services=tuple(
            Service(kind=kind, host="mini", listen=(f"127.0.0.1:{port}",), probes=probes)
            for kind, port, probes in (
                ("one", 7001, ("/a", "/b")),
                ("two", 7002, ("/a", "/v1/models")),
                ("three", 7003, ("/a",)),
                ("litellm", 7004, ()),
            )
        )
    )
    places: dict[tuple[str, int], dict[str, bytes] | Trouble] = {
        ("127.0.0.1", 7001): Trouble("silent", "no answer within 3 s"),
        ("127.0.0.1", 7002): {"/a": ok, "/v1/models": capture("models/built_aliases")},
        ("127.0.0.1", 7003): {"/a": ok},
        ("127.0.0.1", 7004): {**LITELLM, "/v1/models": capture("models/built_aliases")},
    }
    listening = b"".join(line(f"127.0.0.1:{port}") for port in range(7001, 7005))
    evidence = collect(linux_host(listening, places), manifest)
    assert coverage(evidence, "http") == Coverage(
        host="mini",
        collector="http",
        extent="partial",
        ports=(PortRange(7002, 7004),),
        reason="no whole answer from port 7001; not asked on port 7004: /health",
    )
    assert coverage(evidence, "models") == Coverage(
        host="mini", collector="models", extent="complete", ports=(PortRange(7002, 7002), PortRange(7004, 7004))
    )


def test_default_port_alone_names_no_service_until_an_answer_confirms() -> None:
    listening = line("127.0.0.1:4000") + line("127.0.0.1:9090")
    page = {path: capture("http/built_html") for path in ("/-/ready", "/-/healthy", "/api/v1/status/buildinfo")}
    evidence = collect(linux_host(listening, {("127.0.0.1", 4000): LITELLM, ("127.0.0.1", 9090): page}))
    found = {seen.fact.port: seen.service for seen in evidence.observations if isinstance(seen.fact, Listener)}
    assert found == {4000: "litellm", 9090: None}
    assert not [url for url in answers(evidence) if ":9090" in url], "answers of an unknown service are dropped"
    assert coverage(evidence, "http").ports == (PortRange(4000, 4000),)


def test_commonplace_answer_confirms_nothing() -> None:
    ok = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"status":"ok"}'
    everything = dict.fromkeys((probe.path for kind in CATALOG.by_port(8080) for probe in kind.probes), ok)
    evidence = collect(linux_host(line("127.0.0.1:8080"), {("127.0.0.1", 8080): everything}))
    assert [seen.service for seen in facts(evidence, Listener)] == [None]
    assert answers(evidence) == {}


def test_kind_of_ones_own_keeps_its_word_and_its_probes() -> None:
    manifest = Manifest(services=(Service(kind="notebook", host="mini", listen=("127.0.0.1:7000",), probes=("/api",)),))
    transport = linux_host(line("127.0.0.1:7000"), {("127.0.0.1", 7000): {"/api": capture("http/built_readiness")}})
    evidence = collect(transport, manifest)
    assert [seen.service for seen in facts(evidence, Listener)] == ["notebook"]
    assert [(seen.service, seen.by) for seen in facts(evidence, Answer)] == [
        ("notebook", "GET http://127.0.0.1:7000/api")
    ]


def test_what_is_missing_is_said_by_coverage_and_not_invented() -> None:
    manifest = Manifest(
        services=(Service(kind="optillm", host="mini", listen=("127.0.0.1:4020",), unit="optillm-proxy"),)
    )
    evidence = collect(linux_host(b"", {}), manifest)
    assert facts(evidence, Absent) == []
    assert facts(evidence, Listener) == []
    assert answers(evidence) == {}
    assert coverage(evidence, "listeners").extent == "complete"
    assert coverage(evidence, "http").extent == "none"


def test_declared_places_are_asked_where_sockets_cannot_be_listed() -> None:
    manifest = Manifest(
        services=(
            Service(kind="mlx", host="studio", listen=("*:8100",)),
            Service(kind="litellm", host="studio", listen=("127.0.0.1:4000",)),
        ),
    )
    outputs: dict[str, Output | bytes] = {
        "uname": capture("identity/built_uname_macos"),
        "sw-vers": capture("identity/built_sw_vers"),
        "ifconfig": capture("identity/built_ifconfig_macos"),
        "user": b"501\n",
        "lsof": Output(status=1),
    }
    evidence = collect(ReplayTransport(outputs, {("127.0.0.1", 8100): MLX}), manifest, "studio")
    assert coverage(evidence, "listeners").extent == "none"
    assert coverage(evidence, "units") == Coverage(
        host="studio", collector="units", extent="none", reason="launchctl is not installed"
    )
    assert answers(evidence)["http://127.0.0.1:8100/v1/models"].status == 200
    silent = [answer for url, answer in answers(evidence).items() if ":4000" in url]
    assert {answer.error for answer in silent} == {"connection refused"}


def test_planted_secrets_are_nowhere() -> None:
    secret = "hunter2"
    listening = line(
        "127.0.0.1:4000", f'users:(("litellm",pid=901,fd=3)) token={secret}', "/system.slice/litellm-orch.service"
    )
    body = json.dumps({"status": "ok", "api_key": secret, "url": f"http://u:{secret}@h/"}).encode()
    head = f"HTTP/1.1 302 Found\r\nlocation: /x?token={secret}\r\ncontent-type: application/json\r\n"
    reply = head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body
    plain = f"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nAuthorization: Bearer {secret}".encode()
    show = (
        f"Id=litellm-orch.service\nLoadState=loaded\nFragmentPath=/etc/x?token={secret}\n"
        f"ExecStart={{ path=/x ; argv[]=/x --api-key {secret} API_KEY={secret} ; ignore_errors=no }}\n"
    ).encode()
    manifest = Manifest(
        services=(Service(kind="litellm", host="mini", listen=("127.0.0.1:4000",), probes=(f"/p?key={secret}",)),)
    )
    answers_there = {**LITELLM, "/health/readiness": reply, "/metrics": plain, f"/p?key={secret}": plain}
    transport = linux_host(listening, {("127.0.0.1", 4000): answers_there}, **{"systemd-units": show})
    evidence = collect(transport, manifest)
    assert any(secret.encode() in request for _, _, request in transport.requests), "it was sent where it was declared"
    assert len(answers(evidence)) == 6
    assert secret not in msgspec.json.encode(evidence.observations).decode()


def test_deadline_keeps_what_was_there_by_then() -> None:
    manifest = Manifest(services=(Service(kind="litellm", host="mini", listen=("127.0.0.1:4000", "127.0.0.1:4001")),))
    places: dict[tuple[str, int], dict[str, bytes] | Trouble] = {
        ("127.0.0.1", 4000): LITELLM,
        ("127.0.0.1", 4001): Trouble("silent", LATE),
    }
    evidence = collect(linux_host(line("127.0.0.1:4000") + line("127.0.0.1:4001"), places), manifest)
    answered = {url: answer for url, answer in answers(evidence).items() if answer.status is not None}
    assert len(answered) == 5
    http = coverage(evidence, "http")
    assert (http.extent, http.ports) == ("partial", (PortRange(4000, 4000),))
    assert http.reason == "time ran out before 1 of 2 addresses were asked"
    assert coverage(evidence, "models").extent == "none"
    assert coverage(evidence, "models").reason == http.reason


def test_commands_that_hang_leave_a_host_unknown() -> None:
    class Hanging(ReplayTransport):
        def run(self, sections: Sequence[Section]) -> dict[str, Output]:
            return {section.name: Output(status=None, problem=LATE) for section in sections}

    evidence = collect(Hanging({}))
    assert evidence.observations == ()
    assert {each.extent for each in evidence.coverages} == {"none"}
    assert all(each.reason for each in evidence.coverages)


def snapshot(manifest: Manifest) -> Snapshot:
    return take_snapshot(manifest, CATALOG, now=NOW, transport=linux_host(b"", {}))


@pytest.mark.parametrize(
    "host",
    [
        Host(name="a", via="local"),
        Host(name="VM"),
        Host(name="a", names=("vm",)),
        Host(name="a", addresses=("192.0.2.2",)),
        Host(name="a", addresses=("fd00:0::2",)),
    ],
)
def test_this_machine_is_found_among_the_hosts(host: Host) -> None:
    taken = snapshot(Manifest(hosts=(Host(name="other", addresses=("192.0.2.3",)), host)))
    assert taken.hosts == (host.name, "other")
    assert taken.title == f"Reality snapshot of {host.name}"
    assert {seen.host for seen in taken.observations} == {host.name}
    others = [each for each in taken.coverages if each.host == "other"]
    assert [each.collector for each in others] == list(COLLECTORS)
    assert {each.extent for each in others} == {"none"}
    assert {each.reason for each in others} == {"trueup did not run on it"}


def test_declared_as_local_wins_over_a_name() -> None:
    assert snapshot(Manifest(hosts=(Host(name="vm"), Host(name="b", via="local")))).hosts[0] == "b"


def test_without_a_manifest_the_host_goes_by_its_short_name() -> None:
    taken = snapshot(Manifest())
    assert taken.hosts == ("vm",)
    assert (taken.origin, taken.digest, taken.taken_at) == ("observed", "", NOW)
    assert len(taken.costs) == 1


def test_machine_that_nobody_declared_is_refused() -> None:
    with pytest.raises(EvidenceError, match=r"this machine \(vm\) is none of the hosts.*via = \"local\""):
        snapshot(Manifest(hosts=(Host(name="studio"),)))


def test_same_bytes_give_the_same_observations() -> None:
    taken = [snapshot(Manifest()).observations for _ in range(2)]
    assert taken[0] == taken[1]


def test_a_port_that_could_not_be_asked_says_why() -> None:
    """Where the host's ssh server forwards nothing, that is the reason, and not that no service was recognised."""
    words = "its SSH server does not let connections through (AllowTcpForwarding, PermitOpen)"
    forbidden = Trouble("broken", words)
    places = {("127.0.0.1", 4000): forbidden, ("127.0.0.1", 9090): forbidden}
    evidence = collect(linux_host(line("127.0.0.1:4000") + line("127.0.0.1:9090"), places))
    assert coverage(evidence, "http") == Coverage(
        host="mini", collector="http", extent="none", reason=f"ports 4000, 9090: {words}"
    )


def test_a_default_port_of_something_else_is_no_gap() -> None:
    greeting = dict.fromkeys(("/health/readiness", "/health/liveliness"), b"SSH-2.0-OpenSSH_9.2\r\n")
    evidence = collect(linux_host(line("127.0.0.1:4000"), {("127.0.0.1", 4000): greeting}))
    assert coverage(evidence, "http").reason == "no service was recognised"


def test_a_vantage_that_lets_nothing_through_tells_nothing_of_the_others() -> None:
    manifest = Manifest(services=(Service(kind="litellm", host="studio", listen=("*:4000", "*:4001")),))
    hosts = (Host(name="mini", via="local"), Host(name="studio", addresses=("10.0.0.2",)))
    broken = Trouble("broken", "its SSH server does not let connections through (AllowTcpForwarding, PermitOpen)")
    places = {("10.0.0.2", 4000): broken, ("10.0.0.2", 4001): broken}
    declared = msgspec.structs.replace(manifest, hosts=hosts)
    evidence = take_snapshot(declared, CATALOG, now=NOW, transport=linux_host(b"", places))
    assert facts(evidence, Connect) == []
    assert coverage(evidence, "reach") == Coverage(host="mini", collector="reach", extent="none", reason=broken.words)


def test_of_hosts_that_were_not_asked_for_nothing_is_said() -> None:
    hosts = (Host(name="mini", via="local"), Host(name="studio"))
    declared = Manifest(hosts=hosts)
    alone = take_snapshot(declared, CATALOG, now=NOW, only=("mini",), transport=linux_host(b"", {}))
    assert alone.hosts == ("mini",)
    assert {each.host for each in alone.coverages} == {"mini"}
    with pytest.raises(UsageError, match=r"no such host: 'other' \(declared: mini, studio\)"):
        take_snapshot(declared, CATALOG, now=NOW, only=("other",), transport=linux_host(b"", {}))
