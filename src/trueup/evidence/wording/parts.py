"""What the words of all facts share: sockets, port ranges and times both ways, and fields that may be missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from trueup.evidence.phrases import Field, Phrase
from trueup.vocabulary import Fact, PortRange, Word

Record = TypeVar("Record", bound=Word)
Written = tuple[str, Sequence[str], Sequence[Field]]
"""A fact in words: the head, the texts of its code spans, the fields."""

Writers = dict[type, Callable[..., Written]]
"""What puts each kind of fact into words."""

Readers = tuple[tuple[str, Callable[[Phrase], Fact]], ...]
"""What reads each kind of fact: the pattern of its heads, and the function; no head matches two patterns."""

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def socket(address: str, port: int) -> str:
    """Write an address and a port as one: brackets around what holds a colon."""
    return f"[{address}]:{port}" if ":" in address or address.startswith("[") else f"{address}:{port}"


def unsocket(text: str) -> tuple[str, int]:
    """Undo `socket`. Raises ValueError."""
    address, _, port = text.rpartition(":")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    return address, int(port)


def moment(when: datetime) -> str:
    """Write a time as RFC 3339."""
    return when.isoformat().replace("+00:00", "Z")


def unmoment(text: str | None) -> datetime | None:
    """Undo `moment`; None stays None. Raises ValueError, also where the time has no zone."""
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(text)
    return when


def ports(text: str) -> PortRange:
    """Read `4020` or `8104-8139`. Raises ValueError."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return PortRange(int(match[1]), int(match[2] or match[1]))


def plain(window: PortRange) -> dict[str, int]:
    """Return a range as `build` takes it."""
    return {"first": window.first, "last": window.last}


def optional(**values: object) -> list[Field]:
    """Fields of one value, left out where there is none. An underscore in a label stands for a space."""
    return [(label.replace("_", " "), (str(value),)) for label, value in values.items() if value is not None]


def many(label: str, values: Sequence[str]) -> list[Field]:
    """Return a field of several values, left out where there are none."""
    return [(label, tuple(values))] if values else []


def flag(told: bool, label: str) -> list[Field]:
    """Return a field that says everything by being there."""
    return [(label, ())] if told else []


def at(label: str, when: datetime | None) -> list[Field]:
    """Return a field of a time, left out where it is not known."""
    return [] if when is None else [(label, (moment(when),))]


def unless(default: str, value: str) -> str | None:
    """Return None for the value that goes without saying."""
    return None if value == default else value


def number(text: str | None) -> int | None:
    """Read a number that may be missing. Raises ValueError."""
    return None if text is None else int(text)


def build(kind: type[Record], **fields: object) -> Record:
    """Make a record of fields whose values are checked. Raises msgspec.ValidationError, a ValueError."""
    return msgspec.convert(fields, kind)
