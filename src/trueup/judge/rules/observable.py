"""Observable: a host that the manifest says how to observe could be observed that way."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, Identity, Observable, Severity, Unreachable

_HINTS = {
    "connect": "start the host, or mend its `ssh` and `addresses` in the manifest",
    "host key": "compare the host's key and add it to known_hosts, or find out who answers in its place",
    "login": "let your key in on the host, or mend its `ssh` in the manifest",
    "look": "see what its login shell prints and runs",
}


def judge(claim: Claim, statement: Observable, host: HostView, _: EvidenceIndex) -> Outcome:  # noqa: ARG001
    """Compare with whether the look at the host came to anything."""
    for dead in host.of(Unreachable):
        observed = f"stopped at {dead.fact.stage}: {dead.fact.error}"
        return contradicted("the host could not be observed", observed, [dead.id], suggestion=_HINTS[dead.fact.stage])
    for seen in host.of(Identity):
        return holds(f"it calls itself {seen.fact.hostname or 'nothing'}", [seen.id])
    return unjudged(WINDOW_CLOSED)


RULE: Rule[Observable] = Rule("observable", (Observable,), Severity.HIGH, judge)
