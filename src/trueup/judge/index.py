"""A snapshot, arranged for judging: what was seen on a host, what was looked for and not there, what was looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from trueup.judge.fronts import Front, fronts_of
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import (
    Absent,
    Answer,
    Collector,
    Container,
    Coverage,
    Fact,
    Forward,
    Identity,
    Lane,
    Listener,
    Models,
    Observation,
    Published,
    Reach,
    Snapshot,
    Unit,
    normal_address,
    reach_of,
)

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Sighting(Generic[F]):
    """An observation with its fact's type known."""

    observation: Observation
    fact: F

    @property
    def id(self) -> str:
        """The observation's id."""
        return self.observation.id


class HostView:
    """Everything that a snapshot holds about one host."""

    def __init__(self, name: str, observations: Iterable[Observation], coverages: Iterable[Coverage]) -> None:
        self.name = name
        self._facts: dict[type[object], list[Observation]] = defaultdict(list)
        for observation in observations:
            self._facts[type(observation.fact)].append(observation)
        self._coverages = tuple(coverages)

    @cached_property
    def fronts(self) -> tuple[Front, ...]:
        """The proxies of the host that are in force."""
        own = {address for identity in self.of(Identity) for address in identity.fact.addresses}
        return fronts_of(self._facts.get(Forward, ()), [seen.fact for seen in self.of(Listener)], own)

    def of(self, kind: type[F], service: str | None = None) -> Iterator[Sighting[F]]:
        """Yield the facts of one type, of one service where that is given."""
        for observation in self._facts.get(kind, ()):
            if service is None or observation.service == service:
                yield Sighting(observation, observation.fact)  # type: ignore[arg-type]  # the key is the fact's type

    def listeners(self, *, port: int | None = None, service: str | None = None) -> list[Sighting[Listener]]:
        """The listeners on a port, or of a service."""
        return [seen for seen in self.of(Listener, service) if port is None or seen.fact.port == port]

    def units(self, name: str | None = None, service: str | None = None) -> list[Sighting[Unit]]:
        """The units of a name or service that exist (those that systemd calls not-found do not)."""
        return [
            seen
            for seen in self.of(Unit, service)
            if seen.fact.load != "not-found" and (name is None or _same_unit(seen.fact.name, name))
        ]

    def answers(self, service: str | None, port: int | None, path: str | None = None) -> list[Sighting[Answer]]:
        """What requests got from a service, or from whatever is on a port."""
        found = []
        for seen in self.of(Answer):
            url = urlsplit(seen.fact.url)
            same = seen.observation.service == service if service else port is not None and url.port == port
            fits = service is None or port is None or url.port in (None, port)
            if same and fits and (path is None or url.path.rstrip("/") == path.rstrip("/")):
                found.append(seen)
        return found

    def models(self, service: str | None, port: int | None) -> list[Sighting[Models]]:
        """The id lists of a service or port; a list recorded without a port speaks of all lanes of its service."""
        found = []
        for seen in self.of(Models):
            listed = urlsplit(seen.fact.url).port
            if service is not None and seen.observation.service not in (None, service):
                continue
            if port is None or listed is None or listed == port:
                found.append(seen)
        return found

    def lanes(self, port: int) -> list[Sighting[Lane]]:
        """What a lane controller said of a port."""
        return [seen for seen in self.of(Lane) if seen.fact.port == port]

    def containers(self, port: int | None = None, inner: int | None = None) -> list[Sighting[Container]]:
        """The running containers that publish a TCP port of the host, or an inner one under whichever port."""
        return [
            seen
            for seen in self.of(Container)
            if seen.fact.state == "running"
            and any(port in (None, each.port) and inner in (None, each.inner) for each in _published(seen.fact))
        ]

    def absent_port(self, port: int) -> Sighting[Absent] | None:
        """The observation that somebody looked for a listener on this port and found none."""
        for seen in self.of(Absent):
            if seen.fact.what == "listener" and seen.fact.ports is not None and port in seen.fact.ports:
                return seen
        return None

    def absent_unit(self, name: str) -> str | None:
        """The id of the observation that a unit of this name was looked for and is not there."""
        for seen in self.of(Absent):
            if seen.fact.what == "unit" and seen.fact.name and _same_unit(seen.fact.name, name):
                return seen.id
        for unit in self.of(Unit):
            if unit.fact.load == "not-found" and _same_unit(unit.fact.name, name):
                return unit.id
        return None

    def absent_service(self, service: str) -> Sighting[Absent] | None:
        """The observation that a service was looked for and is not there."""
        return next((seen for seen in self.of(Absent, service) if seen.fact.what == "service"), None)

    def looked_at(self, collector: Collector, port: int | None = None) -> bool:
        """Tell whether the window of a collector was fully open: for this port, or altogether."""
        for coverage in self._coverages:
            if coverage.collector == collector and coverage.extent == "complete":
                if not coverage.ports:
                    return True
                if port is not None and any(port in window for window in coverage.ports):
                    return True
        return False

    def runs(self, service: str) -> list[Observation]:
        """What shows that a service is on this host."""
        shown: list[Observation] = [seen.observation for seen in self.listeners(service=service)]
        shown += [seen.observation for seen in self.units(service=service) if _is_in_use(seen.fact)]
        shown += [seen.observation for seen in self.of(Answer, service) if _answered(seen.fact)]
        shown += [seen.observation for seen in self.of(Models, service)]
        shown += [seen.observation for seen in self.of(Lane, service) if seen.fact.state == "listening"]
        return shown


