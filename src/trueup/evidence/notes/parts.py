"""What all notes need: the facts of one kind, and how a service and a list are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from trueup.catalog import Catalog
from trueup.evidence.quoting import code
from trueup.vocabulary import Observation, Snapshot, Word

Kind = TypeVar("Kind", bound=Word)


def facts(snapshot: Snapshot, kind: type[Kind]) -> Iterator[tuple[Observation, Kind]]:
    """Return the observations of one kind of fact, each with its fact."""
    for observation in snapshot.observations:
        if isinstance(observation.fact, kind):
            yield observation, observation.fact


def name(service: str | None, catalog: Catalog) -> str:
    """Return a service's title, or the name that it goes by."""
    kind = catalog.get(service or "")
    return kind.title if kind else code(service or "a service")


def listed(texts: Sequence[str]) -> str:
    """Return texts as code spans with commas."""
    return ", ".join(map(code, texts))
