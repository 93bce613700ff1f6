"""Tables: a header gives each column a role, a row its subject; a two-column table may be a property sheet.

The row's service and host come from their columns, else from a name in any cell, else from the column's header (a
column per host), else from the text above the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from trueup.canon.clauses import Clause, Scope, mentions_of, parts, sentences, within
from trueup.canon.frames import command
from trueup.canon.modality import modality_of
from trueup.canon.roles import Role, role_of
from trueup.canon.scope import inherited_modality, names_in
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block, Text
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import find_cues
from trueup.vocabulary import Modality

_LIST = re.compile(r"\s*(?:/|,|\n|\band\b)\s+|\s+/\s*|\n")


def read(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Read a table row by row; every row is one group."""
    if len(block.rows) < 2:
        return
    header, *body = block.rows
    roles = [role_of(cell.text) for cell in header]
    if len(header) == 2 and _is_property_sheet(body):
        for row in body:
            if len(row) == 2:
                yield from _cell(row[1], role_of(row[0].text), scope, lexicon, group, scope.modality)
        return
    for number, row in enumerate(body):
        yield from _row(header, roles, row, scope, lexicon, group + number)


def _is_property_sheet(body: list[tuple[Text, ...]]) -> bool:
    labelled = sum(1 for row in body if row and role_of(row[0].text) not in (None, "service", "model"))
    return labelled >= 2 and labelled * 2 >= len(body)


def _row(
    header: tuple[Text, ...],
    roles: list[Role | None],
    row: tuple[Text, ...],
    scope: Scope,
    lexicon: Lexicon,
    group: int,
) -> Iterator[Clause]:
    services = _named(row, roles, "service", lexicon)
    hosts = _named(row, roles, "host", lexicon)
    modality = _row_modality(row, roles, scope.modality)
    if len(services) > 1:
        yield from _several(services, row, roles, scope, lexicon, group, modality, hosts)
        return
    given = tuple(_given(row, roles, lexicon))
    for column, cell in enumerate(row):
        title = header[column].text if column < len(header) else ""
        role = roles[column] if column < len(roles) else None
        if role in ("auth", "expect") and _has_request(row, roles, lexicon):
            continue
        _, column_hosts = names_in(title, lexicon)
        host = hosts[0] if len(hosts) == 1 else (column_hosts[0] if len(column_hosts) == 1 else scope.host)
        service = services[0] if services else scope.service
        inner = Scope(service, host if len(hosts) <= 1 else None, modality, lead=bool(services))
        for clause in _cell(cell, role, inner, lexicon, group, modality, around=title):
            at = clause.end
            own = {mention.kind for mention in clause.mentions}
            fitting = (mention for mention in given if mention.kind not in own and _fits(mention, role))
            yield replace(clause, given=tuple(replace(mention, start=at, end=at) for mention in fitting))


_YES = re.compile(r"\W*(?:yes|required|needed|on|bearer(?: token)?|(?:api |master )?(?:key|token))\W*", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no|none|off|open|not (?:required|needed)|unauthenticated|—|-)\W*", re.IGNORECASE)


def _given(row: tuple[Text, ...], roles: list[Role | None], lexicon: Lexicon) -> Iterator[Mention]:
    """What a row says for all its cells: its one port, the status that it expects, and whether a key goes along."""
    for role, cell in zip(roles, row, strict=False):
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
            elif _YES.fullmatch(cell.text) or _NO.fullmatch(cell.text):
                yield Mention("auth", 0, 0, "column", wanted=bool(_YES.fullmatch(cell.text)))


def _fits(mention: Mention, role: Role | None) -> bool:
    """A port belongs to every cell that may need one; status and key only to the request that they describe."""
    if mention.kind == "port":
        return role in ("bind", "model", "model_ids", "health", "reach", None)
    return role == "health"


def _has_request(row: tuple[Text, ...], roles: list[Role | None], lexicon: Lexicon) -> bool:
    """The row has a health cell with a path: its key and status columns speak of that request."""
    return any(
        role == "health" and any(mention.kind in ("url", "path", "socket") for mention in mentions_of(cell, lexicon))
        for role, cell in zip(roles, row, strict=False)
    )


def _several(
    services: list[str],
    row: tuple[Text, ...],
    roles: list[Role | None],
    scope: Scope,
    lexicon: Lexicon,
    group: int,
    modality: Modality,
    hosts: list[str],
) -> Iterator[Clause]:
    """A row for several services lists their values in the same order: the first value is the first service's."""
    host = hosts[0] if len(hosts) == 1 else scope.host
    for column, cell in enumerate(row):
        role = roles[column] if column < len(roles) else None
        mentions = mentions_of(cell, lexicon, role)
        cuts = [0, *(match.end() for match in _LIST.finditer(cell.text)), len(cell.text)]
        if len(cuts) != len(services) + 1:
            continue
        for service, (start, end) in zip(services, pairwise(cuts), strict=True):
            inner = Scope(service, host, modality, lead=True)
            yield Clause(cell, start, end, within(mentions, start, end), inner, modality, "table", group, role)


def _named(row: tuple[Text, ...], roles: list[Role | None], role: Role, lexicon: Lexicon) -> list[str]:
    """The row's services (or hosts): from the column of that role, else from the first column that names one."""
    at = 0 if role == "service" else 1
    for column, cell in enumerate(row):
        if column < len(roles) and roles[column] == role:
            found = names_in(cell.text, lexicon)[at]
            if found:
                return found
    if role == "service":
        for column, cell in enumerate(row):
            if column >= len(roles) or roles[column] not in ("status", "url", "health", "auth", "model_ids", "reach"):
                units = [m.value for m in mentions_of(cell, lexicon) if m.kind == "unit"]
                owners = [owner for unit in units if (owner := lexicon.unit_owner(unit))]
                found = names_in(cell.text, lexicon)[0] or owners
                if found:
                    return found[:1] if len(found) == 1 or column > 0 else found
    elif row:
        return names_in(row[0].text, lexicon)[1]
    return []


def _row_modality(row: tuple[Text, ...], roles: list[Role | None], inherited: Modality) -> Modality:
    """A status or notes column speaks of the whole row; so does a struck-out or qualified name in the first cell."""
    if inherited is not Modality.ASSERTED:
        return inherited
    for column, cell in enumerate(row):
        role = roles[column] if column < len(roles) else None
        if any(mark.kind == "strike" for mark in cell.marks) and (column == 0 or role in ("service", "port")):
            return Modality.HISTORICAL
        if role == "status" or column == 0:
            found = inherited_modality(cell.text)
            if found is not Modality.ASSERTED:
                return found
        if role == "host" and any(modality is Modality.NEGATED for *_, modality in find_cues(cell.text)):
            return Modality.NEGATED
    return Modality.ASSERTED


def _cell(
    cell: Text, role: Role | None, scope: Scope, lexicon: Lexicon, group: int, modality: Modality, around: str = ""
) -> Iterator[Clause]:
    mentions = mentions_of(cell, lexicon, role, around)
    for span in sentences(cell.text):
        own = within(mentions, *span)
        for code_start, code_end in command.spans(cell, *span):
            yield from command.read_span(cell, code_start, code_end, span, own, scope, lexicon, group)
        spoken = tuple(m for m in own if not any(s <= m.start and m.end <= e for s, e in command.spans(cell, *span)))
        for part in parts(cell.text, *span, spoken):
            meant = modality_of(cell, span, part, spoken, modality)
            yield Clause(cell, *part, within(spoken, *part), scope, meant, "table", group, role)
