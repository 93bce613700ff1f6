"""What changed between two snapshots, said of services and not of JSON. Pure.

Law 1 holds in both directions: what is not seen any more is gone only where the later snapshot looked at everything,
and what is seen is new only where the earlier one did. Else it is told that nobody looked, which is a change of its
own.
"""

from __future__ import annotations

import msgspec

from trueup.catalog import Catalog
from trueup.evidence.diff import hosts, looks, machine, network, services
from trueup.evidence.diff.records import CHANGES_SCHEMA, Change, Changes, Compared, dump
from trueup.evidence.diff.sides import Pair, Side
from trueup.evidence.redact import visible
from trueup.vocabulary import Snapshot

__all__ = ["CHANGES_SCHEMA", "Change", "Changes", "compare", "dump"]


def compare(before: Snapshot, after: Snapshot, catalog: Catalog) -> Changes:
    """Return the changes from one snapshot to another, host by host, the ones that reach furthest first."""
    pair = Pair(Side(before), Side(after), catalog)
    found = [
        *hosts.changes(pair),
        *network.changes(pair),
        *services.changes(pair),
        *machine.changes(pair),
        *looks.changes(pair),
    ]
    order = {host: at for at, host in enumerate(pair.hosts)}
    found.sort(key=lambda change: order.get(change.host, len(order)))
    # addresses and what services answer may hold anything
    found = [msgspec.structs.replace(change, says=visible(change.says)) for change in found]
    return Changes(before=_compared(before), after=_compared(after), changes=tuple(found))


def _compared(snapshot: Snapshot) -> Compared:
    return Compared(digest=snapshot.digest, taken_at=snapshot.taken_at, title=snapshot.title, origin=snapshot.origin)
