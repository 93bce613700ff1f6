"""Placement: the service runs on the host that the document names."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostEvidence
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, RunsOn, Severity


def judge(claim: Claim, statement: RunsOn, host: HostEvidence, index: EvidenceIndex) -> Outcome:
    """Compare `RunsOn` with what shows the service on the host, and with what was looked for and not there."""
    service = claim.subject.service
    if service is None:
        return unjudged("no service named")
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


def _absent(service: str, host: HostEvidence, index: EvidenceIndex) -> tuple[str, list[str]] | None:
    """How the host is known not to have the service: in words, and the ids that say so."""
    gone = host.absent_service(service)
    if gone is not None and not host.listeners(service=service):
        return f"looked for and not present on {host.name}", [gone.id]
    ports = index.lexicon.ports_of(service, host.name)
    if not ports or not host.looked_at("units") or not all(host.looked_at("listeners", port) for port in ports):
        return None
    if host.runs(service) or any(host.listeners(port=port) for port in ports):
        return None
    return f"no unit of it and no listener on {', '.join(map(str, ports))} on {host.name}", []


RULE: Rule[RunsOn] = Rule("placement", (RunsOn,), Severity.HIGH, judge)
