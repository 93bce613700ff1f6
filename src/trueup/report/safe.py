"""Foreign text made harmless: what a document or a host says may hold secrets, terminal codes or markup.

Everything that a report or a message quotes comes through here.
"""

from __future__ import annotations

import re
import unicodedata

from trueup.evidence.redact import redact

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BACKTICKS = re.compile("`+")


def plain(text: str) -> str:
    """Return `text` without the secrets that are in it (see `trueup.evidence.redact`)."""
    return redact(text)


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` on one line: secrets out, white space collapsed, unprintable characters as escapes.

    Longer than `limit` characters, it is cut there and ends in `…`.
    """
    escaped = "".join(_visible(character) for character in " ".join(plain(text).split()))
    if limit is not None and len(escaped) > limit:
        return escaped[: limit - 1].rstrip() + "…"
    return escaped


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return character.encode("unicode_escape").decode("ascii")


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
