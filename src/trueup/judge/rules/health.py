"""Health: a request answers as the document says, with or without a key."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView, Sighting
from trueup.judge.outcome import NO_ANSWER, Outcome, Rule, contradicted, holds, together, unjudged
from trueup.vocabulary import ASKS_FOR_KEY, Answer, Claim, Endpoint, Severity


def judge(claim: Claim, statement: Endpoint, host: HostView, _: EvidenceIndex) -> Outcome:
    """Compare an expected answer with what the same request got."""
    answers = host.answers(claim.subject.service, statement.port, statement.path)
    asked = [seen for seen in answers if seen.fact.method == statement.method]
    exact = [seen for seen in asked if seen.fact.key == statement.key]
    if exact:
        return together([_compare(statement, seen) for seen in exact])
    # What is open to everyone is open with a key too.
    open_to_all = [seen for seen in asked if seen.fact.key == "none" and _succeeded(seen.fact)]
    if statement.key == "valid" and open_to_all:
        return together([_compare(statement, seen) for seen in open_to_all])
    return unjudged(NO_ANSWER)


def _compare(statement: Endpoint, seen: Sighting[Answer]) -> Outcome:
    answer = seen.fact
    observed, ids = said(answer), [seen.id]
    if answer.error is not None and answer.status is None:
        return contradicted("nothing answers there", observed, ids)
    if statement.status is not None and answer.status is not None:
        if statement.status == answer.status:
            return holds(observed, ids)
        return contradicted(_why(answer), observed, ids, suggestion=_hint(statement, answer))
    if statement.status in ASKS_FOR_KEY and _has_body(answer):
        return contradicted("it answers anyone", observed, ids)
    if statement.status is not None and not 200 <= statement.status < 300:
        return unjudged("the recorded answer has no status")
    if not _succeeded(answer):
        return contradicted(_why(answer), observed, ids, suggestion=_hint(statement, answer))
    if answer.media_type == "text/html" and statement.status is None:
        return unjudged("a web page answered, which may be a catch-all")
    return holds(observed, ids)


def _succeeded(answer: Answer) -> bool:
    """The status tells, even where the body broke off; a body without a recorded status was an answer too."""
    return answer.error is None if answer.status is None else 200 <= answer.status < 400


def _has_body(answer: Answer) -> bool:
    """An answer that was recorded with its document was no refusal."""
    return bool(answer.text or answer.scalars or answer.shape or answer.media_type == "application/json")


def _why(answer: Answer) -> str:
    return "it asks for a key" if answer.status in ASKS_FOR_KEY else "it answers otherwise"


def _hint(statement: Endpoint, answer: Answer) -> str | None:
    if answer.status in ASKS_FOR_KEY and statement.key == "none":
        return f"say that {statement.path} needs a key, or use a path that needs none"
    return None


def said(answer: Answer) -> str:
    """An answer in few words."""
    if answer.status is None:
        return f"{answer.method} {answer.url}: {answer.error or 'answered'}"
    key = {"none": "without a key", "valid": "with a key", "wrong": "with a wrong key"}[answer.key]
    return f"{answer.method} {answer.url} answers {answer.status} {key}"


RULE: Rule[Endpoint] = Rule("health", (Endpoint,), Severity.HIGH, judge)
