"""List items: `**Name**: value`, `Label: value` under a service, rosters under a host, and items that are sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause, Scope, mentions_of, parts, sentences, within
from trueup.canon.frames import command, sentence
from trueup.canon.modality import modality_of
from trueup.canon.roles import Role, role_of
from trueup.canon.scope import inherited_modality, is_dated, names_in
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text
from trueup.vocabulary import Modality

# "Name: …", "Name — …", "Name - …": the lead is what stands before the first such mark, if it is short.
_LEAD = re.compile(r"^(?P<lead>[^:—–\n]{1,60}?)(?:\s*:(?=\s|$)|\s+[—–-]\s+)")


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read one item by its lead: a label gives its value a role, a name gives it a subject, else it is prose."""
    text = block.text
    around = sentence.surroundings(block)
    if is_dated(text.text):
        scope = Scope(scope.service, scope.host, Modality.HISTORICAL)
    match = _LEAD.match(text.text)
    if match is None:
        yield from sentence.read_part(text, 0, len(text.text), scope, lexicon, group, around=around, frame="item")
        return
    lead, rest = match["lead"], match.end()
    services, hosts = names_in(lead, lexicon)
    role = role_of(lead)
    if role is not None and not services:
        yield from _labelled(text, rest, role, scope, lexicon, group)
        return
    if role is None and (len(services) == 1 or len(hosts) == 1):
        scope = Scope(
            service=services[0] if len(services) == 1 else scope.service,
            host=hosts[0] if len(hosts) == 1 else scope.host,
            modality=scope.modality if scope.modality is not Modality.ASSERTED else inherited_modality(lead),
            lead=len(services) == 1,
        )
    yield from sentence.read_part(text, 0, len(text.text), scope, lexicon, group, around=around, frame="item")


def _labelled(text: Text, start: int, role: Role, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """`Health: GET /health (no key)`: the label says what the value is, the scope whose it is."""
    mentions = within(mentions_of(text, lexicon, role), start, len(text.text))
    end = len(text.text)
    for span in sentences(text.text, start, end):
        commands = command.spans(text, *span)
        if commands:
            yield from sentence.read_part(text, *span, scope, lexicon, group, frame="item")
            continue
        for part in parts(text.text, *span, within(mentions, *span)):
            modality = modality_of(text, span, part, mentions, scope.modality)
            lead = Scope(scope.service, scope.host, scope.modality, lead=True)
            yield Clause(text, *part, within(mentions, *part), lead, modality, "item", group, role)
