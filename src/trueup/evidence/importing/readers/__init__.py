"""One reader for each kind of fact: a statement in its context → drafts, or nothing where it says no such fact.

Readers are asked in this order and the first that answers is believed; a table's row is read by its column titles.
"""

from __future__ import annotations

from collections.abc import Callable

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.readers import (
    absences,
    answers,
    containers,
    forwards,
    lanes,
    listeners,
    models,
    routes,
    sessions,
    tables,
    units,
    unreachable,
)
from trueup.evidence.importing.statements import Statement

Reader = Callable[[Statement, Book], list[Draft]]

IN_ORDER: tuple[Reader, ...] = (
    sessions.read,
    unreachable.read,
    containers.read,
    tables.read,
    forwards.read,
    answers.read,
    models.read,
    lanes.read,
    absences.read,
    units.read,
    listeners.read,
    routes.read,
    routes.placements,
)
# These know what a denial means; any other would take it for its contrary.
OF_DENIALS: tuple[Reader, ...] = (unreachable.read, answers.read, absences.read, units.read_states)


def read(statement: Statement, book: Book, *, denied: bool = False) -> list[Draft]:
    """Return what the first reader that understands the statement makes of it."""
    if statement.output:
        return sessions.read(statement, book)
    for reader in OF_DENIALS if denied else IN_ORDER:
        if drafts := reader(statement, book):
            return drafts
    return []
