"""Ask the services of one host over HTTP, all at once, and confirm those that only a port speaks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from trueup.evidence.collectors.http import Exchange
from trueup.evidence.collectors.inquiry import Asked, Inquiry, Target
from trueup.evidence.collectors.recognise import Known, Recognised, reachable_at
from trueup.evidence.perform import Steps, talk
from trueup.evidence.transports.base import Conversation
from trueup.vocabulary import EVERY_INTERFACE, Listener

if TYPE_CHECKING:
    from trueup.evidence.collectors.tls import Secured


class Round:
    """One round of questions to one host: `requests` and `received` count. `keys` are the declared services' keys."""

    def __init__(self, known: Known, keys: Mapping[tuple[str, int], str] | None = None) -> None:
        self._known = known
        self._keys = keys or {}
        self.requests = 0
        self.received = 0

    def ask_all(self, targets: Iterable[Target], besides: Sequence[Conversation] = ()) -> Steps[list[Asked]]:
        """Ask every target in waves: what can be asked at once is; what depends on an answer waits for it.

        Conversations `besides` go along with the first wave.
        """
        inquiries = [Inquiry(target, self._known, self._keys) for target in targets]
        wave: list[Exchange | Secured] = [each for inquiry in inquiries for each in inquiry.questions()]
        yield from talk([*wave, *besides])
        while wave:
            exchanges = [each if isinstance(each, Exchange) else each.exchange for each in wave]
            self.requests += len(wave)
            self.received += sum(each.reply.received for each in exchanges if each.reply is not None)
            wave = [each for inquiry in inquiries for each in inquiry.questions()]
            yield from talk(wave)
        return [inquiry.asked() for inquiry in inquiries]


def targets_of(found: Sequence[Recognised]) -> tuple[Target, ...]:
    """Return what to ask: each service once per port, at the address that is nearest (IPv4 loopback first)."""
    best: dict[tuple[int, str | None], Target] = {}
    for recognised in sorted(found, key=lambda each: _distance(each.listener)):
        listener, service = recognised.listener, recognised.service
        address = reachable_at(listener.address)
        if address and (service or recognised.candidates):
            target = Target(address, listener.port, service, recognised.candidates)
            best.setdefault((listener.port, service), target)
    return tuple(best[key] for key in sorted(best, key=lambda key: (key[0], key[1] or "")))


def declared_targets(known: Known, *, besides: Sequence[Target]) -> tuple[Target, ...]:
    """Return where else the manifest says that services listen, for a host whose sockets cannot all be listed."""
    ports = {target.port for target in besides if target.service}
    sockets = [(socket, service.kind) for service in known.services for socket in service.sockets]
    found = [(reachable_at(socket.address), socket.port, kind) for socket, kind in sockets if socket.port not in ports]
    return tuple(Target(address, port, kind) for address, port, kind in dict.fromkeys(found) if address)


def confirmed(found: Recognised, asked: Iterable[Asked]) -> str | None:
    """Return the service that answered at a socket which only its port had spoken for."""
    address = reachable_at(found.listener.address)
    everywhere = found.listener.address in EVERY_INTERFACE
    for each in asked:
        same_place = each.target.address == address or (everywhere and each.target.address == "127.0.0.1")
        if found.candidates and each.target.port == found.listener.port and same_place:
            return each.service
    return None


def _distance(listener: Listener) -> tuple[bool, bool, str]:
    address = reachable_at(listener.address) or ""
    return address != "127.0.0.1", ":" in address, address
