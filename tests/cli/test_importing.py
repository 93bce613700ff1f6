from __future__ import annotations

from pathlib import Path

import pytest

from trueup.cli import main
from trueup.evidence import store

Captured = pytest.CaptureFixture[str]
WRITTEN = """\
# 2026-03-01 — Reality snapshot

## Mini (Ubuntu) — evidence

### Listening sockets (selected)

- `127.0.0.1:9090` (prometheus)
- GET http://x:1/ perhaps => 200? \x1b[31m
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "2026-03-01-mini.md"
    path.write_text(WRITTEN)
    return path


def test_importing_writes_evidence_and_prints_its_path(written: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["import", str(written), "--out", str(tmp_path / "out")]) == 0
    snapshot = store.load(Path(capsys.readouterr().out.strip()))
    assert snapshot.origin == "imported"
    assert [each.source for each in snapshot.observations if each.service == "prometheus"] == [f"{written.name}:7"]


def test_the_same_file_gives_the_same_evidence(written: Path, tmp_path: Path, capsys: Captured) -> None:
    for _ in range(2):
        assert main(["import", str(written), "--out", str(tmp_path / "out")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_lines_shows_what_each_line_became_and_writes_nothing(
    written: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["import", str(written), "--lines"]) == 0
    table = capsys.readouterr().out.splitlines()
    at = next(number for number, row in enumerate(table) if row.startswith("   7  observed"))
    assert "`127.0.0.1:9090` (prometheus)" in table[at]
    assert table[at + 1].lstrip().startswith("o-")
    assert "mini: " in table[at + 1]
    assert not any("\x1b" in row for row in table)
    assert [path.name for path in tmp_path.iterdir()] == [written.name]


def test_what_was_not_understood_is_told_with_its_line(written: Path, tmp_path: Path, capsys: Captured) -> None:
    main(["import", str(written), "--out", str(tmp_path / "out")])
    notes = capsys.readouterr().err.splitlines()
    assert [note for note in notes if f"{written}:8: not understood: " in note] == notes
    assert len(notes) == 1
    assert "\x1b" not in notes[0]
