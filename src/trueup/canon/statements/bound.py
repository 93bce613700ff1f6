"""A statement found in a clause."""

from __future__ import annotations

from dataclasses import dataclass

from trueup.canon.clauses import Clause
from trueup.reading.mentions import Mention
from trueup.vocabulary import (
    AuthIs,
    BoundTo,
    Endpoint,
    Family,
    HasUnit,
    ListsIds,
    Modality,
    PortIs,
    ReachIs,
    RunsOn,
    Serves,
    Statement,
    Subject,
    UrlIs,
)

FAMILY: dict[type[Statement], Family] = {
    PortIs: Family.PORTS,
    UrlIs: Family.PORTS,
    BoundTo: Family.BIND,
    ReachIs: Family.EXPOSURE,
    RunsOn: Family.PLACEMENT,
    HasUnit: Family.UNIT,
    Endpoint: Family.HEALTH,
    AuthIs: Family.AUTH,
    Serves: Family.MODELS,
    ListsIds: Family.MODELS,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement, whose it is, and where it stands: text[start:end]."""

    statement: Statement
    subject: Subject
    start: int
    end: int
    modality: Modality


def bound(
    clause: Clause, statement: Statement, subject: Subject, mention: Mention, modality: Modality | None = None
) -> Bound:
    """Bind a statement to the mention that it stands on; it is meant as its clause is unless said otherwise."""
    return Bound(statement, subject, mention.start, mention.end, modality or clause.modality)


def one_host(clause: Clause) -> str | None:
    """The one host that a clause names, else the one that it inherits."""
    hosts = {mention.value for mention in clause.of("host")}
    return hosts.pop() if len(hosts) == 1 else clause.scope.host
