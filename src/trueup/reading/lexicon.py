"""The names that documents use: which words mean which service, host or model handle, and who owns which port.

Built from the catalogue and the manifest, plus host names and handles that the evidence knows. Pure and immutable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trueup.catalog import Catalog
from trueup.manifest import Manifest
from trueup.vocabulary import PortRange

# Products whose names contain words that people also give to hosts; found first, they hide the host name in them.
_OTHER_PRODUCTS = ("LM Studio", "Visual Studio", "Android Studio", "GPT-4o mini", "mini PC")


# "Ollama Cloud" and "Prometheus Pushgateway" are other products than those whose names they begin with.
_PRODUCTS = (
    r"\s(?-i:Cloud|Enterprise|Grid|Pipelines|Pushgateway|Production Stack|Alertmanager|Operator|Exporter|Hub|Desktop"
    r"|Mobile|Plugin|Extension|Helm|SDK|Toolkit|Library)\b"
)


@dataclass(frozen=True)
class Lexicon:
    """Maps names to keys. Names match as whole words in any case, where a hyphen counts as part of a word."""

    services: Mapping[str, str]
    hosts: Mapping[str, str]
    handles: frozenset[str]
    handle_kinds: Mapping[str, str]
    ports: Mapping[tuple[str | None, int], tuple[str, ...]]
    lane_ranges: tuple[tuple[PortRange, str], ...]
    titles: Mapping[str, str]
    units: Mapping[str, str]
    endpoints: Mapping[str, frozenset[str]]
    health_paths: Mapping[str, frozenset[str]]
    api_paths: Mapping[str, frozenset[str]]
    handle_prefixes: tuple[str, ...]
    lane_kinds: frozenset[str]
    others: frozenset[str]
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    @classmethod
    def build(
        cls, catalog: Catalog, manifest: Manifest, *, hosts: Iterable[str] = (), handles: Iterable[str] = ()
    ) -> Lexicon:
        """Gather every name. `hosts` and `handles` are further ones, such as those of a snapshot."""
        services: dict[str, str] = {}
        titles: dict[str, str] = {}
        units: dict[str, str] = {}
        ports: dict[tuple[str | None, int], list[str]] = {}
        ranges: list[tuple[PortRange, str]] = []
        for kind in catalog.kinds:
            titles[kind.key] = kind.title
            services.update((name.lower(), kind.key) for name in (*kind.names, *_spellings(kind.key)))
            units.update((_bare_unit(unit), kind.key) for unit in kind.units)
            for window in kind.ports:
                if window.first == window.last:
                    ports.setdefault((None, window.first), []).append(kind.key)
                else:
                    ranges.append((window, kind.key))
        for service in manifest.services:
            titles.setdefault(service.kind, service.names[0] if service.names else service.kind)
            services.update((name.lower(), service.kind) for name in (*service.names, *_spellings(service.kind)))
            if service.unit:
                units[_bare_unit(service.unit)] = service.kind
            for listen in service.listen:
                port = listen.rpartition(":")[2]
                if port.isdigit():
                    ports.setdefault((service.host, int(port)), []).insert(0, service.kind)
        lane_kinds = {lane.kind for lane in manifest.lanes}
        if len(lane_kinds) == 1:
            services.update(dict.fromkeys(("lane", "lanes", "model lane", "model lanes"), *lane_kinds))
        for lane in manifest.lanes:
            ports.setdefault((lane.host, lane.port), []).insert(0, lane.kind)
        return cls(
            services=services,
            hosts=_host_names(manifest, hosts),
            handle_kinds={lane.handle: lane.kind for lane in manifest.lanes},
            handles=frozenset([*handles, *(lane.handle for lane in manifest.lanes)]),
            ports={key: tuple(dict.fromkeys(kinds)) for key, kinds in ports.items()},
            lane_ranges=tuple(ranges),
            titles=titles,
            units=units,
            endpoints={kind.key: frozenset(probe.path for probe in kind.probes) for kind in catalog.kinds},
            health_paths={
                kind.key: frozenset(probe.path for probe in kind.probes if probe.role in ("live", "ready", "health"))
                for kind in catalog.kinds
            },
            api_paths={
                kind.key: frozenset(probe.path for probe in kind.probes if probe.role == "models")
                for kind in catalog.kinds
            },
            lane_kinds=frozenset(kind.key for kind in catalog.kinds if kind.is_lane),
            handle_prefixes=tuple(kind.key.replace("_", "-") + "-" for kind in catalog.kinds if kind.is_lane),
            others=frozenset(
                name.lower()
                for name in (*_OTHER_PRODUCTS, *(name for kind in catalog.kinds for name in kind.not_names))
            ),
        )

    def __post_init__(self) -> None:
        names = sorted({*self.others, *self.services, *self.hosts}, key=lambda name: (-len(name), name))
        alternation = "|".join(map(_flexible, names)) or r"(?!)"
        pattern = re.compile(rf"(?<![\w.@-])(?:{alternation})(?![\w-]|\.\w)(?!{_PRODUCTS})", re.IGNORECASE)
        object.__setattr__(self, "_pattern", pattern)

    def find(self, text: str) -> list[tuple[int, int, str, str]]:
        """Find names in plain text: (start, end, "service" or "host", key), in order, never overlapping."""
        found = []
        for match in self._pattern.finditer(text):
            name = " ".join(match.group().lower().split())
            if name in self.others:
                continue
            if name in self.services:
                found.append((match.start(), match.end(), "service", self.services[name]))
            elif name in self.hosts:
                found.append((match.start(), match.end(), "host", self.hosts[name]))
        return found

    def declared(self, port: int, host: str | None) -> tuple[str, ...]:
        """Return the kinds that the manifest puts on a port: of `host`, or of any if it tells nothing of that host."""
        if host is not None and any(where == host for where, _ in self.ports):
            return self.ports.get((host, port), ())
        anywhere = (kind for (where, number), kinds in self.ports.items() if number == port and where for kind in kinds)
        return tuple(dict.fromkeys(anywhere))

    def defaults(self, port: int) -> tuple[str, ...]:
        """Return the service kinds whose default port this is."""
        lanes = tuple(kind for window, kind in self.lane_ranges if port in window)
        return tuple(dict.fromkeys((*self.ports.get((None, port), ()), *lanes)))

    def ports_declared(self, service: str, host: str) -> tuple[int, ...]:
        """Return the ports that the manifest gives a service on a host."""
        return tuple(port for (where, port), kinds in self.ports.items() if where == host and service in kinds)

    def hosts_declared(self, service: str) -> tuple[str, ...]:
        """Return the hosts that the manifest gives a service."""
        found = (where for (where, _), kinds in self.ports.items() if where is not None and service in kinds)
        return tuple(dict.fromkeys(found))

    def lane_kind_of(self, handle: str) -> str | None:
        """Return the kind of lane that the manifest gives a handle, or that its prefix names (`mlx-…`)."""
        return self.handle_kinds.get(handle) or next(
            (kind for kind in sorted(self.lane_kinds) if handle.startswith(kind.replace("_", "-") + "-")), None
        )

    def unit_owner(self, name: str) -> str | None:
        """Return the service kind that a unit of this name usually runs."""
        return self.units.get(_bare_unit(name))


def _spellings(key: str) -> tuple[str, ...]:
    """A key with underscores is also written with hyphens or spaces."""
    return tuple(dict.fromkeys((key, key.replace("_", "-"), key.replace("_", " "))))


def _bare_unit(name: str) -> str:
    return name.lower().removesuffix(".service")


def _flexible(name: str) -> str:
    """Match a name over any white space, so that a wrapped line does not hide it."""
    return r"\s+".join(re.escape(word) for word in name.split())


def _host_names(manifest: Manifest, more: Iterable[str]) -> dict[str, str]:
    names = {name.lower(): name for name in more}
    for host in manifest.hosts:
        for name in (host.name, *host.names):
            names[name.lower()] = host.name
    return names
