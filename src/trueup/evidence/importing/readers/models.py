"""Which ids a `/v1/models` lists, on one line or as the items below it."""

from __future__ import annotations

import re

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Lane, ModelId, ModelIdKind, Models

_LISTS = re.compile(r"\b(?:returns?|lists?|shows?|reports?|gives?|serves?|ids?)\b|=>|→|:\s*`", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"\be\.g\.|\bfor example\b|\bsuch as\b|\bamong (?:them|others)\b|\bincluding\b|\.\.\.|…", re.IGNORECASE
)
_THESE = re.compile(r"\b(?:these|those|each|every|all|them)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|instead of|rather than|no)\s+(?:the\s+)?`?$", re.IGNORECASE)
_KINDS: tuple[tuple[ModelIdKind, re.Pattern[str]], ...] = (
    ("path", re.compile(r"\bpaths?\b", re.IGNORECASE)),
    ("repository", re.compile(r"\brepo(?:sitor(?:y|ies))?s?\b", re.IGNORECASE)),
    ("handle", re.compile(r"\b(?:handles?|alias(?:es)?)\b", re.IGNORECASE)),
)
_ID = re.compile(r"[\w~/][\w./@:+~-]*(?:\.\.\.|…)?")
_CURL = re.compile(r"\b(?:curl|GET)\s")
_PATH = re.compile(r"(?:\bGET\s+)?`?(?:\w+://[^\s`]+)?/(?:v\d/)?models\b`?")


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read listed ids, or one more id of the list that the text above began."""
    began = book.open.get(("models", statement.label))
    if began is not None and isinstance(began.fact, Models):
        ids = [span for span in statement.spans() if _ID.fullmatch(span)] or _bare(statement)
        return [_with_ids(began, ids, statement.text)] if ids else []
    request = next(
        (m for m in statement.named("url", "path") if m.value.endswith("models") or m.path.endswith("models")), None
    )
    if request is None:
        return []
    after = statement.text[request.end :]
    announced = statement.text.rstrip(" *`").endswith(":") and (
        _LISTS.search(statement.text) or _CURL.search(statement.text)
    )
    if not announced and not _LISTS.search(after):
        return []
    ids = [
        statement.text[start:end]
        for start, end in statement.codes
        if start >= request.end and _is_id(statement, start, end)
    ]
    kind = next((kind for kind, pattern in _KINDS if pattern.search(after)), None)
    if not ids and (again := _told_before(statement, book, kind)):
        return again
    if not ids and not announced:
        return []
    url = statement.text[request.start : request.end]
    service = statement.service or _lanes_service(statement, book)
    if service is None and request.port:
        service = book.service_of_port(statement.host, request.port)
    partial = bool(_EXAMPLE.search(after))
    draft = book.note(statement, Models(url, partial=partial), service=service, by=f"GET {url}")
    book.open["models", statement.block] = draft
    return [_with_ids(draft, ids, statement.text)]


def kind_of(model_id: str) -> ModelIdKind:
    """Tell what sort of name an id is by its shape."""
    if model_id.startswith(("/", "~")):
        return "path"
    return "repository" if model_id.count("/") == 1 else "handle"


def model_id(name: str) -> ModelId:
    """Return an id with its sort."""
    return ModelId(name, kind_of(name))


def looks_like_id(text: str) -> bool:
    """Tell whether a line may be nothing but an id."""
    return bool(_ID.fullmatch(text)) and bool(re.search(r"[-/.:\d]", text)) and not text.isdigit()


def _with_ids(draft: Draft, ids: list[str], text: str) -> Draft:
    if isinstance(draft.fact, Models):
        new = map(model_id, ids)
        merged = tuple(dict.fromkeys((*draft.fact.ids, *new)))
        draft.amend(ids=merged, partial=draft.fact.partial or bool(_EXAMPLE.search(text)))
    return draft


def _is_id(statement: Statement, start: int, end: int) -> bool:
    text = statement.text[start:end]
    return bool(_ID.fullmatch(text)) and not text.isdigit() and not _NOT.search(statement.text[:start])


def _bare(statement: Statement) -> list[str]:
    text = statement.text.strip()
    return [text] if looks_like_id(text) else []


def _told_before(statement: Statement, book: Book, kind: ModelIdKind | None) -> list[Draft]:
    """Say again which kind of ids is listed."""
    return [
        draft
        for draft in book.find(statement.host, statement.service, Models)
        if isinstance(draft.fact, Models) and kind in {model.kind for model in draft.fact.ids}
    ]


def _lanes_service(statement: Statement, book: Book) -> str | None:
    """ "These servers" after a list of lanes are those lanes."""
    services = {draft.service for draft in book.find(statement.host, None, Lane)}
    return services.pop() if len(services) == 1 and _THESE.search(statement.text) else None
