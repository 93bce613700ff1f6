"""Clauses: the smallest stretches of text that say one thing, with their mentions and what they inherit.

Frames cut blocks into clauses, `statements` turns clauses into claims. No clause crosses a sentence, cell or command.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from trueup.canon.roles import Role
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Text
from trueup.reading.mentions import Mention, find_mentions
from trueup.vocabulary import Modality


@dataclass(frozen=True, slots=True)
class Scope:
    """What a clause inherits from the text around it: a service, a host, and how the whole passage is meant.

    `lead` is True when the service was named by the clause's own item, row or label rather than by a heading far above,
    `carried` when the clause's sentence refers back to the one before ("It listens on …"), `reaching` when the words
    before it in its sentence tell what something connects to.
    """

    service: str | None = None
    host: str | None = None
    modality: Modality = Modality.ASSERTED
    lead: bool = False
    carried: bool = False
    reaching: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch text[start:end] with its mentions (positions in `text`), scope, and the role that a label gives it.

    `given` are mentions that its row or introduction adds to it: the port of the row, an expected status, a key sent.
    """

    text: Text
    start: int
    end: int
    mentions: tuple[Mention, ...]
    scope: Scope
    modality: Modality
    frame: str
    group: int
    role: Role | None = None
    given: tuple[Mention, ...] = ()

    @property
    def words(self) -> str:
        """The clause's own text."""
        return self.text.flat[self.start : self.end]

    def prose(self, until: int | None = None) -> str:
        """Its words without what is a mention, up to an offset: names and paths hold verbs too ("Open WebUI")."""
        end = self.end if until is None else until
        words = list(self.text.flat[self.start : end])
        for mention in self.mentions:
            if mention.kind in ("service", "path", "file", "unit", "url", "handle"):
                low, high = max(mention.start - self.start, 0), max(min(mention.end, end) - self.start, 0)
                words[low:high] = " " * (high - low)
        return "".join(words)

    def of(self, *kinds: str) -> list[Mention]:
        """Its mentions of these kinds, in order."""
        return [mention for mention in self.mentions if mention.kind in kinds]


_ATTRIBUTES = frozenset({"url", "socket", "port", "range", "unit", "path", "address"})
_NAMES = frozenset({"service", "handle", "status", "auth"})
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|cf|incl|resp|no)|\b(?-i:[A-Z]))\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(
    r"[.!?][)\"'`*]*(?=\s)|;(?=\s)|\n(?=\s*\n)"
    # A reason, a consequence or a contrast is a statement of its own.
    r"|,?\s(?=(?:because|whereas|although|though|so that|even though|unlike|in contrast to)\s)"
    r"|,(?=\s(?:so|while|since|but)\s)",
    re.IGNORECASE,
)


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Split text[start:end] into sentences: at full stops, semicolons and blank lines, not after abbreviations."""
    stop = len(text) if end is None else end
    at = start
    for match in _SENTENCE_END.finditer(text, start, stop):
        if match.group()[:1] == "." and _ABBREVIATION.search(text, max(at, match.start() - 8), match.start() + 1):
            continue
        yield at, match.end()
        at = match.end()
    if text[at:stop].strip():
        yield at, stop


def parts(text: str, start: int, end: int, mentions: tuple[Mention, ...]) -> Iterator[tuple[int, int]]:
    """Split a sentence at commas (and line breaks) outside parentheses where each side names a subject of its own.

    "A :1, B :2 (x, y)" has two parts; "A listens on :1, behind B" has one, since its second part holds no attribute. A
    part is complete when it has a name (or an auth or status word) and an attribute.
    """
    last = _last_complete(mentions)
    cuts = [start]
    kinds: set[str] = set()
    index = 0
    for cut in _commas(text, start, end):
        while index < len(mentions) and mentions[index].end <= cut:
            kinds.add(mentions[index].kind)
            index += 1
        if index <= last and kinds & _ATTRIBUTES and kinds & _NAMES:
            cuts.append(cut)
            kinds = set()
    cuts.append(end)
    yield from pairwise(cuts)


def _last_complete(mentions: tuple[Mention, ...]) -> int:
    """The last index from which the rest of the mentions still makes a complete part; -1 when none does."""
    kinds: set[str] = set()
    for index in range(len(mentions) - 1, -1, -1):
        kinds.add(mentions[index].kind)
        if kinds & _ATTRIBUTES and kinds & _NAMES:
            return index
    return -1


def _commas(text: str, start: int, end: int) -> Iterator[int]:
    depth = 0
    for at in range(start, end):
        character = text[at]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(depth - 1, 0)
        elif depth == 0 and (character == "\n" or (character == "," and not text[at + 1 : at + 2].isdigit())):
            yield at + 1
        elif depth == 0 and text.startswith(" and ", at):
            yield at + 5


def within(mentions: tuple[Mention, ...], start: int, end: int) -> tuple[Mention, ...]:
    """The mentions (in order of their starts) that lie inside [start, end)."""
    low = bisect_left(mentions, start, key=lambda mention: mention.start)
    high = bisect_left(mentions, end, key=lambda mention: mention.start)
    return tuple(mention for mention in mentions[low:high] if mention.end <= end)


_SHORT = 12
_PORT_TALK = re.compile(r"\bports?\b|\blisten", re.IGNORECASE)


# A number right behind a name, in parentheses or after a colon, is its port.
_ITS_NUMBER = re.compile(r"[`*\s]*(?:\(|:|—|–|-|=)[`*\s]*(?!19\d\d\b|20[0-4]\d\b)[1-9]\d{3,4}[`*]*\s*(?:[),;.]|$)")


def mentions_of(
    text: Text, lexicon: Lexicon, role: Role | None = None, around: str = "", *, start: int = 0
) -> tuple[Mention, ...]:
    """Find the mentions of text[start:]; bare numbers are ports where its role or the words around speak of ports."""
    # A label before `start` is blanked rather than cut off, so that offsets stay those of the text.
    flat = " " * start + text.flat[start:]
    # Above prose, a word about ports does not make every number below one.
    speaks_of_ports = role in ("port", "bind") or bool(_PORT_TALK.search(around) and len(flat.split()) <= _SHORT)
    found = find_mentions(flat, lexicon, bare_ports=speaks_of_ports)
    if not speaks_of_ports and any(
        mention.kind == "handle" or (mention.kind == "service" and _ITS_NUMBER.match(flat, mention.end))
        for mention in found
    ):
        return find_mentions(flat, lexicon, bare_ports=True)
    return found
