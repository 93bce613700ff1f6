"""Writing snapshots: named by time and content, linked, whole or not there, over no other."""

from __future__ import annotations

import errno
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from tests.evidence.store.folders import NOON, a_snapshot, chain_in, hour, leftovers, names_in

from trueup.errors import EvidenceError
from trueup.evidence.store import folder as folders
from trueup.evidence.store import load, seal, write
from trueup.files import STAGED, locked


def test_write_names_files_by_time_and_content(tmp_path: Path) -> None:
    json_path, markdown_path = write(a_snapshot(), tmp_path / "evidence", notes=("Look here.",))
    stem = f"2026-02-09T120000Z-{seal(a_snapshot()).digest[:12]}"
    assert (json_path.name, markdown_path.name) == (f"{stem}.json", f"{stem}.md")
    assert load(json_path) == seal(a_snapshot())
    assert "1. Look here." in markdown_path.read_text()
    assert names_in(json_path.parent) == [f"{stem}.json", f"{stem}.md"]


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    first = write(a_snapshot(), tmp_path)
    before = [(path.stat().st_ino, path.read_bytes()) for path in first]
    assert write(a_snapshot(), tmp_path) == first
    assert [(path.stat().st_ino, path.read_bytes()) for path in first] == before


def test_another_content_of_the_same_name_is_never_overwritten(tmp_path: Path) -> None:
    json_path, _ = write(a_snapshot(), tmp_path)
    json_path.write_bytes(b"mine")
    with pytest.raises(EvidenceError, match="another content"):
        write(a_snapshot(), tmp_path)
    assert json_path.read_bytes() == b"mine"
    assert leftovers(tmp_path) == []


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write(a_snapshot(), tmp_path / "seen")
    before = names_in(tmp_path / "seen")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EvidenceError, match="cannot write a snapshot: No space left on device") as caught:
        write(a_snapshot(hour(1)), tmp_path / "seen")
    assert Path(caught.value.where or "").parent == tmp_path / "seen"
    assert Path(caught.value.where or "").suffix == ".json"
    assert names_in(tmp_path / "seen") == before
    assert leftovers(tmp_path / "seen") == []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvidenceError, match="cannot write a snapshot") as caught:
        write(a_snapshot(), tmp_path / "file" / "evidence")
    assert "\n" not in str(caught.value)


def test_each_snapshot_names_the_one_that_was_written_before(tmp_path: Path) -> None:
    written = [load(write(a_snapshot(hour(number)), tmp_path)[0]) for number in range(4)]
    assert [snapshot.previous for snapshot in written] == ["", *(snapshot.digest for snapshot in written[:-1])]


def test_the_order_is_that_of_writing_not_of_the_times(tmp_path: Path) -> None:
    order = [load(write(a_snapshot(hour(number)), tmp_path)[0]).digest for number in (5, -700_000, 1, 700_000, 3)]
    assert chain_in(tmp_path) == order


def test_snapshots_of_one_second_stand_in_one_chain(tmp_path: Path) -> None:
    written = [load(write(a_snapshot(port=port), tmp_path)[0]).digest for port in range(4000, 4020)]
    assert chain_in(tmp_path) == written


def test_the_same_content_is_not_written_again_wherever_it_stands_in_the_chain(tmp_path: Path) -> None:
    first = write(a_snapshot(), tmp_path)
    second = write(a_snapshot(hour(1)), tmp_path)
    before = names_in(tmp_path)
    assert write(a_snapshot(), tmp_path) == first
    assert write(load(second[0]), tmp_path) == second
    assert names_in(tmp_path) == before


def test_a_rendering_that_is_missing_is_written_again(tmp_path: Path) -> None:
    json_path, markdown_path = write(a_snapshot(), tmp_path)
    rendered = markdown_path.read_text()
    markdown_path.unlink()
    assert write(a_snapshot(), tmp_path) == (json_path, markdown_path)
    assert markdown_path.read_text() == rendered


def test_after_a_merge_of_two_branches_the_last_end_goes_on(tmp_path: Path) -> None:
    write(a_snapshot(), tmp_path)
    (tmp_path / "branch").mkdir()
    for name in names_in(tmp_path):
        if name != "branch":
            (tmp_path / "branch" / name).write_bytes((tmp_path / name).read_bytes())
    write(a_snapshot(hour(1)), tmp_path)
    there = write(a_snapshot(hour(2)), tmp_path / "branch")
    for path in there:
        path.rename(tmp_path / path.name)
    merged = load(tmp_path / there[0].name)
    assert load(write(a_snapshot(hour(3)), tmp_path)[0]).previous == merged.digest
    assert load(write(a_snapshot(hour(-9)), tmp_path)[0]).previous != merged.digest


