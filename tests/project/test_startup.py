from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.startup import measure

SOURCE = Path(__file__).resolve().parents[2] / "src" / "trueup"


def test_help_costs_a_few_starts_of_an_empty_interpreter() -> None:
    helped, bare = measure(rounds=7)
    # A ratio holds on a busy machine too; 0.2 s is what a person waits for.
    assert helped / bare < 10, f"trueup --help {helped:.3f} s, python -c pass {bare:.3f} s"


def test_help_is_quick_without_bytecode(tmp_path: Path) -> None:
    """The sources may stand where nobody may write, so that every start compiles what it imports."""
    shutil.copytree(SOURCE, tmp_path / "trueup", ignore=shutil.ignore_patterns("__pycache__"))
    program = "import sys, time; start = time.perf_counter(); sys.path.insert(0, sys.argv[1]); import trueup.cli\n"
    program += "trueup.cli.main(['--help']); assert trueup.__file__.startswith(sys.argv[1])\n"
    program += "print(time.perf_counter() - start, file=sys.stderr)"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
        )
        for _ in range(5)
    ]
    assert not list(tmp_path.rglob("*.pyc"))
    assert min(float(run.stderr) for run in runs) < 0.2
