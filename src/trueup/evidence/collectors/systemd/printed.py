"""The shape of what `systemctl show` prints: blocks of properties, lists of words, times.

Source: systemctl(1); captured on systemd 247, 252, 257 and 262.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias

from trueup.evidence.collectors.systemd.commands import PROPERTIES

Block: TypeAlias = Mapping[str, Sequence[str]]
"""The properties of one unit: the lines that were printed for each."""

LIST_LIMIT = 200

_KNOWN = frozenset(PROPERTIES)
# A word with spaces, quotes or the like in it is quoted as a shell would. One that is not closed was cut.
_WORD = re.compile(
    r"\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\\?\Z)|\$'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)|\S+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TIME = re.compile(r"[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? UTC", re.ASCII)


def blocks(text: str) -> Iterator[Block]:
    """Yield the units: one `Key=value` line a property, in an order of systemd's own, and an empty line between units.

    What has several values, as the commands of a oneshot service, has one line for each. Only in `ExecStart` are line
    ends printed as they are: until its closing brace nothing is a property.
    """
    block: dict[str, list[str]] = {}
    unfinished: list[str] | None = None
    for line in text.split("\n"):
        if unfinished is not None:
            unfinished.append(line)
            if line.endswith(" }"):
                unfinished = None
            continue
        key, equals, value = line.partition("=")
        if equals and key in _KNOWN:
            values = block.setdefault(key, [])
            values.append(value)
            if key == "ExecStart" and value.startswith("{") and not value.endswith(" }"):
                unfinished = values
        elif not line and block:
            yield block
            block = {}
    if block:
        yield block


def value(block: Block, key: str) -> str:
    """Return a property's only value, empty where it was not printed."""
    return block[key][0] if key in block else ""


def words(text: str) -> list[str]:
    """Return the words of a list, without their quotes."""
    return [_unquoted(found[0]) for found in islice(_WORD.finditer(text), LIST_LIMIT)]


def time(text: str) -> datetime | None:
    """Read `Wed 2026-11-25 03:29:29 UTC`; None for `n/a`, nothing and every other zone."""
    found = _TIME.fullmatch(text)
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _unquoted(word: str) -> str:
    if word.startswith('"'):
        return _ESCAPE.sub(r"\1", word[1:].removesuffix('"'))
    return word.removeprefix("$'")
