"""How much of a host a handwritten snapshot looked at: never more than it says."""

from __future__ import annotations

from collections.abc import Iterable

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.headings import Section
from trueup.vocabulary import (
    Absent,
    Answer,
    Collector,
    Container,
    Coverage,
    Forward,
    Identity,
    Lane,
    Listener,
    Models,
    PortRange,
    Route,
    Unit,
)

_COLLECTORS: dict[type, Collector] = {
    Identity: "identity",
    Unit: "units",
    Container: "containers",
    Listener: "listeners",
    Answer: "http",
    Models: "models",
    Lane: "lanes",
    Route: "routes",
    Forward: "exposure",
}
_WHOLE: tuple[tuple[str, Collector], ...] = (("listeners", "listeners"), ("units", "units"), ("lanes", "lanes"))


def coverages_of(book: Book, sections: Iterable[Section], hosts: Iterable[str]) -> tuple[Coverage, ...]:
    """Return one coverage for each host and collector that the text speaks of, and one for ports looked at singly."""
    whole = {
        (section.host, collector): section
        for section in sections
        for topic, collector in _WHOLE
        if section.host and "everything" in section.topics and topic in section.topics
    }
    found: list[Coverage] = []
    for host in hosts:
        touched = {_collector(draft) for draft in book.find(host, None)} | {w[1] for w in book.windows if w[0] == host}
        for collector in _COLLECTORS.values():
            if (section := whole.get((host, collector))) is not None:
                reason = f"line {section.line} says that it lists all"
                found.append(Coverage(host=host, collector=collector, extent="complete", reason=reason))
            elif collector in touched:
                reason = "a person noted these; others may exist"
                found.append(Coverage(host=host, collector=collector, extent="partial", reason=reason))
            if (host, collector) not in whole and (windows := _windows(book, host, collector)):
                reason = "looked at and noted as having nothing" if collector == "listeners" else "noted one by one"
                found.append(Coverage(host=host, collector=collector, extent="complete", ports=windows, reason=reason))
    return tuple(found)


def _collector(draft: Draft) -> Collector | None:
    """The collector that would have seen this; that a host could not be observed is no look at it."""
    if isinstance(draft.fact, Absent):
        return "listeners" if draft.fact.what == "listener" else "units"
    return _COLLECTORS.get(type(draft.fact))


def _windows(book: Book, host: str, collector: Collector) -> tuple[PortRange, ...]:
    """Join the ports that were looked at: those with nothing, and for lanes those that serve beside them."""
    looked_at = [window for where, what, window in book.windows if (where, what) == (host, collector)]
    if collector == "lanes" and looked_at:
        lanes = (draft.fact for draft in book.find(host, None, Lane))
        looked_at += [PortRange(lane.port, lane.port) for lane in lanes if isinstance(lane, Lane)]
    joined: list[PortRange] = []
    for window in sorted(looked_at, key=lambda window: (window.first, window.last)):
        if joined and window.first <= joined[-1].last + 1:
            joined[-1] = PortRange(joined[-1].first, max(joined[-1].last, window.last))
        else:
            joined.append(window)
    return tuple(joined)
