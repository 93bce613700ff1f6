"""The example: the planted drift is found in every form, at its lines, and nothing else is; mended, it is clean."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "mini-studio"
OWN = EXAMPLE / "evidence" / "2026-02-09-two-hosts.md"
SEED = ROOT.parent / "shared" / "seed" / "2026-02-09-reality-snapshot.md"
PLANTED = tomllib.loads((EXAMPLE / "drift.toml").read_text())["planted"]


@pytest.fixture(params=["own", "seed"])
def evidence(request: pytest.FixtureRequest) -> Path:
    """The example's own snapshot, and the one that the project was born from."""
    path = {"own": OWN, "seed": SEED}[request.param]
    if not path.exists():
        pytest.skip("the seed stands in ../shared, which is not here")
    return path


def check(root: Path, *options: str) -> tuple[int, dict]:  # type: ignore[type-arg]
    command = [sys.executable, "-m", "trueup", "check", "--root", str(root), "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stdout)


def line_of(planted: dict[str, str]) -> int:
    lines = (EXAMPLE / planted["path"]).read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if line == planted["wrong"]]
    return number


def test_exactly_the_planted_drift_is_found(evidence: Path) -> None:
    status, report = check(EXAMPLE, "--evidence", str(evidence))
    found = sorted((row["path"], row["line"], row["family"]) for row in report["findings"])
    assert found == sorted((each["path"], line_of(each), each["family"]) for each in PLANTED)
    assert status == 1
    assert {row["verdict"] for row in report["findings"]} == {"contradicted"}


def test_every_note_is_planted_in_every_form() -> None:
    assert sorted((each["note"], each["form"]) for each in PLANTED) == sorted(
        (note, form) for note in {each["note"] for each in PLANTED} for form in ("table", "list", "sentence", "command")
    )


def test_findings_name_both_sides(evidence: Path) -> None:
    _, report = check(EXAMPLE, "--evidence", str(evidence))
    for row in report["findings"]:
        assert row["value"]
        assert row["observed"]
        assert row["severity"]
        assert row["evidence"]


def test_mended_documents_are_clean(evidence: Path, tmp_path: Path) -> None:
    root = tmp_path / "example"
    shutil.copytree(EXAMPLE, root)
    for each in PLANTED:
        document = root / each["path"]
        lines = document.read_text().splitlines(keepends=True)
        mended = [
            (f"{each['right']}\n" if each["right"] else "") if line == f"{each['wrong']}\n" else line for line in lines
        ]
        assert mended != lines
        document.write_text("".join(mended))
    status, report = check(root, "--evidence", str(evidence))
    assert report["findings"] == []
    assert status == 0


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: f"{each['family']}-{each['form']}")
def test_each_mend_removes_its_own_finding_only(planted: dict[str, str], tmp_path: Path) -> None:
    root = tmp_path / "example"
    shutil.copytree(EXAMPLE, root)
    document = root / planted["path"]
    document.write_text(document.read_text().replace(f"{planted['wrong']}\n", f"{planted['right']}\n"))
    _, report = check(root)
    assert len(report["findings"]) == len(PLANTED) - 1


def test_most_claims_are_judged(evidence: Path) -> None:
    _, report = check(EXAMPLE, "--evidence", str(evidence))
    coverage = report["coverage"]
    assert coverage["claims"] == coverage["judged"] + coverage["unjudged"]
    assert coverage["judged"] >= 130
