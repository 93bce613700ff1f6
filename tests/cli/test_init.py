from __future__ import annotations

import errno
from pathlib import Path

import pytest

from trueup.cli import main
from trueup.manifest import load_manifest, sample_manifest


def test_init_writes_a_manifest_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'trueup.toml'}\n"
    manifest = load_manifest(tmp_path / "trueup.toml")
    assert [host.via for host in manifest.hosts] == ["local"]
    assert [path.name for path in tmp_path.iterdir()] == ["trueup.toml"]


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = tmp_path / "trueup.toml"
    manifest.write_text("# mine\n")
    assert main(["init", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"trueup: error: {manifest}: is there already (it is never overwritten)\n"
    assert manifest.read_text() == "# mine\n"
    assert [path.name for path in tmp_path.iterdir()] == ["trueup.toml"]


@pytest.mark.parametrize("name", ["host", "HOST.example.org", "'; rm -rf /", "ホスト", "-a b-", ""])
def test_any_host_name_gives_a_manifest_that_loads(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: name)
    assert main(["init", str(tmp_path)]) == 0
    assert len(load_manifest(tmp_path / "trueup.toml").hosts) == 1


def test_sample_prints_the_whole_sample_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--sample"]) == 0
    assert capsys.readouterr().out.strip() == sample_manifest().strip()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_names_the_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path / ".trueup-x1y2"))

    monkeypatch.setattr("trueup.files.os.open", refused)
    assert main(["init", str(tmp_path)]) == 2
    expected = f"trueup: error: {tmp_path / 'trueup.toml'}: cannot be written: Read-only file system\n"
    assert capsys.readouterr().err == expected
