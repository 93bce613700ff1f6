"""What importing gives: a snapshot, and for every line of the text what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trueup.vocabulary import Snapshot

Outcome = Literal["heading", "prose", "observed", "restates", "coverage", "derived", "not understood"]


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line. `ids` are the observations that it gave (`observed`) or says again (`restates`).

    `derived` lines were worked out from the others by `render`; a line that is `not understood` looks like it states
    a fact, but no reader knows its form, and nothing was guessed from it.
    """

    number: int
    text: str
    outcome: Outcome
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The snapshot, not yet sealed, and the account of its lines in order."""

    snapshot: Snapshot
    lines: tuple[Line, ...]

    @property
    def not_understood(self) -> tuple[Line, ...]:
        """The lines that look like facts and were not read."""
        return tuple(line for line in self.lines if line.outcome == "not understood")
