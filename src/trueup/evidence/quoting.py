"""Text from hosts as Markdown code spans, and back.

Such text may hold anything: backticks, pipes, newlines, control and direction characters. Inside the backticks a
backslash starts an escape: `\\\\`, `\\n`, `\\r`, `\\t`, `\\e` (nothing at all: Markdown has no empty span) and
`\\u{HEX}` for every other character that does not print or would end or trim the span or split a table cell. A span
never breaks over lines.
"""

from __future__ import annotations

import re

SPAN = re.compile(r"`([^`\n]+)`")
_SHORT = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_LONG = {written: character for character, written in _SHORT.items()}
_ESCAPE = re.compile(r"\\(?:u\{[0-9a-f]{1,6}\}|.)", re.DOTALL)
# What needs no escape, as most texts do.
_PLAIN_SPAN = re.compile(r"[!-\[\]-_a-{}~]+(?: +[!-\[\]-_a-{}~]+)*")
_PLAIN = re.compile(r"[^\W_](?:[\w.:/-]*[^\W_])?(?: ?[+—-]? ?\(?[^\W_](?:[\w.:/-]*[^\W_])?\)?)*")


def code(text: str) -> str:
    """Return `text` as a code span that shows it on one line."""
    if _PLAIN_SPAN.fullmatch(text):
        return f"`{text}`"
    last = len(text) - 1
    parts = []
    for at, character in enumerate(text):
        if character in _SHORT:
            parts.append(_SHORT[character])
        elif character in "`|" or not character.isprintable() or (character == " " and at in (0, last)):
            parts.append(rf"\u{{{ord(character):x}}}")
        else:
            parts.append(character)
    return "`" + ("".join(parts) or r"\e") + "`"


def uncode(inner: str) -> str:
    """Return the text of a span's inside. What is no escape stays as it is."""
    return _ESCAPE.sub(lambda match: _character(match.group()), inner)


def words(text: str) -> str:
    """Return `text` itself where it is plain words that no Markdown reader takes for markup, else a code span."""
    return text if len(text) <= 200 and _PLAIN.fullmatch(text) and text.isprintable() else code(text)


def unwords(text: str) -> str:
    """Undo `words`."""
    match = SPAN.fullmatch(text)
    return uncode(match[1]) if match else text


def _character(escape: str) -> str:
    if escape == r"\e":
        return ""
    if escape.startswith(r"\u{"):
        number = int(escape[3:-1], 16)
        return chr(number) if number < 0x110000 else escape
    return _LONG.get(escape, escape)
