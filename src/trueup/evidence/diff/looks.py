"""What was looked at, and what is not known any more because it was not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from trueup.evidence.diff.records import Change
from trueup.evidence.diff.sides import EXTENTS, NAMES, Pair, listed
from trueup.evidence.quoting import words
from trueup.vocabulary import Collector

_SAYS = {"complete": "completely", "partial": "in part", "none": "not at all"}


def changes(pair: Pair) -> Iterator[Change]:
    """Yield one change for each collector of a host that looks less far, or further, or missed what it saw before.

    It comes last: the other comparisons note what they miss (`Pair.unseen`).
    """
    for host in pair.both:
        for collector in get_args(Collector):
            was, now = (side.extent(host, collector) for side in (pair.before, pair.after))
            missed = pair.unseen.get((host, collector), [])
            less = EXTENTS.index(now) - EXTENTS.index(was)
            what = f"the {NAMES[collector]} of {words(host)}"
            not_seen = f"; not seen now, which says nothing: {listed(missed)}" if missed else ""
            if less < 0:
                how = "no longer looked at" + (" completely" if now == "partial" else "")
                says = f"{what} are {how}{pair.after.reason(host, collector)}{not_seen}"
            elif missed:
                says = f"{what} are looked at {_SAYS[now]}{pair.after.reason(host, collector)}{not_seen}"
            elif less > 0:
                says = f"{what} are looked at {_SAYS[now]} now, {_SAYS[was]} before"
            else:
                continue
            yield Change(
                about="coverage",
                what="changed" if less > 0 and not missed else "unknown",
                host=host,
                says=says,
                subject=collector,
                before=was,
                after=now,
            )
