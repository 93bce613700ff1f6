"""What was observed: facts, observations, coverages, snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from trueup.vocabulary.addresses import PortRange
from trueup.vocabulary.terms import Word

SNAPSHOT_SCHEMA = "https://trueup.dev/schemas/snapshot/1"

ASKS_FOR_KEY = (401, 403)
"""The HTTP statuses by which a service refuses a request for its credentials."""

ModelIdKind: TypeAlias = Literal["handle", "repository", "path"]


class Listener(Word, frozen=True, tag="listener"):
    """A listening socket. `address` is normalised (see `normal_address`); `*` is every interface, both families."""

    address: str
    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    process: str | None = None
    pid: int | None = None
    unit: str | None = None


class Unit(Word, frozen=True, tag="unit"):
    """A systemd unit or launchd job.

    `command` is the effective command line, redacted, or the part of it that was recorded (`command_partial`).
    `load`, `active`, `sub` and `enabled` are systemd's own words (`LoadState`, `ActiveState`, `SubState`,
    `UnitFileState`), None where they were not recorded.
    """

    name: str
    manager: Literal["systemd", "launchd"] = "systemd"
    scope: Literal["system", "user"] = "system"
    path: str | None = None
    drop_ins: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_partial: bool = False
    load: str | None = None
    active: str | None = None
    sub: str | None = None
    enabled: str | None = None


Scalar: TypeAlias = str | int | float | bool | None


class Answer(Word, frozen=True, tag="answer"):
    """What one HTTP request got.

    `key` says which credential was sent. `status` is None where the recorder noted only the body, or where nothing
    answered (`error` then says why). `shape` is the sorted top-level keys of a JSON object, `scalars` those of its
    values that are short and harmless, `text` a short plain-text body.
    """

    method: str
    url: str
    key: Literal["none", "valid", "wrong"] = "none"
    status: int | None = None
    media_type: str | None = None
    shape: tuple[str, ...] = ()
    scalars: tuple[tuple[str, Scalar], ...] = ()
    text: str | None = None
    location: str | None = None
    error: str | None = None


class ModelId(Word, frozen=True):
    """One id of a `/v1/models` list and what sort of name it is."""

    id: str
    kind: ModelIdKind


class Models(Word, frozen=True, tag="models"):
    """The ids that `GET url` (a `/v1/models`) listed, in its order. `partial` when only examples were recorded."""

    url: str
    ids: tuple[ModelId, ...] = ()
    partial: bool = False


class Lane(Word, frozen=True, tag="lane"):
    """One port of a lane controller's status: which canonical handle it serves there."""

    port: int
    state: Literal["listening", "idle"]
    handle: str | None = None


class Route(Word, frozen=True, tag="route"):
    """A gateway's alias and the kind of service that it leads to."""

    alias: str
    target: str


class Absent(Word, frozen=True, tag="absent"):
    """Somebody looked for this and it was not there: explicit absence, evidence in its own right."""

    what: Literal["listener", "unit", "service"]
    ports: PortRange | None = None
    name: str | None = None


class Identity(Word, frozen=True, tag="identity"):
    """Who a host says it is: its own hostname, operating system and addresses."""

    hostname: str | None = None
    os: str | None = None
    addresses: tuple[str, ...] = ()


Fact: TypeAlias = Listener | Unit | Answer | Models | Lane | Route | Absent | Identity


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


Collector: TypeAlias = Literal["identity", "listeners", "units", "http", "models", "lanes", "routes"]


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
    """What observing one host cost it: commands and requests run, bytes read, CPU and wall seconds."""

    host: str
    commands: int = 0
    requests: int = 0
    bytes: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


class Snapshot(Word, frozen=True, kw_only=True):
    """A dated, immutable set of observations and coverages.

    `digest` is the SHA-256 of all other fields in canonical JSON (see `evidence/store.py`); empty until sealed.
    """

    schema: str = SNAPSHOT_SCHEMA
    taken_at: datetime
    title: str
    origin: Literal["observed", "imported"]
    hosts: tuple[str, ...]
    observations: tuple[Observation, ...]
    coverages: tuple[Coverage, ...]
    costs: tuple[Cost, ...] = ()
    digest: str = ""

    def tells_of(self, host: str) -> bool:
        """Return False where nothing of a host was observed and no collector looked at it."""
        looked = any(coverage.host == host and coverage.extent != "none" for coverage in self.coverages)
        return looked or any(observation.host == host for observation in self.observations)
