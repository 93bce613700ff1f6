"""The look at one host, from its first command to its last answer, as a generator of steps (see `perform`).

Two scripts at the most: fixed commands first, then those that need a path or name which the first told. Then the
questions over HTTP, in waves, with the dials to other hosts beside the first. Nothing is written on a host. What is not
there is not made into an observation of absence: a complete coverage says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from trueup.evidence.collectors import (
    containers,
    exposure,
    identity,
    lanes,
    launchd,
    listeners,
    processes,
    reach,
    systemd,
)
from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.recognise import Known, Recognised, recognise, recognise_unit
from trueup.evidence.perform import Steps, run
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section, Usage
from trueup.vocabulary import (
    Collector,
    Cost,
    Coverage,
    Identity,
    Listener,
    Observation,
    Unit,
    observe,
    unique,
)

if TYPE_CHECKING:
    from trueup.evidence.collectors.inquiry import Asked

COLLECTORS: tuple[Collector, ...] = (
    "identity",
    "listeners",
    "units",
    "containers",
    "lanes",
    "exposure",
    "reach",
    "http",
    "models",
)
_AT_REST = ("inactive", "failed", None)
_PORT = re.compile(r":(\d{1,5})(?!\S)")

Outputs: TypeAlias = Mapping[str, Output]


class HostEvidence(NamedTuple):
    """What observing one host gave. `requests` counts what was asked over HTTP, `received` the bytes of the answers."""

    observations: tuple[Observation, ...]
    coverages: tuple[Coverage, ...]
    requests: int = 0
    received: int = 0


def first_look(units: Sequence[str], *, has_lanes: bool) -> Steps[dict[str, Output]]:
    """Run the fixed commands, for Linux and macOS alike; `units` are asked for by name, lanes where there are any."""
    outputs = yield from run(_sections(units, has_lanes=has_lanes))
    return outputs


def own_identity(outputs: Outputs) -> Identity:
    """Return who the host says it is."""
    seen = identity.read_identity(outputs).seen
    return next((each.fact for each in seen if isinstance(each.fact, Identity)), Identity())


def observe_host(
    known: Known, *, outputs: Outputs | None = None, keys: Mapping[tuple[str, int], str] | None = None
) -> Steps[HostEvidence]:
    """Look at everything on one host. `outputs` are those of a first look that was made already."""
    # While this machine's script runs there is time to import these.
    from trueup.evidence.asked import asked_coverages
    from trueup.evidence.collectors.probing import Round, declared_targets, targets_of

    if outputs is None:
        outputs = yield from first_look(known.units, has_lanes=known.has_lanes)
    if following := _follow_up(outputs, known.units):
        outputs = {**outputs, **(yield from run(following))}
    looks = _read(outputs, known)
    found = _recognise(looks, known, outputs)
    sleeping = _sleeping_ports(looks["units"])
    targets = targets_of([each for each in found if each.listener.port not in sleeping])
    if looks["listeners"].extent != "complete":
        targets += declared_targets(known, besides=targets)
    asking = Round(known, keys)
    dialled = reach.dials(known.manifest, known.host)
    asked = yield from asking.ask_all(targets, besides=dialled)
    looks["reach"] = reach.read_dials(dialled, known.manifest, known.host)
    return HostEvidence(
        observations=unique([*_seen(looks, known, found, asked), *_answered(known.host, asked)]),
        coverages=(*_coverages(known.host, looks), *asked_coverages(known.host, asked, _asleep(found, sleeping))),
        requests=asking.requests,
        received=asking.received,
    )


def cost_of(host: str, evidence: HostEvidence, usage: Usage) -> Cost:
    """Return what the look cost the host."""
    return Cost(
        host=host,
        connections=usage.connections,
        executions=usage.executions,
        commands=usage.commands,
        requests=evidence.requests,
        bytes=usage.bytes + evidence.received,
        cpu_seconds=round(usage.cpu_seconds, 3),
        wall_seconds=round(usage.wall_seconds, 3),
    )


# ---------------------------------------------------------------- commands


def _sections(units: Sequence[str], *, has_lanes: bool) -> tuple[Section, ...]:
    # Listeners come first: what follows would only age them.
    return (
        *listeners.SECTIONS,
        *processes.SECTIONS,
        *identity.SECTIONS,
        *systemd.sections(units),
        *launchd.SECTIONS,
        *containers.SECTIONS,
        *lanes.sections(declared=has_lanes),
        *exposure.SECTIONS,
    )


def _follow_up(outputs: Outputs, units: Sequence[str]) -> tuple[Section, ...]:
    jobs = launchd.follow_up(outputs, units) if identity.is_macos(outputs) else ()
    return (*jobs, *systemd.follow_up(outputs), *exposure.follow_up(outputs))


def _read(outputs: Outputs, known: Known) -> dict[Collector, Look]:
    return {
        "identity": identity.read_identity(outputs),
        "listeners": listeners.read_listeners(outputs),
        "units": _read_units(outputs, known.units),
        "containers": containers.read_containers(outputs),
        "lanes": lanes.read_lanes(outputs),
        "exposure": exposure.read_forwards(outputs),
    }


def _read_units(outputs: Outputs, units: Sequence[str]) -> Look:
    if identity.is_macos(outputs):
        return launchd.read_jobs(outputs, units)
    return systemd.read_units(outputs, units)


def _recognise(looks: Mapping[Collector, Look], known: Known, outputs: Outputs) -> tuple[Recognised, ...]:
    sockets = [seen.fact for seen in looks["listeners"].seen if isinstance(seen.fact, Listener)]
    units = {unit.name: unit for unit in _units(looks["units"])}
    return recognise(sockets, known, commands=processes.read_processes(outputs), units=units)


def _units(look: Look) -> Iterator[Unit]:
    return (seen.fact for seen in look.seen if isinstance(seen.fact, Unit))


def _sleeping_ports(look: Look) -> frozenset[int]:
    """The ports that a socket unit, or launchd, holds for a service which is at rest: a connection would start it."""
    units = {unit.name: unit for unit in _units(look)}

    def sleeps(unit: Unit) -> bool:
        if unit.manager == "launchd":
            return unit.active != "running"
        held = unit.active == "active" and unit.triggers
        return bool(held) and all(units[name].active in _AT_REST for name in unit.triggers if name in units)

    return frozenset(
        int(port)
        for unit in units.values()
        if unit.listens and sleeps(unit)
        for listen in unit.listens
        for port in _PORT.findall(listen)
    )


def _asleep(found: Sequence[Recognised], sleeping: frozenset[int]) -> list[int]:
    """Those of the sleeping ports that would have been asked."""
    asked = {each.listener.port for each in found if each.service or each.candidates}
    return sorted(asked & sleeping)


# ---------------------------------------------------------------- observations


def _seen(
    looks: Mapping[Collector, Look], known: Known, found: Sequence[Recognised], asked: Sequence[Asked]
) -> Iterator[Observation]:
    from trueup.evidence.collectors.probing import confirmed

    services = {each.listener: each.service or confirmed(each, asked) for each in found}
    for look in looks.values():
        for fact, by, raw in look.seen:
            service = None
            if isinstance(fact, Listener):
                service = services[fact]
            elif isinstance(fact, Unit):
                service = recognise_unit(fact, known)
            yield observe(known.host, fact, by=clean(by), service=service, raw=raw)


def _answered(host: str, asked: Sequence[Asked]) -> Iterator[Observation]:
    for each in sorted(asked, key=lambda each: (each.target.port, each.target.address)):
        for answer in each.answers:
            yield observe(host, answer, by=f"GET {answer.url}", service=each.service)
        for listed in each.models:
            yield observe(host, listed, by=f"GET {listed.url}", service=each.service)


def _coverages(host: str, looks: Mapping[Collector, Look]) -> Iterator[Coverage]:
    for collector, look in looks.items():
        yield Coverage(host=host, collector=collector, extent=look.extent, reason=look.reason)
