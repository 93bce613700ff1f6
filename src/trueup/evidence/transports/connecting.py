"""Connect to a host over SSH as the operator's ssh would, jump hosts included; say in words why that does not go.

Two things are stricter than in ssh: a host key that is not known is never accepted, also where a configuration says
`UserKnownHostsFile none`, and there is no password or other question.
"""

from __future__ import annotations

import asyncio
import os
import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import asyncssh

from trueup.evidence.redact import clean
from trueup.evidence.transports.ssh_config import SshConfig
from trueup.evidence.transports.wire import Wire
from trueup.vocabulary import Unreachable

SECONDS = 10.0
"""How long a host may take until one is logged in."""

_MOST_JUMPS = 5
_OWN_KNOWN_HOSTS = "~/.ssh/known_hosts"
# AES in GCM is one call a packet in Python, ChaCha20 four.
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr")
_LIMIT = 600


class Goal(NamedTuple):
    """Whom to connect to: what a manifest or a `ProxyJump` names."""

    host: str
    user: str | None = None
    port: int | None = None


class ConnectError(Exception):
    """No connection; `fact` says how far it came and what stopped it."""

    def __init__(self, fact: Unreachable) -> None:
        super().__init__(fact.error)
        self.fact = fact


def goal_of(target: str) -> Goal:
    """Take `host`, `user@host`, `user@host:port` or `[address]:port` apart."""
    user, _, place = target.rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    number = port.removeprefix(":")
    return Goal(host, user or None, int(number) if number.isdigit() and int(number) < 65536 else None)


async def connect(goal: Goal, config: SshConfig, *, deadline: float) -> asyncssh.SSHClientConnection:
    """Return a connection to a host whose key is known. Raises ConnectError."""
    return await _connect(goal, config, min(deadline, time.monotonic() + SECONDS), None, jumps=0)


async def _connect(
    goal: Goal, config: SshConfig, deadline: float, via: asyncssh.SSHClientConnection | None, *, jumps: int
) -> asyncssh.SSHClientConnection:
    client = _Client()
    options = _options(goal, config, client)
    if via is None and isinstance(options.tunnel, str) and options.tunnel.lower() != "none":
        via = await _jump(options.tunnel.split(","), config, deadline, jumps)
    # A proxy command makes its own way.
    wire = Wire(options.family) if via is None and not options.proxy_command else None
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            connection = await asyncssh.connect(
                options.host,
                options.port,
                options=options,
                config=None,
                tunnel=via or wire,
                known_hosts=_known_hosts(options.known_hosts),
                client_keys=_client_keys(options),
                ignore_encrypted=True,
                encryption_algs=() if options.config.get("Ciphers") else _CIPHERS,
            )
    except (asyncssh.Error, asyncssh.KeyImportError, OSError, ValueError) as error:
        if via is not None:
            via.abort()
        raise ConnectError(_fact_of(error, options, client)) from error
    if via is not None:
        connection.set_tunnel(via)
    return connection


async def _jump(hops: list[str], config: SshConfig, deadline: float, jumps: int) -> asyncssh.SSHClientConnection:
    """Return the connection to the last of the jump hosts."""
    if jumps + len(hops) > _MOST_JUMPS:
        raise ConnectError(Unreachable("connect", f"more than {_MOST_JUMPS} jump hosts, one after the other"))
    via: asyncssh.SSHClientConnection | None = None
    for hop in hops:
        try:
            via = await _connect(goal_of(hop), config, deadline, via, jumps=jumps + 1)
        except ConnectError as error:
            told = Unreachable(error.fact.stage, f"jump host {clean(hop, 255)}: {error.fact.error}")
            raise ConnectError(told) from error
    if via is None:
        raise ConnectError(Unreachable("connect", "ProxyJump names no host"))
    return via


def _options(goal: Goal, config: SshConfig, client: _Client) -> asyncssh.SSHClientConnectionOptions:
    """Read the configuration that counts for a host. Raises ConnectError where it cannot be used."""
    try:
        with config.for_host(goal.host) as paths:
            return asyncssh.SSHClientConnectionOptions(
                host=goal.host,
                port=goal.port or (),
                username=goal.user or (),
                config=paths,
                client_factory=lambda: client,
                client_keys=None,
                password_auth=False,
                kbdint_auth=False,
                agent_forwarding=False,
                x11_forwarding=False,
                compression_algs=None,
                x509_trusted_certs=None,
            )
    except (asyncssh.Error, asyncssh.KeyImportError, asyncssh.ConfigParseError, OSError, ValueError) as error:
        told = config.name_in(f"the ssh configuration cannot be used: {error}")
        raise ConnectError(Unreachable("connect", clean(told, _LIMIT))) from error


