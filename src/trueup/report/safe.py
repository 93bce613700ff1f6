"""Foreign text made harmless: what a document or a host says may hold secrets, terminal codes or markup.

Everything that a report or a message quotes comes through here.
"""

from __future__ import annotations

import re

from trueup.evidence.redact import redact, visible

_BACKTICKS = re.compile("`+")


def plain(text: str) -> str:
    """Return `text` without the secrets that are in it (see `trueup.evidence.redact`)."""
    return redact(text)


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` on one line: secrets out, white space collapsed, unprintable characters as escapes.

    Longer than `limit` characters, it is cut there and ends in `…`.
    """
    escaped = visible(" ".join(plain(text).split()))
    if limit is not None and len(escaped) > limit:
        return escaped[: limit - 1].rstrip() + "…"
    return escaped


def code(text: str, limit: int | None = None) -> str:
    """Return `text` as one Markdown code span that nothing inside can end (CommonMark 0.31, section 6.1).

    The fence is one backtick longer than the longest run inside; a space on both sides keeps a backtick at an end.
    """
    inner = one_line(text, limit)
    if not inner:
        return ""
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(inner)), default=0) + 1)
    pad = " " if inner[0] == "`" or inner[-1] == "`" else ""
    return f"{fence}{pad}{inner}{pad}{fence}"
