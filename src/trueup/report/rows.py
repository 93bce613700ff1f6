"""What `trueup check --format json` prints, as typed records: a stable interface, so every field is always there."""

from __future__ import annotations

import msgspec

from trueup.checking import Checked
from trueup.report.safe import plain
from trueup.report.sides import other_side
from trueup.report.words import statement_words
from trueup.vocabulary import REPORT_SCHEMA, Family, Judgement, Modality, Severity, Verdict


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the report's records: unlike the vocabulary's, they write fields that hold nothing as null."""


class RowSubject(Record, frozen=True, kw_only=True):
    """What a claim speaks of; null where neither the text nor its context says it."""

    service: str | None
    host: str | None


class Row(Record, frozen=True, kw_only=True):
    """One claim with its verdict.

    `path` is relative to the root; `line`, `end_line` and `column` count from 1. `value` is what the canon says,
    `observed` what the other side says, both in words; `evidence` holds the ids of the observations that decided.
    Secrets are taken out of everything that is quoted.
    """

    id: str
    verdict: Verdict
    reason: str
    severity: Severity | None
    family: Family
    path: str
    line: int
    end_line: int
    column: int
    subject: RowSubject
    attribute: str
    value: str
    observed: str | None
    evidence: tuple[str, ...]
    modality: Modality
    text: str


class ReportCoverage(Record, frozen=True, kw_only=True):
    """How much was judged: `claims` = `judged` + `unjudged`; `reasons` counts the unjudged ones by reason."""

    claims: int
    judged: int
    unjudged: int
    documents: int
    reasons: dict[str, int]


class Report(Record, frozen=True, kw_only=True):
    """The whole report; `claims` (every claim, findings among them) only where it was asked for."""

    schema: str = REPORT_SCHEMA
    coverage: ReportCoverage
    findings: tuple[Row, ...]
    claims: tuple[Row, ...] | msgspec.UnsetType = msgspec.UNSET


def row_of(judgement: Judgement) -> Row:
    """Return the row of one judgement."""
    claim = judgement.claim
    return Row(
        id=claim.id,
        verdict=judgement.verdict,
        reason=plain(judgement.reason),
        severity=judgement.severity,
        family=claim.family,
        path=claim.span.path,
        line=claim.span.line,
        end_line=claim.span.end_line,
        column=claim.span.column,
        subject=RowSubject(service=claim.subject.service, host=claim.subject.host),
        attribute=str(claim.statement.__struct_config__.tag),
        value=plain(statement_words(claim.statement)),
        observed=_observed(judgement),
        evidence=judgement.evidence,
        modality=claim.modality,
        text=plain(claim.text),
    )


def _observed(judgement: Judgement) -> str | None:
    """Say the other side; for a conflict that is another document."""
    if judgement.verdict is Verdict.CONFLICT:
        return plain(other_side(judgement)[1])
    return plain(judgement.observed) if judgement.observed is not None else None


def report_of(checked: Checked, *, everything: bool = False) -> Report:
    """Return the report of a check, with all claims where `everything` is asked for."""
    reasons = checked.unjudged
    return Report(
        coverage=ReportCoverage(
            claims=len(checked.judgements),
            judged=checked.judged,
            unjudged=sum(reasons.values()),
            documents=checked.documents,
            reasons={plain(reason): number for reason, number in reasons.items()},
        ),
        findings=tuple(row_of(each) for each in checked.findings),
        claims=tuple(row_of(each) for each in checked.judgements) if everything else msgspec.UNSET,
    )
