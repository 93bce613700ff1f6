"""A document as statements: sentences, fenced lines and table rows, each with the host, service and topic above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trueup.evidence.importing.headings import Section, sections_of
from trueup.evidence.importing.hiding import hide_cell
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Document, Text, lines
from trueup.reading.mentions import Mention, find_mentions

_SENTENCE_END = re.compile(
    r"(?<!e\.g)(?<!i\.e)(?<!\bvs)(?<!\bno)(?<!\betc)(?<!\bapprox)(?<!\bincl)(?<!\bca)(?<!\bcf)(?<!\bresp)"
    r"[.!?]\*{0,2}\s+(?=[A-Za-z`*])"
)
_UNTICKED = re.compile(r"[\s>]*(?:[-*+]|\d+[.)])\s+\[ \]\s")
# A prompt and a command whose output says something about what the command names.
_PROMPT = re.compile(r"\s*(?:[\w.@~:-]{0,60}[$%❯]|#)\s+(?P<command>(?:sudo\s+)?(?:curl|systemctl)\s.+)")
_ANY_PROMPT = re.compile(r"\s*[\w.@~:-]{0,60}[$❯]\s|\s*$")
_ON_HOST = re.compile(r"(?:^|[^\w-])(?:on|at)\s+(?:the\s+)?$", re.IGNORECASE)
_LABEL_END = re.compile(r":\W*$|^\W*[\w-]+(?: [\w-]+){0,3}\W*$")
LONGEST_LABEL = 500
LONGEST_STATEMENT = 2_000
LONGEST_OUTPUT = 200
Cells = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Statement:
    """One thing said, as plain text on one line.

    `codes` are ranges of it that stand in code spans. `host` and `service` are what the text itself names, else what
    the headings, the leading paragraph or the items above it say; `label` is the nearest of the latter two, `block` the
    whole text that this is part of. `group` is the same for all statements under one leading paragraph. A table's row
    also has `cells`, by column title; a typed command the lines of its `output`.
    """

    text: str
    codes: tuple[tuple[int, int], ...]
    mentions: tuple[Mention, ...]
    first_line: int
    last_line: int
    section: Section
    host: str | None
    service: str | None
    group: tuple[int, int]
    label: str = ""
    block: str = ""
    cells: Cells = ()
    output: tuple[str, ...] = ()

    def part(self, start: int, end: int, *, service: str | None, host: str | None) -> Statement:
        """Return text[start:end] as a statement: about `service` and `host` unless it names others."""
        text = self.text[start:end]
        mentions = tuple(
            replace(mention, start=mention.start - start, end=mention.end - start)
            for mention in self.mentions
            if start <= mention.start and mention.end <= end
        )
        section = replace(self.section, service=service or self.section.service)
        named = [mention.value for mention in mentions if mention.kind == "service"]
        return replace(
            self,
            text=text,
            codes=tuple((a - start, b - start) for a, b in self.codes if start <= a and b <= end),
            mentions=mentions,
            section=section,
            service=named[0] if named else section.service or self.service,
            host=_host_of(text, mentions, replace(section, host=host)),
        )

    def spans(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the texts of the code spans within text[start:end]."""
        stop = len(self.text) if end is None else end
        return [self.text[a:b] for a, b in self.codes if start <= a and b <= stop]

    def named(self, *kinds: str) -> list[Mention]:
        """Return the mentions of these kinds."""
        return [mention for mention in self.mentions if mention.kind in kinds]


def statements_of(document: Document, lexicon: Lexicon) -> Iterator[Statement]:
    """Take a document apart. Headings give no statements, only context."""
    intro: Text | None = None
    for block, section in zip(document.blocks, sections_of(document, lexicon), strict=True):
        if not block.context.items:
            # inside an item the paragraph that leads the whole list is no longer to be seen
            intro = block.context.intro
        if block.kind == "heading":
            continue
        builder = _Builder(document, lexicon, block, section, intro)
        if block.kind == "table":
            yield from builder.rows()
        elif block.kind == "code":
            yield from builder.fenced()
        else:
            yield from builder.sentences()


