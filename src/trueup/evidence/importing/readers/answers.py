"""What a request got: ``GET http://127.0.0.1:4000/health`` and a status, a body, or why nothing answered."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import Mention, find_mentions
from trueup.vocabulary import Answer

_METHOD = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+$")
_TOLD = re.compile(
    r"^[\s`*'\")]*(?:\([^()]*\)\s*)?(?:without (?:an?|any) key|with(?: \w+){0,3} key|still|also)?[\s,:]*"
    r"(?:=+>|→|⇒|-+>|—|–|\||:|="
    r"|\b(?:returns?|returned|answers?|answered|responds?|responded|replies|replied"
    r"|gives?|gave|gets?|got|yields?|says?|said|is|was)\b(?: with)?)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\w.:/{\"-])([1-5]\d\d)(?!\.\d|[\w:/\"-]|\s*(?:ms|MB|kB|bytes|s\b))")
_STATUS_ALONE = re.compile(
    r"\W*(?:HTTP(?:/[\d.]+)?\s+|status:?\s+)?[1-5]\d\d\b[\W]*(?:OK|Unauthorized|Not Found|Forbidden)?\W*", re.IGNORECASE
)
_NEXT_STATUS = re.compile(r"(?:[;,]|\bbut\b|\band\b)\s+(?=\W*[1-5]\d\d\b)")
_FAILURE = re.compile(
    r"connection (?:was )?(?:refused|reset|closed)|refused|tim(?:ed|es|e) ?out|no (?:answer|response|reply|route)"
    r"|unreachable|could not (?:connect|resolve)|fail(?:s|ed) to connect|down\b",
    re.IGNORECASE,
)
_WRONG_KEY = re.compile(r"\b(?:wrong|invalid|bad|bogus)\b[\w ]{0,12}\b(?:key|token)", re.IGNORECASE)
_VALID_KEY = re.compile(
    r"\bwith (?:an? |the |its )?(?:valid |master |right |api |bearer )*(?:key|token|auth)\b|-H ['\"]?Authorization",
    re.IGNORECASE,
)
_OPENAI_LIST = re.compile(r"OpenAI(?:[- ](?:style|compatible|API))?(?: models?)?[- ]list", re.IGNORECASE)
_MEDIA = (("application/json", r"\bJSON\b"), ("text/html", r"\bHTML\b"), ("text/plain", r"\bplain[- ]?text\b"))
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_][\w-]*)\s*:")
_ELLIPSIS = re.compile(r",?\s*(?:\.\.\.|…)\s*(?=[}\]])")
_QUOTED = re.compile(r"[\"“]([^\"“”{}]+)[\"”]")
_BEFORE_BODY = re.compile(
    r"[\W_]*(?:HTTP\S*\W+)?(?:[1-5]\d\d\W*(?:OK\W*)?)?(?:(?:and|with|plain|the|body|text|says?|a)\b\W*)*", re.IGNORECASE
)
# Where something leads is no body.
_PLACE = re.compile(r"https?://\S+|[\w.*-]+:\d{1,5}(?:/\S*)?|\[[0-9a-fA-F:.]+\]:\d{1,5}(?:/\S*)?")
_LONGEST_SCALAR = 200


@dataclass(frozen=True)
class Request:
    """A request: its method, the URL or path as a mention, and all words about it up to what it got."""

    method: str
    target: Mention
    words: str


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read a request with what it got."""
    found = _request(statement)
    if found is None:
        return _below_its_request(statement, book)
    method, request = found
    told = _TOLD.match(statement.text[request.end :])
    if told is None:
        return []
    start = request.end + told.end()
    asked, outcome = statement.text[:start], statement.text[start:]
    return note_answers(statement, book, Request(method, request, asked), outcome, statement.spans(start))


def note_answers(
    statement: Statement, book: Book, request: Request, outcome: str, bodies: Sequence[str] = ()
) -> list[Draft]:
    """Take down each answer that `outcome` tells of. `bodies` are those parts of it that were quoted as code."""
    service = _service(statement, book, request)
    url = _url(statement, book, request.target, service)
    drafts = []
    for part in _NEXT_STATUS.split(outcome):
        fields = told_by(part, bodies)
        if fields:
            answer = Answer(request.method, url, key=_key(f"{request.words} {part}"), **fields)
            drafts.append(book.note(statement, answer, service=service, by=f"{request.method} {url}"))
    return drafts


