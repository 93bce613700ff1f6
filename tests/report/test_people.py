"""The two formats for people: terminal and Markdown."""

from __future__ import annotations

import re

import pyromark
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.report.samples import CONFLICT, CONTRADICTED, FULL, HOLDS, REFUSED, SNAPSHOT, checked, claim

from trueup.report.base import Format
from trueup.report.markdown import Markdown
from trueup.report.terminal import Terminal
from trueup.vocabulary import Coverage, Judgement, Listener, RunsOn, Severity, Verdict, observe
from trueup.vocabulary.marks import own_kind

FORMATS: list[Format] = [Terminal(), Terminal(colour=True), Markdown()]


def test_a_terminal_diagnostic_reads_like_a_compilers() -> None:
    assert Terminal().render(checked(CONTRADICTED)).splitlines() == [
        "docs/a.md:7:5 high health contradicted",
        "  | Ask `/health` without a key.",
        "  document says: GET /health answers 200 without a key (litellm on mini)",
        "  evidence says: GET /health answers 401 without a key",
        "                 mini, 2026-02-09: GET http://127.0.0.1:4000/health",
        "  because:       the answer differs",
        "  hint:          ask /health/readiness instead",
        "",
        "1 finding: 1 contradicted",
        "evidence: A snapshot, 2026-02-09, observed",
        "coverage: 1 of 1 claim judged in 3 documents",
    ]


def test_a_conflict_names_the_other_document() -> None:
    assert "  another says:  0.0.0.0:4000 at docs/c.md:9" in Terminal().render(FULL)
    assert "  - another says `0.0.0.0:4000 at docs/c.md:9`" in Markdown().render(FULL)


def test_the_rule_conflict_and_its_verdict_are_one_word() -> None:
    conflict = replace(CONFLICT, rule="conflict")
    assert Terminal().render(checked(conflict)).splitlines()[0] == "docs/b.md:2:5 low conflict"
    assert "**line 2, low, conflict**" in Markdown().render(checked(conflict))


@pytest.mark.parametrize("form", FORMATS)
def test_what_nobody_saw_names_who_looked(form: Format) -> None:
    gone = replace(
        CONTRADICTED, rule="ports", evidence=(), observed="no listener on port 4000 of mini, where all were looked at"
    )
    other = observe("mini", Listener(address="127.0.0.1", port=22), by="ss -H -tlnpe")
    complete = Coverage(host="mini", collector="listeners", extent="complete")
    seen = replace(SNAPSHOT, hosts=("min", "mini"), observations=(other,), coverages=(complete,))
    said = "mini, 2026-02-09: looked at all listeners with ss -H -tlnpe"
    assert said in form.render(checked(gone, snapshot=seen))
    partial = replace(seen, coverages=(replace(complete, extent="partial"),))
    assert "looked at all" not in form.render(checked(gone, snapshot=partial))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_end_where_the_terminal_does(width: int) -> None:
    words = "several words that go on " * 8
    long = replace(
        CONTRADICTED, claim=claim(text=words), observed=words, reason=f"{words}and on", suggestion=f"http://{'x' * 150}"
    )
    lines = Terminal(width=width).render(checked(long, notes=(words,))).splitlines()
    over = [line for line in lines[:-1] if len(line) > width and len(line.split()) > 2]
    assert over == []
    assert f"http://{'x' * 150}" in lines or f"  hint:          http://{'x' * 150}" in lines, "a URL stays whole"
    assert lines[-1].startswith("coverage: ")
    assert any(len(line) > width - 15 for line in lines)


def test_a_report_as_markdown_bears_a_mark() -> None:
    assert own_kind(Markdown().render(FULL)) == "report"
    assert own_kind("# Notes\n\nSay `<!-- trueup: report -->` to be left out.\n") is None


def test_a_placement_does_not_say_its_host_twice() -> None:
    placed = replace(CONTRADICTED, claim=claim(RunsOn(host="mini")))
    assert "document says: on mini (litellm)\n" in Terminal().render(checked(placed))


