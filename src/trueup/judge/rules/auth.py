"""Auth: the service asks for a key where the document says so, and nowhere else."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostEvidence
from trueup.judge.outcome import NO_ANSWER, Outcome, Rule, contradicted, holds, unjudged
from trueup.judge.rules.health import said
from trueup.vocabulary import AuthIs, Claim, Severity


def judge(claim: Claim, statement: AuthIs, host: HostEvidence, index: EvidenceIndex) -> Outcome:
    """Compare "needs a key" with what a request without one got: on the path, else on the paths that list models."""
    paths = [statement.path] if statement.path else sorted(index.lexicon.api_paths.get(claim.subject.service or "", ()))
    for path in paths:
        for seen in host.answers(claim.subject.service, statement.port, path):
            answer = seen.fact
            if answer.key != "none" or answer.error is not None or answer.media_type == "text/html":
                continue
            refused = answer.status in (401, 403)
            if not refused and not (answer.status is None or 200 <= answer.status < 300):
                continue
            if refused == statement.required:
                return holds(said(answer), [seen.id])
            if refused:
                return contradicted("it asks for a key", said(answer), [seen.id], suggestion="say that it needs a key")
            return contradicted("it answers anyone", said(answer), [seen.id], severity=Severity.CRITICAL)
    return unjudged(NO_ANSWER)


RULE: Rule[AuthIs] = Rule("auth", (AuthIs,), Severity.HIGH, judge)
