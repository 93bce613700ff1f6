"""The report as one JSON object, see `rows.Report`."""

from __future__ import annotations

import re

import msgspec

from trueup.checking import Checked
from trueup.report.rows import report_of

# Line ends are those of the indentation: within a string msgspec writes them, as all of ASCII's controls but DEL, as
# escapes already.
_MAYBE_UNPRINTABLE = re.compile(r"[^\n -~]")


class Json:
    """Fulfils `base.Format`."""

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return the report as indented JSON that is fit for a terminal: what does not print stands as `\\uXXXX`."""
        text = msgspec.json.format(msgspec.json.encode(report_of(checked, everything=everything)), indent=2).decode()
        return _MAYBE_UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """Return the character as it is if it prints, else its UTF-16 units as escapes (RFC 8259, section 7)."""
    character = found[0]
    return character if character.isprintable() else "".join(f"\\u{unit:04x}" for unit in _units(character))


def _units(character: str) -> tuple[int, ...]:
    number = ord(character)
    if number < 0x10000:
        return (number,)
    return 0xD800 + (number - 0x10000 >> 10), 0xDC00 + (number - 0x10000 & 0x3FF)
