"""The index remembers and never misleads: whatever it is or becomes, the answer is that of the files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evidence.store.folders import a_snapshot, hour

from trueup.catalog import load_catalog
from trueup.evidence.store import index, write
from trueup.evidence.store.folder import DERIVED, stored_names
from trueup.evidence.store.index import FILE, Index
from trueup.evidence.store.reading import read
from trueup.manifest import Manifest
from trueup.sources import newest_telling

COUNT = index.WORTH_KEEPING + 4


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with enough snapshots for an index, and one file that is none; its files count as settled at once."""
    monkeypatch.setattr(index, "_SETTLED_NS", -1)
    for number in range(COUNT):
        write(a_snapshot(hour(number), 4000 + number), tmp_path)
    (tmp_path / "2030-01-01-none.json").write_text("{}")
    return tmp_path


def look(folder: Path) -> dict[str, index.Entry]:
    with Index(folder) as entries:
        return {name: entries.entry(name) for name in stored_names(folder)}


def reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Look at all entries and return how many files were read for that."""
    count = list[Path]()

    def counted(path: Path, **named: bool) -> bytes:
        count.append(path)
        return read(path, **named)

    with monkeypatch.context() as patched:
        patched.setattr(index, "read", counted)
        look(folder)
    return len(count)


def test_what_was_read_once_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = look(folder)
    assert (folder / DERIVED / FILE).is_file()
    assert reads(folder, monkeypatch) == 0
    assert look(folder) == first
    assert first["2030-01-01-none.json"].problem.startswith("unknown schema")
    intact = [entry for entry in first.values() if not entry.problem]
    assert len(intact) == COUNT
    assert all(entry.hosts == entry.tells == ("mini",) and entry.observations == 1 for entry in intact)


def test_only_what_changed_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look(folder)
    names = stored_names(folder)
    changed = folder / names[0]
    times = changed.stat()
    changed.write_bytes(changed.read_bytes().replace(b"4000", b"4001"))
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))  # same size, same time of change
    write(a_snapshot(hour(99)), folder)
    (folder / names[1]).unlink()
    assert look(folder)[names[0]].problem == "content does not match its digest"
    assert reads(folder, monkeypatch) == 0
    rows = sqlite3.connect(folder / DERIVED / FILE).execute("SELECT name FROM entry").fetchall()
    assert {os.fsdecode(name) for (name,) in rows} == set(stored_names(folder))


def test_what_changed_just_now_is_not_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_SETTLED_NS", 3_600_000_000_000)
    look(folder)
    assert reads(folder, monkeypatch) == COUNT + 1


def test_a_few_files_need_no_index(tmp_path: Path) -> None:
    write(a_snapshot(), tmp_path)
    look(tmp_path)
    assert not (tmp_path / DERIVED / FILE).exists()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(b"not a database" * 999)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE entry (mine TEXT)")


def with_an_endless_view(path: Path) -> None:
    path.unlink()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS name, x, x, x FROM n"
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE VIEW entry AS {endless}")


def forged(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("""UPDATE entry SET content = '{"tells":["studio"]}'""")


def swapped(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE entry SET content = (SELECT content FROM entry LIMIT 1), seal = (SELECT seal FROM entry)"
        )


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(4096, len(content), 97):
        content[at] ^= 0x55
    path.write_bytes(content)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (
    empty,
    noise,
    cut,
    of_another_program,
    with_an_endless_view,
    forged,
    swapped,
    flipped,
    a_pipe,
    a_link,
    a_folder,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_silently_made_again(damage: Callable[[Path], None], folder: Path) -> None:
    right = look(folder)
    damage(folder / DERIVED / FILE)
    assert look(folder) == right
    assert look(folder) == right


@pytest.mark.parametrize("damage", [empty, noise, of_another_program, a_pipe, a_link])
def test_a_damaged_index_is_used_again_afterwards(
    damage: Callable[[Path], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(folder)
    damage(folder / DERIVED / FILE)
    look(folder)
    assert reads(folder, monkeypatch) == 0


def test_a_locked_index_is_not_waited_for(folder: Path) -> None:
    right = look(folder)
    holder = sqlite3.connect(folder / DERIVED / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert look(folder) == right
    holder.close()


def test_a_folder_that_nobody_may_write_is_searched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(index, "derived", refused)
    assert len(look(folder)) == COUNT + 1
    assert not (folder / DERIVED / FILE).exists()


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from trueup.evidence.store import index
from trueup.evidence.store.folder import stored_names

left = int(sys.argv[1])

class Fatal(sqlite3.Connection):
    def count(self):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def execute(self, *arguments):
        self.count()
        return super().execute(*arguments)
    def executemany(self, question, rows):
        self.count()
        def counted():
            for row in rows:
                self.count()
                yield row
        return super().executemany(question, counted())
    def __exit__(self, *arguments):
        self.count()
        return super().__exit__(*arguments)

connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **named: connect(*arguments, factory=Fatal, **named)
index._SETTLED_NS = -1
with index.Index(Path(sys.argv[2])) as entries:
    for name in stored_names(Path(sys.argv[2])):
        entries.entry(name)
"""


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 27])
def test_a_kill_while_it_is_written_does_not_matter(at: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(at), str(folder)], check=False)
    assert done.returncode == -9
    assert len([entry for entry in look(folder).values() if not entry.problem]) == COUNT
    assert reads(folder, monkeypatch) == 0


def test_a_host_of_any_age_is_found(tmp_path: Path) -> None:
    catalog, old = load_catalog(), write(a_snapshot(hour(-9)), tmp_path)[0]
    (tmp_path / "2026-02-09T130000Z-0000000aaaaa.json").write_text("{}")
    newer = a_snapshot(hour(1))
    for number in range(30):
        snapshot = type(newer)(
            taken_at=hour(number + 1), title="", origin="observed", hosts=("studio",), observations=(), coverages=()
        )
        write(snapshot, tmp_path)
    assert newest_telling(tmp_path, ["mini", "studio", "none"], Manifest(), catalog) == {"mini": old}
