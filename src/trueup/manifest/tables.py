"""The tables of `trueup.toml` and what every key of them means.

A key's description, limits and the words for what it allows stand here and nowhere else: validation, the commented
sample, the reference page and the JSON schema are made from them.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from trueup.vocabulary import Severity, Word, normal_address

MANIFEST_SCHEMA: Final = "https://trueup.dev/schemas/manifest/1"

MAX_PORT = 65535
_UNITS_OF_AGE = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _key(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


def _text(pattern: str, allowed: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=pattern, extra={"allowed": allowed})


HostName = Annotated[
    str, _text(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "a name of letters, digits, dots, hyphens and underscores")
]
Address = Annotated[
    str,
    _text(
        r"^[A-Za-z0-9:][A-Za-z0-9.:_-]*$",
        "an IP address or host name without a port, such as 192.168.1.10 or mini.local",
    ),
]
SshTarget = Annotated[
    str,
    _text(
        r"^([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9\[][A-Za-z0-9.:_\[\]-]*$",
        "a target of ssh, such as ops@mini.local",
    ),
]
KindWord = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]*$",
        extra={
            "allowed": "a catalogue key such as litellm or open_webui, or a lower-case word of your own",
            "plain": True,
        },
    ),
]
UnitName = Annotated[
    str, _text(r"^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$", "a unit or launchd label, such as litellm.service")
]
UrlPath = Annotated[str, _text(r"^/[!-~]*$", "a path that begins with a slash, such as /health")]
KeyReference = Annotated[
    str,
    _text(
        r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|command:.+)$",
        "`env:NAME`, `file:PATH` or `command:PROGRAM WORDS…`, never the key itself",
    ),
]
ListenAddress = Annotated[
    str,
    _text(
        r"^(\*|localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$",
        "an address and port, such as 127.0.0.1:4000 or *:4020",
    ),
]
Glob = Annotated[
    str,
    _text(r"^(?!/)(?!(.*/)?\.\.(/|$)).+$", "a glob below the root, such as docs/**/*.md"),
]
Age = Annotated[str, _text(r"^[1-9][0-9]{0,4}[mhdw]$", "a number and m, h, d or w, such as 30d or 12h")]
Port = Annotated[int, msgspec.Meta(ge=1, le=MAX_PORT, extra={"allowed": f"a port from 1 to {MAX_PORT}"})]


class Socket(NamedTuple):
    """A listening address in its normal spelling (`*`: every interface, see `normal_address`) and its port."""

    address: str
    port: int


class HostTable(Word, frozen=True, kw_only=True):
    """A machine. The table's name, `[hosts.NAME]`, is what services, lanes and reports call it."""

    names: Annotated[
        tuple[str, ...],
        _key("What documents call this host besides its name; matched as whole words, in any case."),
    ] = ()
    addresses: Annotated[
        tuple[Address, ...],
        _key("Its IP addresses and DNS names: a document that names one of them speaks of this host."),
    ] = ()
    os: Annotated[
        Literal["linux", "macos"] | None,
        _key("Its operating system: says whether units are systemd's or launchd's."),
    ] = None
    via: Annotated[
        Literal["local", "ssh"] | None,
        _key(
            "How to observe it: `local` is the machine that trueup runs on, `ssh` another one. Left out, it is observed"
            " only where trueup runs on it."
        ),
    ] = None
    ssh: Annotated[
        SshTarget | None,
        _key(
            'Whom to reach with `via = "ssh"`: a name of your ssh configuration, `user@host` or `user@host:port`; left'
            " out, the host's name."
        ),
    ] = None
    sudo: Annotated[
        bool,
        _key("Whether commands that see more as root may be run with `sudo -n`, which never asks for a password."),
    ] = False


class Host(HostTable, frozen=True, kw_only=True):
    """A machine. `names` are what documents call it besides its `name`; `via` how to observe it.

    `line` is where the manifest declares it, 0 where that is not known.
    """

    name: str
    line: int = 0


class Service(Word, frozen=True, kw_only=True):
    """A service on a host. `kind` is a catalogue key, or any word for a kind of your own."""

    kind: Annotated[
        KindWord,
        _key("What it is: a key of the catalogue (litellm, open_webui, …) or a lower-case word of your own."),
    ]
    host: Annotated[str, _key("The host that it runs on, one of `[hosts.*]`.")]
    names: Annotated[
        tuple[str, ...],
        _key("What your documents call it besides its kind's names; matched as whole words, in any case."),
    ] = ()
    listen: Annotated[
        tuple[ListenAddress, ...],
        _key("Where it listens, address and port each; `*` is every interface, IPv6 addresses stand in brackets."),
    ] = ()
    unit: Annotated[UnitName | None, _key("The systemd unit or launchd label that runs it.")] = None
    probes: Annotated[
        tuple[UrlPath, ...],
        _key("Paths to ask with GET, besides those that the catalogue knows for its kind."),
    ] = ()
    key: Annotated[
        KeyReference | None,
        _key(
            "Where its key is to be had on the machine that trueup runs on: what asks for a key is asked once more with"
            " it. It is sent to the declared ports only, and never kept."
        ),
    ] = None

    @property
    def sockets(self) -> tuple[Socket, ...]:
        """`listen`, taken apart."""
        return tuple(socket_of(listen) for listen in self.listen)


