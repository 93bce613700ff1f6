"""A snapshot as Markdown: for each host one section for each kind of fact, then coverage, cost, drift.

Read by people first. It carries everything that `importing` needs to give back the same observations (id, host,
service, fact, by), coverages, costs, time, title, hosts, origin and previous digest; `raw`, `source` and the
snapshot's own digest do not come back.
`docs/snapshots.md` describes the layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC

from trueup.evidence.phrases import put, put_field, put_head
from trueup.evidence.quoting import code, words
from trueup.evidence.wording import cost_phrase, coverage_phrase, default_by, moment, phrase
from trueup.vocabulary import (
    Absent,
    Answer,
    Connect,
    Container,
    Forward,
    Identity,
    Lane,
    Listener,
    Models,
    Observation,
    Route,
    Snapshot,
    Unit,
    Unreachable,
)
from trueup.vocabulary.marks import SNAPSHOT_MARK

FORMAT = "Rendered by Trueup from"
STANDING = "This snapshot is **evidence**, not canon."
NOTES_HEADING = "Drift notes (derived from this snapshot)"
_OS_NAMES = {"macos": "macOS"}
_PREFIX = re.compile(r"\d{4}-\d\d-\d\d — ")
_PLAIN_HOST = re.compile(r"[a-z][a-z0-9-]*")
_SECTIONS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("Could not be observed", (Unreachable,)),
    ("Identity", (Identity,)),
    ("Units", (Unit,)),
    ("Containers", (Container,)),
    ("Listening sockets", (Listener,)),
    ("Forwards", (Forward,)),
    ("Health and API behaviour", (Answer,)),
    ("Model ports", (Lane,)),
    ("Model ids", (Models,)),
    ("Routes", (Route,)),
    ("Reach of other hosts", (Connect,)),
    ("Not present", (Absent,)),
)
_EXTENT_WORDS = {"complete": "all", "partial": "selected", "none": "not looked at"}


def render(snapshot: Snapshot, notes: Sequence[str] = ()) -> str:
    """Return the snapshot as Markdown, ending with a newline. `notes` are its drift notes (see `notes.py`)."""
    lines = [*_head(snapshot)]
    observed: dict[str, list[Observation]] = {}
    for observation in snapshot.observations:
        observed.setdefault(observation.host, []).append(observation)
    for host in _hosts(snapshot):
        lines += _host(snapshot, host, observed.get(host, []))
    if notes:
        lines += [f"## {NOTES_HEADING}", ""]
        lines += [f"{number}. {note}" for number, note in enumerate(notes, 1)]
        lines.append("")
    return "\n".join(lines)


def taken(snapshot: Snapshot) -> str:
    """Return the snapshot's time as RFC 3339 text in UTC."""
    return moment(snapshot.taken_at.astimezone(UTC))


def _head(snapshot: Snapshot) -> Iterator[str]:
    day, title = taken(snapshot)[:10], words(snapshot.title)
    # a title that starts as the prefix does would lose that when it is read back
    yield f"# {title}" if day in title and not _PREFIX.match(title) else f"# {day} — {title}"
    yield ""
    yield SNAPSHOT_MARK
    yield ""
    yield STANDING
    yield ""
    yield f"{FORMAT} `{snapshot.schema}`:"
    yield ""
    yield f"- Taken at `{taken(snapshot)}`"
    yield f"- Origin `{snapshot.origin}`"
    yield f"- Hosts {', '.join(map(code, snapshot.hosts))}" if snapshot.hosts else "- Hosts"
    if snapshot.previous:
        yield f"- Previous {code(snapshot.previous)}"
    yield ""


def _hosts(snapshot: Snapshot) -> tuple[str, ...]:
    mentioned = (
        entry.host for entries in (snapshot.observations, snapshot.coverages, snapshot.costs) for entry in entries
    )
    return tuple(dict.fromkeys((*snapshot.hosts, *mentioned)))


def _host(snapshot: Snapshot, host: str, observations: Sequence[Observation]) -> Iterator[str]:
    yield f"## {_host_title(host)}{_os(observations)} — evidence"
    yield ""
    for title, kinds in _SECTIONS:
        chosen = [observation for observation in observations if isinstance(observation.fact, kinds)]
        if chosen:
            yield f"### {title}{_extent(snapshot, host) if kinds == (Listener,) else ''}"
            yield ""
            yield from _section(chosen)
    yield from _limits(snapshot, host)


def _section(observations: Sequence[Observation]) -> Iterator[str]:
    """List what one section holds under the command or request that saw it."""
    groups: dict[str | None, list[Observation]] = {}
    for observation in observations:
        evident = observation.by == default_by(observation.fact)
        groups.setdefault(None if evident else observation.by, []).append(observation)
    for by in sorted(groups, key=lambda by: by is not None):
        if by is not None:
            yield f"Seen by {code(by)}:"
            yield ""
        for observation in groups[by]:
            yield from _item(observation)
        yield ""


def _item(observation: Observation) -> Iterator[str]:
    said = phrase(observation.fact, observation.service)
    if not isinstance(observation.fact, Unit | Models):
        yield f"- {put(said)}"
        return
    yield f"- {put_head(said)}"
    for field in said.fields:
        yield f"  - {put_field(field)}"


def _limits(snapshot: Snapshot, host: str) -> Iterator[str]:
    coverages = [put(coverage_phrase(coverage)) for coverage in snapshot.coverages if coverage.host == host]
    costs = [put(cost_phrase(cost)) for cost in snapshot.costs if cost.host == host]
    if coverages or costs:
        yield "### Coverage and cost"
        yield ""
        yield from (f"- {line}" for line in (*coverages, *costs))
        yield ""


def _host_title(host: str) -> str:
    return host.capitalize() if _PLAIN_HOST.fullmatch(host) else code(host)


def _os(observations: Sequence[Observation]) -> str:
    for observation in observations:
        if isinstance(observation.fact, Identity) and observation.fact.os:
            name = observation.fact.os
            return f" ({_OS_NAMES.get(name, words(name.capitalize() if name.islower() else name))})"
    return ""


def _extent(snapshot: Snapshot, host: str) -> str:
    for coverage in snapshot.coverages:
        if coverage.host == host and coverage.collector == "listeners" and not coverage.ports:
            return f" ({_EXTENT_WORDS[coverage.extent]})"
    return ""
