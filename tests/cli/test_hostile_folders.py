"""Folders that somebody else filled: every verb ends, soon, in one line or with what there is."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from tests.cli.stack import make_stack, snapshot

from trueup.cli import main

# Reading at least this quickly on a machine of which others use most.
SECONDS = 20.0
VERBS = (
    ("snapshot", "list"),
    ("snapshot", "list", "--json"),
    ("snapshot", "show"),
    ("snapshot", "diff"),
    ("snapshot", "verify"),
    ("snapshot", "export", "--format", "jsonl"),
    ("snapshot", "export", "latest~1", "--format", "tar"),
    ("snapshot", "sign", "latest", "--key", "none"),
    ("check",),
)


def pipes_and_links(folder: Path) -> None:
    os.mkfifo(folder / "2031-01-01T000000Z-0123456789ab.json")
    os.mkfifo(folder / "2031-01-02-notes.md")
    (folder / "2031-01-03-zero.json").symlink_to("/dev/zero")
    (folder / "2031-01-04-loop.json").symlink_to("2031-01-04-loop.json")
    (folder / "2031-01-05-folder.json").mkdir()
    (folder / "2031-01-06-nowhere.json").symlink_to("nowhere")
    (folder / ".trueup").mkdir(exist_ok=True)
    os.mkfifo(folder / ".trueup" / "index.sqlite")
    os.mkfifo(folder / "2031-01-01T000000Z-0123456789ab.dsse.json")


def huge_and_odd(folder: Path) -> None:
    for number, content in enumerate((b"", b"\xff\xfe{}", b"[" * 200_000, b'{"schema": "x", "digest": 1}', b"\0" * 99)):
        (folder / f"2031-01-0{number + 1}-odd.json").write_bytes(content)
    with (folder / "2031-02-01-huge.json").open("wb") as file:
        file.truncate(1 << 36)
    with (folder / "2031-02-01-huge.dsse.json").open("wb") as file:
        file.truncate(1 << 36)
    (folder / os.fsdecode(b"2031-03-01-\xff\x1b[31m\n.json")).write_bytes(b"{}")


def thousands(folder: Path) -> None:
    whole = next(folder.glob("2*.json")).read_bytes()
    for number in range(5000):
        day = f"20{10 + number % 16}-{1 + number % 12:02}-{1 + number % 28:02}"
        (folder / f"{day}T{number:06}Z-{number:012x}.json").write_bytes(whole if number % 2 else whole[:-9])


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


@pytest.mark.parametrize(
    "filled", [pipes_and_links, huge_and_odd, thousands, a_file], ids=lambda filled: filled.__name__
)
def test_every_verb_ends(filled: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_stack(tmp_path, evidence=snapshot())
    assert callable(filled)
    filled(tmp_path / "evidence")
    for verb in VERBS:
        started = time.monotonic()
        assert main([*verb, "--root", str(tmp_path)]) in (0, 1, 2, 3), verb
        assert time.monotonic() - started < SECONDS, verb
        printed = capsys.readouterr()
        assert printed.err.count("trueup: error:") <= 1
        assert "Traceback" not in printed.err
        assert printed.out.replace("\n", "").isprintable() or "tar" in verb