def test_what_a_person_wrote_down_is_named_by_line() -> None:
    written = replace(SNAPSHOT, observations=(replace(REFUSED, source="notes/2026-02-09.md:49"),))
    assert "4000/health (notes/2026-02-09.md:49)\n" in Terminal(width=120).render(
        checked(CONTRADICTED, snapshot=written)
    )


def test_many_observations_are_counted_not_listed() -> None:
    several = tuple(replace(REFUSED, id=f"o-{number}", by=f"command {number}") for number in range(5))
    finding = replace(CONTRADICTED, evidence=tuple(each.id for each in several))
    shown = Terminal().render(checked(finding, snapshot=replace(SNAPSHOT, observations=several)))
    assert shown.count("mini, 2026-02-09: command") == 3
    assert "and 2 other observations" in shown


@pytest.mark.parametrize("form", FORMATS)
def test_the_last_line_is_the_coverage(form: Format) -> None:
    last = form.render(FULL).splitlines()[-1]
    assert last == "coverage: 3 of 6 claims judged in 3 documents; 3 unjudged: 2 planned, 1 not observed"


@pytest.mark.parametrize("form", FORMATS)
def test_everything_adds_what_holds_and_what_is_unjudged(form: Format) -> None:
    some, every = form.render(FULL), form.render(FULL, everything=True)
    assert HOLDS.claim.text not in some.replace(CONTRADICTED.claim.text, "").split("docs/b.md", maxsplit=1)[0]
    assert every.count("docs/z.md") >= 1
    assert len(every.splitlines()) > len(some.splitlines())


@pytest.mark.parametrize("form", FORMATS)
def test_notes_are_told(form: Format) -> None:
    assert "nothing was observed" in form.render(checked(HOLDS, snapshot=None, notes=("nothing was observed",)))


@pytest.mark.parametrize("form", FORMATS)
def test_a_check_without_evidence_says_so(form: Format) -> None:
    assert "vidence: none" in form.render(checked(HOLDS, snapshot=None))


def test_colour_only_where_wanted() -> None:
    assert "\x1b[" not in Terminal().render(FULL)
    assert "\x1b[31mhigh\x1b[0m" in Terminal(colour=True).render(FULL)


HOSTILE = st.text(alphabet="`\\<>[]()!|*_# a\n\x1b\u202e\u0000", max_size=40)


def hostile(text: str) -> Judgement:
    return Judgement(
        claim=claim(path=f"a{text}", text=text),
        verdict=Verdict.CONTRADICTED,
        reason=text,
        rule=text,
        severity=Severity.LOW,
        observed=text,
        suggestion=text,
    )


@given(HOSTILE)
def test_hostile_text_cannot_move_the_cursor(text: str) -> None:
    shown = Terminal().render(checked(hostile(text), notes=(text,)))
    assert all(character.isprintable() or character == "\n" for character in shown)


@given(HOSTILE)
def test_hostile_text_cannot_become_markup(text: str) -> None:
    unjudged = Judgement(claim=claim(), verdict=Verdict.UNJUDGED, reason=text)
    by = replace(SNAPSHOT, title=text)
    shown = pyromark.html(Markdown().render(checked(hostile(text), unjudged, snapshot=by, notes=(text,))))
    assert set(re.findall(r"</?(\w+)", shown)) <= {"h1", "h2", "p", "ul", "li", "strong", "code"}


@pytest.mark.parametrize(
    ("severity", "threshold", "status"), [("high", "medium", 1), ("high", "high", 1), ("low", "high", 0)]
)
def test_only_findings_at_the_threshold_count(severity: str, threshold: str, status: int) -> None:
    finding = replace(CONTRADICTED, severity=Severity(severity))
    assert replace(checked(finding), fail_on=Severity(threshold)).exit_code == status


def test_evidence_that_is_too_old_comes_first() -> None:
    assert replace(checked(CONTRADICTED), too_old=True).exit_code == 3
    assert checked(HOLDS).exit_code == 0
