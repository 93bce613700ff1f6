"""The two sides of a finding and the coverage line, in words that every format for people shares."""

from __future__ import annotations

from trueup.checking import Checked
from trueup.report.words import counted, statement_words, subject_words
from trueup.vocabulary import Judgement, Observation, RunsOn, Subject, Verdict

_SHOWN_SOURCES = 3


def place(judgement: Judgement) -> str:
    """Return where a claim stands, as `path:line:column`."""
    span = judgement.claim.span
    return f"{span.path}:{span.line}:{span.column}"


def document_side(judgement: Judgement) -> str:
    """Say what the document says, and of what."""
    claim = judgement.claim
    said, subject = statement_words(claim.statement), claim.subject
    if isinstance(claim.statement, RunsOn):
        subject = Subject(service=subject.service)
    return f"{said} ({subject_words(subject)})" if subject != Subject() else said


def other_side(judgement: Judgement) -> tuple[str, str]:
    """Return who speaks on the other side and what it says: the evidence, or another document."""
    other = judgement.other
    if judgement.verdict is Verdict.CONFLICT and other is not None:
        return "other document says", f"{statement_words(other.statement)} at {other.span.path}:{other.span.line}"
    return "evidence says", judgement.observed or judgement.reason


def sources(judgement: Judgement, checked: Checked) -> list[str]:
    """Say where the deciding observations come from: host, command and date, each once."""
    if checked.snapshot is None:
        return []
    date = checked.snapshot.taken_at.date().isoformat()
    deciding = [each for each in checked.snapshot.observations if each.id in judgement.evidence]
    told = list(dict.fromkeys(_source(each, date) for each in deciding))
    more = len(told) - _SHOWN_SOURCES
    return told[:_SHOWN_SOURCES] + ([f"and {counted(more, 'other observation')}"] if more > 0 else [])


def _source(observation: Observation, date: str) -> str:
    written = f" ({observation.source})" if observation.source else ""
    return f"{observation.host}, {date}: {observation.by}{written}"


def evidence_line(checked: Checked) -> str:
    """Say which snapshot judged."""
    if checked.snapshot is None:
        return "evidence: none"
    snapshot = checked.snapshot
    return f"evidence: {snapshot.title}, {snapshot.taken_at.date().isoformat()}, {snapshot.origin}"


def coverage_line(checked: Checked) -> str:
    """Return the last line of a report: claims judged of all, with reasons for the rest."""
    reasons = checked.unjudged
    line = (
        f"coverage: {checked.judged} of {counted(len(checked.judgements), 'claim')} judged "
        f"in {counted(checked.documents, 'document')}"
    )
    if not reasons:
        return line
    rest = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
    return f"{line}; {sum(reasons.values())} unjudged: {rest}"


def findings_line(checked: Checked) -> str:
    """Say how many findings there are, by verdict."""
    findings = checked.findings
    if not findings:
        return "no findings"
    verdicts = [each.verdict for each in findings]
    parts = [f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in verdicts]
    return f"{counted(len(findings), 'finding')}: {', '.join(parts)}"
