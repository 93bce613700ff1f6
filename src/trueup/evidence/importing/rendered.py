"""A rendered snapshot, line by line, back into what it was rendered from: the inverse of `render`.

Lines that a person has added since are left to the readers of handwritten text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from trueup.errors import EvidenceError
from trueup.evidence.importing.lines import Outcome
from trueup.evidence.phrases import NotAPhraseError, Phrase, take
from trueup.evidence.quoting import SPAN, uncode, unwords
from trueup.evidence.render import FORMAT, NOTES_HEADING, STANDING
from trueup.evidence.wording import cost, coverage, default_by, fact
from trueup.vocabulary import SNAPSHOT_SCHEMA, Cost, Coverage, Observation, Snapshot, observe, unique

_MARKER = re.compile(rf"{re.escape(FORMAT)} `([^`\n]+)`:")
_TITLE = re.compile(r"# (?:\d{4}-\d\d-\d\d — )?(.+)")
_HOST = re.compile(r"## (?P<name>`[^`\n]+`|[A-Z][a-z0-9-]*)(?: \((?:`[^`\n]+`|[^`\n]*)\))? — evidence")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SEEN_BY = re.compile(r"Seen by `([^`\n]+)`:")


@dataclass
class Rendered:
    """What the lines state, and what each of them is (by 1-based number)."""

    taken_at: datetime | None = None
    title: str = ""
    origin: Literal["observed", "imported"] = "imported"
    hosts: tuple[str, ...] = ()
    previous: str = ""
    observations: list[Observation] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    outcomes: dict[int, tuple[Outcome, tuple[str, ...]]] = field(default_factory=dict)

    def snapshot(self) -> Snapshot:
        """Return the snapshot that was rendered, not sealed."""
        if self.taken_at is None:
            raise ValueError("a rendered snapshot without its time")
        return Snapshot(
            taken_at=self.taken_at,
            title=self.title,
            origin=self.origin,
            hosts=self.hosts,
            observations=unique(self.observations),
            coverages=tuple(self.coverages),
            costs=tuple(self.costs),
            previous=self.previous,
        )


def read_rendered(lines: Sequence[str], path: str) -> Rendered | None:
    """Read the lines of a rendered snapshot; None where they are not one.

    Raises EvidenceError where it was rendered from another schema or says no readable time.
    """
    schema = next((match[1] for match in map(_MARKER.fullmatch, lines) if match), None)
    if schema is None:
        return None
    if schema != SNAPSHOT_SCHEMA:
        hint = f"this version reads {SNAPSHOT_SCHEMA}"
        raise EvidenceError("rendered from a snapshot of an unknown schema", where=path, hint=hint)
    reader = _Reader(lines, path)
    reader.read()
    if reader.result.taken_at is None:
        raise EvidenceError("the line `Taken at` is missing", where=path, hint="restore it, or import the JSON file")
    return reader.result


class _Reader:
    """Walks the lines, keeping the host and the command that the lines above named."""

    def __init__(self, lines: Sequence[str], path: str) -> None:
        self.lines = lines
        self.path = path
        self.result = Rendered()
        self.host: str | None = None
        self.by: str | None = None
        self.in_notes = False

    def read(self) -> None:
        at = 0
        while at < len(self.lines):
            at = self._read_at(at)

    def _read_at(self, at: int) -> int:
        line = self.lines[at]
        if line.startswith("#"):
            self._heading(line, at)
        elif self.in_notes and line.strip():
            self._mark(at, "derived")
        elif line.startswith("- "):
            return self._item(at)
        elif match := _SEEN_BY.fullmatch(line):
            self.by = uncode(match[1])
            self._mark(at, "prose")
        elif line == STANDING or _MARKER.fullmatch(line):
            self._mark(at, "prose")
        return at + 1

    def _mark(self, at: int, outcome: Outcome, *ids: str) -> None:
        self.result.outcomes[at + 1] = (outcome, ids)

    def _heading(self, line: str, at: int) -> None:
        self.by = None
        if host := _HOST.fullmatch(line):
            name = host["name"]
            self.host = unwords(name) if name.startswith("`") else name.lower()
            self.in_notes = False
        elif line.startswith("## "):
            self.host = None
            self.in_notes = line == f"## {NOTES_HEADING}"
        elif (title := _TITLE.fullmatch(line)) and not self.result.title:
            self.result.title = unwords(title[1])
        self._mark(at, "heading")

    def _item(self, at: int) -> int:
        """Read an item and the fields below it; return where the next line is."""
        end = at + 1
        while end < len(self.lines) and self.lines[end].startswith("  - "):
            end += 1
        below = [line[4:] for line in self.lines[at + 1 : end]]
        try:
            outcome, ids = self._statement(take(self.lines[at][2:], below), at)
        except NotAPhraseError:
            return at + 1
        for number in range(at, end):
            self._mark(number, outcome, *ids)
        return end

    def _statement(self, phrase: Phrase, at: int) -> tuple[Outcome, tuple[str, ...]]:
        if self.host is None:
            return self._about(phrase, at)
        if phrase.head == "Cost":
            self.result.costs.append(cost(self.host, phrase))
            return "coverage", ()
        if ": " in phrase.head:
            self.result.coverages.append(coverage(self.host, phrase))
            return "coverage", ()
        seen = fact(phrase)
        by = default_by(seen) if self.by is None else self.by
        if by is None:
            raise NotAPhraseError(phrase.head)
        source = f"{self.path}:{at + 1}"
        observation = observe(self.host, seen, by=by, service=phrase.service, raw=self.lines[at], source=source)
        self.result.observations.append(observation)
        return "observed", (observation.id,)

    def _about(self, phrase: Phrase, at: int) -> tuple[Outcome, tuple[str, ...]]:
        """Read what the head says of the snapshot itself."""
        if phrase.head == "Taken at `":
            self.result.taken_at = self._time(phrase.spans[0], at)
        elif phrase.head == "Origin `":
            self.result.origin = "observed" if phrase.spans[0] == "observed" else "imported"
        elif phrase.head.startswith("Hosts"):
            self.result.hosts = tuple(uncode(match[1]) for match in SPAN.finditer(self.lines[at]))
        elif phrase.head == "Previous `":
            self.result.previous = self._digest(phrase.spans[0], at)
        else:
            raise NotAPhraseError(phrase.head)
        return "prose", ()

    def _digest(self, text: str, at: int) -> str:
        if not _DIGEST.fullmatch(text):
            hint = "restore the line, or import the JSON file"
            raise EvidenceError("not the digest of a snapshot", where=f"{self.path}:{at + 1}", hint=hint)
        return text

    def _time(self, text: str, at: int) -> datetime:
        try:
            taken_at = datetime.fromisoformat(text)
        except ValueError as error:
            raise EvidenceError("not a time", where=f"{self.path}:{at + 1}", hint="write it in UTC") from error
        if taken_at.tzinfo is None:
            raise EvidenceError("the time has no zone", where=f"{self.path}:{at + 1}", hint="write it in UTC")
        return taken_at
