"""Facts, coverages and costs in words, and back: each one's two directions stand side by side.

`phrase(fact)` and `fact(phrase)` are inverse to each other. The shape of a head tells which fact it states. What a
fact lets one work out (who can reach a listener, that a unit runs older files) stands in words too and is not read.
"""

from __future__ import annotations

import re

import msgspec

from trueup.evidence.phrases import NotAPhraseError, Phrase
from trueup.evidence.wording import machine, network, service
from trueup.evidence.wording.looks import cost, cost_phrase, coverage, coverage_phrase
from trueup.evidence.wording.parts import moment, socket
from trueup.vocabulary import Answer, Fact, Models

__all__ = [
    "cost",
    "cost_phrase",
    "coverage",
    "coverage_phrase",
    "default_by",
    "fact",
    "moment",
    "phrase",
    "socket",
]

_WRITERS = machine.WRITERS | network.WRITERS | service.WRITERS
_READERS = (*machine.READERS, *network.READERS, *service.READERS)


def phrase(fact: Fact, service: str | None = None) -> Phrase:
    """Put a fact about a service into words."""
    head, spans, fields = _WRITERS[type(fact)](fact)
    return Phrase(head, tuple(spans), service, tuple(fields))


def fact(phrase: Phrase) -> Fact:
    """Read the fact that a phrase states. Raises NotAPhraseError where it states none."""
    for pattern, read in _READERS:
        if re.fullmatch(pattern, phrase.head):
            try:
                return read(phrase)
            except (ValueError, IndexError, RecursionError, msgspec.ValidationError) as error:
                raise NotAPhraseError(phrase.head) from error
    raise NotAPhraseError(phrase.head)


def default_by(fact: Fact) -> str | None:
    """Return the request that a fact about an answer names itself; None for facts that do not."""
    if isinstance(fact, Answer):
        return f"{fact.method} {fact.url}"
    return f"GET {fact.url}" if isinstance(fact, Models) else None
