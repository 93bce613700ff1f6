"""What importing gives: a snapshot, and for every line of the text what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trueup.errors import EvidenceError
from trueup.vocabulary import Snapshot

Outcome = Literal["heading", "prose", "observed", "restates", "coverage", "derived", "not understood"]


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line. `ids` are the observations that it gave (`observed`) or says again (`restates`).

    `derived` lines were worked out from the others by `render`; a line that is `not understood` looks like it states
    a fact, but nothing was guessed from it: `reason` says why (no host, no service, or an unknown form).
    """

    number: int
    text: str
    outcome: Outcome
    ids: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The snapshot, not yet sealed, and the account of its lines in order."""

    snapshot: Snapshot
    lines: tuple[Line, ...]

    @property
    def not_understood(self) -> tuple[Line, ...]:
        """The lines that look like facts and were not read."""
        return tuple(line for line in self.lines if line.outcome == "not understood")

    def refuse_empty(self, path: str) -> None:
        """Raise EvidenceError where a person's text gave no host or no observation: that is evidence of nothing."""
        if self.snapshot.origin == "observed":
            return
        if not self.snapshot.hosts:
            hint = "declare it in trueup.toml, or head its section `## Forge (macOS)`"
            raise EvidenceError("no host was recognised", where=path, hint=hint)
        if not self.snapshot.observations:
            hint = "`trueup import --lines` shows what each line became"
            raise EvidenceError("states nothing that was understood", where=path, hint=hint)
