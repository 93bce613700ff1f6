"""The same faults from the kernel itself: strace brings them at the Nth real call, and a disk is really full."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.evidence.store.folders import a_snapshot, chain_in, hour, leftovers, names_in, snapshots_in

from trueup.errors import EvidenceError
from trueup.evidence.store import write
from trueup.evidence.store.folder import DERIVED, stored_names
from trueup.evidence.store.index import WORTH_KEEPING, Index

pytestmark = pytest.mark.slow

# Everything that the write path asks of the system, as Linux calls it.
CALLS = (
    *("openat", "write", "fsync", "linkat|link", "unlink|unlinkat", "mkdir|mkdirat", "fchmod", "flock", "pread64"),
    *("close", "getdents64", "newfstatat|lstat|stat"),
)
MOST_CALLS = 120
# Warm first, so that what is counted is the write and no start of Python.
WRITER = """
import sys
from pathlib import Path
from tests.evidence.store.folders import a_snapshot, hour
from trueup.errors import EvidenceError
from trueup.evidence.store import write
write(a_snapshot(), Path(sys.argv[2]))
write(a_snapshot(hour(1)), Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
try:
    write(a_snapshot(hour(50)), Path(sys.argv[1]))
except EvidenceError as error:
    sys.exit(3)
"""


@pytest.fixture(scope="module")
def strace(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not here")
    folder = tmp_path_factory.mktemp("strace")
    tried = wrote(found, folder, "fsync", "error=EIO", 1)
    if tried is None:
        pytest.skip("strace may not follow a process here")
    return found


def wrote(strace: str, folder: Path, call: str, fault: str, at: int, program: str = WRITER) -> tuple[int, bool] | None:
    """Write in a child with a fault at its Nth call; return its status and whether the fault came; None: no strace."""
    here, warm = folder / "evidence", folder / "warm"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(here), str(warm)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == "ready\n"
        calls = f"/^({call})$"
        injected = ["-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={at}"]
        with subprocess.Popen([strace, "-p", str(child.pid), *injected], stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            if "attached" not in tracer.stderr.readline():
                child.kill()
                return None
            child.stdin.write("go\n")
            child.stdin.close()
            log = tracer.stderr.read()
        child.wait()
    came = "(INJECTED)" in log or child.returncode == -signal.SIGKILL
    return child.returncode, came


@pytest.mark.parametrize("fault", ["error=ENOSPC", "error=EIO", "signal=SIGKILL"])
@pytest.mark.parametrize("call", CALLS)
def test_a_real_fault_at_every_call(call: str, fault: str, strace: str, tmp_path: Path) -> None:
    for at in count(1):
        here = tmp_path / str(at) / "evidence"
        for number in range(2):
            write(a_snapshot(hour(number)), here)
        done = wrote(strace, tmp_path / str(at), call, fault, at)
        assert done is not None
        status, came = done
        if not came:
            assert status == 0
            break
        assert status in (0, 3, -signal.SIGKILL), f"call {at}"
        there = snapshots_in(here).values()
        assert {hour(0), hour(1)} <= {each.taken_at for each in there}
        assert len(there) <= 3
        assert status != 0 or len(there) == 3
        write(a_snapshot(hour(60)), here)
        write(a_snapshot(hour(50)), here)
        assert len(chain_in(here)) == 4
        assert len(names_in(here)) == 8
        assert leftovers(here) == []
        assert at < MOST_CALLS
    assert at > 1 or call.startswith("mkdir"), "the call was never made"


# Makes an index anew, or adds to one that is there.
INDEXER = """
import sys
from pathlib import Path
import sqlite3
from trueup.evidence.store import index
from trueup.evidence.store.folder import stored_names
index._SETTLED_NS, folder = -1, Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with index.Index(folder) as entries:
    found = [entries.entry(name) for name in stored_names(folder)]
sys.exit(any(entry.problem for entry in found))
"""
INDEX_CALLS = ("openat", "pwrite64", "pread64", "read", "unlink", "fcntl", "newfstatat|stat|lstat", "ftruncate|fstat")


@pytest.mark.parametrize("fault", ["error=ENOSPC", "error=EIO", "signal=SIGKILL"])
@pytest.mark.parametrize("call", INDEX_CALLS)
def test_a_real_fault_at_every_call_of_an_index(call: str, fault: str, strace: str, tmp_path: Path) -> None:
    """Where its own writing fails, nobody notices; where reading a snapshot fails, the next look is right again."""
    names = WORTH_KEEPING + 2
    for number in range(names):
        write(a_snapshot(hour(number), 4000 + number), tmp_path / "evidence")
    for at in (*range(1, 12), *range(12, 300, 7)):
        done = wrote(strace, tmp_path, call, fault, at, INDEXER)
        assert done is not None
        with Index(tmp_path / "evidence") as entries:
            found = [entries.entry(name) for name in stored_names(tmp_path / "evidence")]
        assert [entry.problem for entry in found] == [""] * names
        assert len({entry.digest for entry in found}) == names
        if not done[1]:
            break
        if at % 2:  # half of the times there is an index already
            shutil.rmtree(tmp_path / "evidence" / DERIVED)


@pytest.fixture(params=["blocks", "names"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A file system of its own with little room: for content, or for names."""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = "size=64k,nr_inodes=1000" if request.param == "blocks" else "size=10m,nr_inodes=20"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield disk, request.param
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path, what: str, left: int) -> list[Path]:
    """Fill the disk but for so many pages or names."""
    made = []
    for number in count():
        path = disk / f"fill-{number}"
        try:
            path.write_bytes(b"x" * 4096 if what == "blocks" else b"")
        except OSError:
            path.unlink(missing_ok=True)
            break
        made.append(path)
    for path in made[len(made) - left :] if left else []:
        path.unlink()
    return made[: len(made) - left]


def test_a_really_full_disk(small_disk: tuple[Path, str]) -> None:
    disk, what = small_disk
    here, refused = disk / "evidence", 0
    write(a_snapshot(), here)
    for left in count():
        filled = fill(disk, what, left)
        before = names_in(here)
        try:
            write(a_snapshot(hour(left + 1)), here)
        except EvidenceError as error:
            assert "No space left on device" in str(error)  # noqa: PT017 - the same call may also succeed
            refused += 1
            assert names_in(here) == before
            assert leftovers(here) == []
            assert len(chain_in(here)) == 1
        else:
            assert len(chain_in(here)) == 2
            break
        finally:
            for path in filled:
                path.unlink()
    assert refused >= 2
    write(a_snapshot(hour(99)), here)
    assert len(chain_in(here)) == 3