def _published(container: Container) -> Iterator[Published]:
    return (port for port in container.ports if port.protocol == "tcp" and port.port is not None)


def _same_unit(seen: str, named: str) -> bool:
    """An instance (`lane@8100.service`) at rest may show by its template (`lane@.service`) only, or the other way."""
    have, want = (name.removesuffix(".service").lower() for name in (seen, named))
    return (
        have == want or (have.endswith("@") and want.startswith(have)) or (want.endswith("@") and have.startswith(want))
    )


def _answered(answer: Answer) -> bool:
    return answer.status is not None or answer.error is None


def _is_in_use(unit: Unit) -> bool:
    """A unit file that is there but masked or never started does not show that its service runs.

    The last two are launchd's words: it starts a job again that ended a moment ago.
    """
    return (
        unit.active in (None, "active", "activating", "reloading", "running", "spawn scheduled")
        and unit.enabled != "masked"
    )


class EvidenceIndex:
    """A snapshot by host, with the names and addresses that hosts are known by."""

    def __init__(self, snapshot: Snapshot, lexicon: Lexicon, manifest: Manifest) -> None:
        self.snapshot = snapshot
        self.lexicon = lexicon
        by_host: dict[str, list[Observation]] = defaultdict(list)
        for observation in snapshot.observations:
            by_host[observation.host].append(observation)
        coverages: dict[str, list[Coverage]] = defaultdict(list)
        for coverage in snapshot.coverages:
            coverages[coverage.host].append(coverage)
        names = dict.fromkeys((*snapshot.hosts, *by_host, *coverages))
        self._observed = frozenset(name for name in names if snapshot.tells_of(name))
        self.hosts = {name: HostView(name, by_host[name], coverages[name]) for name in names}
        self._addresses = {
            normal_address(address): host.name for host in manifest.hosts for address in (host.name, *host.addresses)
        }
        for host in self.hosts.values():
            for identity in host.of(Identity):
                for address in identity.fact.addresses:
                    # Every host has a loopback; it tells none apart.
                    if reach_of(address) is not Reach.LOOPBACK:
                        self._addresses.setdefault(normal_address(address), host.name)
        for name, owners in self._tailnet_names().items():
            if len(owners) == 1:
                self._addresses.setdefault(name, owners.pop())

    def _tailnet_names(self) -> dict[str, set[str]]:
        """The names that hosts serve on a tailnet; a service of the tailnet may have several hosts."""
        names: dict[str, set[str]] = defaultdict(set)
        for host in self.hosts.values():
            for front in host.fronts:
                if front.forward.name and front.forward.via.startswith("tailscale"):
                    names[front.forward.name].add(host.name)
        return names

    def host(self, name: str) -> HostView | None:
        """The evidence of a host, or None when it was not observed at all."""
        return self.hosts[name] if name in self._observed else None

    def host_at(self, address: str) -> str | None:
        """The host that an address or name belongs to."""
        return self._addresses.get(normal_address(address)) or (address if address in self.hosts else None)

    def hosts_of(self, service: str) -> list[HostView]:
        """The hosts that a service was seen on."""
        return [host for host in self.hosts.values() if host.runs(service)]