class _Builder:
    """Makes the statements of one block."""

    def __init__(
        self, document: Document, lexicon: Lexicon, block: Block, section: Section, intro: Text | None
    ) -> None:
        self.document = document
        self.lexicon = lexicon
        self.block = block
        labels = _labels(block, intro)
        for label in labels:
            section = section.under(label, lexicon)
        if _UNTICKED.match(document.source, document.source.rfind("\n", 0, block.start + 1) + 1):
            section = replace(section, topics=section.topics | {"planned"})
        self.section = section
        self.label = labels[-1] if labels else ""
        self.group = (section.line, intro.source(0) if intro else -1)

    def sentences(self) -> Iterator[Statement]:
        """One for each sentence of a paragraph or item."""
        text = self.block.text
        start = 0
        for match in _SENTENCE_END.finditer(text.text):
            if not text.marked(match.start(), match.start() + 1, "code"):
                yield self._statement(text, start, match.end())
                start = match.end()
        if text.text[start:].strip():
            yield self._statement(text, start, len(text.text))

    def fenced(self) -> Iterator[Statement]:
        """One for each line of a code block, but one for a typed request or question with all of its output."""
        text = self.block.text
        pending = list(lines(text))
        while pending:
            at, line = pending.pop(0)
            prompt = _PROMPT.fullmatch(line)
            output: list[str] = []
            while prompt and pending and len(output) < LONGEST_OUTPUT and not _ANY_PROMPT.match(pending[0][1]):
                last, told = pending.pop(0)
                output.append(told.strip())
            if prompt and output:
                first, final = self._line(text.source(at)), self._line(text.source(last))
                yield replace(self._about(prompt["command"], (), first, final), output=tuple(output))
            elif line.strip():
                yield self._statement(text, at, at + len(line))

    def rows(self) -> Iterator[Statement]:
        """One for each row of a table but its header."""
        titles = [cell.text.strip().lower() for cell in self.block.rows[0]] if self.block.rows else []
        for row in self.block.rows[1:]:
            line = self._line(next((cell.source(0) for cell in row if cell.text), self.block.start))
            cells = tuple(
                (title, hide_cell(title, cell.text.strip())) for title, cell in zip(titles, row, strict=False)
            )
            yield self._about(" | ".join(cell for _, cell in cells), (), line, line, cells)

    def _statement(self, text: Text, start: int, end: int) -> Statement:
        raw = text.text[start:end]
        lead = start + len(raw) - len(raw.lstrip())
        last = start + max(len(raw.rstrip()) - 1, 0)
        codes = tuple(
            (m.start - start, m.end - start) for m in text.marks if m.kind == "code" and start <= m.start < end
        )
        return self._about(raw.replace("\n", " "), codes, self._line(text.source(lead)), self._line(text.source(last)))

    def _about(
        self, text: str, codes: tuple[tuple[int, int], ...], first: int, last: int, cells: Cells = ()
    ) -> Statement:
        readable = len(text) <= LONGEST_STATEMENT
        mentions = find_mentions(text, self.lexicon, bare_ports=bool(cells)) if readable else ()
        services = [mention.value for mention in mentions if mention.kind == "service"]
        return Statement(
            text=text,
            codes=codes,
            mentions=mentions,
            first_line=first,
            last_line=last,
            section=self.section,
            host=_host_of(text, mentions, self.section),
            service=services[0] if services else self.section.service,
            group=self.group,
            label=self.label,
            block=self.block.text.text[:LONGEST_LABEL],
            cells=cells,
        )

    def _line(self, offset: int) -> int:
        return self.document.position(offset)[0]


def _labels(block: Block, intro: Text | None) -> list[str]:
    """The words above a block that say what it is about, outermost first: a leading paragraph, then enclosing items."""
    leading = [intro.text] if intro and block.kind != "paragraph" and _LABEL_END.search(intro.text) else []
    return [label[:LONGEST_LABEL] for label in (*leading, *(item.text for item in block.context.items[-4:]))]


def _host_of(text: str, mentions: Sequence[Mention], section: Section) -> str | None:
    hosts = [mention for mention in mentions if mention.kind == "host"]
    for mention in hosts:
        if _ON_HOST.search(text[: mention.start]):
            return mention.value
    return section.host or (hosts[0].value if hosts else None)