def told_by(outcome: str, bodies: Sequence[str] = ()) -> dict[str, Any]:
    """Read what an answer was from the words about it; empty where they say nothing."""
    body = _OBJECT.search(outcome)
    words = outcome if body is None else outcome[: body.start()] + outcome[body.end() :]
    fields: dict[str, Any] = {}
    if status := _STATUS.search(words):
        fields["status"] = int(status[1])
    if body:
        fields |= _json(body.group())
    elif _OPENAI_LIST.search(words):
        # the list object of OpenAI's API reference: {"object": "list", "data": [...]}
        fields |= {"shape": ("data", "object"), "scalars": (("object", "list"),)}
        fields["media_type"] = "application/json"
    for media_type, pattern in _MEDIA:
        if "media_type" not in fields and re.search(pattern, words):
            fields["media_type"] = media_type
    if not body and (text := _text(outcome, bodies)):
        fields["text"] = text
    if not fields and (failure := _FAILURE.search(words)):
        return {"error": failure.group().lower()}
    return fields


def _request(statement: Statement) -> tuple[str, Mention] | None:
    for mention in statement.named("url", "path"):
        method = _METHOD.search(statement.text[: mention.start])
        if method:
            return method[1], mention
        told = mention.kind == "url" or "answers" in statement.section.topics or statement.service
        if told and _TOLD.match(statement.text[mention.end :]):
            return "GET", mention
    return None


def _below_its_request(statement: Statement, book: Book) -> list[Draft]:
    """A status alone below the request that got it."""
    if not _STATUS_ALONE.fullmatch(statement.text):
        return []
    target = next((m for m in find_mentions(statement.label, book.lexicon) if m.kind == "url"), None)
    if target is None:
        return []
    asked = replace(statement, text=statement.label, service=None)
    return note_answers(asked, book, Request("GET", target, statement.label), statement.text)


def _service(statement: Statement, book: Book, request: Request) -> str | None:
    """A service named with the request, else the one above, else what earlier lines put on that port."""
    named = [mention.value for mention in find_mentions(request.words, book.lexicon) if mention.kind == "service"]
    if named:
        return named[0]
    if statement.section.service:
        return statement.section.service
    return book.service_of_port(statement.host, request.target.port) if request.target.port else None


def _url(statement: Statement, book: Book, request: Mention, service: str | None) -> str:
    """A full URL; for a path alone, that of an earlier answer or of the socket named above; else the path."""
    if request.kind == "url":
        return statement.text[request.start : request.end]
    path = request.value
    for draft in book.find(statement.host, service, Answer):
        if isinstance(draft.fact, Answer) and re.fullmatch(rf"\w+://[^/]+{re.escape(path)}", draft.fact.url):
            return draft.fact.url
    for above in (statement.label, statement.section.heading):
        for mention in find_mentions(above, book.lexicon):
            if mention.kind in ("socket", "url"):
                scheme = mention.scheme or "http"
                address = f"[{mention.value}]" if ":" in mention.value else mention.value
                return f"{scheme}://{address}:{mention.port}{path}"
    return path


def _key(text: str) -> Literal["none", "valid", "wrong"]:
    if _WRONG_KEY.search(text):
        return "wrong"
    return "valid" if _VALID_KEY.search(text) else "none"


def _json(written: str) -> dict[str, Any]:
    """Read a JSON object as people write it: keys without quotes, an ellipsis for the rest."""
    strict = _BARE_KEY.sub(r'\1"\2":', _ELLIPSIS.sub("", written))
    try:
        value = json.loads(strict)
    except (ValueError, RecursionError):
        return {}
    scalars = tuple((name, scalar) for name, scalar in sorted(value.items()) if _harmless(scalar))
    return {"shape": tuple(sorted(value)), "scalars": scalars, "media_type": "application/json"}


def _text(outcome: str, bodies: Sequence[str]) -> str | None:
    """A plain-text body is quoted, and nothing but the status and the word for it stands before it."""
    quoted: list[str] = [*bodies, *_QUOTED.findall(outcome)]
    for body in quoted:
        if _PLACE.fullmatch(body):
            continue
        if body in outcome and not body.isdigit() and _BEFORE_BODY.fullmatch(outcome[: outcome.index(body)]):
            return body
    return None


def _harmless(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_SCALAR
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and abs(value) < 1e300)