def test_a_link_is_read_where_an_editor_moved_white_space(tmp_path: Path) -> None:
    write(a_snapshot(), tmp_path)
    second, _ = write(a_snapshot(hour(1)), tmp_path)
    second.write_bytes(second.read_bytes().replace(b'",\n  "digest": "', b'"\r\n ,' + b" " * 300 + b'"digest" : "'))
    assert load(write(a_snapshot(hour(2)), tmp_path)[0]).previous == load(second).digest


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 999, b"[" * 9999, b'{"digest": "' + b"0" * 64 + b'"}'])
def test_what_is_no_snapshot_stands_in_no_chain(content: bytes, tmp_path: Path) -> None:
    first, _ = write(a_snapshot(), tmp_path)
    (tmp_path / "2030-01-01-other.json").write_bytes(content)
    assert load(write(a_snapshot(hour(1)), tmp_path)[0]).previous == load(first).digest


def test_pipes_links_and_folders_hold_nobody_up(tmp_path: Path) -> None:
    first, _ = write(a_snapshot(), tmp_path)
    os.mkfifo(tmp_path / "2030-01-01T000000Z-pipe.json")
    (tmp_path / "2030-01-02-loop.json").symlink_to("2030-01-02-loop.json")
    (tmp_path / "2030-01-03-folder.json").mkdir()
    (tmp_path / "2030-01-04-\udcff\n.json").write_bytes(b"")
    (tmp_path / "2030-01-05-device.json").symlink_to("/dev/zero")
    assert load(write(a_snapshot(hour(1)), tmp_path)[0]).previous == load(first).digest


def test_git_sees_nothing_but_snapshots(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    paths = write(a_snapshot(), tmp_path)
    (tmp_path / folders.DERIVED / f"{STAGED}left").write_text("part")
    listed = ["git", "-C", str(tmp_path), "status", "--short", "--untracked-files=all"]
    status = subprocess.run(listed, capture_output=True, text=True, check=True)
    assert status.stdout.splitlines() == [f"?? {path.name}" for path in paths]


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    write(a_snapshot(), tmp_path)
    derived = tmp_path / folders.DERIVED
    for name in (f"{STAGED}left", "mine"):
        (derived / name).write_text("part")
    (tmp_path / f"{STAGED}mine").write_text("not ours: it stands elsewhere")
    write(a_snapshot(hour(1)), tmp_path)
    assert leftovers(tmp_path) == ["mine"]
    assert f"{STAGED}mine" in names_in(tmp_path)


def test_without_locks_nothing_is_removed_and_snapshots_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(a_snapshot(), tmp_path)
    (tmp_path / folders.DERIVED / f"{STAGED}of another writer").write_text("part")

    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refused)
    write(a_snapshot(hour(1)), tmp_path)
    assert leftovers(tmp_path) == [f"{STAGED}of another writer"]
    assert len(chain_in(tmp_path)) == 2


def test_a_folder_that_others_hold_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "WAIT_SECONDS", 0.02)
    with locked(tmp_path, 0), pytest.raises(EvidenceError, match="others have been writing") as caught:
        write(a_snapshot(), tmp_path)
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == []


def test_a_link_in_the_place_of_what_is_derived_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"{STAGED}of others").write_text("theirs")
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / folders.DERIVED).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EvidenceError, match="Not a directory"):
        write(a_snapshot(), tmp_path / "evidence")
    assert names_in(tmp_path / "elsewhere") == [f"{STAGED}of others"]


def test_a_thousand_snapshots_do_not_slow_the_next_one_much(tmp_path: Path) -> None:
    first, _ = write(a_snapshot(), tmp_path)
    content = first.read_bytes()
    for number in range(1000):
        digest = f"{number:064x}".encode()
        copied = content.replace(load(first).digest.encode(), digest)
        stamped = f"{NOON - timedelta(days=number + 1):%Y-%m-%d}T000000Z-{number:012x}.json"
        (tmp_path / stamped).write_bytes(copied)
    before = os.times()
    write(a_snapshot(hour(1)), tmp_path)
    after = os.times()
    assert after.user + after.system - before.user - before.system < 0.5
