"""The two sides of a finding and the coverage line, in words that every format for people shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from trueup.checking import Checked
from trueup.report.words import counted, statement_words, subject_words
from trueup.vocabulary import (
    Collector,
    Judgement,
    Listener,
    Observation,
    RunsOn,
    Snapshot,
    Subject,
    Unit,
    Verdict,
)

_SHOWN_SOURCES = 3
# What was looked at, and found empty, where a rule finds something without any observation that says so.
_WINDOWS: dict[str, tuple[tuple[Collector, type], ...]] = {
    "ports": (("listeners", Listener),),
    "bind": (("listeners", Listener),),
    "exposure": (("listeners", Listener),),
    "unit": (("units", Unit),),
    "placement": (("units", Unit), ("listeners", Listener)),
}


def place(judgement: Judgement) -> str:
    """Return where a claim stands, as `path:line:column`."""
    span = judgement.claim.span
    return f"{span.path}:{span.line}:{span.column}"


def rule_of(judgement: Judgement) -> str:
    """Return the rule that judged, or the family of the claim where none is named."""
    return judgement.rule or judgement.claim.family.value


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
        return "another says", f"{statement_words(other.statement)} at {other.span.path}:{other.span.line}"
    return "evidence says", judgement.observed or judgement.reason


def sources(judgement: Judgement, checked: Checked) -> list[str]:
    """Say where the deciding observations come from: host, command and date, each once.

    Where nothing was observed because nothing is there, say who looked.
    """
    if checked.snapshot is None:
        return []
    if not judgement.evidence:
        return list(_looks(judgement, checked.snapshot))
    date = checked.snapshot.taken_at.date().isoformat()
    deciding = [each for each in checked.snapshot.observations if each.id in judgement.evidence]
    told = list(dict.fromkeys(_source(each, date) for each in deciding))
    more = len(told) - _SHOWN_SOURCES
    return told[:_SHOWN_SOURCES] + ([f"and {counted(more, 'other observation')}"] if more > 0 else [])


def _source(observation: Observation, date: str) -> str:
    written = f" ({observation.source})" if observation.source else ""
    return f"{observation.host}, {date}: {observation.by}{written}"


def _looks(judgement: Judgement, snapshot: Snapshot) -> Iterator[str]:
    host = _host_of(judgement, snapshot)
    for collector, kind in _WINDOWS.get(judgement.rule, ()):
        looked = [each for each in snapshot.coverages if each.host == host and each.collector == collector]
        if host is None or not any(each.extent == "complete" for each in looked):
            continue
        seen = [each for each in snapshot.observations if each.host == host and isinstance(each.fact, kind)]
        commands = Counter(each.by for each in seen).most_common(1)
        by = f" with {commands[0][0]}" if commands else ""
        yield f"{host}, {snapshot.taken_at.date().isoformat()}: looked at all {collector}{by}"


def _host_of(judgement: Judgement, snapshot: Snapshot) -> str | None:
    """Return the host that the other side speaks of: the first one that its words name."""
    said = judgement.observed or ""
    places = [(found.start(), host) for host in snapshot.hosts if (found := _word(host).search(said))]
    return min(places)[1] if places else judgement.claim.subject.host


def _word(host: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-])")


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
