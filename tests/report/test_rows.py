from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.report.samples import CONFLICT, CONTRADICTED, FULL, HOLDS, checked, claim

from trueup.report.json import Json
from trueup.report.rows import Report, row_of
from trueup.vocabulary import REPORT_SCHEMA, Judgement, Subject, Verdict

ROW_FIELDS = [
    *("id", "verdict", "reason", "severity", "family", "path", "line", "end_line", "column", "subject"),
    *("attribute", "value", "observed", "evidence", "modality", "text"),
]


def test_the_report_has_the_published_shape() -> None:
    printed = json.loads(Json().render(FULL))
    assert list(printed) == ["schema", "coverage", "findings"]
    assert printed["schema"] == REPORT_SCHEMA
    assert printed["coverage"] == {
        "claims": 6,
        "judged": 3,
        "unjudged": 3,
        "documents": 3,
        "reasons": {"planned": 2, "not observed": 1},
    }
    assert [list(row) for row in printed["findings"]] == [ROW_FIELDS, ROW_FIELDS]


def test_a_row_says_both_sides() -> None:
    row = json.loads(Json().render(checked(CONTRADICTED)))["findings"][0]
    assert row["verdict"] == "contradicted"
    assert row["severity"] == "high"
    assert row["family"] == "health"
    assert (row["path"], row["line"], row["column"], row["end_line"]) == ("docs/a.md", 7, 5, 7)
    assert row["subject"] == {"service": "litellm", "host": "mini"}
    assert (row["attribute"], row["value"]) == ("endpoint", "GET /health answers 200 without a key")
    assert row["observed"] == "GET /health answers 401 without a key"
    assert len(row["evidence"]) == 1
    assert row["modality"] == "asserted"


def test_all_adds_every_claim() -> None:
    printed = json.loads(Json().render(FULL, everything=True))
    assert [row["verdict"] for row in printed["claims"]] == ["holds", "contradicted", "conflict"] + ["unjudged"] * 3


def test_a_conflict_names_the_other_document() -> None:
    assert row_of(CONFLICT).observed == "0.0.0.0:4000 at docs/c.md:9"


def test_what_is_not_known_is_null() -> None:
    unknown = Judgement(claim=claim(subject=Subject()), verdict=Verdict.HOLDS, reason="")
    row = json.loads(msgspec.json.encode(row_of(unknown)))
    assert row["subject"] == {"service": None, "host": None}
    assert row["observed"] is None
    assert row["severity"] is None


def test_what_is_printed_reads_back_as_a_report() -> None:
    report = msgspec.json.decode(Json().render(checked(HOLDS, CONTRADICTED), everything=True), type=Report)
    assert report.findings == (row_of(CONTRADICTED),)


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]))
    | st.text(alphabet="a\x1b\x7f\x85\x9b\u2028\u202e\U000e0041é")
)
def test_json_holds_nothing_that_a_terminal_obeys_and_reads_back(text: str) -> None:
    said = Judgement(claim=claim(text="aé"), verdict=Verdict.CONTRADICTED, reason=f"x{text}")
    printed = Json().render(checked(said))
    assert all(character.isprintable() or character == "\n" for character in printed)
    assert json.loads(printed)["findings"][0]["reason"] == row_of(said).reason
    assert '"aé"' in printed, "what prints stays readable"
