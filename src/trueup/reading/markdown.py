"""Markdown text → blocks with exact source positions and the context that they inherit.

The parser is pulldown-cmark (through pyromark), which is CommonMark-exact and gives the byte range of every event.
From its events this module builds a flat list of `Block`s; each knows the headings, list items and introductory
paragraph above it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

MarkKind = Literal["code", "strong", "emphasis", "strike", "link"]
BlockKind = Literal["heading", "paragraph", "item", "table", "code"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup over `Text.text[start:end]`; `target` is a link's destination."""

    kind: MarkKind
    start: int
    end: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text without its markup, and where each character of it stands in the source.

    `flat` is the text on one line, for all reading that must not depend on where a paragraph wraps. `marks` are in the
    order of their starts. `segments` holds (text offset, source offset, exact): from there on,
    characters map one to one when `exact`, else all to the source offset (entities, escapes).
    """

    text: str
    segments: tuple[tuple[int, int, bool], ...]
    marks: tuple[Mark, ...]
    source_end: int
    flat: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "flat", self.text.replace("\n", " "))

    def source(self, offset: int) -> int:
        """Return the source offset (in characters) of a text offset."""
        if not self.segments:
            return self.source_end
        if offset >= len(self.text):
            return self.source_end
        at, start, exact = self.segments[max(bisect_right(self.segments, offset, key=lambda s: s[0]) - 1, 0)]
        return start + (offset - at if exact else 0)

    def marked(self, start: int, end: int, *kinds: MarkKind) -> bool:
        """Tell whether text[start:end] lies inside markup of one of these kinds."""
        before = self.marks[: bisect_right(self.marks, start, key=lambda mark: mark.start)]
        return any(mark.kind in kinds and end <= mark.end for mark in before)

    def marks_between(self, start: int, end: int) -> tuple[Mark, ...]:
        """The marks that lie inside text[start:end]."""
        low = bisect_right(self.marks, start - 1, key=lambda mark: mark.start)
        high = bisect_right(self.marks, end, key=lambda mark: mark.start)
        return tuple(mark for mark in self.marks[low:high] if mark.end <= end)


EMPTY = Text("", (), (), 0)


@dataclass(frozen=True, slots=True)
class Heading:
    """An open heading above a block."""

    level: int
    text: Text


@dataclass(frozen=True, slots=True)
class Context:
    """What a block inherits: open headings and enclosing items (outermost first), and the paragraph that leads in."""

    headings: tuple[Heading, ...] = ()
    items: tuple[Text, ...] = ()
    intro: Text | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `text` is its own text (empty for a table); `rows` are a table's cells, the header first.

    For code, `language` is the fence's info string, and `closed` is False when the fence runs to the end of the file.
    For an item, `text` is the text before any nested block.
    """

    kind: BlockKind
    text: Text
    context: Context
    start: int
    end: int
    rows: tuple[tuple[Text, ...], ...] = ()
    language: str = ""
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A document's source, its blocks in order, and the way from offsets to lines and columns."""

    source: str
    blocks: tuple[Block, ...]
    line_starts: tuple[int, ...] = field(repr=False)

    def position(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of a source offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1


def read(source: str) -> Document:
    """Parse Markdown (CommonMark with tables, strikethrough and front matter). Any text is a document; never raises."""
    import pyromark

    options = (
        pyromark.Options.ENABLE_TABLES
        | pyromark.Options.ENABLE_STRIKETHROUGH
        | pyromark.Options.ENABLE_TASKLISTS
        | pyromark.Options.ENABLE_YAML_STYLE_METADATA_BLOCKS
    )
    # A lone surrogate (from undecodable bytes) cannot be encoded for the parser; one character for one keeps offsets.
    source = source.encode("utf-8", "replace").decode("utf-8")
    reader = _Reader(source)
    for event, byte_range in pyromark.events_with_range(source, options=options):
        reader.take(event, reader.char(byte_range["start"]), reader.char(byte_range["end"]))
    return Document(source, tuple(reader.blocks), _line_starts(source))


def _line_starts(source: str) -> tuple[int, ...]:
    starts = [0]
    at = source.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find("\n", at + 1)
    return tuple(starts)


class _Collector:
    """Gathers inline events into one `Text`."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.segments: list[tuple[int, int, bool]] = []
        self.marks: list[Mark] = []
        self.open: list[tuple[MarkKind, int, str]] = []
        self.source_end = 0

    def add(self, text: str, start: int, end: int) -> None:
        if not text:
            return
        self.segments.append((self.length, start, end - start == len(text)))
        self.parts.append(text)
        self.length += len(text)
        self.source_end = end

    def close_mark(self) -> None:
        if self.open:
            kind, start, target = self.open.pop()
            self.marks.append(Mark(kind, start, self.length, target))

    def text(self) -> Text:
        marks = tuple(sorted(self.marks, key=lambda mark: mark.start))
        return Text("".join(self.parts), tuple(self.segments), marks, self.source_end)


_MARKS: dict[str, MarkKind] = {"Strong": "strong", "Emphasis": "emphasis", "Strikethrough": "strike"}


@dataclass(slots=True)
class _Container:
    """An open list, item or quote: where introductions and item texts live."""

    kind: str
    intro: Text | None = None
    item: Text | None = None


class _Reader:
    """Turns parser events into blocks."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.headings: list[Heading] = []
        self.containers: list[_Container] = [_Container("document")]
        self.inline: _Collector | None = None
        self.rows: list[tuple[Text, ...]] = []
        self.row: list[Text] = []
        self.language = ""
        self.skipping = 0
        self._bytes_to_chars = None if source.isascii() else _char_index(source)

    def char(self, byte: int) -> int:
        """Byte offset → character offset."""
        return byte if self._bytes_to_chars is None else self._bytes_to_chars[byte]

    def take(self, event: Any, start: int, end: int) -> None:
        if isinstance(event, str):
            if event in ("SoftBreak", "HardBreak"):
                self._text("\n", start, end)
            return
        kind, value = next(iter(event.items()))
        if kind == "Start":
            self._start(*_named(value), start)
        elif kind == "End":
            self._end(_named(value)[0], start, end)
        elif kind == "Text":
            self._text(value, start, end)
        elif kind == "Code":
            self._code(value, start, end)
        elif kind == "InlineHtml" and value.lower().startswith("<br"):
            self._text("\n", start, end)

    # -- blocks

    def _start(self, name: str, value: Any, start: int) -> None:
        if name in ("MetadataBlock", "HtmlBlock", "FootnoteDefinition"):
            self.skipping += 1
        elif name in ("List", "BlockQuote"):
            self._flush_item(start)
            self.containers.append(_Container(name, intro=self.containers[-1].intro))
        elif name == "Item":
            self.containers.append(_Container("Item", intro=self.containers[-1].intro))
            self.inline = _Collector()
        elif name in ("Paragraph", "Heading", "TableCell"):
            if not (name == "Paragraph" and self._in_fresh_item()):
                self.inline = _Collector()
        elif name == "CodeBlock":
            self._flush_item(start)
            self.language = str(value.get("Fenced", "")) if isinstance(value, dict) else ""
            self.inline = _Collector()
        elif name == "Table":
            self._flush_item(start)
            self.rows = []
        elif name in ("TableHead", "TableRow"):
            self.row = []
        elif name in _MARKS and self.inline is not None:
            self.inline.open.append((_MARKS[name], self.inline.length, ""))
        elif name in ("Link", "Image") and self.inline is not None:
            target = str(value.get("dest_url", "")) if isinstance(value, dict) else ""
            self.inline.open.append(("link", self.inline.length, target))

    def _end(self, name: str, start: int, end: int) -> None:
        if name in ("MetadataBlock", "HtmlBlock", "FootnoteDefinition"):
            self.skipping -= 1
        elif name in _MARKS or name in ("Link", "Image"):
            if self.inline is not None:
                self.inline.close_mark()
        elif name == "Heading":
            self._heading(start, end)
        elif name == "Paragraph":
            self._paragraph(start, end)
        elif name == "Item":
            self._flush_item(end)
            self.containers.pop()
        elif name in ("List", "BlockQuote"):
            self.containers.pop()
        elif name == "TableCell":
            self.row.append(self._take_inline())
        elif name in ("TableHead", "TableRow"):
            self.rows.append(tuple(self.row))
        elif name == "Table":
            self._add("table", EMPTY, start, end, rows=tuple(self.rows))
        elif name == "CodeBlock":
            closed = not self.language or self._fence_closed(start, end)
            self._add("code", self._take_inline(), start, end, language=self.language, closed=closed)

    def _heading(self, start: int, end: int) -> None:
        text = self._take_inline()
        marker = self.source[start:end].lstrip()
        hashes = len(marker) - len(marker.lstrip("#"))
        level = hashes or (1 if "=" in marker.rstrip().rpartition("\n")[2] else 2)
        self.headings = [heading for heading in self.headings if heading.level < level]
        for container in self.containers:
            container.intro = None
        self._add("heading", text, start, end)
        self.headings.append(Heading(level, text))

    def _paragraph(self, start: int, end: int) -> None:
        container = self.containers[-1]
        if container.kind == "Item" and container.item is None:
            self._flush_item(end)
            return
        text = self._take_inline()
        self._add("paragraph", text, start, end)
        container.intro = text

    def _flush_item(self, end: int) -> None:
        """Close the text that leads an item, at its end or where a nested block begins."""
        container = self.containers[-1]
        if container.kind != "Item" or container.item is not None:
            return
        text = self._take_inline()
        start = text.source(0) if text.text else end
        self._add("item", text, start, end)
        container.item = text
        container.intro = None

    def _in_fresh_item(self) -> bool:
        container = self.containers[-1]
        return container.kind == "Item" and container.item is None

    def _fence_closed(self, start: int, end: int) -> bool:
        block = self.source[start:end].rstrip()
        fence = block[: len(block) - len(block.lstrip(block[0]))] if block else ""
        last = block.rpartition("\n")[2].strip().lstrip("> ")
        return "\n" in block and len(fence) >= 3 and last.startswith(fence)

    def _add(self, kind: BlockKind, text: Text, start: int, end: int, **more: Any) -> None:
        if self.skipping:
            return
        context = Context(
            headings=tuple(self.headings),
            items=tuple(container.item for container in self.containers if container.item is not None),
            intro=self.containers[-1].intro,
            quoted=any(container.kind == "BlockQuote" for container in self.containers),
        )
        self.blocks.append(Block(kind, text, context, start, end, **more))

    # -- inline

    def _text(self, text: str, start: int, end: int) -> None:
        if self.inline is not None and not self.skipping:
            self.inline.add(text, start, end)

    def _code(self, text: str, start: int, end: int) -> None:
        if self.inline is None or self.skipping:
            return
        raw = self.source[start:end]
        ticks = len(raw) - len(raw.lstrip("`"))
        inner = raw[ticks : len(raw) - ticks]
        lead = 1 if len(inner) == len(text) + 2 else 0
        before = self.inline.length
        self.inline.add(text, start + ticks + lead, start + ticks + lead + (len(inner) - 2 * lead))
        self.inline.source_end = end
        self.inline.marks.append(Mark("code", before, self.inline.length))

    def _take_inline(self) -> Text:
        collected, self.inline = self.inline, None
        return collected.text() if collected is not None else EMPTY


def _named(value: Any) -> tuple[str, Any]:
    """A tag is a name, or a name with a value."""
    if isinstance(value, str):
        return value, None
    name, inner = next(iter(value.items()))
    return str(name), inner


def _char_index(source: str) -> list[int]:
    """For every byte offset of `source` in UTF-8 (and one past the end), the character offset."""
    index: list[int] = []
    for position, character in enumerate(source):
        index.extend([position] * len(character.encode("utf-8", "replace")))
    index.append(len(source))
    return index


def lines(text: Text) -> Iterator[tuple[int, str]]:
    """Split a text into lines: (offset of the line in `text.text`, the line)."""
    at = 0
    for line in text.text.split("\n"):
        yield at, line
        at += len(line) + 1
