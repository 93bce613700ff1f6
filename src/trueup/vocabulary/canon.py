"""What is declared and what judging it came to: claims, statements, judgements."""

from __future__ import annotations

from typing import Literal, TypeAlias

from trueup.vocabulary.facts import ModelIdKind
from trueup.vocabulary.terms import Family, Modality, Reach, Severity, Verdict, Word

REPORT_SCHEMA = "https://trueup.dev/schemas/report/1"


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


class Observable(Word, frozen=True, tag="observable"):
    """The host can be observed this way: what a manifest says of it."""

    via: Literal["local", "ssh"]


Statement: TypeAlias = (
    PortIs | BoundTo | ReachIs | RunsOn | HasUnit | Endpoint | AuthIs | Serves | ListsIds | UrlIs | Observable
)


class Claim(Word, frozen=True, kw_only=True):
    """One checkable statement of the canon.

    `frame` names the way of stating it (`table`, `item`, `sentence`, `command`, `manifest`). Claims of the smallest
    text that they stand in (a row, an item, a sentence, a command) share their `group`.
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
