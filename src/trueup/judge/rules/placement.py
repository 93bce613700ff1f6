"""Placement: the service runs on the host that the document names."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import NO_SERVICE, WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, RunsOn, Severity


def judge(claim: Claim, statement: RunsOn, host: HostView, index: EvidenceIndex) -> Outcome:
    """Compare `RunsOn` with what shows the service on the host, and with what was looked for and not there."""
    service = claim.subject.service
    if service is None:
        return unjudged(NO_SERVICE)
    runs = host.runs(service)
    gone = _absent(service, host, index)
    if runs and gone is None:
        seen = f"seen on {host.name}: {runs[0].by}"
        ids = [observation.id for observation in runs[:3]]
        if statement.present:
            return holds(seen, ids)
        return contradicted(f"it runs on {host.name}", seen, ids)
    if gone is None:
        return unjudged(WINDOW_CLOSED)
    what, ids = gone
    if not statement.present:
        return holds(what, ids)
    others = [other.name for other in index.hosts_of(service) if other.name != host.name]
    where = f"; seen on {', '.join(others)}" if others else ""
    hint = f"say that it runs on {others[0]}" if len(others) == 1 else None
    return contradicted(f"it is not on {host.name}", what + where, ids, suggestion=hint)


def _absent(service: str, host: HostView, index: EvidenceIndex) -> tuple[str, list[str]] | None:
    """How the host is known not to have the service: in words, and the ids that say so.

    Units and listeners must have been looked at completely, and no listener may be left that could be the service on a
    port of its own: either the manifest says which ports it has here, or every listener is known to be another's.
    """
    gone = host.absent_service(service)
    if gone is not None and not host.listeners(service=service):
        return f"looked for and not present on {host.name}", [gone.id]
    if not (host.looked_at("units") and host.looked_at("listeners")) or host.units(service=service):
        return None
    declared = index.lexicon.ports_declared(service, host.name)
    nameless = [seen for seen in host.listeners() if seen.observation.service is None]
    if nameless and (not declared or any(seen.fact.port in declared for seen in nameless)):
        return None
    ports = f"no listener on {', '.join(map(str, declared))}" if declared else "every listener is another's"
    return f"no unit of it, and {ports}, on {host.name}, where all were looked at", []


RULE: Rule[RunsOn] = Rule("placement", (RunsOn,), Severity.HIGH, judge)
