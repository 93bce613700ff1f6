"""Hosts that could not be observed: "could not reach studio (ssh: connection refused)"."""

from __future__ import annotations

import re
from typing import Literal

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Unreachable

Stage = Literal["connect", "host key", "login", "look"]

_FAILED = r"(?:could\s+not|couldn['’]t|cannot|can['’]t|unable\s+to|failed\s+to|did\s+not\s+manage\s+to)"
_BEFORE = re.compile(
    rf"\W*(?:(?:we|I)\s+)?{_FAILED}\s+(?P<verb>reach|connect\s+to|ssh\s+(?:in)?to|log\s*in(?:\s+on)?\s*to|observe)"
    r"\s+(?:host\s+)?[`*]*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[`*]*(?:\s+(?:over|via|by)\s+`?ssh`?)?"
    r"(?:\s*\((?P<bracketed>[^()]*(?:\([^()]*\))?[^()]*)\)|\s*[:,;—–]\s*(?P<following>\S.*?))?[\s.!]*",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"[`*]*\s+(?:could\s+not|couldn['’]t|cannot|can['’]t)\s+be\s+(?P<verb>reached|observed)", re.IGNORECASE
)
_STAGES: tuple[tuple[re.Pattern[str], Stage], ...] = (
    (re.compile(r"host key", re.IGNORECASE), "host key"),
    (re.compile(r"permission denied|publickey|password|authenticat\w+|log[ -]?in\b", re.IGNORECASE), "login"),
    (
        re.compile(
            r"refused|time[ds]? ?-?out|no route|unreachable|(?:could not|cannot) resolve|no answer|reset"
            r"|(?:is|powered|switched) off\b|\bdown\b",
            re.IGNORECASE,
        ),
        "connect",
    ),
)


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read that a host could not be observed, and why where the line says so."""
    hosts = statement.named("host")
    if not hosts:
        return []
    host = hosts[0]
    before = _BEFORE.fullmatch(statement.text[: host.start])
    passive = None if statement.text[: host.start].strip(" `*-") else _PASSIVE.match(statement.text, host.end)
    said = before or passive
    if said is None:
        return []
    after = _AFTER.fullmatch(statement.text, passive.end() if passive else host.end)
    if after is None:
        return []
    reason = (after["bracketed"] or after["following"] or "").strip()
    stage = _stage(said["verb"].lower(), reason)
    if stage is None:
        return []
    error = reason.strip("`* ") or said.group().strip(" `*")
    return [book.note(statement, Unreachable(stage, error), host=host.value)]


def _stage(verb: str, reason: str) -> Stage | None:
    """How far it came, by the reason; without one only "reach" and "connect" tell."""
    for pattern, stage in _STAGES:
        if pattern.search(reason):
            return stage
    return "connect" if not reason and verb.startswith(("reach", "connect")) else None
