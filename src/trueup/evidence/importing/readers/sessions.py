"""A typed command with what it printed, or said to have printed: `curl` and `systemctl`."""

from __future__ import annotations

import re
from dataclasses import replace

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.readers import answers, models, units
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Absent, Models, Unit

_SYSTEMCTL = re.compile(
    r"\bsystemctl\s+(?:-\S+\s+)*(?:status|is-active|is-enabled|is-failed|show)\s+(?:-\S+\s+)*"
    r"(?P<name>[A-Za-z0-9][\w@.-]*\w)"
)
_METHOD = re.compile(r"-X\s*([A-Z]+)\b|(?<=\s)(-I|--head)\b")
_HEADER = re.compile(r"[<>*]? ?(?:HTTP/|[A-Za-z-]+: )")
_IDS = re.compile(r'"id"\s*:\s*"([^"]+)"')
_GONE = re.compile(r"could not be found|not-found|no such|does not exist", re.IGNORECASE)


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read a request or a question to systemd with its answer."""
    if asked := _SYSTEMCTL.search(statement.text):
        return _unit(statement, book, asked)
    target = next(iter(statement.named("url")), None)
    if target is None or not statement.output:
        return []
    told = " ".join(statement.output)
    if target.path.endswith("/models") and (ids := _ids(statement)):
        url = statement.text[target.start : target.end]
        service = statement.service or book.service_of_port(statement.host, target.port or 0)
        listed = Models(url, tuple(models.model_id(name) for name in ids))
        return [book.note(statement, listed, service=service, by=f"GET {url}")]
    method = _METHOD.search(statement.text)
    verb = "GET" if method is None else method[1] or "HEAD"
    request = answers.Request(verb, target, statement.text)
    bodies = [line for line in statement.output if not _HEADER.match(line)]
    return answers.note_answers(statement, book, request, told, bodies)


def _ids(statement: Statement) -> list[str]:
    """The ids of a list in JSON, or lines that are nothing but ids."""
    if listed := _IDS.findall("\n".join(statement.output)):
        return listed
    bare = [line.strip("\"',") for line in statement.output]
    return bare if all(models.looks_like_id(name) for name in bare) else []


def _unit(statement: Statement, book: Book, asked: re.Match[str]) -> list[Draft]:
    told = " ".join((statement.text[asked.end() :], *statement.output))
    name = (
        asked["name"] if re.search(r"\.(?:service|socket|timer|target)$", asked["name"]) else asked["name"] + ".service"
    )
    service = book.lexicon.unit_owner(name) or statement.service
    if _GONE.search(told):
        return [book.note(statement, Absent("unit", name=name), service=service, by="systemctl")]
    states = units.states(told)
    if not states:
        return []
    scope = "user" if "--user" in statement.text else "system"
    for draft in book.find(statement.host, None, Unit):
        if isinstance(draft.fact, Unit) and draft.fact.name == name:
            draft.amend(**{field: value for field, value in states.items() if getattr(draft.fact, field) is None})
            return [draft]
    named = replace(statement, text=" ".join((statement.text, *statement.output)))
    return [
        book.note(
            named,
            Unit(name, "systemd", "user" if scope == "user" else "system", **states),
            service=service,
            by="systemctl",
        )
    ]
