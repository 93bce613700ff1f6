"""A fresh clone: one command brings everything and does the main job."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="this is no git checkout")
@pytest.mark.skipif(shutil.which("make") is None or shutil.which("git") is None, reason="make or git is not here")
def test_make_run_on_a_fresh_clone_without_a_home(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "run"], cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = clone / "build" / "mini-studio" / "report.md"
    assert done.stdout.splitlines()[-1] == f"The report: {report} (and report.json beside it)"
    assert report.read_text().splitlines()[-1].startswith("coverage: ")
    assert json.loads(report.with_suffix(".json").read_text())["findings"]
    assert list((clone / "build" / "mini-studio" / "this-machine").glob("*.json"))
    status = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == "", "make run left something that git does not ignore"
