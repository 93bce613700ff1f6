from __future__ import annotations

import json
from pathlib import Path

import pytest

from trueup.cli import main
from trueup.evidence import store

Captured = pytest.CaptureFixture[str]


def test_a_snapshot_of_this_machine_is_written_and_its_path_printed(tmp_path: Path, capsys: Captured) -> None:
    assert main(["snapshot", "--root", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    stored = Path(printed.out.strip())
    assert stored.parent == tmp_path / "evidence"
    assert sorted(path.suffix for path in stored.parent.glob("2*")) == [".json", ".md"]
    assert store.load(stored).origin == "observed"
    assert printed.err == ""


def test_what_was_written_can_be_printed(tmp_path: Path, capsys: Captured) -> None:
    assert main(["snapshot", "--out", str(tmp_path / "a"), "--format", "json"]) == 0
    (stored,) = (tmp_path / "a").glob("*.json")
    printed = capsys.readouterr().out
    assert printed == stored.read_text()
    assert json.loads(printed)["digest"]
    assert main(["snapshot", "--out", str(tmp_path / "b"), "--format", "markdown"]) == 0
    (rendered,) = (tmp_path / "b").glob("*.md")
    assert capsys.readouterr().out == rendered.read_text()


def test_the_manifest_says_where_snapshots_go(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "trueup.toml").write_text('[evidence]\ndirectory = "seen"\n')
    assert main(["snapshot", "--root", str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).parent == tmp_path / "seen"


@pytest.mark.parametrize("verb", [["snapshot"], ["check", "--live"]])
def test_a_machine_that_the_manifest_does_not_know_is_exit_3(verb: list[str], tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "trueup.toml").write_text("[hosts.some-other-machine]\n")
    assert main([*verb, "--root", str(tmp_path)]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "is none of the hosts to observe" in printed.err
    assert 'via = "local"' in printed.err
    assert [path.name for path in tmp_path.iterdir()] == ["trueup.toml"]
