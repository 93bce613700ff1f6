"""Many writers at once: every snapshot is there, whole, in one chain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.evidence.store.folders import chain_in, leftovers, names_in

EACH = 6
WRITER = """
import sys
from pathlib import Path
from tests.evidence.store.folders import a_snapshot, hour
from trueup.evidence.store import write
number, each, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for turn in range(each):
    # some in the same second, some earlier than what is there, and one that all of them write
    write(a_snapshot(hour(turn % 2 * -number), 4000 + number * each + turn), folder)
    write(a_snapshot(port=1), folder)
"""


@pytest.mark.parametrize("writers", [2, 8])
def test_writers_at_once_give_one_chain(writers: int, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(number + 1), str(EACH), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(writers)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert len(chain_in(folder)) == writers * EACH + 1
    assert len(names_in(folder)) == 2 * (writers * EACH + 1)
    assert leftovers(folder) == []
