"""The two snapshots made ready to be compared: facts by kind and host, and what may be concluded from absence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from trueup.catalog import Catalog
from trueup.evidence.quoting import code, words
from trueup.vocabulary import Absent, Collector, Coverage, Fact, Snapshot, Unreachable, Word

Kind = TypeVar("Kind", bound=Word)

EXTENTS = ("none", "partial", "complete")
_NAMED = 6


class Side:
    """One snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._facts: dict[type, list[tuple[str, str | None, Fact]]] = {}
        for each in snapshot.observations:
            self._facts.setdefault(type(each.fact), []).append((each.host, each.service, each.fact))
        self._coverages: dict[tuple[str, str], list[Coverage]] = {}
        for coverage in snapshot.coverages:
            self._coverages.setdefault((coverage.host, coverage.collector), []).append(coverage)
        self.unreachable = {host: fact for host, _, fact in self.facts(Unreachable)}
        tells = {each.host for each in snapshot.observations if not isinstance(each.fact, Unreachable)}
        tells |= {each.host for each in snapshot.coverages if each.extent != "none"}
        self.observed = tells - set(self.unreachable)

    def facts(self, kind: type[Kind]) -> Iterator[tuple[str, str | None, Kind]]:
        """Yield host, service and fact for each fact of a kind."""
        for host, service, fact in self._facts.get(kind, ()):
            if isinstance(fact, kind):
                yield host, service, fact

    def looked(self, host: str, collector: Collector, port: int | None = None) -> bool:
        """Tell whether everything was looked at: then what was not seen is not there."""
        return any(
            each.extent == "complete" and (not each.ports or any(port in window for window in each.ports if port))
            for each in self._coverages.get((host, collector), ())
        )

    def extent(self, host: str, collector: Collector) -> str:
        """Return how far a collector looked; `none` where nothing says that it looked."""
        extents = [
            "partial" if each.ports and each.extent == "complete" else each.extent
            for each in self._coverages.get((host, collector), ())
        ]
        return max(extents, key=EXTENTS.index, default="none")

    def reason(self, host: str, collector: Collector) -> str:
        """Return why a collector did not look further, in brackets; empty where nobody said."""
        reasons = [each.reason for each in self._coverages.get((host, collector), ()) if each.reason]
        return f" ({words(reasons[0])})" if reasons else ""

    def lacks(self, what: str, host: str, *, name: str | None = None, port: int | None = None) -> bool:
        """Tell whether somebody looked for a listener, unit or service there and wrote down that it was not there."""
        for where, service, absent in self.facts(Absent):
            if where != host or absent.what != what:
                continue
            if absent.ports is not None and port is not None and port in absent.ports:
                return True
            if name is not None and absent.ports is None and name in (absent.name, service):
                return True
        return False


class Pair:
    """The snapshot before and the one after, with the names of services, and what nobody looked at any more."""

    def __init__(self, before: Side, after: Side, catalog: Catalog) -> None:
        self.before, self.after = before, after
        self._titles = {kind.key: kind.title for kind in catalog.kinds}
        named = (*before.snapshot.hosts, *after.snapshot.hosts, *sorted(before.observed | after.observed))
        self.hosts = tuple(dict.fromkeys((*named, *before.unreachable, *after.unreachable)))
        self.both = tuple(host for host in self.hosts if host in before.observed and host in after.observed)
        self.unseen: dict[tuple[str, Collector], list[str]] = {}

    def title(self, service: str | None, otherwise: str = "something") -> str:
        """Return what a service is called."""
        return self._titles.get(service or "") or (code(service) if service else otherwise)

    def is_gone(
        self, host: str, collector: Collector, what: str, *, port: int | None = None, absent: bool = False
    ) -> bool:
        """Tell whether something that is not seen any more is really gone; else note that nobody looked for it."""
        if absent or self.after.looked(host, collector, port):
            return True
        self.unseen.setdefault((host, collector), []).append(what)
        return False

    def came(self, subject: str, more: str, host: str, collector: Collector, port: int | None = None) -> str:
        """Say that something is seen that was not: that it is new only where everything was looked at before."""
        if self.before.looked(host, collector, port):
            return f"{subject} is new{more}"
        return f"{subject} is seen{more}; the {NAMES[collector]} of {words(host)} were not all looked at before"


NAMES: dict[Collector, str] = {
    "identity": "names and addresses",
    "listeners": "listeners",
    "units": "units",
    "containers": "containers",
    "http": "HTTP answers",
    "models": "model lists",
    "lanes": "lanes",
    "routes": "routes",
    "exposure": "forwards",
    "reach": "connections to other hosts",
}


def listed(names: Iterable[str]) -> str:
    """Return names with commas; of many only the first."""
    known = list(names)
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more
