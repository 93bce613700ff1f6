"""Ask the services of one host over HTTP, all at once, and confirm those that only a port speaks for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trueup.catalog.entry import ServiceKind, Signature
from trueup.evidence.collectors.http import Reply, ask, base_url, matches, may_ask, probes_of
from trueup.evidence.collectors.models import read_models
from trueup.evidence.collectors.recognise import Known, Recognised, reachable_at
from trueup.evidence.transports.base import Transport
from trueup.vocabulary import EVERY_INTERFACE, Answer, Listener, Models

# How the URL of a list of models ends (OpenAI's `GET /v1/models`, with or without a slash).
MODELS_PATHS = ("/models", "/models/")
_AT_ONCE = 16
_TELLING_LENGTH = 8


class Target(NamedTuple):
    """One address and port to ask, for one service or for kinds that have to be confirmed."""

    address: str
    port: int
    service: str | None
    candidates: tuple[ServiceKind, ...] = ()


class Asked(NamedTuple):
    """What one target answered: its service once it is sure, the answers, and the model lists among them.

    `withheld` are the paths of that service that were not asked, because asking costs or nobody answered before.
    """

    target: Target
    service: str | None
    answers: tuple[Answer, ...] = ()
    models: tuple[Models, ...] = ()
    withheld: tuple[str, ...] = ()


class Round:
    """One round of questions to one host. `asked` grows as targets are done; `requests` and `received` count."""

    def __init__(self, transport: Transport, known: Known) -> None:
        self._transport = transport
        self._known = known
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.asked: list[Asked] = []
        self.requests = 0
        self.received = 0

    async def ask_all(self, targets: Iterable[Target]) -> None:
        """Ask every target; cancelled by a deadline, it leaves in `asked` what was done by then."""
        async with asyncio.TaskGroup() as group:
            for target in targets:
                group.create_task(self._ask_target(target))

    async def _ask_target(self, target: Target) -> None:
        async with self._gate:
            replies: dict[str, Reply] = {}
            service = target.service or await self._confirm(target, replies)
            if service is None:
                self.asked.append(Asked(target, None))
                return
            withheld = await self._ask_service(target, service, replies)
            bodies = [reply for path, reply in replies.items() if path.endswith(MODELS_PATHS)]
            lists = [read_models(reply.answer.url, reply.body) for reply in bodies if reply.answer.status == 200]
            self.asked.append(
                Asked(
                    target,
                    service,
                    tuple(reply.answer for reply in replies.values()),
                    tuple(models for models in lists if models is not None),
                    withheld,
                )
            )

    async def _ask_service(self, target: Target, service: str, replies: dict[str, Reply]) -> tuple[str, ...]:
        """Ask what may be asked and return the paths that were not."""
        url = base_url(target.address, target.port)
        withheld = []
        for probe in probes_of(self._known.catalog.get(service), self._known.probes(service)):
            path = probe if isinstance(probe, str) else probe.path
            answers = [reply.answer for reply in replies.values()]
            # Where nobody speaks HTTP, more questions would only wait for more time-outs.
            silent = bool(answers) and all(answer.status is None for answer in answers)
            if silent or not may_ask(probe, answers, url):
                withheld.append(path)
            else:
                await self._ask(target, path, replies)
        return tuple(path for path in withheld if path not in replies)

    async def _confirm(self, target: Target, replies: dict[str, Reply]) -> str | None:
        """Return the one candidate whose signature is in an answer, None where none or several are."""
        proven = set()
        for kind in target.candidates:
            for probe in kind.probes:
                if probe.costs or probe.signature is None or not _is_telling(probe.signature):
                    continue
                reply = await self._ask(target, probe.path, replies)
                if reply.answer.status is None:
                    return None  # it is silent: asking more would only wait for more time-outs
                if matches(probe.signature, reply):
                    proven.add(kind.key)
                    break
        if len(proven) != 1:
            return None
        service = next(iter(proven))
        own = {probe.path for kind in target.candidates if kind.key == service for probe in kind.probes}
        for path in [path for path in replies if path not in own]:
            del replies[path]
        return service

    async def _ask(self, target: Target, path: str, replies: dict[str, Reply]) -> Reply:
        if path not in replies:
            self.requests += 1
            replies[path] = await ask(self._transport, target.address, target.port, path)
            self.received += replies[path].received
        return replies[path]


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


def _is_telling(signature: Signature) -> bool:
    """`{"status": …}` and `OK` are what half the world answers: one common key or a short text proves nothing."""
    if signature.text_prefix:
        return len(signature.text_prefix) >= _TELLING_LENGTH
    return len(signature.json_keys) > 1 or not set(signature.json_keys) <= {"status", "version", "models", "data"}
