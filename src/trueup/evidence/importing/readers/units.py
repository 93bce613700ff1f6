"""Units: a file, a name, its states, and the command line; lines under one label are about one unit."""

from __future__ import annotations

import re
import shlex
from typing import Any, Literal

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Unit

_UNIT_FILE = re.compile(r"\.(?:service|socket|timer|target|plist)$")
_COMMAND = re.compile(
    r"^[\s`*]*(?:Exec ?Start|Exec|Command(?: line)?|Program ?Arguments|Arguments|Args|Flags)\b", re.IGNORECASE
)
_DROP_IN = re.compile(r"\bdrop-?ins?\b|\boverride file\b", re.IGNORECASE)
_UNIT_WORD = re.compile(r"\b(?:unit|job|service file|plist|launch ?(?:agent|daemon))\b", re.IGNORECASE)
_ENABLED = re.compile(
    r"(?P<no>\b(?:not|never|no longer) |n['’]t )?\b(?P<word>enabled|disabled|masked|static)\b", re.IGNORECASE
)
_ACTIVE = re.compile(
    r"(?P<no>\b(?:not|never|no longer) |n['’]t )?"
    r"\b(?P<word>active|inactive|failed|activating|deactivating)\b(?:\s*\((?P<sub>[\w-]+)\))?",
    re.IGNORECASE,
)
_RUNNING = re.compile(r"(?P<no>\b(?:not|never|no longer) |n['’]t )?\brunning\b", re.IGNORECASE)
_RELOAD = re.compile(
    r"(?P<no>\b(?:not|never|no longer) |n['’]t )?\bneeds? (?P<none>no )?(?:a )?`?(?:systemctl )?daemon-reload\b"
    r"|\bNeedDaemonReload=(?P<answer>yes|no)\b|\bchanged on disk\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(r"\bexists?\b|\bis there\b|\bloaded\b|\binstalled\b|\bpresent\b", re.IGNORECASE)
_USER = re.compile(r"\buser (?:unit|service|job)|--user\b|LaunchAgents", re.IGNORECASE)
_LEAD = re.compile(r"\s*(?:(?:unit|job|launch ?(?:agent|daemon))\b[\s:]*)?", re.IGNORECASE)
_LEFT_OUT = re.compile(r"\.\.\.|…|\((?:in part|partial|excerpt|shortened)\)", re.IGNORECASE)


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read a unit, or what one line adds to the unit of the lines above it."""
    if _COMMAND.search(statement.text) or _COMMAND.search(statement.label):
        return _command(statement, book)
    name, path = _name(statement)
    if name is None:
        return []
    if path and _DROP_IN.search(statement.text):
        return _drop_in(statement, book, path)
    draft = _draft(statement, book, name)
    draft.amend(**({"path": path} if path else {}), **states(statement.text))
    return [draft]


def read_states(statement: Statement, book: Book) -> list[Draft]:
    """Read a unit where the words say in which state it is."""
    return read(statement, book) if states(statement.text) else []


def states(text: str) -> dict[str, Any]:
    """Read systemd's words for a unit's states from a line."""
    found: dict[str, Any] = {}
    if enabled := _ENABLED.search(text):
        found["enabled"] = "disabled" if enabled["no"] else enabled["word"].lower()
    if active := _ACTIVE.search(text):
        found["active"] = "inactive" if active["no"] else active["word"].lower()
        if active["sub"]:
            found["sub"] = active["sub"].lower()
    elif running := _RUNNING.search(text):
        found |= {"active": "inactive"} if running["no"] else {"active": "active", "sub": "running"}
    if reload := _RELOAD.search(text):
        found["needs_reload"] = not (reload["no"] or reload["none"] or (reload["answer"] or "").lower() == "no")
    if _EXISTS.search(text):
        found["load"] = "loaded"
    return found


def command_line(written: str) -> tuple[tuple[str, ...], bool]:
    """Split a command line into words (none where it cannot be), and tell whether it is the whole one."""
    try:
        words = tuple(shlex.split(_LEFT_OUT.sub("", written)))
    except ValueError:
        return (), False
    return words, bool(words) and words[0].startswith("/") and not _LEFT_OUT.search(written)


def manager_of(statement: Statement, name: str) -> Literal["systemd", "launchd"]:
    """Tell systemd and launchd apart: by the name, else by the host's operating system."""
    if name.endswith((".service", ".socket", ".timer", ".target")):
        return "systemd"
    apple = (statement.section.os or "").startswith(("mac", "osx", "darwin"))
    return "launchd" if apple or name.count(".") >= 2 else "systemd"


def _name(statement: Statement) -> tuple[str | None, str | None]:
    """The unit that a line names, and its file."""
    for mention in statement.named("file"):
        if _UNIT_FILE.search(mention.value) or _DROP_IN.search(statement.text):
            return mention.value.rpartition("/")[2].removesuffix(".plist"), mention.value
    for mention in statement.named("unit"):
        return mention.value, None
    if _UNIT_WORD.search(statement.text) or _UNIT_WORD.search(statement.label) or "units" in statement.section.topics:
        lead = _LEAD.match(statement.text)
        start, end = next(iter(statement.codes), (0, 0))
        span = statement.text[start:end]
        told = lead and lead.end() == start and (lead.group().strip() or states(statement.text[end:]))
        if told and re.fullmatch(r"[\w.@-]*[A-Za-z][\w.@-]*", span):
            return span, None
    return None, None


def _drop_in(statement: Statement, book: Book, path: str) -> list[Draft]:
    draft = book.open.get(_key(statement))
    if draft is None or not isinstance(draft.fact, Unit):
        return []
    draft.amend(drop_ins=(*draft.fact.drop_ins, path))
    return [draft]


def _key(statement: Statement) -> tuple[object, ...]:
    return ("unit", statement.host, statement.group, statement.section.service)


def _draft(statement: Statement, book: Book, name: str) -> Draft:
    """The open unit of this label, or a new one where the name is another."""
    key = _key(statement)
    draft = book.open.get(key)
    if draft is not None and isinstance(draft.fact, Unit) and name == draft.fact.name:
        return draft
    service = book.lexicon.unit_owner(name) or statement.service
    unit = Unit(name, manager_of(statement, name), "user" if _USER.search(statement.text) else "system")
    draft = book.note(statement, unit, service=service)
    book.open[key] = draft
    return draft


def _command(statement: Statement, book: Book) -> list[Draft]:
    draft = book.open.get(_key(statement))
    written = " ".join(statement.spans()) or _bare_command(statement)
    if draft is None or not isinstance(draft.fact, Unit):
        return []
    words, whole = command_line(written)
    if written and not words:
        return []
    if words:
        draft.amend(command=(*draft.fact.command, *words), command_partial=not whole)
    return [draft]


def _bare_command(statement: Statement) -> str:
    """A command line without backticks: what follows `ExecStart=` or stands alone below it."""
    head = _COMMAND.match(statement.text)
    rest = statement.text[head.end() :] if head else statement.text
    rest = re.sub(r"^\s*\([^()]*\)", "", rest).lstrip(" =:`*")
    return rest if rest.startswith(("/", "-")) else ""
