"""Files are created whole, over no other, with hard links and without; one writer has a folder."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from trueup.files import create, locked, replace


@pytest.fixture(params=["links", *(errno.errorcode[code] for code in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS))])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a file system with hard links, or of one that answers so when it is asked for one."""

    def refused(*_: object) -> None:
        code = getattr(errno, request.param)
        raise OSError(code, os.strerror(code))

    if request.param != "links":
        monkeypatch.setattr(os, "link", refused)
        monkeypatch.setattr(os, "fchmod", refused)
    return tmp_path


def test_a_file_is_created_and_nothing_else(folder: Path) -> None:
    assert create(folder / "a", b"content")
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("a", b"content")]


def test_a_file_that_is_there_is_left_as_it_is(folder: Path) -> None:
    (folder / "a").write_bytes(b"mine")
    (folder / "link").symlink_to("nowhere")
    assert not create(folder / "a", b"content")
    assert not create(folder / "link", b"content")
    assert (folder / "a").read_bytes() == b"mine"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "link"]


def test_what_cannot_be_written_whole_is_not_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        create(folder / "a", b"content")
    assert list(folder.iterdir()) == []


def test_what_is_written_in_pieces_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:3]))
    assert create(folder / "a", b"content")
    assert (folder / "a").read_bytes() == b"content"


def test_on_macos_content_goes_all_the_way_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[int]()
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _, command: asked.append(command))
    monkeypatch.delattr(os, "fsync")
    assert create(tmp_path / "a", b"content")
    assert asked == [51, 51]


def test_where_macos_cannot_do_that_it_does_what_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    flushed = list[int]()
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", refused)
    monkeypatch.setattr(os, "fsync", flushed.append)
    assert create(tmp_path / "a", b"content")
    assert len(flushed) == 2


def test_a_file_is_put_in_the_place_of_another(folder: Path) -> None:
    (folder / "a").write_bytes(b"before")
    replace(folder / "a", b"after", folder)
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("a", b"after")]


def test_the_lock_of_a_folder_is_held_by_one(tmp_path: Path) -> None:
    with locked(tmp_path, 0) as alone:
        assert alone
        with pytest.raises(TimeoutError), locked(tmp_path, 0.01):
            raise AssertionError
    with locked(tmp_path, 0) as alone:
        assert alone
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP, errno.EBADF])
def test_where_there_are_no_locks_it_is_told(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refused)
    with locked(tmp_path, 0) as alone:
        assert not alone


def test_a_folder_that_cannot_be_flushed_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = os.fsync

    def only_files(descriptor: int) -> None:
        if Path(f"/dev/fd/{descriptor}").is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    assert create(folder / "a", b"content")


def test_another_error_of_linking_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", failed)
    with pytest.raises(OSError, match="Input/output error"):
        create(tmp_path / "a", b"content")
    assert list(tmp_path.iterdir()) == []
