"""The drift notes of one snapshot alone: what in it deserves a second look, before any document is read.

Pure. They are derived from the observations, so they are printed with a snapshot and never stored as evidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from trueup.catalog import Catalog
from trueup.evidence.quoting import code
from trueup.vocabulary import (
    ASKS_FOR_KEY,
    Absent,
    Answer,
    Lane,
    Listener,
    Models,
    Observation,
    Reach,
    Snapshot,
    reach_of,
)

_HEALTH_ROLES = ("health", "live", "ready")


def drift_notes(snapshot: Snapshot, catalog: Catalog) -> tuple[str, ...]:
    """Return one line for each thing worth a second look, in the order of the snapshot's hosts."""
    notes = [
        *_guarded_health(snapshot, catalog),
        *_absent_services(snapshot, catalog),
        *_paths_for_handles(snapshot),
        *_wider_than_usual(snapshot, catalog),
    ]
    return tuple(dict.fromkeys(notes))


def _guarded_health(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A health endpoint that asks for a key fails every probe that sends none."""
    for observation in snapshot.observations:
        answer = observation.fact
        if not isinstance(answer, Answer) or answer.key != "none" or answer.status not in ASKS_FOR_KEY:
            continue
        path = "/" + answer.url.partition("://")[2].partition("/")[2] if "://" in answer.url else answer.url
        if path in _health_paths(observation.service, catalog):
            what = _name(observation.service, catalog)
            where = f"{code(path)} on {code(observation.host)}"
            yield f"{what} asks for a key at {where}: without one it answers {answer.status}."


def _absent_services(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A service that somebody looked for in vain may run on another host."""
    for observation in snapshot.observations:
        if not isinstance(observation.fact, Absent) or observation.fact.what != "service":
            continue
        service = observation.fact.name or observation.service
        elsewhere = sorted({seen.host for seen in snapshot.observations if _is_up(seen, service)} - {observation.host})
        seen = f"; it was seen on {', '.join(map(code, elsewhere))}" if elsewhere else ""
        yield f"{_name(service, catalog)} was looked for on {code(observation.host)} and is not there{seen}."


def _paths_for_handles(snapshot: Snapshot) -> Iterator[str]:
    """Clients that expect handles in `/v1/models` find file system paths."""
    for observation in snapshot.observations:
        models = observation.fact
        if not isinstance(models, Models) or not any(model.kind == "path" for model in models.ids):
            continue
        handles = [
            lane.fact.handle
            for lane in snapshot.observations
            if lane.host == observation.host and isinstance(lane.fact, Lane) and lane.fact.handle
        ]
        if handles:
            shown = f"not handles such as {code(handles[0])}"
            yield f"{code(models.url)} on {code(observation.host)} lists file system paths as model ids, {shown}."


def _wider_than_usual(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A service that is usually kept to loopback listens on every interface."""
    ports: dict[tuple[str, str], list[int]] = {}
    for observation in snapshot.observations:
        listener, kind = observation.fact, catalog.get(observation.service or "")
        if not isinstance(listener, Listener) or kind is None:
            continue
        if reach_of(listener.address) is Reach.ANY and reach_of(kind.default_bind) is Reach.LOOPBACK:
            ports.setdefault((observation.host, kind.key), []).append(listener.port)
    for (host, key), open_ports in ports.items():
        where = f"{code(host)}, port {', '.join(map(str, sorted(set(open_ports))))}"
        yield f"{_name(key, catalog)} listens on every interface of {where}; its default is loopback."


def _health_paths(service: str | None, catalog: Catalog) -> set[str]:
    kind = catalog.get(service or "")
    if kind is None:
        return {"/health", "/healthz", "/health/live", "/health/ready"}
    return {probe.path for probe in kind.probes if probe.role in _HEALTH_ROLES}


def _is_up(observation: Observation, service: str | None) -> bool:
    return observation.service == service and isinstance(observation.fact, Listener | Answer | Lane)


def _name(service: str | None, catalog: Catalog) -> str:
    kind = catalog.get(service or "")
    return kind.title if kind else code(service or "a service")
