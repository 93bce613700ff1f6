"""What a catalogue entry says about one kind of service."""

from __future__ import annotations

from typing import Literal

from trueup.vocabulary import ModelIdKind, PortRange, Word

Role = Literal["live", "ready", "health", "models", "version", "metrics"]


class Reply(Word, frozen=True, kw_only=True):
    """What a service answers to a request: HTTP status, media type and what that answer means to an operator."""

    status: int
    meaning: str
    media_type: str | None = None


class Signature(Word, frozen=True, kw_only=True):
    """What in an answer proves that it came from this kind: top-level JSON keys, or the start of a text body."""

    json_keys: tuple[str, ...] = ()
    text_prefix: str | None = None


class Probe(Word, frozen=True, kw_only=True):
    """One path worth asking, and what each answer means with and without a key (None: the same as `no_key`).

    `no_key`, `wrong_key` and `valid_key` are the answers of a service in its usual state; `also` are other answers
    that it is known to give (still loading, no key configured, …) and what they mean. `costs` marks a request that
    can wake, load or pay for a model when it is let in: a collector sends it without a key only, and only after
    `after_refusal` (another path of this service) has refused a request without a key. `signature` is looked for in
    a successful answer.
    """

    path: str
    role: Role
    no_key: Reply
    wrong_key: Reply | None = None
    valid_key: Reply | None = None
    also: tuple[Reply, ...] = ()
    costs: bool = False
    after_refusal: str | None = None
    signature: Signature | None = None

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Every answer that is known, the usual ones first."""
        usual = (self.no_key, self.wrong_key, self.valid_key)
        return (*(reply for reply in usual if reply is not None), *self.also)


class ServiceKind(Word, frozen=True, kw_only=True):
    """Everything that Trueup knows about one kind of service.

    `names` are what people call it in prose (matched as whole words, any case, a hyphen being part of a word; the
    first is the title); `not_names` are longer phrases that hold one of these names but speak of something else
    ("Prometheus metrics" of a gateway), so that the longest match wins and names nothing. `hints` are words of a
    process name or command line that give it away; `units` are usual systemd unit or launchd label names.

    `ports` are its defaults, `default_bind` the address it takes when nobody says otherwise (`*`: every interface).
    `model_ids` says what its `/v1/models` lists, `is_lane` that one process of it serves one model on one port.
    `cautions` are traps to know before relying on it. `source` names where these facts come from.
    """

    key: str
    names: tuple[str, ...]
    summary: str
    source: tuple[str, ...]
    not_names: tuple[str, ...] = ()
    ports: tuple[PortRange, ...] = ()
    default_bind: str = "127.0.0.1"
    units: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    model_ids: ModelIdKind | None = None
    is_lane: bool = False
    cautions: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name to print."""
        return self.names[0]

    def probe(self, path: str) -> Probe | None:
        """Return what is known of `path`, None when nothing is."""
        return next((probe for probe in self.probes if probe.path == path), None)
