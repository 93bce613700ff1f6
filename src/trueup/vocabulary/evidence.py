"""What was observed: observations, coverages, costs, snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from trueup.vocabulary.addresses import PortRange
from trueup.vocabulary.facts import Fact, Unreachable
from trueup.vocabulary.terms import Word

SNAPSHOT_SCHEMA = "https://trueup.dev/schemas/snapshot/1"


class Observation(Word, frozen=True, kw_only=True):
    """One thing seen on one host at one time by one command or request.

    `id` is derived from host, service and fact alone, so that the same thing seen twice has one id. `by` is the
    command or request; `raw` the line it printed, redacted; `source` is `file:line` for what a person wrote down.
    """

    id: str
    host: str
    fact: Fact
    by: str
    service: str | None = None
    raw: str | None = None
    source: str | None = None


Collector: TypeAlias = Literal[
    "identity", "listeners", "units", "containers", "http", "models", "lanes", "routes", "exposure", "reach"
]


class Coverage(Word, frozen=True, kw_only=True):
    """What a collector looked at on a host: completely, partly or not at all, and why not.

    `ports` narrows a complete look to those ports; empty means the whole window of that collector.
    """

    host: str
    collector: Collector
    extent: Literal["complete", "partial", "none"]
    ports: tuple[PortRange, ...] = ()
    reason: str | None = None


class Cost(Word, frozen=True, kw_only=True):
    """What observing one host cost it.

    Connections opened to it and executions started there, commands and requests run, bytes read from it, CPU seconds
    that its commands used and wall seconds from the first byte to the last.
    """

    host: str
    connections: int = 0
    executions: int = 0
    commands: int = 0
    requests: int = 0
    bytes: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


class Snapshot(Word, frozen=True, kw_only=True):
    """A dated, immutable set of observations and coverages.

    `previous` is the digest of the snapshot that came before it in its folder, empty for the first. `digest` is the
    SHA-256 of all other fields in canonical JSON (see `evidence/store`); empty until sealed.
    """

    schema: str = SNAPSHOT_SCHEMA
    taken_at: datetime
    title: str
    origin: Literal["observed", "imported"]
    hosts: tuple[str, ...]
    observations: tuple[Observation, ...]
    coverages: tuple[Coverage, ...]
    costs: tuple[Cost, ...] = ()
    previous: str = ""
    digest: str = ""

    def tells_of(self, host: str) -> bool:
        """Return False where no collector looked at a host, and of it was seen at most that it cannot be observed."""
        looked = any(coverage.host == host and coverage.extent != "none" for coverage in self.coverages)
        return looked or any(
            observation.host == host and not isinstance(observation.fact, Unreachable)
            for observation in self.observations
        )
