"""Where each key of a TOML text stands: key path → line.

`tomllib` gives values without positions. This scanner reads a text that `tomllib` has already accepted, so it checks
nothing; it only has to walk the grammar of TOML 1.0 (https://toml.io/en/v1.0.0) and note where keys begin.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

# Space, newlines and comments, as they may stand between the parts of an array.
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[KeyPath, int]:
    """Return the 1-based line of every key, table and array element; a table that only its children name has theirs.

    `text` has to be valid TOML: anything else gives an unspecified mapping or raises ValueError.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._last_of_array: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_GAP)
        while self._at < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_GAP)
        return self._lines

    def _header(self) -> KeyPath:
        line = self._line()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        parts = self._key()
        self._at += brackets
        path: KeyPath = ()
        for part in parts:
            if path in self._last_of_array:
                path = (*path, self._last_of_array[path])
            path = (*path, part)
            self._lines.setdefault(path, line)
        if brackets == 1:
            return path
        index = self._last_of_array.get(path, -1) + 1
        self._last_of_array[path] = index
        self._lines[(*path, index)] = line
        return (*path, index)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> list[str]:
        """Read a key, dotted or not, and the blanks around it; stop at the sign that ends it."""
        parts = []
        while True:
            self._skip(_BLANK)
            parts.append(self._quoted_key() if self._peek() in "\"'" else self._take(_BARE_KEY))
            self._skip(_BLANK)
            if self._peek() != ".":
                return parts
            self._at += 1

    def _quoted_key(self) -> str:
        return str(tomllib.loads(f"key = {self._take(_STRING)}")["key"])

    def _value(self, path: KeyPath) -> None:
        sign = self._peek()
        if sign in "\"'":
            self._take(_STRING)
        elif sign == "[":
            self._array(path)
        elif sign == "{":
            self._inline_table(path)
        else:
            self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        self._skip(_GAP)
        while self._peek() != "]":
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._skip(_GAP)
            if self._peek() == ",":
                self._at += 1
                self._skip(_GAP)
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._skip(_GAP)
        while self._peek() != "}":
            self._pair(path)
            self._skip(_GAP)
            if self._peek() == ",":
                self._at += 1
                self._skip(_GAP)
        self._at += 1

    def _line(self) -> int:
        return bisect_right(self._newlines, self._at) + 1

    def _peek(self) -> str:
        if self._at >= len(self._text):
            raise ValueError("the text ends within a key or value")
        return self._text[self._at]

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"not TOML at line {self._line()}")
        self._at = match.end()
        return match.group()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)
