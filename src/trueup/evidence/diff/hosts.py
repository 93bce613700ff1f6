"""Hosts that came, went or could not be reached, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.evidence.diff.records import Change
from trueup.evidence.diff.sides import Pair, listed
from trueup.evidence.quoting import code, words
from trueup.vocabulary import Identity

# Below that a clock is as right as the network lets it be seen.
_CLOCK_SECONDS = 5


def changes(pair: Pair) -> Iterator[Change]:
    """Yield one change for a host as a whole, then those of its identity."""
    for host in pair.hosts:
        yield from _host(pair, host)
    before = {host: fact for host, _, fact in pair.before.facts(Identity)}
    after = {host: fact for host, _, fact in pair.after.facts(Identity)}
    for host in pair.both:
        if host in before and host in after:
            yield from _identity(pair, host, before[host], after[host])


def _host(pair: Pair, host: str) -> Iterator[Change]:
    name = words(host)
    was, now = pair.before.unreachable.get(host), pair.after.unreachable.get(host)
    if now is not None and was is None:
        says = f"{name} could not be observed ({now.stage}: {words(now.error)})"
        yield Change(about="host", what="unknown", host=host, says=says, after=now.error)
    elif now is not None and was is not None and now != was:
        says = f"{name} still cannot be observed ({now.stage}: {words(now.error)}, was {was.stage}: {words(was.error)})"
        yield Change(about="host", what="changed", host=host, says=says, before=was.error, after=now.error)
    elif was is not None and host in pair.after.observed:
        says = f"{name} is observed again (it was not: {was.stage}: {words(was.error)})"
        yield Change(about="host", what="changed", host=host, says=says, before=was.error)
    elif host in pair.after.observed and host not in pair.before.observed:
        count = sum(each.host == host for each in pair.after.snapshot.observations)
        says = f"{name} is observed now and was not before ({count} observation{'' if count == 1 else 's'})"
        yield Change(about="host", what="appeared", host=host, says=says)
    elif host in pair.before.observed and host not in pair.after.observed and now is None:
        says = f"{name} is no longer looked at"
        yield Change(about="host", what="unknown", host=host, says=says)


def _identity(pair: Pair, host: str, was: Identity, now: Identity) -> Iterator[Change]:
    name = words(host)
    for label, old, new in (("host name", was.hostname, now.hostname), ("operating system", was.os, now.os)):
        if old and new and old != new:
            says = f"the {label} of {name} is {code(new)} instead of {code(old)}"
            yield Change(about="identity", what="changed", host=host, says=says, subject=label, before=old, after=new)
    new_addresses = [address for address in now.addresses if address not in was.addresses]
    if new_addresses and was.addresses:
        says = f"{name} has the address {listed(map(code, new_addresses))} now"
        yield Change(about="identity", what="appeared", host=host, says=says, subject="addresses")
    lost = [address for address in was.addresses if address not in now.addresses]
    if lost and now.addresses and pair.is_gone(host, "identity", listed(lost)):
        says = f"{name} no longer has the address {listed(map(code, lost))}"
        yield Change(about="identity", what="gone", host=host, says=says, subject="addresses")
    if _is_off(now) and not _is_off(was):
        ahead = now.clock_ahead or 0
        says = f"the clock of {name} is {abs(ahead)} s {'ahead' if ahead > 0 else 'behind'} now"
        yield Change(about="identity", what="changed", host=host, says=says, subject="clock", after=str(ahead))


def _is_off(identity: Identity) -> bool:
    return abs(identity.clock_ahead or 0) >= _CLOCK_SECONDS
