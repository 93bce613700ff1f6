"""The words of Trueup as frozen, typed data.

Everything here is pure: no input, no output, no clock. *Canon* (documents, configuration, the manifest) is read into
`Claim`s; *evidence* (what was observed) is a `Snapshot` of `Observation`s and `Coverage`s; judging a claim against a
snapshot gives a `Judgement`. `docs/architecture.md` explains how they hang together, and `schemas/` holds the JSON
schema of each of them.
"""

from __future__ import annotations

import enum
import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

SNAPSHOT_SCHEMA = "https://trueup.dev/schemas/snapshot/1"
REPORT_SCHEMA = "https://trueup.dev/schemas/report/1"


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every record: immutable, compared by value, unknown fields refused when decoded."""


class Reach(enum.Enum):
    """Who can connect to a socket."""

    LOOPBACK = "loopback"
    LAN = "lan"
    TAILNET = "tailnet"
    ANY = "any"


class Modality(enum.Enum):
    """How a statement is meant. Only `ASSERTED` statements can drift."""

    ASSERTED = "asserted"
    PLANNED = "planned"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"
    HISTORICAL = "historical"
    EXAMPLE = "example"
    NEGATED = "negated"


class Verdict(enum.Enum):
    """What judging a claim came to."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    CONFLICT = "conflict"
    STALE = "stale"
    UNJUDGED = "unjudged"


class Severity(enum.Enum):
    """How much harm a finding does, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst; smaller means more severe."""
        return list(Severity).index(self)


class Family(enum.Enum):
    """What a claim is about; one rule judges each family."""

    PORTS = "ports"
    BIND = "bind"
    EXPOSURE = "exposure"
    PLACEMENT = "placement"
    UNIT = "unit"
    HEALTH = "health"
    AUTH = "auth"
    MODELS = "models"
    ROUTING = "routing"
    CONFIG = "config"
    REFERENCE = "reference"
    POSTURE = "posture"


# ---------------------------------------------------------------- addresses

_TAILNET_V4 = ipaddress.ip_network("100.64.0.0/10")
_TAILNET_V6 = ipaddress.ip_network("fd7a:115c:a1e0::/48")
EVERY_INTERFACE = ("*", "0.0.0.0", "::")  # noqa: S104 - names of addresses; nothing is bound


def normal_address(address: str) -> str:
    """Return one spelling for an address: lower case, no brackets, zone or v4-mapped prefix; `localhost` is 127.0.0.1.

    Names that are not addresses come back in lower case.
    """
    bare = address.strip().strip("[]").lower().partition("%")[0]
    if bare in ("", "*", "all", "any"):
        return "*"
    if bare == "localhost":
        return "127.0.0.1"
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return bare
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def reach_of(address: str) -> Reach:
    """Tell who can connect to a socket bound to `address` (an IP address, `*`, or a host name).

    100.64.0.0/10, fd7a:115c:a1e0::/48 and `*.ts.net` are a tailnet (Tailscale's documented ranges); a public address
    is `ANY`; other names and addresses are `LAN`.
    """
    bare = normal_address(address)
    if bare in EVERY_INTERFACE:
        return Reach.ANY
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return Reach.TAILNET if bare.endswith(".ts.net") else Reach.LAN
    if parsed.is_loopback:
        return Reach.LOOPBACK
    if parsed in _TAILNET_V4 or parsed in _TAILNET_V6:
        return Reach.TAILNET
    return Reach.ANY if parsed.is_global else Reach.LAN


class PortRange(Word, frozen=True):
    """Ports `first` to `last`, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


# ---------------------------------------------------------------- evidence

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


# ---------------------------------------------------------------- canon


class Span(Word, frozen=True):
    """Where a statement stands: path relative to the root, 1-based lines and columns (in characters), end included."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class Subject(Word, frozen=True):
    """What a claim speaks of: a service kind (catalogue or manifest key) and a host; None where the text names none."""

    service: str | None = None
    host: str | None = None


class PortIs(Word, frozen=True, tag="port"):
    """The service listens on this port."""

    port: int


