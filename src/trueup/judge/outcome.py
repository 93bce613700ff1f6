"""What a rule says of one claim on one host, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from trueup.judge.index import EvidenceIndex, HostView
from trueup.vocabulary import Claim, Severity, Statement, Verdict

S = TypeVar("S", bound=Statement)

# Reasons for not judging, in few words: the report counts them.
WINDOW_CLOSED = "not looked at completely"
NO_ANSWER = "no such request was recorded"
NO_HOST = "no host named, and the service was seen on none"
NO_SERVICE = "no service named"
NOTHING_OBSERVED = "nothing was observed"
FOLLOWS = "follows from a finding in the same place"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with its reason, the other side in words, the ids that decided, and what could be written instead."""

    verdict: Verdict
    reason: str
    observed: str | None = None
    evidence: tuple[str, ...] = ()
    severity: Severity | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """A rule: its name (and page, `<name>.md` beside it), the statements it judges, how bad a finding is by default.

    `judge` is pure; it sees one claim, its statement, and the evidence of one host that the claim may speak of.
    """

    name: str
    statements: tuple[type[S], ...]
    severity: Severity
    judge: Callable[[Claim, S, HostView, EvidenceIndex], Outcome]


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Of several places that a claim may speak of, one where it holds is enough; it is contradicted only in all."""
    for verdict in (Verdict.HOLDS, Verdict.UNJUDGED):
        for outcome in outcomes:
            if outcome.verdict is verdict:
                return outcome
    return outcomes[0]


def holds(observed: str, evidence: Iterable[str]) -> Outcome:
    """The evidence says the same."""
    return Outcome(Verdict.HOLDS, "the evidence says the same", observed, tuple(evidence))


def contradicted(
    reason: str,
    observed: str,
    evidence: Iterable[str] = (),
    *,
    severity: Severity | None = None,
    suggestion: str | None = None,
) -> Outcome:
    """The evidence says otherwise."""
    return Outcome(Verdict.CONTRADICTED, reason, observed, tuple(evidence), severity, suggestion)


def unjudged(reason: str) -> Outcome:
    """The evidence does not decide."""
    return Outcome(Verdict.UNJUDGED, reason)
