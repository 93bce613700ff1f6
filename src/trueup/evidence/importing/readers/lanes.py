"""What a lane controller says of a port: `8100` listening — and the handle that it serves."""

from __future__ import annotations

import re

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Lane

_LANE = re.compile(
    r"^[\s`*:]*(?:(?:lane|port)\s+)?[`:]*(?P<port>[1-9]\d{2,4})\b[`*]*\W{0,6}(?:is\s+)?"
    r"(?P<state>listening|active|up|running|serving|serves|busy|idle|free|down|stopped)?\b",
    re.IGNORECASE,
)
_IDLE = {"idle", "free", "down", "stopped"}
_HANDLE = re.compile(r"[A-Za-z][\w.-]*[-_.][\w.-]*\w")


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read one lane with its handle; a port that is idle and has no handle is an absence."""
    if "lanes" not in statement.section.topics:
        return []
    match = _LANE.match(statement.text)
    if match is None:
        return []
    handle = _handle(statement, match.end())
    state = (match["state"] or "").lower()
    if handle is None or int(match["port"]) > 65535:
        return []
    return [note_lane(statement, book, int(match["port"]), state, handle)]


def note_lane(statement: Statement, book: Book, port: int, state: str, handle: str | None) -> Draft:
    """Take down a lane. `state` is the writer's word."""
    lane = Lane(port, "idle" if state.lower() in _IDLE else "listening", handle)
    return book.note(statement, lane, service=statement.service or _kind_in(handle, book))


def _kind_in(handle: str | None, book: Book) -> str | None:
    """A handle that names its kind of lane as one of its words, as `x-mlx-8bit` does."""
    words = f"-{handle or ''}-".lower().replace("_", "-").replace(".", "-")
    kinds = [prefix for prefix in book.lexicon.handle_prefixes if f"-{prefix}" in words]
    return kinds[0].rstrip("-").replace("-", "_") if len(kinds) == 1 else None


def _handle(statement: Statement, start: int) -> str | None:
    handles = [mention.value for mention in statement.named("handle") if mention.start >= start]
    handles += [text for text in statement.spans(start) if _HANDLE.fullmatch(text)]
    if not handles:
        rest = statement.text[start:].strip(" \t—–-:=>→`.|")
        handles = [rest] if _HANDLE.fullmatch(rest) else []
    return handles[0] if handles else None
