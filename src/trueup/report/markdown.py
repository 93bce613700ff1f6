"""The report as Markdown. Foreign text stands in code spans only, so nothing in it becomes markup."""

from __future__ import annotations

from itertools import groupby

from trueup.checking import Checked
from trueup.report.safe import code, one_line
from trueup.report.sides import (
    coverage_line,
    document_side,
    evidence_line,
    findings_line,
    other_side,
    rule_of,
    sources,
)
from trueup.vocabulary import Judgement, Severity
from trueup.vocabulary.marks import REPORT_MARK

_TEXT_LIMIT = 500


class Markdown:
    """Fulfils `base.Format`."""

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return our mark, a section for each document with findings, then notes, and the coverage as the last line."""
        lines = [REPORT_MARK, "", "# Trueup report", "", f"{_escaped(evidence_line(checked))}", ""]
        lines += [f"{findings_line(checked).capitalize()}.", ""]
        shown = checked.judgements if everything else checked.findings
        for path, of_file in groupby(shown, key=lambda each: each.claim.span.path):
            lines += [f"## {code(path)}", ""]
            for judgement in of_file:
                lines += _finding(judgement, checked) if judgement.is_finding else _claim(judgement)
            lines.append("")
        lines += [f"Note: {code(note)}\n" for note in checked.notes]
        return "\n".join([*lines, _escaped(coverage_line(checked))])


def _finding(judgement: Judgement, checked: Checked) -> list[str]:
    speaker, other = other_side(judgement)
    severity = judgement.severity or Severity.LOW
    lines = [
        f"- **line {judgement.claim.span.line}, {severity.value}, {_verdict(judgement)}**: "
        f"{code(judgement.claim.text, _TEXT_LIMIT)}",
        f"  - document says {code(document_side(judgement))}",
        f"  - {speaker} {code(other)}",
        *(f"  - observed on {code(source)}" for source in sources(judgement, checked)),
    ]
    if judgement.reason != other:
        lines.append(f"  - because {code(judgement.reason)}")
    if judgement.suggestion:
        lines.append(f"  - hint: {code(judgement.suggestion)}")
    return lines


def _verdict(judgement: Judgement) -> str:
    rule, verdict = rule_of(judgement), judgement.verdict.value
    return verdict if rule == verdict else f"{code(rule)}, {verdict}"


def _claim(judgement: Judgement) -> list[str]:
    line = f"- line {judgement.claim.span.line}, {judgement.verdict.value}: {code(judgement.claim.text, _TEXT_LIMIT)}"
    return [line, f"  - document says {code(document_side(judgement))}"]


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\`*_{}[]()<>#+!|&~" else each for each in one_line(text))
