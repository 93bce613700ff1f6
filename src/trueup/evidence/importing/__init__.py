"""Markdown → Snapshot: snapshots that people wrote, and those that `render` wrote.

`import_markdown` reads both. It never guesses: a line that looks like a fact in a form that no reader knows is
reported, and what was only looked at in part is recorded so.
"""

from __future__ import annotations

from trueup.evidence.importing.lines import ImportResult, Line, Outcome
from trueup.evidence.importing.markdown import import_markdown

__all__ = ["ImportResult", "Line", "Outcome", "import_markdown"]
