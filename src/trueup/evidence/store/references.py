"""Which stored snapshot is meant: `latest`, `latest~1`, a path, a name, the beginning of a name or of a digest."""

from __future__ import annotations

import re
from pathlib import Path

from trueup.errors import EvidenceError
from trueup.evidence.store.folder import is_there, stored_names
from trueup.evidence.store.index import Index

FORMS = "`latest`, `latest~1`, a path, or the beginning of a file's name or of a digest (4 or more characters)"
_LATEST = re.compile(r"latest(?:~(\d{1,9}))?")
_HEX = re.compile(r"[0-9a-f]{4,64}")
# So many characters of a digest stand in a file's name.
_IN_NAME = 12
_SHOWN = 4


def resolve(reference: str, directory: Path) -> Path:
    """Return the path of the snapshot that is meant; it is not read. Raises EvidenceError where none is, or several."""
    latest = _LATEST.fullmatch(reference)
    if latest:
        return _latest(int(latest[1] or 0), directory)
    if "/" in reference or reference.endswith((".json", ".md")):
        path = Path(reference)
        return path if is_there(path) or "/" in reference else directory / reference
    names = stored_names(directory)
    found = [name for name in names if reference and name.startswith(reference)]
    if not found and _HEX.fullmatch(reference):
        found = _with_digest(reference, names, directory)
    if len(found) == 1:
        return directory / found[0]
    if not found:
        raise EvidenceError(f"no snapshot is meant by {reference!r}", where=str(directory), hint=f"name it by {FORMS}")
    listed = ", ".join(found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    raise EvidenceError(f"{len(found)} snapshots are meant by {reference!r}", where=str(directory), hint=listed)


def _latest(back: int, directory: Path) -> Path:
    names = stored_names(directory)
    if not names:
        raise EvidenceError("no snapshots", where=str(directory), hint="take one with `trueup snapshot`")
    if back >= len(names):
        hint = f"the first is `latest~{len(names) - 1}`"
        raise EvidenceError(f"only {len(names)} snapshots are there", where=str(directory), hint=hint)
    return directory / names[-1 - back]


def _with_digest(beginning: str, names: list[str], directory: Path) -> list[str]:
    found = [name for name in names if name.removesuffix(".json").endswith(f"-{beginning[:_IN_NAME]}")]
    if len(beginning) < _IN_NAME:
        short = re.compile(rf".*-{beginning}[0-9a-f]{{{_IN_NAME - len(beginning)}}}\.json", re.DOTALL)
        return [name for name in names if short.fullmatch(name)]
    with Index(directory) as index:
        return [name for name in found if index.entry(name).digest.startswith(beginning)]
