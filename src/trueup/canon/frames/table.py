"""Tables: a header gives each column a role, a row its subject; a two-column table may be a property sheet.

The row's service and host come from their columns, else from a name in the first cell, else from the column's header (a
column per host), else from the text above the table. A row about something unknown inherits no service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from trueup.canon.clauses import Clause, Scope, mentions_of, parts, sentences, within
from trueup.canon.frames import command
from trueup.canon.frames.sentence import outside, read_labelled
from trueup.canon.modality import Cues
from trueup.canon.roles import Role, role_of
from trueup.canon.scope import inherited_modality, names_in
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import find_cues, key_needed
from trueup.vocabulary import Modality

_LIST = re.compile(r"\s*(?:/|,|\n|\band\b)\s+|\s+/\s*|\n")
_LITTLE_MORE = re.compile(r"\W*(?:[\w-]+\W+){0,2}[\w-]+\W*")
# A column of what was, what is by default, or what is inside a container, says nothing of today's host.
_PAST = re.compile(r"\b(?:old|before|was|previous(?:ly)?|former(?:ly)?|legacy|until)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:default|upstream|stock|container|inner|internal|inside|example|symptom|problem|error|planned|future|dev|test|staging|demo"
    r"|with (?:an? |the )?key)\b",
    re.IGNORECASE,
)
_YES = re.compile(r"\W*(?:yes|required|needed|on|bearer(?: token)?|(?:api |master )?(?:key|token))\W*", re.IGNORECASE)
_GONE = re.compile(r"\W*(?:no|none|off|gone|down|stopped|dead|removed|never|unused|idle)\W*", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no|none|off|open|not (?:required|needed)|unauthenticated|—|-)\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with its columns' titles and roles, its subject, and how it is meant."""

    titles: tuple[str, ...]
    roles: tuple[Role | None, ...]
    cells: tuple[Text, ...]
    scope: Scope
    services: tuple[str, ...]
    hosts: tuple[str, ...]
    group: int

    def columns(self) -> Iterator[tuple[str, Role | None, Text]]:
        yield from zip(self.titles, self.roles, self.cells, strict=False)


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read a table row by row; every row is one group."""
    if len(block.rows) < 2:
        return
    header, *body = block.rows
    if len(header) == 2 and _is_property_sheet(body):
        for label, value in (row for row in body if len(row) == 2):
            role = role_of(label.text)
            if role is not None:
                yield from read_labelled(value, 0, len(value.text), role, scope, lexicon, group, "table")
        return
    titles = tuple(cell.text for cell in header)
    roles = tuple(role_of(title) for title in titles)
    for number, cells in enumerate(body):
        row = _row(titles, roles, cells, scope, lexicon, group + number)
        yield from _aligned(row, lexicon) if len(row.services) > 1 else _single(row, lexicon)


def _is_property_sheet(body: list[tuple[Text, ...]]) -> bool:
    labelled = sum(1 for row in body if row and role_of(row[0].text) not in (None, "service", "model"))
    return labelled >= 2 and labelled * 2 >= len(body)


# ---------------------------------------------------------------- whose row it is


def _row(
    titles: tuple[str, ...],
    roles: tuple[Role | None, ...],
    cells: tuple[Text, ...],
    scope: Scope,
    lexicon: Lexicon,
    group: int,
) -> _Row:
    told = tuple(
        role if _column_modality(title, Modality.ASSERTED) is Modality.ASSERTED else "notes"
        for title, role in zip(titles, roles, strict=True)
    )
    services, known = _services(told, cells, lexicon)
    host_cells = [cell for role, cell in zip(roles, cells, strict=False) if role == "host"] or list(cells[:1])
    named = names_in(host_cells[0].text, lexicon)[1] if host_cells else []
    inherited = scope.service if known else None
    own = replace(scope, service=services[0] if services else inherited, lead=bool(services))
    own = replace(own, modality=_row_modality(roles, cells, scope.modality))
    return _Row(titles, roles, cells, own, tuple(services), tuple(named), group)


def _services(roles: tuple[Role | None, ...], cells: tuple[Text, ...], lexicon: Lexicon) -> tuple[list[str], bool]:
    """The services that a row is about, and False when it is about something that the lexicon does not know."""
    column = roles.index("service") if "service" in roles[: len(cells)] else 0
    order = [cells[column]] if cells else []
    order += [cell for role, cell in zip(roles, cells, strict=False) if role in ("unit", None) and cell not in order]
    for cell in order:
        found = names_in(cell.text, lexicon)[0]
        units = [mention.value for mention in mentions_of(cell, lexicon) if mention.kind == "unit"]
        found = found or [owner for unit in units if (owner := lexicon.unit_owner(unit))]
        if found:
            return found, True
        if cell is order[0] and cell.text.strip() and not mentions_of(cell, lexicon, roles[column]):
            return [], False
    return [], True


def _row_modality(roles: tuple[Role | None, ...], cells: tuple[Text, ...], inherited: Modality) -> Modality:
    """A status or notes column speaks of the whole row; so does a struck-out or qualified name in the first cell."""
    if inherited is not Modality.ASSERTED:
        return inherited
    for column, (role, cell) in enumerate(zip(roles, cells, strict=False)):
        if any(mark.kind == "strike" for mark in cell.marks) and (column == 0 or role in ("service", "port")):
            return Modality.HISTORICAL
        if role == "status" or column == 0 or (role == "notes" and _LITTLE_MORE.fullmatch(cell.text)):
            found = inherited_modality(cell.text)
            if found is not Modality.ASSERTED:
                return found
        if role == "status" and _GONE.fullmatch(cell.text):
            return Modality.HISTORICAL
        if role == "host" and any(modality is Modality.NEGATED for *_, modality in find_cues(cell.text)):
            return Modality.NEGATED
    return Modality.ASSERTED


# ---------------------------------------------------------------- what the row says


def _single(whole: _Row, lexicon: Lexicon) -> Iterator[Clause]:
    given = tuple(_given(whole, lexicon))
    asks = _has_request(whole, lexicon)
    for title, role, cell in whole.columns():
        if asks and role in ("auth", "expect"):
            continue
        row = replace(whole, scope=replace(whole.scope, modality=_column_modality(title, whole.scope.modality)))
        for clause in _cell(row, title, role, cell, lexicon):
            own = {mention.kind for mention in clause.mentions}
            fitting = [mention for mention in given if mention.kind not in own and _fits(mention, role, asks=asks)]
            yield replace(clause, given=tuple(replace(m, start=clause.end, end=clause.end) for m in fitting))


def _column_modality(title: str, row: Modality) -> Modality:
    if row is not Modality.ASSERTED:
        return row
    return Modality.HISTORICAL if _PAST.search(title) else Modality.EXAMPLE if _ELSEWHERE.search(title) else row


def _cell(row: _Row, title: str, role: Role | None, cell: Text, lexicon: Lexicon) -> Iterator[Clause]:
    column_hosts = names_in(title, lexicon)[1]
    hosts = row.hosts or tuple(column_hosts) or ((row.scope.host,) if row.scope.host else ())
    scope = replace(row.scope, host=hosts[0] if len(hosts) == 1 else None)
    if role is None and column_hosts and not re.sub(r"\W", "", _without_names(title, lexicon)):
        # A column per host holds ports.
        role = "port"
    mentions = mentions_of(cell, lexicon, role, title)
    cues = Cues(cell, mentions)
    for sentence in sentences(cell.text):
        own = within(mentions, *sentence)
        commands = command.spans(cell, *sentence)
        for span in commands:
            modality = cues.modality(sentence, span, scope.modality)
            yield from command.read_span(cell, span, own, modality, scope, lexicon, row.group)
        spoken = outside(own, commands)
        for part in parts(cell.text, *sentence, spoken):
            modality = cues.modality(sentence, part, scope.modality)
            yield Clause(cell, *part, within(spoken, *part), scope, modality, "table", row.group, role)


def _without_names(title: str, lexicon: Lexicon) -> str:
    kept, at = "", 0
    for start, end, _, _ in lexicon.find(title):
        kept, at = kept + title[at:start], end
    return kept + title[at:]


def _aligned(row: _Row, lexicon: Lexicon) -> Iterator[Clause]:
    """A row for several services lists their values in the same order: the first value is the first service's."""
    host = row.hosts[0] if len(row.hosts) == 1 else row.scope.host
    for _, role, cell in row.columns():
        mentions = mentions_of(cell, lexicon, role)
        cuts = [0, *(match.end() for match in _LIST.finditer(cell.text)), len(cell.text)]
        if len(cuts) != len(row.services) + 1:
            continue
        for service, (start, end) in zip(row.services, pairwise(cuts), strict=True):
            scope = replace(row.scope, service=service, host=host)
            yield Clause(
                cell, start, end, within(mentions, start, end), scope, scope.modality, "table", row.group, role
            )


