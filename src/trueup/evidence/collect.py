"""Observe hosts for real: all commands in one batch, then the questions over HTTP, with coverage and cost.

Nothing is written on a host, no key is sent, and the whole look has a deadline. What is not there is not made into an
observation of absence: a complete coverage says it.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from trueup.errors import EvidenceError
from trueup.evidence.collectors import identity, listeners, processes, systemd
from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.probing import (
    MODELS_PATHS,
    Asked,
    Round,
    Target,
    confirmed,
    declared_targets,
    targets_of,
)
from trueup.evidence.collectors.recognise import Known, Recognised, recognise, recognise_unit
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section, Transport
from trueup.evidence.transports.local import LocalTransport
from trueup.vocabulary import (
    Collector,
    Cost,
    Coverage,
    Identity,
    Listener,
    Observation,
    PortRange,
    Snapshot,
    Unit,
    normal_address,
    observe,
    unique,
)

if TYPE_CHECKING:
    from trueup.catalog import Catalog
    from trueup.manifest import Host, Manifest

System: TypeAlias = Literal["linux", "macos"]

COLLECTORS: tuple[Collector, ...] = ("identity", "listeners", "units", "http", "models")
SECONDS = 25.0
_SYSTEMS: dict[str, System] = {"linux": "linux", "darwin": "macos"}


class HostEvidence(NamedTuple):
    """What observing one host gave."""

    observations: tuple[Observation, ...]
    coverages: tuple[Coverage, ...]
    cost: Cost


async def take_snapshot(
    manifest: Manifest,
    catalog: Catalog,
    *,
    now: datetime,
    transport: Transport | None = None,
    seconds: float = SECONDS,
) -> Snapshot:
    """Observe this machine (or, in tests, what `transport` reaches) and return the snapshot, unsealed.

    After `seconds` it ends with what was seen by then.

    The machine is the host that the manifest declares with `via = "local"`, else the one whose name or address it
    bears; without declared hosts it goes by its own short name. Every other declared host gets coverages of extent
    `none` with the reason. Raises EvidenceError where hosts are declared and this machine is none of them.
    """
    reached = transport or LocalTransport()
    system = None if transport else _SYSTEMS.get(sys.platform)
    clock = _Clock(seconds)
    try:
        units = [service.unit for service in manifest.services if service.unit]
        outputs = await _run(reached, _sections(system, units), clock)
        itself = _identity(outputs)
        here = _host_of(manifest, itself)
        if here is None:
            raise EvidenceError(
                f"this machine ({_short(itself)}) is none of the hosts that the manifest declares",
                hint='give its host `via = "local"`, or names or addresses that match it, or declare no hosts',
            )
        evidence = await _observe(Known(here, manifest, catalog), reached, outputs, clock)
    finally:
        await reached.close()
    others = [host.name for host in manifest.hosts if host.name != here]
    return Snapshot(
        taken_at=now,
        title=f"Reality snapshot of {here}",
        origin="observed",
        hosts=(here, *others),
        observations=evidence.observations,
        coverages=(*evidence.coverages, *(missing for host in others for missing in _not_reached(host, here))),
        costs=(evidence.cost,),
    )


class _Clock:
    """Wall and CPU seconds since the look began, and what is left of its time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = time.monotonic()
        self._cpu = self._children()

    @property
    def wall(self) -> float:
        return round(time.monotonic() - self._started, 3)

    @property
    def cpu(self) -> float:
        return round(self._children() - self._cpu, 3)

    @property
    def left(self) -> float:
        return max(0.0, self._seconds - (time.monotonic() - self._started))

    @staticmethod
    def _children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


async def _run(transport: Transport, sections: Sequence[Section], clock: _Clock) -> Mapping[str, Output]:
    try:
        async with asyncio.timeout(clock.left):
            return await transport.run(sections)
    except TimeoutError:
        return {}


async def _observe(known: Known, transport: Transport, outputs: Mapping[str, Output], clock: _Clock) -> HostEvidence:
    looks: dict[Collector, Look] = {
        "identity": identity.read_identity(outputs),
        "listeners": listeners.read_listeners(outputs),
        "units": _read_units(outputs, known.units),
    }
    found = _recognise(looks, known, outputs)
    targets = targets_of(found)
    if looks["listeners"].extent != "complete":
        targets += declared_targets(known, besides=targets)
    asking = Round(transport, known)
    with suppress(TimeoutError):
        async with asyncio.timeout(clock.left):
            await asking.ask_all(targets)
    asked = sorted(asking.asked, key=lambda each: (each.target.port, each.target.address))
    observations = [*_seen(looks, known, found, asked), *_answered(known.host, asked)]
    coverages = [
        Coverage(host=known.host, collector=collector, extent=look.extent, reason=look.reason)
        for collector, look in looks.items()
    ]
    cost = Cost(
        host=known.host,
        commands=len(outputs),
        requests=asking.requests,
        bytes=sum(len(output.stdout) + len(output.stderr) for output in outputs.values()) + asking.received,
        cpu_seconds=clock.cpu,
        wall_seconds=clock.wall,
    )
    return HostEvidence(unique(observations), (*coverages, *_asked_coverages(known.host, targets, asked)), cost)


# ---------------------------------------------------------------- commands


def _sections(system: System | None, units: Sequence[str]) -> tuple[Section, ...]:
    if system == "macos":
        return (*identity.MACOS, *listeners.MACOS, processes.PS)
    if system == "linux":
        return (*identity.LINUX, *listeners.LINUX, *systemd.sections(units), processes.PS)
    return (*identity.EITHER, *listeners.EITHER, *systemd.sections(units), processes.PS)


