from __future__ import annotations

from pathlib import Path

import pytest
from tests.evidence.store.folders import a_snapshot, hour

from trueup.errors import EvidenceError
from trueup.evidence.store import load, write
from trueup.evidence.store.references import resolve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (0, 30, 60):
        write(a_snapshot(hour(number)), tmp_path)
    (tmp_path / "2026-02-12T000000Z-abcdefabcdef.dsse.json").write_text("{}")
    return tmp_path


def test_by_order(folder: Path) -> None:
    stored = sorted(folder.glob("*Z-????????????.json"))
    assert [resolve(f"latest~{back}", folder) for back in (2, 1, 0)] == stored
    assert resolve("latest", folder) == stored[-1]


def test_by_name_and_digest(folder: Path) -> None:
    for path in folder.glob("*Z-????????????.json"):
        digest = load(path).digest
        for reference in (
            digest,
            digest[:4],
            digest[:12],
            digest[:13],
            path.stem,
            path.name,
            path.name[:13],
            str(path),
        ):
            assert resolve(reference, folder) == path


def test_a_path_need_not_lie_in_the_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "notes.md"
    assert resolve(str(elsewhere), folder) == elsewhere


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("latest~3", "only 3 snapshots"),
        ("latest~999999999", "only 3 snapshots"),
        ("2026-02", "3 snapshots are meant"),
        ("", "no snapshot is meant"),
        ("latest~x", "no snapshot is meant"),
        ("0" * 64, "no snapshot is meant"),
        ("0" * 65, "no snapshot is meant"),
        ("\x1b[31m\n", "no snapshot is meant"),
        ("*", "no snapshot is meant"),
    ],
)
def test_what_means_none_or_several_is_one_line(reference: str, says: str, folder: Path) -> None:
    with pytest.raises(EvidenceError, match=says) as caught:
        resolve(reference, folder)
    assert "\n" not in str(caught.value)


def test_of_an_empty_folder_nothing_is_the_latest(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no snapshots"):
        resolve("latest", tmp_path)
    with pytest.raises(EvidenceError, match="no snapshots"):
        resolve("latest", tmp_path / "none")
