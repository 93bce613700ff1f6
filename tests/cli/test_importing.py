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
    assert [note for note in notes if f"{written}:8: not understood (unknown form): " in note] == notes
    assert len(notes) == 1
    assert "\x1b" not in notes[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# 2026-03-01\n\nLiteLLM listens on 127.0.0.1:4000.\n", "no host was recognised"),
        ("# 2026-03-01\n\n## Findings\n\nLiteLLM listens on 127.0.0.1:4000.\n", "no host was recognised"),
        ("# 2026-03-01\n\n## forge\n\nQuiet there.\n", "no host was recognised"),
        ("# 2026-03-01\n\n## Host forge\n\nQuiet there.\n", "states nothing that was understood"),
    ],
)
def test_evidence_of_nothing_is_refused_and_not_stored(text: str, says: str, tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.md"
    path.write_text(text)
    assert main(["import", str(path), "--out", str(tmp_path / "out")]) == 3
    printed = capsys.readouterr()
    [line] = printed.err.splitlines()
    assert says in line
    assert printed.out == ""
    assert not (tmp_path / "out").exists()
    assert main(["check", "--root", str(tmp_path), "--evidence", str(path)]) == 3


def test_lines_are_shown_of_evidence_of_nothing_too(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# 2026-03-01\n\nLiteLLM listens on 127.0.0.1:4000.\n")
    assert main(["import", str(path), "--lines"]) == 0
    printed = capsys.readouterr()
    assert "not understood" in printed.out
    assert "not understood (no host)" in printed.err


def test_a_stored_snapshot_is_no_text_to_import(written: Path, tmp_path: Path, capsys: Captured) -> None:
    main(["import", str(written), "--out", str(tmp_path / "out")])
    stored = capsys.readouterr().out.strip()
    assert main(["import", stored, "--out", str(tmp_path / "again")]) == 3
    assert "is already a snapshot" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


def test_a_heading_that_looks_like_a_hostname_is_one_where_no_host_is_known(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# 2026-03-01\n\n## overview\n\nAll well.\n\n## forge\n\nLiteLLM listens on 127.0.0.1:4000.\n")
    assert main(["import", str(path), "--out", str(tmp_path / "out")]) == 0
    snapshot = store.load(Path(capsys.readouterr().out.strip()))
    assert snapshot.hosts == ("forge",)
    (tmp_path / "trueup.toml").write_text('[hosts.anvil]\nos = "linux"\n')
    assert main(["import", str(path), "--root", str(tmp_path), "--out", str(tmp_path / "other")]) == 3


def test_a_date_in_the_future_is_told(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.md"
    path.write_text(WRITTEN.replace("2026-03-01", "2999-03-01").replace("perhaps", ""))
    assert main(["import", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "its date, 2999-03-01, lies in the future" in capsys.readouterr().err


def test_the_rendered_title_says_its_date_once(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.md"
    for title in ("Walk of 2026-03-01, evening", "2026-03-01 — Walk", "Walk of the evening, 2026-03-01"):
        path.write_text(WRITTEN.replace("2026-03-01 — Reality snapshot", title))
        assert main(["import", str(path), "--out", str(tmp_path / "out")]) == 0
        stored = Path(capsys.readouterr().out.strip()).with_suffix(".md")
        [first, *_] = stored.read_text().splitlines()
        assert first.count("2026-03-01") == 1
        assert main(["import", str(stored), "--out", str(tmp_path / "again")]) == 0
        again = store.load(Path(capsys.readouterr().out.strip()))
        assert again.title == title.removeprefix("2026-03-01 — ")
