"""Notes about what services say: health behind a key, absence, ids of models, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from trueup.catalog import Catalog
from trueup.evidence.notes.parts import facts, name
from trueup.evidence.quoting import code
from trueup.evidence.wording import moment
from trueup.vocabulary import (
    ASKS_FOR_KEY,
    Absent,
    Answer,
    Lane,
    Listener,
    Models,
    Observation,
    Snapshot,
)

_SOON = timedelta(days=14)
_HEALTH_ROLES = ("health", "live", "ready")


def guarded_health(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A health endpoint that asks for a key fails every probe that sends none."""
    for observation, answer in facts(snapshot, Answer):
        if answer.key != "none" or answer.status not in ASKS_FOR_KEY:
            continue
        path = "/" + answer.url.partition("://")[2].partition("/")[2] if "://" in answer.url else answer.url
        if path in _health_paths(observation.service, catalog):
            what = name(observation.service, catalog)
            where = f"{code(path)} on {code(observation.host)}"
            yield f"{what} asks for a key at {where}: without one it answers {answer.status}."


def absences(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A service that somebody looked for in vain may run on another host."""
    for observation, absent in facts(snapshot, Absent):
        if absent.what != "service":
            continue
        service = absent.name or observation.service
        elsewhere = sorted({seen.host for seen in snapshot.observations if _is_up(seen, service)} - {observation.host})
        seen = f"; it was seen on {', '.join(map(code, elsewhere))}" if elsewhere else ""
        yield f"{name(service, catalog)} was looked for on {code(observation.host)} and is not there{seen}."


def paths_for_handles(snapshot: Snapshot) -> Iterator[str]:
    """Clients that expect handles in `/v1/models` find file system paths."""
    for observation, models in facts(snapshot, Models):
        if not any(model.kind == "path" for model in models.ids):
            continue
        lanes = facts(snapshot, Lane)
        handles = [lane.handle for seen, lane in lanes if seen.host == observation.host and lane.handle]
        if handles:
            shown = f"not handles such as {code(handles[0])}"
            yield f"{code(models.url)} on {code(observation.host)} lists file system paths as model ids, {shown}."


def certificates(snapshot: Snapshot) -> Iterator[str]:
    """A TLS certificate that ends within two weeks of the snapshot, or has ended."""
    told: set[tuple[str, str, datetime]] = set()
    for observation, answer in facts(snapshot, Answer):
        ends = answer.tls.expires_at if answer.tls else None
        if ends is None or ends - snapshot.taken_at > _SOON:
            continue
        scheme, _, rest = answer.url.partition("://")
        server = f"{scheme}://{rest.partition('/')[0]}"
        if (observation.host, server, ends) not in told:
            told.add((observation.host, server, ends))
            of = f"The certificate of {code(server)} on {code(observation.host)}"
            yield f"{of} {_end(ends - snapshot.taken_at)}: {code(moment(ends))}."


def _end(left: timedelta) -> str:
    if left <= timedelta(0):
        return "has ended"
    return f"ends in {left.days} day{'' if left.days == 1 else 's'}" if left.days else "ends in less than a day"


def _health_paths(service: str | None, catalog: Catalog) -> set[str]:
    kind = catalog.get(service or "")
    if kind is None:
        return {"/health", "/healthz", "/health/live", "/health/ready"}
    return {probe.path for probe in kind.probes if probe.role in _HEALTH_ROLES}


def _is_up(observation: Observation, service: str | None) -> bool:
    return observation.service == service and isinstance(observation.fact, Listener | Answer | Lane)
