"""Binding: the mentions of a clause become statements, each with its subject and the mention that it stands on.

One file per sort of statement; each yields what it finds in a clause.
"""

from __future__ import annotations

from collections.abc import Iterator

from trueup.canon.clauses import Clause
from trueup.canon.statements import answers, models, placement, ports, reach, units
from trueup.canon.statements.bound import FAMILY, Bound
from trueup.reading.lexicon import Lexicon

__all__ = ["FAMILY", "Bound", "bind"]


# More mentions than this in one clause are data that somebody pasted, not a statement.
_MOST_MENTIONS = 64


def bind(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield every statement that a clause makes."""
    if clause.role == "client" or len(clause.mentions) > _MOST_MENTIONS:
        return
    yield from placement.find(clause)
    yield from ports.find(clause, lexicon)
    yield from reach.find(clause)
    yield from units.find(clause, lexicon)
    yield from models.find(clause, lexicon)
    yield from answers.find(clause, lexicon)
