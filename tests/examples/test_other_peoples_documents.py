"""Documentation that other people wrote: no error, and silence where everything agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.mark.parametrize("tree", ["harbor", "strix-halo-llm-stack", "ansible-nas", "local-lab-ai-stack"])
def test_no_error_and_no_false_alarm(tree: str) -> None:
    root = CORPUS / tree
    if not root.is_dir():
        pytest.skip("the corpus stands in ../shared, which is not here")
    command = [sys.executable, "-m", "trueup", "check", "--root", str(root), "--format", "json", "--all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    report = json.loads(done.stdout)
    assert "Traceback" not in done.stderr
    assert report["findings"] == []
    assert done.returncode == 0
    if tree in ("harbor", "strix-halo-llm-stack"):
        assert report["coverage"]["claims"] > 100
