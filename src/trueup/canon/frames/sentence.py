"""Sentences: in paragraphs, and in list items that are no `name: value`.

"LiteLLM listens on 127.0.0.1:4000; its /health needs a key." Commands in code spans become clauses of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trueup.canon.clauses import Clause, Scope, mentions_of, parts, sentences, within
from trueup.canon.frames import command
from trueup.canon.modality import Cues
from trueup.canon.roles import Role, role_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text, lines
from trueup.reading.mentions import Mention

# What stands for the service that the sentence before named.
_REFERS_BACK = re.compile(
    r"\W*(?:it|its|they|their|both|same|the (?:unit|service|gateway|proxy|server|port|api|ui|process)|there)\b",
    re.IGNORECASE,
)
_REACHES = re.compile(
    r"\b(?:scrapes?|connects?|calls?|talks?|polls?|queries|prox(?:y|ies)|forwards?|routes?|reach(?:es)?)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s*(?P<label>[A-Z][\w /()-]{1,40}?)\s*:(?=\s|$)")


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read a paragraph: line by line when its lines are `Label: value`, otherwise by its sentences."""
    text, around = block.text, surroundings(block)
    if not is_property_sheet(text):
        yield from read_part(text, 0, len(text.text), scope, lexicon, group, around=around)
        return
    for offset, line in lines(text):
        label = _LABEL.match(line)
        if label is None:
            continue
        start, role = offset + label.end(), role_of(label["label"])
        if role is not None:
            yield from read_labelled(text, start, offset + len(line), role, scope, lexicon, group)
        else:
            yield from read_part(text, offset, offset + len(line), scope, lexicon, group, around=around)


def surroundings(block: Block) -> str:
    """The words right above a block: its introduction and the heading it stands under."""
    above = (block.context.intro, *(heading.text for heading in block.context.headings[-1:]))
    return " ".join(text.text for text in above if text is not None)


def is_property_sheet(text: Text) -> bool:
    """Tell whether a paragraph is lines of `Label: value`, at least one of which has a known role."""
    labels = [_LABEL.match(line) for _, line in lines(text) if line.strip()]
    return bool(labels) and all(labels) and any(label is not None and role_of(label["label"]) for label in labels)


def read_labelled(
    text: Text, start: int, end: int, role: Role, scope: Scope, lexicon: Lexicon, group: int, frame: str = "item"
) -> Iterator[Clause]:
    """`Health: GET /health (no key)`: the label says what the value is, the scope whose it is."""
    mentions = within(mentions_of(text, lexicon, role, start=start), start, end)
    cues = Cues(text, mentions)
    lead = replace(scope, lead=True)
    for sentence in sentences(text.text, start, end):
        own = within(mentions, *sentence)
        commands = command.spans(text, *sentence)
        for span in commands:
            yield from command.read_span(
                text, span, own, cues.modality(sentence, span, scope.modality), lead, lexicon, group
            )
        spoken = outside(own, commands)
        for part in parts(text.text, *sentence, spoken):
            modality = cues.modality(sentence, part, scope.modality)
            yield Clause(text, *part, within(spoken, *part), lead, modality, frame, group, role)


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
    """Read text[start:end] as sentences. One that refers back ("It …") keeps the last one's topic."""
    mentions = within(mentions_of(text, lexicon, around=around), start, end)
    cues = Cues(text, mentions)
    topic = scope
    for sentence in sentences(text.text, start, end):
        own = within(mentions, *sentence)
        refers_back = _refers_back(text.flat, sentence, own)
        if not refers_back:
            topic = replace(scope, service=None, lead=False) if _labels_other(text.flat, sentence, lexicon) else scope
        topic = replace(topic, carried=refers_back)
        commands = command.spans(text, *sentence)
        for span in commands:
            modality = cues.modality(sentence, span, scope.modality)
            yield from command.read_span(text, span, own, modality, topic, lexicon, group)
        spoken = outside(own, commands)
        spoken_of = topic
        for part in parts(text.text, *sentence, spoken):
            said = within(spoken, *part)
            modality = cues.modality(sentence, part, scope.modality)
            yield Clause(text, *part, said, spoken_of, modality, frame, group)
            # "LiteLLM listens on :4000, `/health` needs a key": a part without a name goes on about the one before.
            reaching = spoken_of.reaching or bool(_REACHES.search(text.flat, *part))
            spoken_of = replace(_carried(spoken_of, said), carried=True, reaching=reaching)
        topic = _carried(topic, own)


def outside(mentions: tuple[Mention, ...], spans: tuple[tuple[int, int], ...]) -> tuple[Mention, ...]:
    """The mentions that stand in none of the spans."""
    return tuple(m for m in mentions if not any(start <= m.start and m.end <= end for start, end in spans))


def _refers_back(text: str, sentence: tuple[int, int], mentions: tuple[Mention, ...]) -> bool:
    """A sentence that opens with a pronoun, or with a path and no name, speaks of what the one before it named."""
    if _REFERS_BACK.match(text, *sentence):
        return True
    opens = not text[sentence[0] : mentions[0].start].strip("`*_ \n") if mentions else False
    return opens and mentions[0].kind == "path" and not any(mention.kind == "service" for mention in mentions)


def _labels_other(text: str, sentence: tuple[int, int], lexicon: Lexicon) -> bool:
    """`Postgres: 127.0.0.1:5432` below a service's heading speaks of something that the lexicon does not know."""
    label = _LABEL.match(text[sentence[0] : sentence[1]])
    return label is not None and role_of(label["label"]) is None and not lexicon.find(label["label"])


def _carried(topic: Scope, mentions: tuple[Mention, ...]) -> Scope:
    """The one service and host that a sentence named, for a next one that refers back."""
    services = {mention.value for mention in mentions if mention.kind == "service"}
    hosts = {mention.value for mention in mentions if mention.kind == "host"}
    return replace(
        topic,
        service=services.pop() if len(services) == 1 else topic.service,
        host=hosts.pop() if len(hosts) == 1 else topic.host,
    )
