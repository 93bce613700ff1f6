"""List items: `**Name**: value`, `Label: value` under a service, rosters under a host, and items that are sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause, Scope
from trueup.canon.frames import sentence
from trueup.canon.roles import role_of
from trueup.canon.scope import inherited_modality, names_in
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block
from trueup.vocabulary import Modality

# "Name: …", "Name — …", "Name - …": the lead is what stands before the first such mark, if it is short.
_LEAD = re.compile(r"^(?P<lead>[^:—–\n]{1,60}?)(?:\s*:(?=\s|$)|\s+[—–-]\s+)")


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read one item by its lead: a label gives its value a role, a name gives it a subject, else it is prose."""
    text, around, end = block.text, sentence.surroundings(block), len(block.text.text)
    match = _LEAD.match(text.text)
    if match is None:
        yield from sentence.read_part(text, 0, end, scope, lexicon, group, around=around, frame="item")
        return
    services, hosts = names_in(match["lead"], lexicon)
    role = role_of(match["lead"])
    if role is not None and not services:
        yield from sentence.read_labelled(text, match.end(), end, role, scope, lexicon, group)
        return
    if len(services) == 1 or len(hosts) == 1:
        own = scope.modality if scope.modality is not Modality.ASSERTED else inherited_modality(match["lead"])
        scope = Scope(
            service=services[0] if len(services) == 1 else scope.service,
            host=hosts[0] if len(hosts) == 1 else scope.host,
            modality=own,
            lead=len(services) == 1,
        )
    yield from sentence.read_part(text, 0, end, scope, lexicon, group, around=around, frame="item")
