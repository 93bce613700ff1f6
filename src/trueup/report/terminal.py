"""The report for a terminal, one diagnostic for each finding, in the manner of a compiler."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap

from trueup.checking import Checked
from trueup.report.safe import one_line
from trueup.report.sides import (
    coverage_line,
    document_side,
    evidence_line,
    findings_line,
    other_side,
    place,
    rule_of,
    sources,
)
from trueup.vocabulary import Judgement, Severity, Verdict

_TEXT_LIMIT = 200
_LABEL = 15
_LEAST_WIDTH = 40
_COLOURS = {Severity.CRITICAL: "1;31", Severity.HIGH: "31", Severity.MEDIUM: "33", Severity.LOW: "36"}


class Terminal:
    """Fulfils `base.Format`; writes ANSI colours (ECMA-48 SGR) where `colour` is set."""

    def __init__(self, *, colour: bool = False, width: int = 80) -> None:
        """Lines are wrapped at `width` columns; words that are longer, such as URLs, and the coverage never are."""
        self._colour = colour
        self._width = max(width, _LEAST_WIDTH)

    def render(self, checked: Checked, *, everything: bool = False) -> str:
        """Return findings grouped by file, then notes, and the coverage as the last line."""
        shown = checked.judgements if everything else checked.findings
        blocks: list[str] = []
        for _, of_file in groupby(shown, key=lambda each: each.claim.span.path):
            blocks.extend(self._diagnostic(each, checked) if each.is_finding else self._claim(each) for each in of_file)
        closing = [findings_line(checked), *(f"note: {note}" for note in checked.notes), evidence_line(checked)]
        wrapped = [self._wrapped(line, first="", rest="  ") for line in closing]
        return "\n\n".join([*blocks, "\n".join([*wrapped, one_line(coverage_line(checked))])])

    def _diagnostic(self, judgement: Judgement, checked: Checked) -> str:
        speaker, other = other_side(judgement)
        severity = judgement.severity or Severity.LOW
        rule, verdict = one_line(rule_of(judgement)), judgement.verdict.value
        lines = [
            f"{self._style(one_line(place(judgement)), '1')} {self._style(severity.value, _COLOURS[severity])} "
            f"{verdict if rule == verdict else f'{rule} {verdict}'}",
            self._quoted(judgement),
            self._side("document says", document_side(judgement)),
            self._side(speaker, other),
            *(self._side("", source) for source in sources(judgement, checked)),
        ]
        if judgement.reason != other:
            lines.append(self._side("because", judgement.reason))
        if judgement.suggestion:
            lines.append(self._side("hint", judgement.suggestion))
        return "\n".join(lines)

    def _claim(self, judgement: Judgement) -> str:
        verdict = judgement.verdict.value
        reason = "" if judgement.verdict is Verdict.HOLDS else f": {judgement.reason}"
        head = f"{place(judgement)} {verdict} {judgement.claim.family.value}{reason}"
        return "\n".join(
            [
                self._wrapped(head, first="", rest="  "),
                self._quoted(judgement),
                self._side("document says", document_side(judgement)),
            ]
        )

    def _quoted(self, judgement: Judgement) -> str:
        return self._wrapped(judgement.claim.text, first="  | ", rest="  | ", limit=_TEXT_LIMIT)

    def _side(self, label: str, text: str) -> str:
        first = f"  {f'{label}:' if label else '':<{_LABEL}}"
        return self._wrapped(text, first=first, rest=" " * len(first))

    def _wrapped(self, text: str, *, first: str, rest: str, limit: int | None = None) -> str:
        lines = wrap(
            one_line(text, limit),
            self._width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return "\n".join(lines) or first.rstrip()

    def _style(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text
