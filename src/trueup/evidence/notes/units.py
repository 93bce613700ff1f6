"""Notes about units: what is configured is not what runs, or does not run at all."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.catalog import Catalog
from trueup.evidence.notes.parts import facts, listed, name
from trueup.evidence.quoting import code
from trueup.evidence.wording import moment
from trueup.vocabulary import Snapshot, Unit


def failed(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A unit of a recognised service that has failed."""
    for observation, unit in facts(snapshot, Unit):
        if unit.active == "failed" and catalog.get(observation.service or "") is not None:
            end = f" ({code(unit.exit)})" if unit.exit else ""
            of = f"{name(observation.service, catalog)}: {code(unit.name)} on {code(observation.host)}"
            yield f"{of} has failed{end}."


def to_reload(snapshot: Snapshot) -> Iterator[str]:
    """Units whose files changed since their manager read them; one note for a host."""
    due: dict[str, list[str]] = {}
    for observation, unit in facts(snapshot, Unit):
        if unit.needs_reload:
            due.setdefault(observation.host, []).append(unit.name)
    for host, names in due.items():
        need = "needs" if len(names) == 1 else "need"
        yield f"{listed(names)} on {code(host)} {need} a daemon-reload: files changed since the manager read them."


def older_files(snapshot: Snapshot) -> Iterator[str]:
    """A process that started before its unit's files changed runs what they said before."""
    for observation, unit in facts(snapshot, Unit):
        if unit.runs_older_files and unit.started_at and unit.changed_at:
            when = (
                f"started at {code(moment(unit.started_at))} and its files changed at {code(moment(unit.changed_at))}"
            )
            yield f"{code(unit.name)} on {code(observation.host)} {when}: what is configured is not what runs."
