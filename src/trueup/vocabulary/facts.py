"""What can be seen of a host: one record for each kind of fact."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from trueup.vocabulary.addresses import PortRange, reach_of
from trueup.vocabulary.terms import Reach, Word

ASKS_FOR_KEY = (401, 403)
"""The HTTP statuses by which a service refuses a request for its credentials."""

ModelIdKind: TypeAlias = Literal["handle", "repository", "path"]


class Listener(Word, frozen=True, tag="listener"):
    """A listening socket. `address` is normalised (see `normal_address`); `*` is every interface, both families.

    `interface` is the network interface that the socket is tied to, where it is tied to one (`lo`, `eth0`).
    """

    address: str
    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    process: str | None = None
    pid: int | None = None
    unit: str | None = None
    interface: str | None = None

    @property
    def reach(self) -> Reach:
        """Who can connect: by the interface where the socket is tied to one that tells, else by the address."""
        if self.interface is not None and self.interface.startswith("lo"):
            return Reach.LOOPBACK
        if self.interface is not None and self.interface.startswith("tailscale"):
            return Reach.TAILNET
        if self.interface is not None and reach_of(self.address) is Reach.ANY:
            return Reach.LAN
        return reach_of(self.address)


class Unit(Word, frozen=True, tag="unit"):
    """A systemd service or socket unit, or a launchd job.

    `command` is the effective command line, redacted, or the part of it that was recorded (`command_partial`).
    `load`, `active`, `sub` and `enabled` are systemd's own words (`LoadState`, `ActiveState`, `SubState`,
    `UnitFileState`), None where they were not recorded; a launchd job has `load` and `enabled`, and its `state` as
    `active`. `owner` is the user whose manager runs a unit of scope `user`, None for the one who looked.

    `environment` are the names of the variables that the unit sets, `environment_files` the files that it reads more
    from; values are never kept. `listens` and `triggers` are a socket unit's addresses and the units that it starts.
    `needs_reload` says that files changed since the manager read them (`NeedDaemonReload`). `started_at` is when the
    running process started and `changed_at` when the newest of the unit's files changed, both by the host's clock.
    `exit` is how the last process ended, in the manager's words.
    """

    name: str
    manager: Literal["systemd", "launchd"] = "systemd"
    scope: Literal["system", "user"] = "system"
    owner: str | None = None
    path: str | None = None
    drop_ins: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_partial: bool = False
    environment: tuple[str, ...] = ()
    environment_files: tuple[str, ...] = ()
    load: str | None = None
    active: str | None = None
    sub: str | None = None
    enabled: str | None = None
    needs_reload: bool | None = None
    started_at: datetime | None = None
    changed_at: datetime | None = None
    listens: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    exit: str | None = None

    @property
    def runs_older_files(self) -> bool:
        """True where the process started before the unit's files changed: what is configured is not what runs."""
        return self.started_at is not None and self.changed_at is not None and self.started_at < self.changed_at


class Published(Word, frozen=True):
    """A container's port and where the host publishes it. `port` None: the inner port is published nowhere."""

    inner: int
    address: str | None = None
    port: int | None = None
    protocol: Literal["tcp", "udp"] = "tcp"


class Container(Word, frozen=True, tag="container"):
    """A container. `state` and `restart` (its restart policy) are the engine's own words; `network` is its mode.

    With `network` `host` its inner ports are the host's own and `ports` does not list them.
    """

    name: str
    engine: Literal["docker", "podman"]
    image: str
    state: str
    restart: str | None = None
    network: str | None = None
    ports: tuple[Published, ...] = ()


class Forward(Word, frozen=True, tag="forward"):
    """A proxy on the host that takes connections and hands them on: what makes a service reachable from further away.

    `address` and `port` are where it listens; `name` is the host name it answers to (a tailnet name, a virtual host),
    `path` the prefix it is limited to. `target` is where it hands on to (URL, address or upstream name), None where it
    answers itself. `reach` says who can connect to the listening side.
    """

    via: Literal["tailscale serve", "tailscale funnel", "nginx", "caddy", "traefik", "haproxy"]
    port: int
    reach: Reach
    address: str = "*"
    name: str | None = None
    path: str | None = None
    target: str | None = None


class Connect(Word, frozen=True, tag="connect"):
    """Whether a declared port of another host takes connections from the observed host's vantage.

    `error` says what went wrong where the state is not `open`.
    """

    to: str
    address: str
    port: int
    state: Literal["open", "refused", "silent", "unreachable"]
    error: str | None = None


class Unreachable(Word, frozen=True, tag="unreachable"):
    """The host could not be observed: `stage` says how far the look came, `error` what stopped it."""

    stage: Literal["connect", "host key", "login", "look"]
    error: str


Scalar: TypeAlias = str | int | float | bool | None


class Tls(Word, frozen=True):
    """What a TLS server showed: protocol version, its certificate's names and end, whether the observer trusts it."""

    version: str
    names: tuple[str, ...] = ()
    expires_at: datetime | None = None
    trusted: bool = False


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
    tls: Tls | None = None


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
    """Who a host says it is: its own hostname, operating system and addresses.

    `clock_ahead` is by how many seconds its clock is ahead of the observer's (negative: behind), None where they agree.
    """

    hostname: str | None = None
    os: str | None = None
    addresses: tuple[str, ...] = ()
    clock_ahead: int | None = None


Fact: TypeAlias = (
    Listener | Unit | Container | Answer | Models | Lane | Route | Forward | Connect | Absent | Identity | Unreachable
)
