"""Marks by which Trueup knows what it wrote itself: HTML comments, which Markdown shows to nobody."""

from __future__ import annotations

import re

REPORT_MARK = "<!-- trueup: report -->"
SNAPSHOT_MARK = "<!-- trueup: snapshot -->"

_MARK = re.compile(r"^<!-- trueup: (report|snapshot) -->$", re.MULTILINE)
_LOOKED_AT = 4096


def own_kind(text: str) -> str | None:
    """Return `report` or `snapshot` for text that bears such a mark near its beginning, None for all other text."""
    found = _MARK.search(text[:_LOOKED_AT].replace("\r\n", "\n"))
    return found[1] if found else None
