"""A statement as clauses, and how each is meant: as a fact, as a denial, or as a wish that states nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from trueup.evidence.importing.statements import Statement

Mood = Literal["stated", "denied", "wished"]

_NO = r"(?:not|no|nor|neither|never|nothing|none|nobody)\b"
_VERB = r"(?:listens?|is|are|isn|aren|does|doesn|do|has|runs?|binds?|bound|answers?|returns?|serves?|stays?|sits?)\b"
_WISHES = r"(?:should|would|must|will|could|might|ought|to-?do)\b"
_JOIN = re.compile(
    r"\s*[,;]\s+|(?:\s*:|\s+[—–-])\s+(?=(?:it|they|but)\b)"
    r"|\s+(?=(?:and|but|whereas|while|although|though|instead|rather)\b)",
    re.IGNORECASE,
)
# What a new clause opens with; a comma or an "and" before anything else is a list's.
_OPENS = re.compile(
    rf"(?:(?:and|but|yet|so|whereas|while|although|though|now)\s+)*(?:{_NO}|{_WISHES}|(?:it|they|this|that)\s+(?:\w+ly\s+|only\s+)?"
    rf"{_VERB}|instead\s+of\b|rather\s+than\b)|(?:but|yet|whereas|while|although|though)\s+(?:\w+ly\s+|now\s+|only\s+)?"
    rf"(?:{_VERB}|on\b|at\b)",
    re.IGNORECASE,
)
_IT = re.compile(r"(?:(?:and|but|yet|so)\s+)?(?:it|they)\b", re.IGNORECASE)
_CONJUNCTION = re.compile(r"(?:(?:and|but|yet|so|whereas|while|although|though|the|no)\s+)*", re.IGNORECASE)
_PREDICATE = re.compile(rf"[`*]*\s*(?::|(?:n['’]t|{_VERB}|{_NO}|on\s))", re.IGNORECASE)
# Said of what stands before it, where it names nothing itself: "127.0.0.1:3001, not listening".
_PREDICATIVE = re.compile(
    r"\b(?:listen\w*|running"
    r"|runs?|present|installed|active|inactive|enabled|found|up|in use|exists?|there|here|loaded)\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(r"\W*(?:and\s+|but\s+)?(?:not|instead\s+of|rather\s+than)\b", re.IGNORECASE)
_DENIED = re.compile(rf"(?<!\bwith\s)(?:\b{_NO}|\bcannot\b|n['’]t\b|\binstead\s+of\b|\brather\s+than\b)", re.IGNORECASE)
_NO_DENIAL = re.compile(
    r"\b(?:4\d\d\W+)?not\s+(?:found|only|just|authori[sz]ed|authenticated)\b|\bno\s+(?:status|problem|error)\w*",
    re.IGNORECASE,
)
# "Could not reach studio" tells what was tried.
_IN_VAIN = r"\s+not\s+(?:reach|connect|ssh|log|observe|be\s+(?:reached|observed))\b"
_WISHED = re.compile(
    rf"\b(?:[Ss]hould|[Ww]ould|[Cc]ould(?!{_IN_VAIN})|[Mm]ight|may|[Mm]ust|[Oo]ught|will|[Pp]lanned|[Pp]lans? to"
    r"|[Nn]eeds? to"
    r"|(?i:to-?do|fixme|tbd)|(?:[Ww]e|I) want|[Ww]ants? to|[Ss]upposed to|[Ii]ntended"
    r"|[Ee]xpected to|[Gg]oing to|[Ll]et['’]s|[Pp]lease"
    r"|not yet)\b"
    r"|^\W*(?i:expected|wanted|desired|goal|idea|proposal|next|check|verify|make sure|ensure)\b"
    r"(?=\s*:|\s+(?:that|if|whether)\b)"
    r"|^\s*\[ \]",
)
_CONDITION = re.compile(
    r"\b(?:if|unless|once|in case|as soon as|whenever|suppose|assuming)\b"
    r"(?!.*\b(?:keys?|tokens?|auth\w*|ask\w*|sent|call\w*)\b)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?[\s*_)\"'”]*$")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\](?!:)")


@dataclass(frozen=True)
class Clause:
    """One clause as a statement of its own. `contrast` says only what an earlier clause's fact is not."""

    statement: Statement
    mood: Mood
    contrast: bool = False


def clauses_of(statement: Statement) -> list[Clause]:
    """Take a statement apart. A table's row and a command with its output are one clause."""
    if statement.cells or statement.output:
        return [Clause(statement, "stated")]
    hidden = _masked(statement)
    if _QUESTION.search(statement.text) or _CONDITION.search(hidden):
        return [Clause(statement, "wished")]
    bounds = [0, *_bounds(statement, hidden), len(statement.text)]
    clauses: list[Clause] = []
    service, host = None, statement.host
    for start, end in pairwise(bounds):
        part = statement if len(bounds) == 2 else statement.part(start, end, service=service, host=host)
        named = [mention.value for mention in part.named("service")]
        service, host = (named[0] if named else service), part.host
        mood = _mood(hidden[start:end], part)
        clauses.append(Clause(part, mood, bool(clauses) and bool(_CONTRAST.match(part.text))))
    return clauses


def _masked(statement: Statement) -> str:
    """The text with brackets, code and words about keys blanked: what stands in them neither joins nor denies."""
    text = statement.text
    spans = [*statement.codes, *((m.start, m.end) for m in statement.named("auth", "url", "path"))]
    spans += [match.span() for match in _BRACKETS.finditer(text)]
    spans += [match.span() for match in _NO_DENIAL.finditer(text)]
    for start, end in spans:
        if not text[start:end].startswith("[ ]"):
            text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def _bounds(statement: Statement, hidden: str) -> Iterator[int]:
    found = [
        match.end()
        for match in _JOIN.finditer(hidden)
        if match.start() and (_OPENS.match(hidden, match.end()) or _names_a_subject(statement, hidden, match.end()))
    ]
    for at, end in zip(found, [*found[1:], len(hidden)], strict=False):
        names = any(at <= mention.start < end for mention in statement.mentions)
        if names or _IT.match(hidden, at) or not _PREDICATIVE.search(hidden, at, end):
            yield at


def _names_a_subject(statement: Statement, hidden: str, at: int) -> bool:
    """Tell whether a service or unit stands here and something is said of it."""
    lead = _CONJUNCTION.match(hidden, at)
    start = lead.end() if lead else at
    for mention in statement.named("service", "unit"):
        if start <= mention.start <= start + 2 and not statement.text[start : mention.start].strip(" `*"):
            return bool(_PREDICATE.match(statement.text, mention.end))
    return False


def _mood(text: str, part: Statement) -> Mood:
    if _WISHED.search(text) or "planned" in part.section.topics:
        return "wished"
    return "denied" if _DENIED.search(text) else "stated"
