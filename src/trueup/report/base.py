"""The protocol that every report format fulfils."""

from __future__ import annotations

from typing import Protocol

from trueup.checking import Checked


class Format(Protocol):
    """Writes what a check came to as text, ending without a newline."""

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return the report; `everything` adds the claims that are no findings."""
        ...
