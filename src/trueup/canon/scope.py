"""What a block inherits: the service and host named by headings, items and introductions, and how they are meant."""

from __future__ import annotations

import re

from trueup.canon.clauses import Scope
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text
from trueup.reading.qualifiers import find_cues
from trueup.vocabulary import Modality

# A heading that says "not" or "default" says it of something else than all the text below it.
_INHERITED = (Modality.HISTORICAL, Modality.PLANNED, Modality.OPTIONAL, Modality.EXAMPLE, Modality.CONDITIONAL)
_DATED = re.compile(
    r"^\W*(?:\(?(?:on |as of |update |note )?\d{4}-\d{2}-\d{2}\b|(?:update|note)d? \(?\d{4}-\d{2}-\d{2})", re.IGNORECASE
)
_BANNER = re.compile(
    r"\b(?:this|the) (?:document|page|file|runbook|note|guide|plan|section) (?:is|describes|records|was)\b.{0,60}?"
    r"\b(?:historical|superseded|deprecated|obsolete|outdated|archived|retired|replaced|no longer|planned"
    r"|a (?:plan|draft|proposal))",
    re.IGNORECASE | re.DOTALL,
)
# A heading or introduction that forbids makes everything below it forbidden; a "not" inside a longer one does not.
_FORBIDS = re.compile(
    r"^\W*(?:(?:please )?(?:do not|don['’]?ts?|never|(?:you )?must not|you may not|avoid|forbidden|prohibited)\b"
    r"|not allowed\b|what not to do|anti-?patterns?|(?:common )?(?:mistakes|errors|myths?)\b|wrong\b|rejected\b"
    r"|alternatives considered)"
    r"|\b(?:do not|never) do\b",
    re.IGNORECASE,
)
# Nothing sensible inherits from further away.
_NEAREST = 16
# In a heading these words seldom make a condition of what stands below it.
_WEAK = re.compile(
    r"(?:should|may|might|could|would|can be|once|default\w*|draft|pending|handbook|manual|tutorials?|claims?|stock"
    r"|free|closed)",
    re.IGNORECASE,
)
_MAX_LEAD_WORDS = 6


def document_modality(blocks: tuple[Block, ...]) -> Modality:
    """Read a banner near the top ("this page is historical"): how the whole document is meant."""
    for block in blocks[:6]:
        if block.kind in ("paragraph", "item") and _BANNER.search(block.text.text):
            return Modality.HISTORICAL
    return Modality.ASSERTED


def scope_of(block: Block, lexicon: Lexicon, whole: Modality) -> Scope:
    """Resolve what a block inherits, the nearest first: introduction, items inside out, headings inside out."""
    service: str | None = None
    host: str | None = None
    modality = Modality.HISTORICAL if whole is Modality.ASSERTED and is_dated(block.text.text) else whole
    # A block that has items around it, or is one, is led by them; the last of `items` may be the block's own text.
    parents = [item for item in block.context.items if item is not block.text]
    nearest: list[tuple[Text, bool]] = []
    if block.context.intro is not None and block.kind != "paragraph":
        nearest.append((block.context.intro, True))
    nearest += [(item, True) for item in reversed(parents)]
    nearest += [(heading.text, False) for heading in reversed(block.context.headings)]
    for text, is_lead in nearest[:_NEAREST]:
        if is_lead and not leads(text):
            continue
        services, hosts = names_in(text.text, lexicon)
        if service is None and len(services) == 1:
            service = services[0]
        if host is None and len(hosts) == 1:
            host = hosts[0]
        # A question in a heading says nothing of how its answer is meant.
        if modality is Modality.ASSERTED and not text.text.rstrip().endswith("?"):
            modality = inherited_modality(text.text)
    return Scope(service, host, modality)


def leads(text: Text) -> bool:
    """Tell whether a paragraph or item introduces what follows: it ends with a colon, or is no more than a name."""
    words = text.text.strip()
    if words.endswith((":", "：")):
        return True
    return len(words.split()) <= _MAX_LEAD_WORDS and not words.endswith((".", "!", "?"))


def names_in(text: str, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """Return the distinct services and hosts that a text names."""
    found = lexicon.find(text)
    services = list(dict.fromkeys(key for _, _, kind, key in found if kind == "service"))
    hosts = list(dict.fromkeys(key for _, _, kind, key in found if kind == "host"))
    return services, hosts


def inherited_modality(text: str) -> Modality:
    """How a heading, item or introduction makes everything below it to be meant."""
    if is_dated(text):
        return Modality.HISTORICAL
    if _FORBIDS.search(text):
        return Modality.NEGATED
    for start, end, modality in find_cues(text):
        if modality in _INHERITED and not _WEAK.fullmatch(text[start:end]):
            return modality
    return Modality.ASSERTED


def is_dated(text: str) -> bool:
    """A note that begins with a date tells what was so on that day."""
    return bool(_DATED.match(text))
