"""The book that readers write into: drafts of observations, and the ports that were looked at one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from trueup.errors import EvidenceError
from trueup.evidence.importing.headings import tool_in
from trueup.evidence.importing.statements import Statement
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import (
    Absent,
    Answer,
    Collector,
    Container,
    Fact,
    Forward,
    Lane,
    Listener,
    Models,
    Observation,
    PortRange,
    Route,
    Unit,
    observe,
)

MOST_DRAFTS = 5_000
BY_HAND = "a person"


@dataclass(eq=False)
class Draft:
    """An observation that later lines may still add to; `fresh` until a statement is credited with what is new."""

    host: str
    service: str | None
    fact: Fact
    by: str
    raw: str
    line: int
    fresh: bool = True

    def amend(self, **changes: Any) -> None:
        """Fill in fields of the fact."""
        amended = msgspec.structs.replace(self.fact, **changes)
        self.fresh = self.fresh or amended != self.fact
        self.fact = amended

    def observation(self, path: str) -> Observation:
        """Return what the draft has become."""
        source = f"{path}:{self.line}"
        return observe(self.host, self.fact, by=self.by, service=self.service, raw=self.raw, source=source)


@dataclass
class Book:
    """Everything read so far.

    `open` holds drafts that items below a text (its key) add to; `windows` the ports that somebody looked at even
    though nothing was there.
    """

    lexicon: Lexicon
    drafts: list[Draft] = field(default_factory=list)
    index: dict[tuple[object, ...], list[Draft]] = field(default_factory=dict)
    open: dict[object, Draft] = field(default_factory=dict)
    windows: dict[tuple[str, Collector, PortRange], None] = field(default_factory=dict)

    def note(
        self, statement: Statement, fact: Fact, *, service: str | None = None, host: str | None = None, by: str = ""
    ) -> Draft:
        """Take down a fact. Where an earlier draft says the same or more, that one is returned instead."""
        where = host or statement.host
        if where is None:
            raise ValueError("a fact without a host")
        for draft in self.index.get((where, *subject(fact)), ()):
            if service in (None, draft.service) and says(draft.fact, fact):
                return draft
        by = by or next(filter(None, map(tool_in, statement.spans())), None) or statement.section.tool or BY_HAND
        return self.add(Draft(where, service, fact, by, statement.text.strip(), statement.first_line))

    def add(self, draft: Draft) -> Draft:
        """Take down a draft as it is. Raises EvidenceError where there are more than anybody would write by hand."""
        if len(self.drafts) >= MOST_DRAFTS:
            raise EvidenceError(f"states more than {MOST_DRAFTS} facts", hint="a snapshot that a person wrote is small")
        self.drafts.append(draft)
        self.index.setdefault((draft.host, *subject(draft.fact)), []).append(draft)
        return draft

    def looked_at(self, statement: Statement, collector: Collector, window: PortRange) -> None:
        """Record that these ports were looked at completely."""
        if statement.host is not None:
            self.windows[statement.host, collector, window] = None

    def find(self, host: str | None, service: str | None, *kinds: type) -> list[Draft]:
        """Return drafts of these kinds of fact; no kind, None as host or as service stand for any."""
        return [
            draft
            for draft in self.drafts
            if host in (None, draft.host)
            and service in (None, draft.service)
            and isinstance(draft.fact, kinds or object)
        ]

    def service_of_port(self, host: str | None, port: int) -> str | None:
        """Return the service that earlier lines put on this port of the host."""
        for kind in (Lane, Listener):
            for draft in self.index.get((host, kind, port), ()):
                if draft.service:
                    return draft.service
        return None


def subject(fact: Fact) -> tuple[object, ...]:
    """Return what a fact is about; amending a draft leaves it as it is."""
    match fact:
        case Listener() | Lane():
            return type(fact), fact.port
        case Answer() | Models():
            return type(fact), fact.url
        case Unit() | Container():
            return type(fact), fact.name
        case Forward():
            return type(fact), fact.address, fact.port, fact.name, fact.path
        case Absent():
            return type(fact), fact.what, fact.ports, fact.name
        case Route():
            return type(fact), fact.alias
    return (type(fact),)


def says(told: Fact, fact: Fact) -> bool:
    """Tell whether `told` says everything that `fact` says."""
    if type(told) is not type(fact):
        return False
    if isinstance(told, Models) and isinstance(fact, Models):
        return told.url == fact.url and set(fact.ids) <= set(told.ids) and bool(fact.ids)
    for info in msgspec.structs.fields(fact):
        value = getattr(fact, info.name)
        if value not in (None, (), False) and value != getattr(told, info.name):
            return False
    return True
