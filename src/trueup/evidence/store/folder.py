"""The folder of snapshots: which files are meant, one writer at a time, and what is derived from them.

Everything that is not a snapshot, its rendering or its signatures stands in the hidden folder `.trueup`, which tells
git itself to ignore it: files that are not whole yet, and the index. Removing it loses nothing.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trueup.errors import EvidenceError
from trueup.files import STAGED, create, discard, locked

SIGNATURES = ".dsse.json"
DERIVED = ".trueup"
WAIT_SECONDS = 20.0
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}.*\.(?:json|md)", re.DOTALL)


def dated_names(directory: Path) -> list[str]:
    """Return the names that evidence may have, JSON or Markdown, in their order; none where there is no folder.

    Raises EvidenceError where the folder cannot be listed.
    """
    try:
        names = os.listdir(directory)  # noqa: PTH208 - paths are made for those that are asked for only
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EvidenceError(f"cannot list snapshots: {error.strerror}", where=str(directory)) from error
    return sorted(name for name in names if _DATED.fullmatch(name) and not name.endswith(SIGNATURES))


def stored_names(directory: Path) -> list[str]:
    """Return the names of what is stored as JSON, in their order. Raises as `dated_names` does."""
    return [name for name in dated_names(directory) if name.endswith(".json")]


def is_there(path: Path) -> bool:
    """Tell whether something has this name; False where that cannot be known."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def derived(directory: Path) -> Path:
    """Return the folder of what is derived, made where it is missing. Raises OSError."""
    folder = directory / DERIVED
    with suppress(FileExistsError):
        folder.mkdir()
    if not stat.S_ISDIR(folder.lstat().st_mode):  # a link could lead anywhere
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    ignore = folder / ".gitignore"
    if not ignore.exists():
        create(ignore, b"# Made by Trueup from the files beside this folder, which can be removed.\n*\n")
    return folder


@contextmanager
def writing_into(directory: Path) -> Iterator[Path]:
    """Make the folder, hold its lock and give the folder for files that are not whole yet.

    Leftovers of writers that were killed are removed. Raises OSError where that cannot be, EvidenceError where others
    hold the lock for too long.
    """
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with locked(directory, WAIT_SECONDS) as alone:
            staging = derived(directory)
            if alone:
                _sweep(staging)
            yield staging
    except TimeoutError as error:
        hint = "see which process holds it with `lsof` or `fuser`, and try again"
        raise EvidenceError(
            f"others have been writing into this folder for {WAIT_SECONDS:.0f} s", where=str(directory), hint=hint
        ) from error


def _sweep(staging: Path) -> None:
    for name in os.listdir(staging):  # noqa: PTH208 - names are enough
        if name.startswith(STAGED):
            discard(staging / name)
