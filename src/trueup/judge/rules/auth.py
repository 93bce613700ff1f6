"""Auth: the service asks for a key where the document says so, and nowhere else."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView, Sighting
from trueup.judge.outcome import NO_ANSWER, Outcome, Rule, contradicted, holds, together, unjudged
from trueup.judge.rules.health import said
from trueup.vocabulary import ASKS_FOR_KEY, Answer, AuthIs, Claim, Severity


def judge(claim: Claim, statement: AuthIs, host: HostView, index: EvidenceIndex) -> Outcome:
    """Compare "needs a key" with what a request without one got: on the path, else on the paths that list models."""
    paths = [statement.path] if statement.path else sorted(index.lexicon.api_paths.get(claim.subject.service or "", ()))
    for path in paths:
        answers = [seen for seen in host.answers(claim.subject.service, statement.port, path) if _tells(seen.fact)]
        if answers:
            return together([_compare(statement, seen) for seen in answers])
    return unjudged(NO_ANSWER)


def _tells(answer: Answer) -> bool:
    """Only a refusal or a success without a key tells; a redirect, an error or a web page may mean anything."""
    if answer.key != "none" or answer.error is not None or answer.media_type == "text/html":
        return False
    return answer.status is None or answer.status in ASKS_FOR_KEY or 200 <= answer.status < 300


def _compare(statement: AuthIs, seen: Sighting[Answer]) -> Outcome:
    answer = seen.fact
    refused = answer.status in ASKS_FOR_KEY
    if refused == statement.required:
        return holds(said(answer), [seen.id])
    if refused:
        return contradicted("it asks for a key", said(answer), [seen.id], suggestion="say that it needs a key")
    return contradicted("it answers anyone", said(answer), [seen.id], severity=Severity.CRITICAL)


RULE: Rule[AuthIs] = Rule("auth", (AuthIs,), Severity.HIGH, judge)
