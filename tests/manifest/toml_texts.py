"""Random TOML texts that use every form of the grammar, with the place at which each key was written."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from trueup.manifest.toml_lines import KeyPath

_BARE = st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True)
_ODD = st.text(alphabet="a .#=[]'é\t", max_size=3)
_COMMENT = st.sampled_from(["", " # a = 1", " #", ' # ["]', " # '''"])
_LINE_ENDS = st.sampled_from(["\n", "\r\n"])
_SCALARS = st.sampled_from(
    ["1", "0x1F", "1_000", "3.5e2", "inf", "true", "1979-05-27", "1979-05-27 07:32:00Z", "07:32:00"]
)
_STRINGS = st.sampled_from(
    [
        '"a"',
        '""',
        "''",
        '"# no comment \\" = [ "',
        "'C:\\path\\'",
        "'''\nx = 1\n[y]\n'quoted' \\'''",
        '"""\nx = 1 \\"""\n[[y]] \\\n   z"""',
        '"""a"quoted"b"""',
        '""""two at the end"""""',
        "''''one at the end''''",
        '"""\\\\"""',
        '"\\u005B\\n"',
    ]
)


class Writer:
    """Appends TOML, remembering the path and offset of each key that it writes."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self.text = ""
        self.offsets: dict[KeyPath, int] = {}

    def document(self) -> None:
        used = self._pairs(())
        for _ in range(self._draw(st.integers(0, 3))):
            name = self._fresh_key(used)
            if self._draw(st.booleans()):
                self._section((name,), [name], "[", "]")
            else:
                for index in range(self._draw(st.integers(1, 3))):
                    self._section((name, index), [name], "[[", "]]")

    def _section(self, path: KeyPath, header: list[str], opened: str, closed: str) -> None:
        self._gap()
        self.offsets[path] = len(self.text)
        blank = self._draw(st.sampled_from(["", " "]))
        keys = f"{blank}.{blank}".join(self._spelt(key) for key in header)
        self.text += f"{opened}{blank}{keys}{blank}{closed}" + self._line_end()
        used = self._pairs(path)
        if len(header) < 3 and self._draw(st.booleans()):
            name = self._fresh_key(used)
            if self._draw(st.booleans()):
                self._section((*path, name), [*header, name], "[", "]")
            else:
                for index in range(self._draw(st.integers(1, 2))):
                    self._section((*path, name, index), [*header, name], "[[", "]]")

    def _pairs(self, path: KeyPath) -> set[str]:
        used: set[str] = set()
        for _ in range(self._draw(st.integers(0, 3))):
            self._gap()
            self._pair(path, used, depth=0)
            self.text += self._line_end()
        return used

    def _pair(self, path: KeyPath, used: set[str], depth: int) -> None:
        offset = len(self.text)
        keys = [self._fresh_key(used)]
        if self._draw(st.integers(0, 3)) == 0:
            keys.append(self._draw(_BARE))
        for length in range(1, len(keys) + 1):
            self.offsets[(*path, *keys[:length])] = offset
        self.text += self._draw(st.sampled_from([".", " . "])).join(self._spelt(key) for key in keys)
        self.text += self._draw(st.sampled_from(["=", " = ", "\t=\t"]))
        self._value((*path, *keys), depth)

    def _value(self, path: KeyPath, depth: int) -> None:
        form = self._draw(st.integers(0, 5 if depth < 3 else 3))
        if form < 2:
            self.text += self._draw(_STRINGS)
        elif form < 4:
            self.text += self._draw(_SCALARS)
        elif form == 4:
            self._array(path, depth)
        else:
            self._inline_table(path, depth)

    def _array(self, path: KeyPath, depth: int) -> None:
        self.text += "["
        size = self._draw(st.integers(0, 3))
        for index in range(size):
            self._array_gap()
            self.offsets[(*path, index)] = len(self.text)
            self._value((*path, index), depth + 1)
            self._array_gap()
            if index + 1 < size or self._draw(st.booleans()):
                self.text += ","
        self._array_gap()
        self.text += "]"

    def _inline_table(self, path: KeyPath, depth: int) -> None:
        self.text += "{ "
        used: set[str] = set()
        for index in range(self._draw(st.integers(0, 2))):
            self.text += ", " if index else ""
            self._pair(path, used, depth + 1)
        self.text += " }"

    def _fresh_key(self, used: set[str]) -> str:
        key = self._draw(st.one_of(_BARE, _ODD).filter(lambda key: key not in used))
        used.add(key)
        return key

    def _spelt(self, key: str) -> str:
        if key and key.isascii() and key.replace("-", "a").replace("_", "a").isalnum() and self._draw(st.booleans()):
            return key
        return f'"{key}"' if "'" in key or self._draw(st.booleans()) else f"'{key}'"

    def _gap(self) -> None:
        for _ in range(self._draw(st.integers(0, 2))):
            self.text += self._draw(st.sampled_from(["", "  ", "# x = 1", "#"])) + self._draw(_LINE_ENDS)
        self.text += self._draw(st.sampled_from(["", "  "]))

    def _array_gap(self) -> None:
        self.text += self._draw(st.sampled_from(["", " ", "\n  ", "\r\n", " # ], x\n"]))

    def _line_end(self) -> str:
        return self._draw(_COMMENT) + self._draw(_LINE_ENDS)


@st.composite
def toml_texts(draw: DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """Give a valid text and the 1-based line of each key, table and element that was written in it."""
    writer = Writer(draw)
    writer.document()
    lines = {path: writer.text.count("\n", 0, offset) + 1 for path, offset in writer.offsets.items()}
    return writer.text, lines


def paths_of(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Name every path of a parsed text."""
    found: set[KeyPath] = set()
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found |= {(*path, key)} | paths_of(child, (*path, key))
    return found