def _known_hosts(configured: object) -> asyncssh.SSHKnownHosts:
    """Return the keys that are known; one's own file where a configuration names none, or says that none is needed."""
    return _read_known_hosts(tuple(found for name in _known_hosts_files(configured) if (found := _version_of(name))))


def _known_hosts_files(configured: object) -> tuple[str, ...]:
    return tuple(map(str, configured)) if isinstance(configured, list) and configured else (_OWN_KNOWN_HOSTS,)


def _version_of(name: str) -> tuple[str, int, int] | None:
    path = Path(name).expanduser()
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_mtime_ns, status.st_size


def _client_keys(options: asyncssh.SSHClientConnectionOptions) -> list[str]:
    """Return the configured key files that are there, as ssh does it; none at all means the usual ones."""
    configured = options.config.get("IdentityFile") or []
    names = configured if isinstance(configured, list) else [configured]
    return [str(path) for name in names if (path := Path(str(name)).expanduser()).is_file()]


@lru_cache(maxsize=8)
def _read_known_hosts(files: tuple[tuple[str, int, int], ...]) -> asyncssh.SSHKnownHosts:
    """A file with a line for each host is read once, not once for each host."""
    return asyncssh.read_known_hosts([name for name, _, _ in files])


class _Client(asyncssh.SSHClient):
    """Remembers the host key that was shown and is not known."""

    def __init__(self) -> None:
        self.shown: asyncssh.SSHKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Refuse: asyncssh asks only for keys that `known_hosts` does not hold."""
        self.shown = key
        return False


def _fact_of(error: Exception, options: asyncssh.SSHClientConnectionOptions, client: _Client) -> Unreachable:
    if isinstance(error, TimeoutError):
        return Unreachable("connect", "it did not answer in time")
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return Unreachable("host key", clean(_host_key_words(error, options, client), _LIMIT))
    if isinstance(error, asyncssh.PermissionDenied):
        told = f"it refuses the login as {options.username}: no key of your agent or configuration opens it"
        return Unreachable("login", clean(told, _LIMIT))
    if isinstance(error, asyncssh.ChannelOpenError):
        return Unreachable("connect", clean(f"the jump host cannot reach it: {error.reason}", _LIMIT))
    if isinstance(error, OSError):
        number = error.errno or 0
        words = os.strerror(number) if number > 0 else f"{error.strerror or 'no connection'} ({options.host})"
    else:
        words = str(getattr(error, "reason", error)) or "the connection broke"
    return Unreachable("connect", clean(words, _LIMIT))


def _host_key_words(error: Exception, options: asyncssh.SSHClientConnectionOptions, client: _Client) -> str:
    """Say which key was shown, how to see whether it is the right one, and what puts it in."""
    key = client.shown
    if key is None:
        return f"its host key cannot be verified: {error}"
    kind = key.get_algorithm().removeprefix("ssh-").partition("-")[0]
    usual = options.port == asyncssh.DEFAULT_PORT
    place = options.host if usual else f"-p {options.port} {options.host}"
    file = _known_hosts_files(options.known_hosts)[0]
    right = f"on the host itself, 'ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub' prints the right one"
    add = f"'ssh-keyscan -t {kind} {place} >> {file}' adds it"
    shown = f"its host key {key.get_fingerprint()} ({kind})"
    alias = str(options.host_key_alias or options.host)
    if asyncssh.match_known_hosts(_known_hosts(options.known_hosts), alias, "", options.port)[0]:
        name = alias if usual else f"'[{alias}]:{options.port}'"
        return (
            f"{shown} is another one than {file} holds: the host was installed anew, or somebody answers in its place;"
            f" {right}: if it is the same, 'ssh-keygen -R {name} -f {file}' takes the old one out and {add}"
        )
    return f"{shown} is not in {file}; {right}: if it is the same, {add}"
