"""Reading claims: one document's text in, its claims out. Pure."""

from __future__ import annotations

from trueup.canon.clauses import Clause
from trueup.canon.frames import clauses_of
from trueup.canon.scope import document_modality, scope_of
from trueup.canon.statements import FAMILY, Bound, bind
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Document, read
from trueup.vocabulary import Claim, Modality, Span, fingerprint

_LONGEST_QUOTE = 300


def read_claims(
    path: str, source: str, lexicon: Lexicon, *, modality: Modality = Modality.ASSERTED
) -> tuple[Claim, ...]:
    """Read every claim of a Markdown text.

    `path` is what spans name; `modality` how the whole document is meant (a historical one asserts nothing). Ids are
    stable: they depend on path, subject and statement, not on where in the document the claim stands.
    """
    document = read(source)
    whole = modality if modality is not Modality.ASSERTED else document_modality(document.blocks)
    claims: list[Claim] = []
    seen: dict[str, int] = {}
    group = 0
    for block in document.blocks:
        scope = scope_of(block, lexicon, whole)
        highest = group
        for clause in clauses_of(block, scope, lexicon, group):
            highest = max(highest, clause.group)
            for bound in bind(clause, lexicon):
                claim = _claim(path, document, clause, bound, seen)
                if not _repeats(claim, claims):
                    claims.append(claim)
        group = highest + 1
    return tuple(sorted(claims, key=lambda claim: (claim.span.line, claim.span.column, claim.family.value)))


def _claim(path: str, document: Document, clause: Clause, bound: Bound, seen: dict[str, int]) -> Claim:
    text = clause.text
    start = text.source(bound.start)
    end = text.source(bound.end - 1) + 1 if bound.end > bound.start else start
    line, column = document.position(start)
    end_line, end_column = document.position(end)
    key = fingerprint("c", path, bound.subject, bound.statement)
    seen[key] = seen.get(key, 0) + 1
    return Claim(
        id=key if seen[key] == 1 else f"{key}.{seen[key]}",
        family=FAMILY[type(bound.statement)],
        subject=bound.subject,
        statement=bound.statement,
        modality=bound.modality,
        span=Span(path, line, column, end_line, end_column),
        text=_quote(clause),
        frame=clause.frame,
        group=clause.group,
    )


def _quote(clause: Clause) -> str:
    """The clause without its markup, on one line."""
    words = " ".join(clause.words.split())
    return words if len(words) <= _LONGEST_QUOTE else words[: _LONGEST_QUOTE - 1] + "…"


def _repeats(claim: Claim, claims: list[Claim]) -> bool:
    """A statement that a row or sentence makes twice (in two cells, as socket and as port) is one claim."""
    return any(
        other.group == claim.group and other.statement == claim.statement and other.subject == claim.subject
        for other in claims[-40:]
    )
