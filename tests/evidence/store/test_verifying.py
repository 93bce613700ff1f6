"""What verifying tells: problems, and notes that are no fault."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.evidence.store.folders import a_snapshot, hour, names_in, verify

from trueup.evidence.store import load, write
from trueup.evidence.store.folder import stored_names

HOSTILE = {
    "2030-01-01-empty.json": b"",
    "2030-01-01-nested.json": b"[" * 100_000,
    "2030-01-01-noise.json": bytes(range(256)) * 20,
    "2030-01-01-utf16.json": '{"schema": 1}'.encode("utf-16"),
    "2030-01-01-number.json": b"1e999999",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        write(a_snapshot(hour(number)), tmp_path)
    return tmp_path


def problems(folder: Path) -> list[list[str]]:
    return [list(each.problems) for each in verify([folder / name for name in stored_names(folder)])]


def notes(folder: Path) -> list[list[str]]:
    return [list(each.notes) for each in verify([folder / name for name in stored_names(folder)])]


def test_what_was_written_is_intact(folder: Path) -> None:
    assert problems(folder) == notes(folder) == [[], [], []]


def test_a_changed_byte_is_a_problem_of_that_file(folder: Path) -> None:
    path = folder / stored_names(folder)[1]
    path.write_bytes(path.read_bytes().replace(b"4000", b"4001"))
    assert problems(folder) == [[], ["content does not match its digest"], []]


def test_a_missing_predecessor_names_both(folder: Path) -> None:
    first, second, _ = stored_names(folder)
    gone = load(folder / first).digest
    (folder / first).unlink()
    assert problems(folder) == [[f"the snapshot before it is missing: {gone[:12]}, which {second} follows"], []]


def test_one_taken_out_of_the_middle_is_missed(folder: Path) -> None:
    (folder / stored_names(folder)[1]).unlink()
    assert [bool(each) for each in problems(folder)] == [False, True]


def test_another_content_sealed_anew_is_no_part_of_the_chain(folder: Path) -> None:
    """Whoever changes a snapshot and gives it the right digest leaves its follower without the one before it."""
    path = folder / stored_names(folder)[1]
    path.unlink()
    forged = write(a_snapshot(hour(1), 4444), folder.with_name("forged"))[0]
    shutil.copy(forged, folder / forged.name)
    assert [len(each) for each in problems(folder)] == [0, 0, 1]


def test_a_renamed_file_is_a_problem(folder: Path) -> None:
    first = stored_names(folder)[0]
    (folder / first).rename(folder / f"2031-01-01T000000Z{first[-18:]}")
    assert problems(folder)[-1] == [f"the file was renamed: it was written as {first}"]


def test_a_name_that_a_person_chose_is_none(folder: Path) -> None:
    first = stored_names(folder)[0]
    (folder / first).rename(folder / "2026-02-09-before-the-move.json")
    assert problems(folder) == [[], [], []]


def test_a_fork_is_a_note(folder: Path) -> None:
    middle = stored_names(folder)[1]
    away = folder.with_name("away")
    away.mkdir()
    last = stored_names(folder)[2]
    (folder / last).rename(away / last)
    branch = write(a_snapshot(hour(9)), folder)[0].name
    (away / last).rename(folder / last)
    assert problems(folder) == [[], [], [], []]
    digest = load(folder / middle).digest[:12]
    assert notes(folder)[2:] == [
        [f"the chain forks: {branch} also follows {digest}"],
        [f"the chain forks: {last} also follows {digest}"],
    ]


def test_snapshots_from_before_there_was_a_chain_are_intact(folder: Path) -> None:
    other = write(a_snapshot(hour(50)), folder.with_name("other"))[0]
    shutil.copy(other, folder / other.name)
    assert problems(folder) == [[], [], [], []]
    assert "several beginnings" in notes(folder)[-1][0]


def test_a_missing_rendering_and_a_copy_are_notes(folder: Path) -> None:
    first, second, _ = stored_names(folder)
    (folder / first).with_suffix(".md").unlink()
    shutil.copy(folder / second, folder / "2026-02-10-copy.json")
    assert problems(folder) == [[], [], [], []]
    said = notes(folder)
    assert said[0] == ["its rendering is missing: `trueup snapshot show` prints it"]
    assert f"the same snapshot is also there as {second}" in said[3]


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("127.0.0.1:4000", "127.0.0.1:4001"),
        ("listeners: complete", "listeners: partial"),
        ("- Hosts `mini`", "- Hosts `studio`"),
        ("- `127.0.0.1:4000`", "- `0.0.0.0:22`\n- `127.0.0.1:4000`"),
    ],
)
def test_a_rendering_that_says_something_else_is_a_problem(was: str, is_now: str, folder: Path) -> None:
    path = (folder / stored_names(folder)[1]).with_suffix(".md")
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, is_now))
    assert [len(each) for each in problems(folder)] == [0, 1, 0]


def test_a_rendering_may_be_laid_out_in_another_way(folder: Path) -> None:
    first, second, third = ((folder / name).with_suffix(".md") for name in stored_names(folder))
    first.write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    second.write_text(second.read_text().replace("This snapshot is **evidence**, not canon.\n", ""))
    third.write_text(third.read_text() + "\n## Drift notes (derived from this snapshot)\n\n1. Look here.\n")
    assert problems(folder) == [[], [], []]
    assert notes(folder) == [[], ["its rendering states the same facts in another layout, or with more words"], []]
    second.write_bytes(b"\xff")
    assert [len(each) for each in problems(folder)] == [0, 1, 0]


def test_a_hostile_folder_gives_problems_and_ends(folder: Path) -> None:
    for name, content in HOSTILE.items():
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "2030-01-01-pipe.json")
    (folder / "2030-01-01-loop.json").symlink_to("2030-01-01-loop.json")
    (folder / "2030-01-01-zero.json").symlink_to("/dev/zero")
    (folder / "2030-01-01-folder.json").mkdir()
    with (folder / "2030-01-01-huge.json").open("wb") as file:
        file.truncate(1 << 40)
    (folder / "2030-01-01-\udcff\x1b.json").write_bytes(b"{}")
    found = verify([folder / name for name in stored_names(folder)])
    assert [each.path.name[:4] for each in found if not each.problems] == ["2026"] * 3
    assert len(found) == 3 + len(HOSTILE) + 6
    assert len(names_in(folder)) > len(found)
