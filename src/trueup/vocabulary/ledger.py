"""What people decided about findings, over time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from trueup.vocabulary.terms import Word

LEDGER_SCHEMA = "https://trueup.dev/schemas/ledger/1"


class Disposition(Word, frozen=True, kw_only=True):
    """One decision about one finding: `finding` is the id of its claim, which outlives moves within the document.

    `until` is the day to which it was deferred, `why` and `who` stand for what was accepted.
    """

    finding: str
    action: Literal["fix_now", "defer", "accepted", "resolved"]
    decided_at: datetime
    until: date | None = None
    why: str | None = None
    who: str | None = None


class Ledger(Word, frozen=True, kw_only=True):
    """Dispositions in the order in which they were made; the last one of a finding counts."""

    schema: str = LEDGER_SCHEMA
    dispositions: tuple[Disposition, ...] = ()

    def of(self, finding: str) -> Disposition | None:
        """Return what was decided last about a finding."""
        return next((each for each in reversed(self.dispositions) if each.finding == finding), None)
