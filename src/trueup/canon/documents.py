"""Finding and loading documents: the edge where canon touches the file system.

Hidden folders, dependencies and snapshots (evidence, never canon) are passed over; a file that is named is read
wherever it is.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from trueup.canon.claims import read_claims
from trueup.errors import DocumentError
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Claim, Modality, Word
from trueup.vocabulary.marks import own_kind

SIZE_LIMIT = 8 * 1024 * 1024
_SUFFIXES = (".md", ".markdown")
_PASSED_OVER = frozenset({"node_modules", "vendor", "third_party", "site-packages", "__pycache__", "build", "dist"})

# Names of files and folders whose text tells of other times than now.
_HISTORY = re.compile(
    r"(?:change-?log|changes|history|histories|archived?|archives|attic|old|legacy|deprecated|decisions|adrs?|lessons-?learned"
    r"|post-?mortems?|incidents?|releases?|release-notes|review-?log|migrations?|backups?|snapshots?)",
    re.IGNORECASE,
)
_PLANS = re.compile(r"(?:plans?|proposals?|roadmap|wip|drafts?|rfcs?|todo|backlog|ideas?|specs?)", re.IGNORECASE)
_DATED = re.compile(r"\d{4}-\d{2}(?:-\d{2})?\b")
_BACKUP = re.compile(r"(?:\.bak|\.orig|\.old|~|[ _-]copy|[ _.-]backup)(?:[.-]?\d*)$", re.IGNORECASE)


class Skipped(Word, frozen=True, kw_only=True):
    """A document that was found but not read, or a folder that could not be searched, and why."""

    path: str
    reason: str


class Canon(Word, frozen=True, kw_only=True):
    """What the documents say: the paths that were read, the claims in them, and what was skipped."""

    documents: tuple[str, ...]
    claims: tuple[Claim, ...]
    skipped: tuple[Skipped, ...] = ()


def read_documents(root: Path, paths: Sequence[Path], manifest: Manifest, lexicon: Lexicon) -> Canon:
    """Read the claims of all documents below `root`, or of `paths` only (files, or folders to search).

    Raises DocumentError when `root` is no folder, or when a file in `paths` is missing or cannot be read as Markdown. A
    document that was only found, and cannot be read, is skipped and listed; so is what Trueup itself wrote, even when
    it is named, because a report that is read as a document says everything once more.
    """
    if not root.is_dir():
        raise DocumentError("no such folder", where=str(root), hint="name the folder of the documents with --root")
    documents: list[str] = []
    claims: list[Claim] = []
    chosen, skipped = _choose(root, paths, manifest)
    for path, named in chosen:
        name = _relative(root, path)
        try:
            source = load_document(path)
        except DocumentError as error:
            if named:
                raise
            skipped.append(Skipped(path=name, reason=error.what))
            continue
        if own := own_kind(source):
            skipped.append(Skipped(path=name, reason=f"it is a {own} that trueup wrote"))
            continue
        documents.append(name)
        claims.extend(read_claims(name, source, lexicon, modality=document_time(name, manifest)))
    return Canon(documents=tuple(documents), claims=tuple(claims), skipped=tuple(skipped))


def load_document(path: Path) -> str:
    """Return a document's text.

    Raises DocumentError when it is missing, no regular file, too large, or not UTF-8 text.
    """
    try:
        with _open_regular(path) as file:
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise DocumentError("no such document", where=str(path)) from error
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > SIZE_LIMIT:
        limit = f"{SIZE_LIMIT // 2**20} MiB"
        raise DocumentError(f"larger than {limit}", where=str(path), hint="split it, or list it under documents.ignore")
    if b"\0" in content:
        at = content.index(b"\0")
        raise DocumentError(f"not text (a NUL byte at offset {at})", where=str(path), hint="only Markdown is read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError("not UTF-8 text", where=f"{path}:{line}", hint="convert it to UTF-8") from error


def _open_regular(path: Path) -> BinaryIO:
    """Open a regular file: a pipe would be waited for, and to open a device may do something."""
    _require_regular(path, path.stat())
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    try:
        # Between the two calls another file may have taken the name.
        _require_regular(path, os.fstat(file.fileno()))
    except DocumentError:
        file.close()
        raise
    return file


def _require_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError("not a regular file", where=str(path), hint="a document is a file of Markdown")


def document_time(name: str, manifest: Manifest) -> Modality:
    """How a whole document is meant, by where it is: the manifest's word first, else what its name says."""
    if _matches(name, manifest.documents.historical):
        return Modality.HISTORICAL
    parts = PurePosixPath(name).parts
    for part in parts:
        stem = part.rsplit(".", 1)[0] if part == parts[-1] else part
        if _HISTORY.fullmatch(stem) or _DATED.match(stem) or _BACKUP.search(stem):
            return Modality.HISTORICAL
        if _PLANS.fullmatch(stem) or re.search(
            r"[-_](?:proposal|plan|draft|roadmap|checklist|spec)$", stem, re.IGNORECASE
        ):
            return Modality.PLANNED
    return Modality.ASSERTED


# ---------------------------------------------------------------- choosing


def _choose(root: Path, paths: Sequence[Path], manifest: Manifest) -> tuple[list[tuple[Path, bool]], list[Skipped]]:
    """Return the documents to read, each once, in the order of their names, and what could not be searched.

    The flag is true for documents that were named.
    """
    chosen: dict[Path, bool] = {}
    closed: list[OSError] = []
    for path in paths or [root]:
        where = path if path.exists() or not (root / path).exists() else root / path
        if where.is_dir():
            found = (each for each in _walk(where, closed) if _is_wanted(_relative(root, each), manifest))
            for each in found:
                chosen.setdefault(each, False)
        else:
            chosen[where] = True
    skipped = [
        Skipped(path=f"{_relative(root, Path(error.filename))}/", reason=f"cannot be searched: {error.strerror}")
        for error in closed
    ]
    return sorted(chosen.items(), key=lambda item: _relative(root, item[0])), skipped


def _walk(top: Path, closed: list[OSError]) -> Iterator[Path]:
    """Yield the Markdown files below a folder; the errors of folders that cannot be listed go into `closed`."""
    for folder, folders, files in os.walk(top, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        yield from (Path(folder) / name for name in sorted(files) if name.lower().endswith(_SUFFIXES))


def _is_wanted(name: str, manifest: Manifest) -> bool:
    """What the manifest says of a document that was found; what lies outside the root it says nothing of."""
    if PurePosixPath(os.path.normpath(manifest.evidence.directory)) in PurePosixPath(name).parents:
        return False
    documents = manifest.documents
    chosen = name.startswith("../") or _matches(name, (*documents.canonical, *documents.historical))
    return chosen and not _matches(name, documents.ignore)


def _relative(root: Path, path: Path) -> str:
    # A file name need not be text: bytes that are not UTF-8 come as lone surrogates, which no JSON can hold.
    return Path(os.path.relpath(path, root)).as_posix().encode("utf-8", "backslashreplace").decode()


def _matches(name: str, globs: Iterable[str]) -> bool:
    return any(_glob(pattern).fullmatch(name) for pattern in globs)


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """Translate a glob: `**/` is any number of folders, `**` anything, `*` and `?` stay within one name."""
    out = ""
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        out += {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}.get(piece) or re.escape(piece)
    return re.compile(out)
