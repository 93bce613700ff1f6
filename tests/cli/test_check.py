"""`trueup check`, from arguments to exit status."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cli.stack import MANIFEST, TRUE, WRONG, make_stack, snapshot
from tests.evidence.test_redact import SECRETS

from trueup.cli import main
from trueup.evidence import store
from trueup.vocabulary import Coverage

# Those on one line: a document's line ends where a second one begins.
KEPT = [(text, secret) for text, secret in SECRETS.values() if "\n" not in text]
Captured = pytest.CaptureFixture[str]


def check(root: Path, capsys: Captured, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Return the exit status, the JSON report and what stood on standard error."""
    status = main(["check", "--root", str(root), "--format", "json", *arguments])
    printed = capsys.readouterr()
    return status, json.loads(printed.out), printed.err


def lines(report: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(row["path"], row["line"], row["verdict"]) for row in report["findings"]]


def test_a_wrong_document_is_found_at_its_line(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    status, report, notes = check(tmp_path, capsys)
    assert status == 1
    assert lines(report) == [("docs/a.md", 5, "contradicted")]
    assert report["findings"][0]["subject"] == {"service": "prometheus", "host": "mini"}
    assert notes == ""


def test_a_true_document_is_clean(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, TRUE, evidence=snapshot())
    status, report, _ = check(tmp_path, capsys)
    assert (status, report["findings"]) == (0, [])
    assert report["coverage"]["judged"] > 0


def test_no_manifest_is_needed(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    (tmp_path / "trueup.toml").unlink()
    status, report, _ = check(tmp_path, capsys)
    assert (status, lines(report)) == (1, [("docs/a.md", 5, "contradicted")])


def test_without_evidence_documents_are_held_against_each_other(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, TRUE)
    status, report, notes = check(tmp_path, capsys)
    assert (status, report["findings"]) == (0, [])
    assert notes.startswith("trueup: note: there is no evidence")
    (tmp_path / "docs" / "b.md").write_text("# Mini\n\nLiteLLM on mini listens on `127.0.0.1:4444`.\n")
    status, report, _ = check(tmp_path, capsys)
    assert status == 1
    assert {row["verdict"] for row in report["findings"]} == {"conflict"}
    for row in report["findings"]:
        assert {"docs/a.md", "docs/b.md"} == {row["path"], row["observed"].rpartition(" at ")[2].partition(":")[0]}


def test_evidence_that_is_named_and_not_there_is_exit_3(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path)
    assert main(["check", "--root", str(tmp_path), "--evidence", str(tmp_path / "none.json")]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"trueup: error: {tmp_path / 'none.json'}: no such snapshot\n"


def test_evidence_may_come_through_a_pipe_that_is_named(tmp_path: Path, capsys: Captured) -> None:
    stored = make_stack(tmp_path, evidence=snapshot())
    pipe = tmp_path / "evidence" / "2027-01-01-pipe.json"
    os.mkfifo(pipe)
    assert lines(check(tmp_path, capsys)[1]) == [("docs/a.md", 5, "contradicted")], "a pipe that is found is not read"
    writer = threading.Thread(target=pipe.write_bytes, args=(stored.read_bytes(),))
    writer.start()
    assert lines(check(tmp_path, capsys, "--evidence", str(pipe))[1]) == [("docs/a.md", 5, "contradicted")]
    writer.join()


def test_whether_evidence_can_be_read_shows_when_it_is_read(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = make_stack(tmp_path, evidence=snapshot())
    opened = Path.open

    def closed(path: Path, *arguments: Any, **named: Any) -> Any:
        if path == stored:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **named)

    monkeypatch.setattr(os, "access", lambda path, *_, **__: str(path) != str(stored))
    monkeypatch.setattr(Path, "open", closed)
    assert main(["check", "--root", str(tmp_path), "--evidence", str(stored)]) == 3
    assert capsys.readouterr().err == f"trueup: error: {stored}: cannot read the snapshot: Permission denied\n"


def test_evidence_of_another_sort_is_told_what_is_meant(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path)
    notes = tmp_path / "notes.txt"
    notes.write_text("# Mini\n")
    assert main(["check", "--root", str(tmp_path), "--evidence", str(notes)]) == 3
    assert "stored as JSON, or Markdown in a file whose name ends in .md" in capsys.readouterr().err


def test_a_report_beside_the_documents_changes_nothing(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    before = check(tmp_path, capsys)[1]
    assert main(["check", "--root", str(tmp_path), "--format", "markdown", "--all"]) == 1
    (tmp_path / "docs" / "report.md").write_text(capsys.readouterr().out)
    status, after, notes = check(tmp_path, capsys)
    assert (status, after) == (1, before)
    assert notes == "trueup: note: docs/report.md was not read: it is a report that trueup wrote\n"


@pytest.mark.parametrize("arguments", [[], ["--all"]])
@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_no_secret_of_a_document_is_printed(form: str, arguments: list[str], tmp_path: Path, capsys: Captured) -> None:
    commands = "".join(f"- LiteLLM on mini listens on port 4444 ({text.splitlines()[0]})\n" for text, _ in KEPT)
    curl = '```\ncurl -H "Authorization: Bearer hunter2hunter2" http://me:letmein@127.0.0.1:4444/health\n```\n'
    make_stack(tmp_path, f"# Mini\n\n{commands}\n{curl}", evidence=snapshot())
    assert main(["check", "--root", str(tmp_path), "--format", form, *arguments]) == 1
    printed = capsys.readouterr().out
    assert printed.count("[redacted]") >= len(KEPT) >= 20
    assert [secret for _, secret in [*KEPT, ("", "letmein"), ("", "hunter2")] if secret in printed] == []


def test_the_newest_evidence_is_taken(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot(address="0.0.0.0"))
    store.write(snapshot(datetime(2026, 3, 1, tzinfo=UTC)), tmp_path / "evidence")
    (tmp_path / "evidence" / "notes.json").write_text("not dated, not evidence")
    assert lines(check(tmp_path, capsys)[1]) == [("docs/a.md", 5, "contradicted")]


def test_evidence_that_a_person_wrote_counts_by_its_date(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot(address="0.0.0.0"))
    written = tmp_path / "evidence" / "2026-03-01-mini.md"
    written.write_text(
        "# 2026-03-01 — Reality snapshot\n\n## Mini — evidence\n\n### Listening sockets (selected)\n\n"
        "- `127.0.0.1:9090` (prometheus)\n"
    )
    by_date = check(tmp_path, capsys)[1]
    assert lines(by_date) == [("docs/a.md", 5, "contradicted")]
    assert check(tmp_path, capsys, "--evidence", str(written))[1] == by_date


def test_a_rendering_beside_its_json_is_not_evidence_of_its_own(tmp_path: Path, capsys: Captured) -> None:
    stored = make_stack(tmp_path, evidence=snapshot())
    stored.with_suffix(".md").write_text("# changed by hand\n")
    assert check(tmp_path, capsys)[0] == 1


TWO_HOSTS = MANIFEST + "\n[hosts.studio]\n\n[hosts.attic]\n"
UNSEEN = "trueup: note: no evidence of studio: what is said of it was not judged"


def test_a_host_without_evidence_is_told_once(tmp_path: Path, capsys: Captured) -> None:
    said = "# Studio\n\nOptiLLM on studio listens on `0.0.0.0:4020`.\n\nGrafana on studio listens on port 3001.\n"
    make_stack(tmp_path, TRUE + said, evidence=snapshot(), manifest=TWO_HOSTS)
    assert check(tmp_path, capsys)[2] == f"{UNSEEN}\n", "of attic nothing is said"
    assert main(["check", "--root", str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert UNSEEN.removeprefix("trueup: ") in shown
    assert shown[-1].startswith("coverage: ")


@pytest.mark.parametrize("said", ["", "OptiLLM on studio will listen on port 4020.\n"])
def test_a_host_that_nothing_is_said_of_yet_is_not_told(said: str, tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, TRUE + said, evidence=snapshot(), manifest=TWO_HOSTS)
    assert check(tmp_path, capsys)[2] == ""


def test_the_file_that_tells_of_a_host_is_named(tmp_path: Path, capsys: Captured) -> None:
    said = "# Studio\n\nOptiLLM on studio listens on `0.0.0.0:4020`.\n"
    manifest = TWO_HOSTS + '\n[evidence]\ndirectory = "./evidence"\n'
    unlooked = (Coverage(host="studio", collector="listeners", extent="none", reason="not reached"),)
    seen = snapshot()
    newest = msgspec.structs.replace(seen, hosts=("mini", "studio"), coverages=seen.coverages + unlooked)
    make_stack(tmp_path, said, evidence=newest, manifest=manifest)
    for day in (1, 2):
        (tmp_path / "evidence" / f"2026-01-0{day}-studio.md").write_text(
            f"# 2026-01-0{day} — Reality snapshot\n\n## Studio — evidence\n\n### Listening sockets (selected)\n\n"
            "- `127.0.0.1:4020` (optillm)\n"
        )
    (tmp_path / "evidence" / "2026-01-03-broken.json").write_text("{")
    status, report, notes = check(tmp_path, capsys)
    assert (status, report["findings"], notes) == (0, [], f"{UNSEEN}; evidence/2026-01-02-studio.md tells of it\n")
    older = str(tmp_path / "evidence" / "2026-01-02-studio.md")
    status, report, notes = check(tmp_path, capsys, "--evidence", older)
    assert (status, len(report["findings"]), notes) == (1, 1, "")


def test_evidence_that_is_too_old_is_exit_3_and_stale(tmp_path: Path, capsys: Captured) -> None:
    old = datetime.now(UTC) - timedelta(days=31)
    make_stack(tmp_path, evidence=snapshot(old), manifest=MANIFEST + '\n[evidence]\nmax_age = "30d"\n')
    status, report, notes = check(tmp_path, capsys)
    assert status == 3
    assert lines(report) == [("docs/a.md", 5, "stale")]
    assert "is older than 30d" in notes


def test_evidence_within_its_age_is_judged_by(tmp_path: Path, capsys: Captured) -> None:
    young = datetime.now(UTC) - timedelta(days=29)
    make_stack(tmp_path, evidence=snapshot(young), manifest=MANIFEST + '\n[evidence]\nmax_age = "30d"\n')
    status, report, _ = check(tmp_path, capsys)
    assert (status, lines(report)) == (1, [("docs/a.md", 5, "contradicted")])


def test_only_the_paths_that_are_named_are_read(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    (tmp_path / "docs" / "b.md").write_text(WRONG)
    assert lines(check(tmp_path, capsys, str(tmp_path / "docs" / "b.md"))[1]) == [("docs/b.md", 5, "contradicted")]
    assert len(check(tmp_path, capsys)[1]["findings"]) == 2


def test_a_finding_below_the_threshold_is_listed_and_does_not_fail(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot(), manifest=MANIFEST + '\n[check.severity]\nbind = "low"\n')
    status, report, _ = check(tmp_path, capsys, "--fail-on", "high")
    assert status == 0
    assert [row["severity"] for row in report["findings"]] == ["low"]
    assert check(tmp_path, capsys)[0] == 1


def test_the_manifests_threshold_counts_when_none_is_given(tmp_path: Path, capsys: Captured) -> None:
    manifest = MANIFEST + '\n[check]\nfail_on = "critical"\nseverity = { bind = "low" }\n'
    make_stack(tmp_path, evidence=snapshot(), manifest=manifest)
    assert check(tmp_path, capsys)[0] == 0
    assert check(tmp_path, capsys, "--fail-on", "low")[0] == 1


def test_all_lists_every_claim(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    report = check(tmp_path, capsys, "--all")[1]
    assert len(report["claims"]) == report["coverage"]["claims"] > len(report["findings"])
    assert "claims" not in check(tmp_path, capsys)[1]


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_the_last_line_for_people_is_the_coverage(form: str, tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    assert main(["check", "--root", str(tmp_path), "--format", form]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("coverage: ")


def test_another_manifest_can_be_named(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot())
    other = tmp_path / "other.toml"
    other.write_text('[documents]\ncanonical = ["none/*.md"]\n')
    status, report, notes = check(tmp_path, capsys, "--config", str(other))
    assert (status, report["coverage"]["documents"]) == (0, 0)
    assert "no document was read" in notes


def test_live_judges_by_what_is_there_now(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, manifest='[hosts.here]\nvia = "local"\n')
    status, report, notes = check(tmp_path, capsys, "--live")
    assert status in (0, 1)
    assert "there is no evidence" not in notes
    assert not (tmp_path / "evidence").exists()
    assert report["coverage"]["documents"] == 1


@pytest.mark.parametrize(
    ("environment", "terminal", "coloured"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_for_terminals_unless_told(
    environment: dict[str, str],
    terminal: bool,
    coloured: bool,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    make_stack(tmp_path, evidence=snapshot())
    main(["check", "--root", str(tmp_path)])
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_a_severity_of_no_rule_is_refused(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, evidence=snapshot(), manifest=MANIFEST + '\n[check.severity]\nbinds = "low"\n')
    assert main(["check", "--root", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "'binds'" in error
    assert "bind," in error.partition("rules:")[2]


def test_lines_of_a_person_that_were_not_understood_are_told(tmp_path: Path, capsys: Captured) -> None:
    make_stack(tmp_path, TRUE)
    written = tmp_path / "2026-03-01-mini.md"
    written.write_text(
        "# 2026-03-01 mini\n\n## Mini (Ubuntu)\n\n- `127.0.0.1:4000` (litellm)\n- LiteLLM 4001/tcp LISTEN\n"
    )
    _, _, notes = check(tmp_path, capsys, "--evidence", str(written))
    assert "1 line looks like a fact and was not understood" in notes
