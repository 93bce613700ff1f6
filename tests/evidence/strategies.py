"""Hypothesis strategies for snapshots that hold every kind of fact and any text that a host may send."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from trueup.vocabulary import (
    Absent,
    Answer,
    Cost,
    Coverage,
    Fact,
    Identity,
    Lane,
    Listener,
    ModelId,
    Models,
    Observation,
    PortRange,
    Route,
    Snapshot,
    Unit,
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

listeners = st.builds(
    Listener,
    texts | st.sampled_from(["127.0.0.1", "*", "::1", "[", "[::1]"]),
    numbers,
    st.sampled_from(["tcp", "udp"]),
    maybe,
    st.none() | st.integers(0, 2**31),
    maybe,
)
units = st.builds(
    Unit,
    texts,
    st.sampled_from(["systemd", "launchd"]),
    st.sampled_from(["system", "user"]),
    maybe,
    text_tuples,
    text_tuples,
    st.booleans(),
    maybe,
    maybe,
    maybe,
    maybe,
)
answers = st.builds(
    Answer,
    texts,
    texts,
    st.sampled_from(["none", "valid", "wrong"]),
    st.none() | st.integers(100, 599),
    maybe,
    text_tuples,
    st.lists(st.tuples(texts, scalars), max_size=3).map(tuple),
    maybe,
    maybe,
    maybe,
)
model_ids = st.builds(ModelId, texts, st.sampled_from(["handle", "repository", "path"]))
models = st.builds(Models, texts, st.lists(model_ids, max_size=3).map(tuple), st.booleans())
lanes = st.builds(Lane, numbers, st.sampled_from(["listening", "idle"]), maybe)
routes = st.builds(Route, texts, texts)
absences = st.builds(Absent, st.sampled_from(["listener", "unit", "service"]), st.none() | port_ranges, maybe)
identities = st.builds(Identity, maybe, maybe, text_tuples)
facts: st.SearchStrategy[Fact] = listeners | units | answers | models | lanes | routes | absences | identities
hosts = st.sampled_from(["mini", "studio", "gpu-box"]) | texts


def _observe(host: str, fact: Fact, by: str, service: str | None) -> Observation:
    if isinstance(fact, Answer) and len(by) % 2:
        by = f"{fact.method} {fact.url}"
    return observe(host, fact, by=by, service=service)


observations = st.builds(_observe, hosts, facts, texts, maybe)
coverages = st.builds(
    Coverage,
    host=hosts,
    collector=st.sampled_from(["identity", "listeners", "units", "http", "models", "lanes", "routes"]),
    extent=st.sampled_from(["complete", "partial", "none"]),
    ports=st.lists(port_ranges, max_size=2).map(tuple),
    reason=maybe,
)
amounts = st.floats(0, 1e9)
costs = st.builds(Cost, host=hosts, commands=numbers, requests=numbers, bytes=numbers, cpu_seconds=amounts)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 (given a zone)
snapshots = st.builds(
    Snapshot,
    taken_at=times,
    title=texts,
    origin=st.sampled_from(["observed", "imported"]),
    hosts=st.lists(hosts, max_size=3, unique=True).map(tuple),
    observations=st.lists(observations, max_size=6).map(unique),
    coverages=st.lists(coverages, max_size=4).map(tuple),
    costs=st.lists(costs, max_size=2).map(tuple),
)
