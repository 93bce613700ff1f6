"""What became of a host: what was seen of it, or that it could not be observed."""

from __future__ import annotations

from trueup.evidence.observing import COLLECTORS, HostEvidence, cost_of
from trueup.evidence.transports.base import Usage
from trueup.vocabulary import Cost, Coverage, Observation, Unreachable, Word, observe


class Seen(Word, frozen=True, kw_only=True):
    """What became of one host: its observations and coverages, and what they cost."""

    host: str
    observations: tuple[Observation, ...]
    coverages: tuple[Coverage, ...]
    cost: Cost | None = None


def seen_of(host: str, evidence: HostEvidence, usage: Usage) -> Seen:
    """Return what became of a host that was observed."""
    cost = cost_of(host, evidence, usage)
    return Seen(host=host, observations=evidence.observations, coverages=evidence.coverages, cost=cost)


def unreachable(host: str, fact: Unreachable, by: str) -> Seen:
    """Return what became of a host that could not be observed: that is seen of it, and nothing else."""
    reason = "the host could not be observed"
    return Seen(
        host=host,
        observations=(observe(host, fact, by=by),),
        coverages=tuple(Coverage(host=host, collector=each, extent="none", reason=reason) for each in COLLECTORS),
    )
