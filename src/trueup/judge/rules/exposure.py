"""Exposure: those who can connect are those that the document says."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.judge.fronts import Front, letting_in
from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, Reach, ReachIs, Severity


def judge(claim: Claim, statement: ReachIs, host: HostView, _: EvidenceIndex) -> Outcome:
    """Compare a reach with that of the service's listeners (on that port) and of the proxies before them."""
    listeners = host.listeners(port=statement.port, service=claim.subject.service)
    if not listeners:
        return unjudged(WINDOW_CLOSED)
    fronts = letting_in(host.fronts, {seen.fact.port for seen in listeners})
    own = {seen.fact.reach for seen in listeners}
    wide = (own | {front.reach for front in fronts}) - {Reach.LOOPBACK}
    observed = ", ".join(f"{seen.fact.address}:{seen.fact.port}" for seen in listeners) + _behind(fronts)
    ids = [*(seen.id for seen in listeners), *(front.id for front in fronts)]
    if statement.reach is Reach.LOOPBACK:
        if not wide:
            return holds(observed, ids)
        how = f" through {fronts[0].forward.via}" if own == {Reach.LOOPBACK} else ""
        return contradicted(f"it can be reached from other machines{how}", observed, ids, severity=Severity.CRITICAL)
    if statement.reach is Reach.TAILNET:
        return _tailnet(own, fronts, host, observed, ids)
    if wide == {Reach.TAILNET}:
        return contradicted("it can be reached from the tailnet only", observed, ids)
    if wide:
        return holds(observed, ids)
    return contradicted("it can be reached from its own host only", observed, ids)


def _tailnet(own: set[Reach], fronts: Sequence[Front], host: HostView, observed: str, ids: Sequence[str]) -> Outcome:
    """A firewall may narrow what listens more widely; it narrows no funnel, and widens nothing."""
    if any(front.forward.via == "tailscale funnel" for front in fronts):
        return contradicted("everyone can reach it through tailscale funnel", observed, ids, severity=Severity.CRITICAL)
    reaches = (own | {front.reach for front in fronts}) - {Reach.LOOPBACK}
    if reaches == {Reach.TAILNET}:
        return holds(observed, ids)
    if not reaches and host.looked_at("exposure"):
        return contradicted("it can be reached from its own host only", observed, ids)
    return unjudged("a tailnet's reach needs evidence of what is served there")


def _behind(fronts: Sequence[Front]) -> str:
    if not fronts:
        return ""
    more = f" and {len(fronts) - 3} more" if len(fronts) > 3 else ""
    return f", behind {', '.join(front.shown for front in fronts[:3])}{more}"


RULE: Rule[ReachIs] = Rule("exposure", (ReachIs,), Severity.MEDIUM, judge)
