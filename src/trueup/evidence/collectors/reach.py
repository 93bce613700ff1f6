"""The reach matrix: which declared ports of the other hosts take connections from this host's vantage.

A connection is opened and closed again; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trueup.evidence.collectors.look import Look, Seen
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import LATE, Trouble
from trueup.vocabulary import Connect

if TYPE_CHECKING:
    from trueup.manifest import Host, Manifest

SECONDS = 3.0
_MOST = 512


class Dial:
    """A conversation that is over as soon as the connection stands (see `transports.base`)."""

    def __init__(self, to: str, address: str, port: int) -> None:
        self.to = to
        self.address = address
        self.port = port
        self.seconds = SECONDS
        self.done = False
        self.trouble: Trouble | None = None

    def opened(self) -> bytes:
        """Send nothing."""
        self.done = True
        return b""

    def received(self, data: bytes) -> bytes:  # noqa: ARG002 - a conversation's signature
        """Some servers greet first."""
        return b""

    def ended(self, trouble: Trouble | None) -> None:
        """Keep what stood in the way."""
        self.trouble = None if self.done else trouble


def dials(manifest: Manifest, here: str) -> tuple[Dial, ...]:
    """Return a dial for every declared port of every other host, at the first address that the manifest gives it."""
    found = [
        Dial(host.name, host.addresses[0], port)
        for host in manifest.hosts
        if host.name != here and host.addresses
        for port in sorted(set(_ports(manifest, host)))
    ]
    return tuple(found[:_MOST])


def read_dials(dialled: Iterable[Dial], manifest: Manifest, here: str) -> Look:
    """Read what the dials came to; partial where a host with declared ports has no declared address.

    What broke off on the way to the vantage, or was forbidden there, tells nothing of the other host.
    """
    dialled = tuple(dialled)
    late = [dial for dial in dialled if dial.trouble is not None and dial.trouble.words == LATE]
    broken = [dial for dial in dialled if dial.trouble is not None and dial.trouble.kind == "broken"]
    seen = tuple(_seen(dial) for dial in dialled if dial not in late and dial not in broken)
    others = [host for host in manifest.hosts if host.name != here and any(_ports(manifest, host))]
    nowhere = [host.name for host in others if not host.addresses]
    reasons = [f"no address is declared for {', '.join(nowhere)}"] if nowhere else []
    reasons += [f"{LATE} before {len(late)} ports were tried"] if late else []
    reasons += list(dict.fromkeys(clean(dial.trouble.words, 200) for dial in broken if dial.trouble))
    reasons += [f"only the first {_MOST} ports were tried"] if len(dialled) == _MOST else []
    if not others:
        return Look((), "none", "no port of another host is declared")
    if not seen:
        return Look((), "none", "; ".join(reasons))
    return Look(seen, "partial" if reasons else "complete", "; ".join(reasons) or None)


def _ports(manifest: Manifest, host: Host) -> Iterator[int]:
    yield from (socket.port for service in manifest.services if service.host == host.name for socket in service.sockets)
    yield from (lane.port for lane in manifest.lanes if lane.host == host.name)


def _seen(dial: Dial) -> Seen:
    trouble = dial.trouble
    fact = Connect(
        to=dial.to,
        address=dial.address,
        port=dial.port,
        state="open" if trouble is None or trouble.kind == "broken" else trouble.kind,
        error=None if trouble is None or trouble.kind == "refused" else clean(trouble.words, 200),
    )
    return Seen(fact, f"connect to {dial.address} port {dial.port}")
