"""Models: which handle a port serves, and what sort of ids `/v1/models` lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound, one_host
from trueup.canon.subjects import subject_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import find_cues
from trueup.vocabulary import ListsIds, Modality, ModelIdKind, Serves, Subject

_MODELS_PATH = "/v1/models"
_LISTS = re.compile(
    r"\b(?:return|list|show|report|give|answer|ids?|names?|print|contain|advertise|expose|expect|see)(?:s|ed)?\b|→|=>|->",
    re.IGNORECASE,
)
_PATHS = re.compile(
    r"\b(?:(?:file ?system|snapshot|local|absolute|file)[ -]?(?:system )?(?:snapshot )?paths?|paths?)\b", re.IGNORECASE
)
_HANDLES = re.compile(r"\b(?:canonical |lane |model )?handles?\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:\bnot|\bnever|n['’]t|\brather than|\binstead of|\bdiffers? from|\bno)\s+"
    r"(?:the |as |a |an |any |its |their |return |list |show )*[`*]*$",
    re.IGNORECASE,
)
_CONTROLLER = re.compile(r"\b(?:mlxctl|lane controller|registry)\b[^.;,]*$", re.IGNORECASE)
_LOOKS: tuple[tuple[ModelIdKind, re.Pattern[str]], ...] = (
    ("path", re.compile(r"[~/][\w.@+~/{}*-]+")),
    ("repository", re.compile(r"[\w.-]+/[\w.:-]+")),
    ("handle", re.compile(r"(?=\D*\d)[a-z][\w.]*(?:[-:][\w.]+)+")),
)
_IN_PARENTHESES = re.compile(r"[`*\s]*\([`*\s]*(?:[\w.]+, )?(?:port )?:?")


def find(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield what a clause says of listed ids, or else of handles at ports."""
    lists = [m for m in clause.of("url", "path", "socket") if (m.path or m.value).rstrip("/").endswith(_MODELS_PATH)]
    if lists or clause.role == "model_ids":
        yield from _listed(clause, lists, lexicon)
    else:
        yield from _served(clause, lexicon)


def _served(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """ "8100 — `mlx-…`", "`mlx-…` (8100)": the port in parentheses behind a handle, the nearest before, the row's."""
    own = clause.of("port", "socket", "url")
    ports = [mention for mention in (*clause.given, *own) if mention.port is not None]
    text = clause.text.flat
    handles = clause.of("handle")
    for handle in handles:
        behind = [p for p in ports if p.start >= handle.end and _IN_PARENTHESES.fullmatch(text[handle.end : p.start])]
        before = [port for port in ports if port.end <= handle.start and not _paired(port, handles, text)]
        nearest = (
            behind[0] if behind else before[-1] if before else ports[0] if len(ports) == len(handles) == 1 else None
        )
        if nearest is None or nearest.port is None or "*" in handle.value:
            continue
        subject = subject_of(nearest, clause, lexicon)
        kind = subject.service or lexicon.lane_kind_of(handle.value)
        if kind is None or kind in lexicon.lane_kinds:
            yield bound(clause, Serves(handle.value, nearest.port), Subject(kind, subject.host), handle)


def _paired(port: Mention, handles: list[Mention], text: str) -> bool:
    """A port in parentheses behind a handle is that one's, and no other's."""
    return any(h.end <= port.start and _IN_PARENTHESES.fullmatch(text[h.end : port.start]) for h in handles)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A word for what a list holds: a handle, the word "handle", or words for paths."""

    kind: ModelIdKind
    words: str
    start: int
    end: int


def _listed(clause: Clause, lists: list[Mention], lexicon: Lexicon) -> Iterator[Bound]:
    """The first word for ids after `/v1/models` that is not denied: "returns paths, not handles" lists paths."""
    numbered = [m for m in (*lists, *clause.of("port"), *clause.given) if m.port is not None]
    anchor = next(iter((*numbered, *lists)), None)
    subject = Subject(clause.scope.service, None) if anchor is None else subject_of(anchor, clause, lexicon)
    found = _first(clause, lists)
    if found is None or (subject.service is not None and subject.service not in lexicon.lane_kinds):
        return
    if clause.role not in ("model_ids", "request") and not _LISTS.search(clause.words):
        return
    service = subject.service or lexicon.lane_kind_of(found.words)
    if service is None and found.kind == "path":
        return
    port = numbered[0].port if numbered else None
    mention = Mention("handle", found.start, found.end, found.words)
    statement = ListsIds(found.kind, found.words, port)
    yield bound(clause, statement, Subject(service, one_host(clause)), mention, _meant(clause, found))


def _first(clause: Clause, lists: list[Mention]) -> _Listed | None:
    text = clause.text.flat
    handles = [*clause.of("handle"), *(mention for mention in clause.given if mention.kind == "handle")]
    found = [_Listed("handle", handle.value, handle.start, handle.end) for handle in handles]
    if clause.role != "request":
        handle_words = [(m.start(), m.end()) for m in _HANDLES.finditer(text, clause.start, clause.end)]
        path_words = [(m.start(), m.end()) for m in _PATHS.finditer(text, clause.start, clause.end)]
        found += [_Listed("handle", text[start:end], start, end) for start, end in handle_words]
        found += [_Listed("path", text[start:end], start, end) for start, end in path_words]
        found += _ids_in_code(clause)
    after = lists[0].end if lists else clause.start
    candidates = [
        each
        for each in sorted(found, key=lambda each: (each.start, each.kind == "handle" and " " in each.words))
        if not _NOT_BEFORE.search(text, clause.start, each.start)
        and not _CONTROLLER.search(text, clause.start, each.start)
    ]
    behind = [each for each in candidates if each.start >= after]
    first = next(iter(behind or candidates), None)
    if first is not None and first.kind == "handle":
        # "its `mlx-*` handle": the handle itself is the better example than the word.
        named = [
            each for each in candidates if each.kind == "handle" and "-" in each.words and each.start - first.end < 30
        ]
        first = named[0] if named and named[0].start >= after else first
    return first


def _ids_in_code(clause: Clause) -> Iterator[_Listed]:
    """Code spans that are ids by their looks, and no other mention."""
    others = clause.of("url", "handle", "socket", "port", "unit")
    for mark in clause.text.marks_between(clause.start, clause.end):
        words = clause.text.text[mark.start : mark.end]
        taken = any(other.start < mark.end and mark.start < other.end for other in others)
        if mark.kind == "code" and not taken and not words.endswith(_MODELS_PATH):
            kind = next((kind for kind, looks in _LOOKS if looks.fullmatch(words)), None)
            if kind is not None:
                yield _Listed(kind, words, mark.start, mark.end)


def _meant(clause: Clause, found: _Listed) -> Modality:
    """A "not" behind the word denies something else."""
    if clause.modality is not Modality.NEGATED or clause.scope.modality is Modality.NEGATED:
        return clause.modality
    before = clause.text.flat[clause.start : found.start]
    return Modality.NEGATED if any(cue[2] is Modality.NEGATED for cue in find_cues(before)) else Modality.ASSERTED
