"""What one address and port are asked, wave by wave: what an answer allows, a key adds, or TLS makes necessary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from trueup.catalog.entry import Probe, ServiceKind, Signature
from trueup.evidence.collectors.http import NOT_HTTP, Exchange, Reply, base_url, matches, may_ask, probes_of
from trueup.evidence.collectors.models import read_models
from trueup.evidence.collectors.recognise import Known
from trueup.vocabulary import ASKS_FOR_KEY, Answer, Models, Reach, reach_of

if TYPE_CHECKING:
    from trueup.evidence.collectors.tls import Secured

# How the URL of a list of models ends (OpenAI's `GET /v1/models`, with or without a slash).
MODELS_PATHS = ("/models", "/models/")
_TELLING_LENGTH = 8


class Target(NamedTuple):
    """One address and port to ask, for one service or for kinds that have to be confirmed."""

    address: str
    port: int
    service: str | None
    candidates: tuple[ServiceKind, ...] = ()


class Asked(NamedTuple):
    """What one target answered: its service once it is sure, the answers, and the model lists among them.

    `withheld` are the paths of that service that were not asked, because asking costs. `unheard` says why a target that
    only its port speaks for could not be asked at all.
    """

    target: Target
    service: str | None
    answers: tuple[Answer, ...] = ()
    models: tuple[Models, ...] = ()
    withheld: tuple[str, ...] = ()
    unheard: str | None = None


class Inquiry:
    """What was asked of one target so far, and what that allows to ask next."""

    def __init__(self, target: Target, known: Known, keys: Mapping[tuple[str, int], str]) -> None:
        self._target = target
        self._catalog = known.catalog
        self._declared = known.probes
        self._service = target.service
        self._secret = keys.get((target.service or "", target.port))
        self._scheme = "http"
        self._trusted = True
        self._pending: list[Exchange | Secured] = []
        self._plain: dict[tuple[str, bool], Reply] = {}
        self._replies: dict[tuple[str, bool], Reply] = {}
        self._gave_up = False

    def questions(self) -> list[Exchange | Secured]:
        """Settle the wave before, and return what to ask now; nothing once all is asked."""
        again = self._settle()
        if again:
            self._pending = [
                self._exchange(path, keyed=keyed) for path, keyed in again if self._may_send_key() or not keyed
            ]
        elif self._service is None:
            self._pending = [self._exchange(path) for path in self._signs() if (path, False) not in self._replies]
            if not self._pending and not self._gave_up:
                self._service = self._proven()
                self._gave_up = True
                return self.questions() if self._service else []
        else:
            self._pending = [*self._open_questions(), *self._keyed_questions()]
        return self._pending

    def asked(self) -> Asked:
        """Return what it came to."""
        if self._service is None:
            return Asked(self._target, None, unheard=self._why_unheard())
        own = {_path(probe) for probe in self._probes()}
        replies = [reply for (path, _), reply in self._replies.items() if path in own]
        lists = [
            read_models(reply.answer.url, reply.body)
            for reply in replies
            if reply.answer.status == 200 and reply.answer.url.endswith(MODELS_PATHS)
        ]
        return Asked(
            self._target,
            self._service,
            tuple(reply.answer for reply in replies),
            tuple(models for models in lists if models is not None),
            tuple(path for path in map(_path, self._probes()) if (path, False) not in self._replies),
        )

    def _why_unheard(self) -> str | None:
        """Why nothing was heard; None where an answer came, or something that is no HTTP."""
        answers = [reply.answer for reply in self._replies.values()]
        if any(answer.status is not None or answer.error in NOT_HTTP for answer in answers):
            return None
        return next((answer.error for answer in answers), None)

    def _settle(self) -> list[tuple[str, bool]]:
        """Keep the replies; return what has to be asked again, because the server wants TLS or is not trusted."""
        pending, self._pending = self._pending, []
        exchanges = [each if isinstance(each, Exchange) else each.exchange for each in pending]
        replies = {(each.path, each.keyed): each.reply for each in exchanges if each.reply is not None}
        if self._scheme == "http" and not self._plain and exchanges and all(each.may_be_tls for each in exchanges):
            self._scheme, self._plain = "https", replies
        elif self._trusted and any(not isinstance(each, Exchange) and each.untrusted for each in pending):
            self._trusted = False
        elif self._scheme == "https" and not self._replies and all(each.tls is None for each in exchanges):
            # it does not speak TLS either: what it said to the plain request counts
            self._scheme, self._replies = "http", self._plain
            return []
        else:
            self._replies |= replies
            return []
        return list(replies)

    def _exchange(self, path: str, *, keyed: bool = False) -> Exchange | Secured:
        secret = self._secret if keyed else None
        exchange = Exchange(self._target.address, self._target.port, path, secret=secret, scheme=self._scheme)
        if self._scheme == "http":
            return exchange
        from trueup.evidence.collectors.tls import Secured

        return Secured(exchange, verify=self._trusted)

    def _probes(self) -> tuple[Probe | str, ...]:
        return probes_of(self._catalog.get(self._service or ""), self._declared(self._service or ""))

    def _open_questions(self) -> list[Exchange | Secured]:
        answers = [reply.answer for (_, keyed), reply in self._replies.items() if not keyed]
        url = base_url(self._target.address, self._target.port, self._scheme)
        return [
            self._exchange(_path(probe))
            for probe in self._probes()
            if (_path(probe), False) not in self._replies and may_ask(probe, answers, url)
        ]

    def _keyed_questions(self) -> list[Exchange | Secured]:
        """A key makes a difference only where one was asked for; what costs is never asked with one."""
        if self._secret is None or not self._may_send_key():
            return []
        costly = {probe.path for probe in self._probes() if isinstance(probe, Probe) and probe.costs}
        refused = [
            path
            for (path, keyed), reply in self._replies.items()
            if not keyed and reply.answer.status in ASKS_FOR_KEY and path not in costly
        ]
        return [self._exchange(path, keyed=True) for path in refused if (path, True) not in self._replies]

    def _may_send_key(self) -> bool:
        """A certificate may change between two waves: this is asked before every one."""
        return self._trusted or reach_of(self._target.address) is Reach.LOOPBACK

    def _signs(self) -> list[str]:
        """The paths whose answers can prove one of the candidates."""
        return list(dict.fromkeys(probe.path for kind in self._target.candidates for probe in _telling(kind)))

    def _proven(self) -> str | None:
        """Return the one candidate whose signature is in an answer, None where none or several are."""
        proven = {
            kind.key
            for kind in self._target.candidates
            for probe in _telling(kind)
            if probe.signature and matches(probe.signature, self._replies[probe.path, False])
        }
        return next(iter(proven)) if len(proven) == 1 else None


def _path(probe: Probe | str) -> str:
    return probe if isinstance(probe, str) else probe.path


def _telling(kind: ServiceKind) -> list[Probe]:
    """The probes of a kind that cost nothing and whose answer proves it."""
    return [each for each in kind.probes if not each.costs and each.signature and _is_telling(each.signature)]


def _is_telling(signature: Signature) -> bool:
    """`{"status": …}` and `OK` are what half the world answers: one common key or a short text proves nothing."""
    if signature.text_prefix:
        return len(signature.text_prefix) >= _TELLING_LENGTH
    return len(signature.json_keys) > 1 or not set(signature.json_keys) <= {"status", "version", "models", "data"}
