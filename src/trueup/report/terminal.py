"""The report for a terminal, one diagnostic for each finding, in the manner of a compiler."""

from __future__ import annotations

from itertools import groupby

from trueup.checking import Checked
from trueup.report.safe import one_line
from trueup.report.sides import coverage_line, document_side, evidence_line, findings_line, other_side, place, sources
from trueup.vocabulary import Judgement, Severity, Verdict

_TEXT_LIMIT = 200
_COLOURS = {Severity.CRITICAL: "1;31", Severity.HIGH: "31", Severity.MEDIUM: "33", Severity.LOW: "36"}


class Terminal:
    """Fulfils `base.Format`; writes ANSI colours (ECMA-48 SGR) where `colour` is set."""

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return findings grouped by file, then notes, and the coverage as the last line."""
        shown = checked.judgements if everything else checked.findings
        blocks: list[str] = []
        for _, of_file in groupby(shown, key=lambda each: each.claim.span.path):
            blocks.extend(self._diagnostic(each, checked) if each.is_finding else self._claim(each) for each in of_file)
        closing = [
            findings_line(checked),
            *(f"note: {note}" for note in checked.notes),
            evidence_line(checked),
            coverage_line(checked),
        ]
        return "\n\n".join([*blocks, "\n".join(map(one_line, closing))])

    def _diagnostic(self, judgement: Judgement, checked: Checked) -> str:
        speaker, other = other_side(judgement)
        severity = judgement.severity or Severity.LOW
        rule = one_line(judgement.rule or judgement.claim.family.value)
        lines = [
            f"{self._style(one_line(place(judgement)), '1')} "
            f"{self._style(severity.value, _COLOURS[severity])} {rule} {judgement.verdict.value}",
            f"  | {one_line(judgement.claim.text, _TEXT_LIMIT)}",
            _side("document says", document_side(judgement)),
            _side(speaker, other),
            *(_side("", source) for source in sources(judgement, checked)),
        ]
        if judgement.reason != other:
            lines.append(_side("because", judgement.reason))
        if judgement.suggestion:
            lines.append(_side("hint", judgement.suggestion))
        return "\n".join(lines)

    def _claim(self, judgement: Judgement) -> str:
        verdict = judgement.verdict.value
        reason = "" if judgement.verdict is Verdict.HOLDS else f": {judgement.reason}"
        return "\n".join(
            [
                one_line(f"{place(judgement)} {verdict} {judgement.claim.family.value}{reason}"),
                f"  | {one_line(judgement.claim.text, _TEXT_LIMIT)}",
                _side("document says", document_side(judgement)),
            ]
        )

    def _style(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _side(label: str, text: str) -> str:
    return f"  {f'{label}:' if label else '':<21}{one_line(text)}"