class BoundTo(Word, frozen=True, tag="bind"):
    """The service listens on exactly this address."""

    address: str
    port: int | None = None


class ReachIs(Word, frozen=True, tag="reach"):
    """These can connect to the service, and nobody else."""

    reach: Reach
    port: int | None = None


class RunsOn(Word, frozen=True, tag="host"):
    """The service runs on the host (or, with `present` false, does not)."""

    host: str
    present: bool = True


class HasUnit(Word, frozen=True, tag="unit"):
    """A unit of this name exists on the host, from this file where `path` is given."""

    name: str
    path: str | None = None


class Endpoint(Word, frozen=True, tag="endpoint"):
    """A request to this path answers so.

    `status` None means "with success" (2xx or 3xx). `key` is what the writer sends along: `none`, `valid`, or
    `unstated` where the text speaks of a key without saying which.
    """

    path: str
    port: int | None = None
    method: str = "GET"
    status: int | None = None
    key: Literal["none", "valid", "unstated"] = "none"


class AuthIs(Word, frozen=True, tag="auth"):
    """The path (None: the service's API as a whole) does or does not ask for a key."""

    required: bool
    path: str | None = None
    port: int | None = None


class Serves(Word, frozen=True, tag="model"):
    """This port serves this model handle."""

    handle: str
    port: int


class ListsIds(Word, frozen=True, tag="model_ids"):
    """`/v1/models` lists ids of this kind; `example` is the id or pattern that the text shows."""

    kind: ModelIdKind
    example: str
    port: int | None = None


class UrlIs(Word, frozen=True, tag="url"):
    """The service is reached at this URL."""

    scheme: str
    host: str
    port: int
    path: str = ""


Statement: TypeAlias = PortIs | BoundTo | ReachIs | RunsOn | HasUnit | Endpoint | AuthIs | Serves | ListsIds | UrlIs


class Claim(Word, frozen=True, kw_only=True):
    """One checkable statement of the canon.

    `frame` names the way of stating it (`table`, `item`, `sentence`, `command`), `unit` the smallest text that it
    stands in (a row, an item, a sentence, a command): claims of one unit share their `group`.
    """

    id: str
    family: Family
    subject: Subject
    statement: Statement
    modality: Modality
    span: Span
    text: str
    frame: str
    group: int = 0


class Judgement(Word, frozen=True, kw_only=True):
    """A claim with its verdict: `reason` in words, `observed` the other side, `evidence` the ids that decided.

    For a `CONFLICT`, `other` is the claim that disagrees. A judgement whose verdict is contradicted, conflict or
    stale is a *finding*.
    """

    claim: Claim
    verdict: Verdict
    reason: str
    rule: str = ""
    severity: Severity | None = None
    observed: str | None = None
    evidence: tuple[str, ...] = ()
    other: Claim | None = None
    suggestion: str | None = None

    @property
    def is_finding(self) -> bool:
        """True for what a report lists."""
        return self.verdict in (Verdict.CONTRADICTED, Verdict.CONFLICT, Verdict.STALE)


# ---------------------------------------------------------------- fingerprints


def fingerprint(prefix: str, *parts: object) -> str:
    """Return a short stable name, `<prefix>-<16 hex>`, for JSON-encodable parts."""
    encoded = msgspec.json.encode(parts, order="deterministic")
    return f"{prefix}-{hashlib.sha256(encoded).hexdigest()[:16]}"


def observe(
    host: str,
    fact: Fact,
    *,
    by: str,
    service: str | None = None,
    raw: str | None = None,
    source: str | None = None,
) -> Observation:
    """Make an observation with its id (what is the same observation: same host, same service, same fact)."""
    ident = fingerprint("o", host, service, fact)
    return Observation(id=ident, host=host, fact=fact, by=by, service=service, raw=raw, source=source)


def unique(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Drop repeated observations, keeping the first of each id and the order."""
    seen: dict[str, Observation] = {}
    for observation in observations:
        seen.setdefault(observation.id, observation)
    return tuple(seen.values())
