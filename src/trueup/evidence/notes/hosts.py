"""Notes about hosts themselves: one that could not be observed, a clock that is off."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.evidence.notes.parts import facts
from trueup.evidence.quoting import code
from trueup.vocabulary import Identity, Snapshot, Unreachable


def unobserved(snapshot: Snapshot) -> Iterator[str]:
    """A host that could not be observed: nothing is known of it, whatever else the snapshot says."""
    told: set[str] = set()
    for observation, unreachable in facts(snapshot, Unreachable):
        if observation.host not in told:
            told.add(observation.host)
            why = f"stopped at {unreachable.stage}: {code(unreachable.error)}"
            yield f"{code(observation.host)} could not be observed, {why}."


def clocks(snapshot: Snapshot) -> Iterator[str]:
    """A clock that is off makes every time that the host tells wrong."""
    for observation, identity in facts(snapshot, Identity):
        if ahead := identity.clock_ahead:
            way = "ahead of" if ahead > 0 else "behind"
            off = f"{abs(ahead)} second{'' if abs(ahead) == 1 else 's'} {way} the observer's"
            yield f"The clock of {code(observation.host)} is {off}: the times that it tells are off by as much."