def _given(row: _Row, lexicon: Lexicon) -> Iterator[Mention]:
    """What a row says for all its cells: its one port, the status that it expects, and whether a key goes along."""
    for _, role, cell in row.columns():
        if role == "port":
            ports = [mention for mention in mentions_of(cell, lexicon, role) if mention.port is not None]
            if len(ports) == 1 and ports[0].kind == "port":
                yield ports[0]
        elif role == "expect":
            codes = re.findall(r"(?<![\d.])[1-5]\d\d(?![\d.])", cell.text)
            if len(codes) == 1:
                yield Mention("status", 0, 0, codes[0])
        elif role == "auth":
            found = [mention for mention in mentions_of(cell, lexicon, role) if mention.kind == "auth"]
            if len(found) == 1:
                yield found[0]
            elif (needed := key_needed(cell.text)) is not None:
                yield Mention("auth", 0, 0, "column", wanted=needed)


def _fits(mention: Mention, role: Role | None, *, asks: bool) -> bool:
    """A port belongs to every cell that may need one; status and key only to the request that they describe."""
    if mention.kind == "port":
        return role in ("bind", "model", "model_ids", "health", "reach", None)
    return role in ("health", "path") or (role == "url" and not asks and mention.kind == "status")


def _has_request(row: _Row, lexicon: Lexicon) -> bool:
    """The row has a health cell with a path: its key and status columns speak of that request."""
    asked = (cell for _, role, cell in row.columns() if role in ("health", "path"))
    return any(mention.kind in ("url", "path", "socket") for cell in asked for mention in mentions_of(cell, lexicon))