def _read_units(outputs: Mapping[str, Output], units: Sequence[str]) -> Look:
    if identity.is_macos(outputs):
        return Look((), "none", "launchd jobs are not looked at")
    return systemd.read_units(outputs, units)


def _recognise(looks: Mapping[Collector, Look], known: Known, outputs: Mapping[str, Output]) -> tuple[Recognised, ...]:
    sockets = [seen.fact for seen in looks["listeners"].seen if isinstance(seen.fact, Listener)]
    units = {seen.fact.name: seen.fact for seen in looks["units"].seen if isinstance(seen.fact, Unit)}
    return recognise(sockets, known, commands=processes.read_commands(outputs.get(processes.PS.name)), units=units)


# ---------------------------------------------------------------- observations


def _seen(
    looks: Mapping[Collector, Look], known: Known, found: Sequence[Recognised], asked: Sequence[Asked]
) -> Iterator[Observation]:
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
    for each in asked:
        for answer in each.answers:
            yield observe(host, answer, by=f"GET {answer.url}", service=each.service)
        for listed in each.models:
            yield observe(host, listed, by=f"GET {listed.url}", service=each.service)


# ---------------------------------------------------------------- coverage


def _asked_coverages(host: str, targets: Sequence[Target], asked: Sequence[Asked]) -> Iterator[Coverage]:
    done = [each for each in asked if each.service]
    late = len(targets) - len(asked)
    in_time = [f"time ran out before {late} of {len(targets)} addresses were asked"] if late else []
    yield _http_coverage(host, done, in_time)
    yield _models_coverage(host, done, in_time)


def _http_coverage(host: str, done: Sequence[Asked], in_time: Sequence[str]) -> Coverage:
    """Complete only where every path that is known of every service was asked, and an answer came to its end."""
    answered = [each for each in done if any(answer.status is not None for answer in each.answers)]
    reasons = [*in_time]
    if silent := [each for each in done if any(answer.error is not None for answer in each.answers)]:
        reasons.append(f"no whole answer from {_said_ports(silent)}")
    reasons += [
        f"not asked on port {each.target.port}: {', '.join(each.withheld)}" for each in answered if each.withheld
    ]
    if not answered:
        return Coverage(
            host=host, collector="http", extent="none", reason=_joined(reasons) or "no service was recognised"
        )
    return Coverage(
        host=host,
        collector="http",
        extent="partial" if reasons else "complete",
        ports=_ranges(each.target.port for each in answered),
        reason=_joined(reasons),
    )


def _models_coverage(host: str, done: Sequence[Asked], in_time: Sequence[str]) -> Coverage:
    """Complete only where every service that was asked for its models listed all of them."""
    asked = [each for each in done if any(answer.url.endswith(MODELS_PATHS) for answer in each.answers)]
    listed = [each for each in asked if each.models]
    if not listed:
        reason = _joined(in_time) or "no service listed its models without a key"
        return Coverage(host=host, collector="models", extent="none", reason=reason)
    reasons = [*in_time]
    if without := [each for each in asked if not each.models]:
        reasons.append(f"no list without a key from {_said_ports(without)}")
    if cut := [each for each in listed if any(models.partial for models in each.models)]:
        reasons.append(f"not the whole list from {_said_ports(cut)}")
    return Coverage(
        host=host,
        collector="models",
        extent="partial" if reasons else "complete",
        ports=_ranges(each.target.port for each in listed),
        reason=_joined(reasons),
    )


def _said_ports(asked: Iterable[Asked]) -> str:
    windows = _ranges(each.target.port for each in asked)
    several = len(windows) > 1 or windows[0].first != windows[0].last
    return f"{'ports' if several else 'port'} {', '.join(map(str, windows))}"


def _joined(reasons: Sequence[str]) -> str | None:
    return "; ".join(reasons) or None


def _not_reached(host: str, machine: str) -> Iterator[Coverage]:
    reason = f"only the machine that trueup runs on is observed, and that is {machine}"
    for collector in COLLECTORS:
        yield Coverage(host=host, collector=collector, extent="none", reason=reason)


def _ranges(ports: Iterable[int]) -> tuple[PortRange, ...]:
    found: list[PortRange] = []
    for port in sorted(set(ports)):
        if found and found[-1].last == port - 1:
            found[-1] = PortRange(found[-1].first, port)
        else:
            found.append(PortRange(port, port))
    return tuple(found)


# ---------------------------------------------------------------- which host this is


def _identity(outputs: Mapping[str, Output]) -> Identity:
    seen = identity.read_identity(outputs).seen
    return next((each.fact for each in seen if isinstance(each.fact, Identity)), Identity())


def _host_of(manifest: Manifest, itself: Identity) -> str | None:
    if not manifest.hosts:
        return _short(itself)
    return next(
        (host.name for is_it in (_is_local, _has_name, _has_address) for host in manifest.hosts if is_it(host, itself)),
        None,
    )


def _is_local(host: Host, _: Identity) -> bool:
    return host.via == "local"


def _has_name(host: Host, itself: Identity) -> bool:
    own = {name.casefold() for name in (itself.hostname or "", _short(itself)) if itself.hostname}
    return not own.isdisjoint(name.casefold() for name in (host.name, *host.names, *host.addresses))


def _has_address(host: Host, itself: Identity) -> bool:
    return not set(itself.addresses).isdisjoint(map(normal_address, host.addresses))


def _short(itself: Identity) -> str:
    return (itself.hostname or "").partition(".")[0] or "localhost"