class Lane(Word, frozen=True, kw_only=True):
    """One model on one port of a host, with its canonical handle."""

    handle: Annotated[str, _key("The canonical handle of the model: the name by which your documents speak of it.")]
    host: Annotated[str, _key("The host that serves it, one of `[hosts.*]`.")]
    port: Annotated[Port, _key("The port that serves this model and no other.")]
    kind: Annotated[KindWord, _key("The kind of model server, as for services.")] = "mlx"


class Documents(Word, frozen=True, kw_only=True):
    """Globs, relative to the root (`--root`, by default the current folder): which documents are canonical,
    historical, or not read at all.
    """

    canonical: Annotated[
        tuple[Glob, ...],
        _key("Documents whose statements have to be true."),
    ] = ("**/*.md",)
    historical: Annotated[
        tuple[Glob, ...],
        _key("Documents that tell how things were: read, but never drift. Wins over `canonical`."),
    ] = ()
    ignore: Annotated[tuple[Glob, ...], _key("Documents that are not read at all. Wins over both.")] = ()


class Evidence(Word, frozen=True, kw_only=True):
    """Where snapshots are kept, and how old the newest may be (`30d`, `12h`) before claims judged by it are stale."""

    directory: Annotated[
        str,
        _key("The folder that keeps snapshots, relative to the root (`--root`, by default the current folder)."),
    ] = "evidence"
    max_age: Annotated[
        Age | None,
        _key("How old a snapshot may be before what it judges is stale: minutes, hours, days or weeks, such as 30d."),
    ] = None

    ssh_config: Annotated[
        str | None,
        _key("A configuration file of ssh, relative to the root, to be read instead of `~/.ssh/config`."),
    ] = None

    @property
    def limit(self) -> timedelta | None:
        """`max_age` as a span of time; None when age does not matter."""
        if self.max_age is None:
            return None
        return timedelta(**{_UNITS_OF_AGE[self.max_age[-1]]: int(self.max_age[:-1])})


class Check(Word, frozen=True, kw_only=True):
    """How findings count: the severity at which `check` exits with 1, and severities of your own by rule."""

    fail_on: Annotated[
        Severity,
        _key("The least severity that makes `trueup check` exit with 1: critical, high, medium or low."),
    ] = Severity.LOW
    severity: Annotated[
        dict[str, Severity],
        _key("Severities of your own, by the name of the rule that a finding prints."),
    ] = msgspec.field(default_factory=dict)


class _Tables(Word, frozen=True, kw_only=True):
    """What the file and the loaded manifest have in common."""

    schema: Annotated[
        Literal["https://trueup.dev/schemas/manifest/1"] | None,
        _key("The version of this file's format."),
    ] = None
    services: Annotated[tuple[Service, ...], _key("Services, one `[[services]]` each.")] = ()
    lanes: Annotated[tuple[Lane, ...], _key("Model lanes, one `[[lanes]]` each.")] = ()
    documents: Annotated[Documents, _key("Which documents are read, and how.")] = Documents()
    evidence: Annotated[Evidence, _key("Snapshots: where they are, how long they count.")] = Evidence()
    check: Annotated[Check, _key("How findings count.")] = Check()


class ManifestFile(_Tables, frozen=True, kw_only=True):
    """`trueup.toml` as it is written; every table and key may be left out unless it is marked as required."""

    hosts: Annotated[dict[HostName, HostTable], _key("Hosts, one `[hosts.NAME]` each.")] = msgspec.field(
        default_factory=dict
    )


class Manifest(_Tables, frozen=True, kw_only=True):
    """The whole manifest, loaded; every table may be left out. `source` is the path of its file."""

    hosts: tuple[Host, ...] = ()
    source: str = ""


def socket_of(listen: str) -> Socket:
    """Take `address:port` apart. Raises ValueError when the address or the port is not one."""
    address, _, port = listen.rpartition(":")
    if not 0 < int(port) <= MAX_PORT:
        raise ValueError(f"{port} is not a port")
    normal = normal_address(address)
    if normal != "*":
        ipaddress.ip_address(normal)
    return Socket(normal, int(port))
