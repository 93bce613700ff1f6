"""Which documents are read, as what, and what happens to those that cannot be."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stacks import CATALOG

from trueup.canon import read_documents
from trueup.canon.documents import document_time
from trueup.errors import DocumentError
from trueup.manifest import Documents, Evidence, Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Modality
from trueup.vocabulary.marks import REPORT_MARK, SNAPSHOT_MARK

LINE = "LiteLLM listens on port 4000.\n"
LEXICON = Lexicon.build(CATALOG, Manifest())


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LINE)
    return root


def documents(root: Path, *paths: Path, manifest: Manifest | None = None) -> tuple[str, ...]:
    return read_documents(root, paths, manifest or Manifest(), LEXICON).documents


def test_markdown_below_the_root_but_nothing_hidden_or_installed(tmp_path: Path) -> None:
    tree(tmp_path, "b.md", "a/c.md", "a/x.txt", ".git/d.md", "node_modules/e.md", "evidence/2026-01-01.md")
    assert documents(tmp_path) == ("a/c.md", "b.md")
    dotted = Manifest(evidence=Evidence(directory="./evidence/"))
    assert documents(tmp_path, manifest=dotted) == ("a/c.md", "b.md")


def test_the_manifest_chooses(tmp_path: Path) -> None:
    tree(tmp_path, "README.md", "docs/a.md", "docs/deep/b.md", "docs/drop.md", "other/c.md")
    chosen = Manifest(documents=Documents(canonical=("README.md", "docs/**/*.md"), ignore=("docs/drop.md",)))
    assert documents(tmp_path, manifest=chosen) == ("README.md", "docs/a.md", "docs/deep/b.md")
    assert documents(tmp_path, tmp_path / "docs", manifest=chosen) == ("docs/a.md", "docs/deep/b.md")
    assert documents(tmp_path, tmp_path / "docs" / "drop.md", manifest=chosen) == ("docs/drop.md",)


def test_named_files_and_folders(tmp_path: Path) -> None:
    tree(tmp_path, "a.md", "docs/b.md", "docs/c.txt")
    assert documents(tmp_path, tmp_path / "docs") == ("docs/b.md",)
    assert documents(tmp_path, tmp_path / "docs" / "c.txt") == ("docs/c.txt",)
    assert documents(tmp_path, Path("a.md")) == ("a.md",)


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("docs/ports.md", Modality.ASSERTED),
        ("CHANGELOG.md", Modality.HISTORICAL),
        ("docs/archive/ports.md", Modality.HISTORICAL),
        ("docs/2025-12-setup.md", Modality.HISTORICAL),
        ("docs/ports.bak.md", Modality.HISTORICAL),
        ("docs/roadmap.md", Modality.PLANNED),
        ("docs/wip/ports.md", Modality.PLANNED),
        ("docs/move-proposal.md", Modality.PLANNED),
        ("docs/planets.md", Modality.ASSERTED),
    ],
)
def test_names_tell_the_time(name: str, modality: Modality) -> None:
    assert document_time(name, Manifest()) is modality


def test_the_manifest_tells_the_time_first() -> None:
    manifest = Manifest(documents=Documents(historical=("docs/first/**",)))
    assert document_time("docs/first/ports.md", manifest) is Modality.HISTORICAL


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\x89PNG\0\0", "not text"), (b"a\n\xff\xfe", "not UTF-8"), (b"x" * (8 * 2**20 + 1), "larger")],
)
def test_what_cannot_be_read_is_refused_by_name_and_skipped_when_found(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    tree(tmp_path, "good.md")
    bad = tmp_path / "bad.md"
    bad.write_bytes(content)
    with pytest.raises(DocumentError, match=reason) as error:
        documents(tmp_path, bad)
    assert "\n" not in str(error.value)
    canon = read_documents(tmp_path, (), Manifest(), LEXICON)
    assert canon.documents == ("good.md",)
    assert [(skipped.path, reason in skipped.reason) for skipped in canon.skipped] == [("bad.md", True)]


def _socket(path: Path) -> None:
    # The name of a Unix socket has a short limit, which a temporary folder's path may pass.
    before = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(path.name)
    os.chdir(before)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [os.mkfifo, _socket, _device])
def test_what_is_no_file_is_not_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    tree(tmp_path, "good.md")
    make(tmp_path / "bad.md")
    with pytest.raises(DocumentError, match="not a regular file"):
        documents(tmp_path, tmp_path / "bad.md")
    canon = read_documents(tmp_path, (), Manifest(), LEXICON)
    assert canon.documents == ("good.md",)
    assert [(skipped.path, skipped.reason) for skipped in canon.skipped] == [("bad.md", "not a regular file")]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(("mark", "kind"), [(REPORT_MARK, "report"), (SNAPSHOT_MARK, "snapshot")])
def test_what_trueup_wrote_is_not_read_back(mark: str, kind: str, named: bool, tmp_path: Path) -> None:
    tree(tmp_path, "good.md")
    own = tmp_path / "own.md"
    own.write_text(f"# Title\r\n\r\n{mark}\r\n\r\n{LINE}", newline="")
    canon = read_documents(tmp_path, [own] if named else (), Manifest(), LEXICON)
    assert "own.md" not in canon.documents
    assert [(skipped.path, skipped.reason) for skipped in canon.skipped] == [
        ("own.md", f"it is a {kind} that trueup wrote")
    ]


@pytest.mark.parametrize("named", [False, True])
def test_a_folder_that_cannot_be_searched_is_told(named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "good.md", "docs/closed/a.md")
    listing = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    # os.walk looks it up by this name; a real folder without permissions would stop nobody who tests as root
    monkeypatch.setattr(os, "scandir", guarded)
    canon = read_documents(tmp_path, [tmp_path / "docs"] if named else (), Manifest(), LEXICON)
    assert [(skipped.path, skipped.reason) for skipped in canon.skipped] == [
        ("docs/closed/", "cannot be searched: Permission denied")
    ]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf# LiteLLM\n\n- Port: 4000\n")
    (claim,) = read_documents(tmp_path, (), Manifest(), LEXICON).claims
    assert claim.subject.service == "litellm"


def test_a_root_that_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such folder"):
        documents(tmp_path / "nowhere")
