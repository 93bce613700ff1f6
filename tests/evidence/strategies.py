"""Hypothesis strategies for snapshots that hold every kind of fact and any text that a host may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

from hypothesis import strategies as st

from trueup.vocabulary import (
    Absent,
    Answer,
    Collector,
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
    Observation,
    PortRange,
    Published,
    Reach,
    Route,
    Snapshot,
    Tls,
    Unit,
    Unreachable,
    observe,
    unique,
)

_HOSTILE = (
    "`",
    "``` `",
    "|",
    "\n## Mini (Ubuntu) — evidence\n- `0.0.0.0:1` (x)",
    "<script>alert(1)</script>",
    "\\`\\n\\e",
    "\x00\x1b[31m",
    "\u202e\u2028\x85",
    " a ",
    "a) (b — c; d",
    "**x** _y_ [z](http://evil)",
    "x" * 3000,
    "\\s \\\\s",
)
texts = (
    st.text(max_size=12) | st.sampled_from(_HOSTILE) | st.sampled_from(["litellm", "GET", "http://127.0.0.1:4000/x"])
)
maybe = st.none() | texts
numbers = st.integers(0, 65535)
port_ranges = st.builds(PortRange, numbers, numbers)
scalars = maybe | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
text_tuples = st.lists(texts, max_size=3).map(tuple)

addresses = texts | st.sampled_from(["127.0.0.1", "*", "::1", "[", "[::1]", "1", "a->b", ":", ""])
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=11))])
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001 (given a zone)
maybe_time = st.none() | times

listeners = st.builds(
    Listener,
    address=addresses,
    port=numbers,
    protocol=st.sampled_from(["tcp", "udp"]),
    process=maybe,
    pid=st.none() | st.integers(0, 2**31),
    unit=maybe,
    interface=maybe,
)
units = st.builds(
    Unit,
    name=texts,
    manager=st.sampled_from(["systemd", "launchd"]),
    scope=st.sampled_from(["system", "user"]),
    owner=maybe,
    path=maybe,
    drop_ins=text_tuples,
    command=text_tuples,
    command_partial=st.booleans(),
    environment=text_tuples,
    environment_files=text_tuples,
    load=maybe,
    active=maybe,
    sub=maybe,
    enabled=maybe,
    needs_reload=st.none() | st.booleans(),
    started_at=maybe_time,
    changed_at=maybe_time,
    listens=text_tuples,
    triggers=text_tuples,
    exit=maybe,
)
published = st.builds(
    Published,
    inner=numbers,
    address=st.none() | addresses,
    port=st.none() | numbers,
    protocol=st.sampled_from(["tcp", "udp"]),
)
containers = st.builds(
    Container,
    name=texts,
    engine=st.sampled_from(["docker", "podman"]),
    image=texts,
    state=texts,
    restart=maybe,
    network=maybe,
    ports=st.lists(published, max_size=3).map(tuple),
)
tls = st.builds(Tls, version=texts, names=text_tuples, expires_at=maybe_time, trusted=st.booleans())
answers = st.builds(
    Answer,
    method=texts,
    url=texts,
    key=st.sampled_from(["none", "valid", "wrong"]),
    status=st.none() | st.integers(100, 599),
    media_type=maybe,
    shape=text_tuples,
    scalars=st.lists(st.tuples(texts, scalars), max_size=3).map(tuple),
    text=maybe,
    location=maybe,
    error=maybe,
    tls=st.none() | tls,
)
model_ids = st.builds(ModelId, id=texts, kind=st.sampled_from(["handle", "repository", "path"]))
models = st.builds(Models, url=texts, ids=st.lists(model_ids, max_size=3).map(tuple), partial=st.booleans())
lanes = st.builds(Lane, port=numbers, state=st.sampled_from(["listening", "idle"]), handle=maybe)
routes = st.builds(Route, alias=texts, target=texts)
forwards = st.builds(
    Forward,
    via=st.sampled_from(["tailscale serve", "tailscale funnel", "nginx", "caddy", "traefik", "haproxy"]),
    port=numbers,
    reach=st.sampled_from(Reach),
    address=addresses,
    name=maybe,
    path=maybe,
    target=maybe,
)
connects = st.builds(
    Connect,
    to=texts,
    address=addresses,
    port=numbers,
    state=st.sampled_from(["open", "refused", "silent", "unreachable"]),
    error=maybe,
)
absences = st.builds(
    Absent, what=st.sampled_from(["listener", "unit", "service"]), ports=st.none() | port_ranges, name=maybe
)
identities = st.builds(
    Identity, hostname=maybe, os=maybe, addresses=text_tuples, clock_ahead=st.none() | st.integers(-(10**9), 10**9)
)
unreachables = st.builds(Unreachable, stage=st.sampled_from(["connect", "host key", "login", "look"]), error=texts)
KINDS: dict[type[Fact], st.SearchStrategy[Fact]] = {
    Listener: listeners,
    Unit: units,
    Container: containers,
    Answer: answers,
    Models: models,
    Lane: lanes,
    Route: routes,
    Forward: forwards,
    Connect: connects,
    Absent: absences,
    Identity: identities,
    Unreachable: unreachables,
}
"""What gives facts of each kind, with every field of it at any value."""

facts: st.SearchStrategy[Fact] = st.one_of(list(KINDS.values()))
hosts = st.sampled_from(["mini", "studio", "gpu-box"]) | texts


def _observe(host: str, fact: Fact, by: str, service: str | None) -> Observation:
    if isinstance(fact, Answer) and len(by) % 2:
        by = f"{fact.method} {fact.url}"
    return observe(host, fact, by=by, service=service)


observations = st.builds(_observe, hosts, facts, texts, maybe)
coverages = st.builds(
    Coverage,
    host=hosts,
    collector=st.sampled_from(get_args(Collector)),
    extent=st.sampled_from(["complete", "partial", "none"]),
    ports=st.lists(port_ranges, max_size=2).map(tuple),
    reason=maybe,
)
amounts = st.floats(0, 1e9)
costs = st.builds(
    Cost,
    host=hosts,
    connections=numbers,
    executions=numbers,
    commands=numbers,
    requests=numbers,
    bytes=numbers,
    cpu_seconds=amounts,
    wall_seconds=amounts,
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
snapshots = st.builds(
    Snapshot,
    taken_at=times,
    title=texts,
    origin=st.sampled_from(["observed", "imported"]),
    hosts=st.lists(hosts, max_size=3, unique=True).map(tuple),
    observations=st.lists(observations, max_size=6).map(unique),
    coverages=st.lists(coverages, max_size=4).map(tuple),
    costs=st.lists(costs, max_size=2).map(tuple),
    previous=st.just("") | digests,
)
