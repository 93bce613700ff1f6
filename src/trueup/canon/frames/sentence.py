"""Sentences: in paragraphs, and in list items that are no `name: value`.

"LiteLLM listens on 127.0.0.1:4000; its /health needs a key." Commands in code spans become clauses of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from trueup.canon.clauses import Clause, Scope, mentions_of, parts, sentences, within
from trueup.canon.frames import command
from trueup.canon.modality import modality_of
from trueup.canon.roles import role_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text, lines
from trueup.reading.mentions import Mention


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read a paragraph: each line that is `Label: value` by itself, otherwise its sentences."""
    around = surroundings(block)
    if is_property_sheet(block.text):
        for offset, line in lines(block.text):
            yield from read_part(block.text, offset, offset + len(line), scope, lexicon, group, around=around)
        return
    yield from read_part(block.text, 0, len(block.text.text), scope, lexicon, group, around=around)


def surroundings(block: Block) -> str:
    """The words right above a block: its introduction and the heading it stands under."""
    above = (block.context.intro, *(heading.text for heading in block.context.headings[-1:]))
    return " ".join(text.text for text in above if text is not None)


def is_property_sheet(text: Text) -> bool:
    """Tell whether every line of a paragraph is a `Label: value` whose label is a known role."""
    rows = [line for _, line in lines(text) if line.strip()]
    return bool(rows) and all(role_of(line.partition(":")[0]) and ":" in line for line in rows)


def read_part(
    text: Text,
    start: int,
    end: int,
    scope: Scope,
    lexicon: Lexicon,
    group: int,
    *,
    around: str = "",
    frame: str = "sentence",
) -> Iterator[Clause]:
    """Read text[start:end] as sentences. One that names a service passes it on to the next ones of its block."""
    mentions = within(mentions_of(text, lexicon, around=around), start, end)
    topic = scope
    for sentence in sentences(text.text, start, end):
        own = within(mentions, *sentence)
        commands = command.spans(text, *sentence)
        spoken = tuple(mention for mention in own if not _inside(mention, commands))
        for code_start, code_end in commands:
            yield from command.read_span(text, code_start, code_end, sentence, own, topic, lexicon, group)
        for part in parts(text.text, *sentence, spoken):
            modality = modality_of(text, sentence, part, spoken, scope.modality)
            yield Clause(text, *part, within(spoken, *part), topic, modality, frame, group)
        topic = _carried(topic, own)


def _inside(mention: Mention, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= mention.start and mention.end <= end for start, end in spans)


def _carried(topic: Scope, mentions: tuple[Mention, ...]) -> Scope:
    """ "It", "its" and bare paths of the next sentence speak of the one service or host that this sentence named."""
    services = {mention.value for mention in mentions if mention.kind == "service"}
    hosts = {mention.value for mention in mentions if mention.kind == "host"}
    return Scope(
        service=services.pop() if len(services) == 1 else topic.service,
        host=hosts.pop() if len(hosts) == 1 else topic.host,
        modality=topic.modality,
        lead=topic.lead,
    )
