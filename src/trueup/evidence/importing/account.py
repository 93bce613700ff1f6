"""The account of an import: what became of each line."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.evidence.importing.lines import Line, Outcome

# On a line of several statements the most telling outcome stands: first what needs a person, last what says nothing.
_RANK: tuple[Outcome, ...] = ("not understood", "observed", "restates", "coverage", "derived", "heading", "prose")


class Account:
    """Collects outcomes by 1-based line number."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.outcomes: dict[int, Outcome] = {}
        self.ids: dict[int, dict[str, None]] = {}
        self.reasons: dict[int, str] = {}

    def add(self, number: int, outcome: Outcome, ids: Sequence[str] = (), reason: str = "") -> None:
        """Add what one statement on this line came to, and why where it was not understood."""
        known = self.outcomes.get(number, "prose")
        self.outcomes[number] = min(known, outcome, key=_RANK.index)
        self.ids.setdefault(number, {}).update(dict.fromkeys(ids))
        if outcome == "not understood":
            self.reasons.setdefault(number, reason)

    def open_lines(self) -> list[int]:
        """Return the non-blank lines that nothing was said of yet."""
        return [at for at, line in enumerate(self.lines, 1) if line.strip() and at not in self.outcomes]

    def settled(self) -> tuple[Line, ...]:
        """Return every non-blank line with its outcome; what no statement reached is prose."""
        return tuple(
            Line(at, line, self.outcomes.get(at, "prose"), tuple(self.ids.get(at, ())), self.reasons.get(at, ""))
            for at, line in enumerate(self.lines, 1)
            if line.strip()
        )
