"""Files that a host has before it starts."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_HOME = PurePosixPath("/home/ops")
_USER_ID = 1000


@dataclass(frozen=True)
class File:
    """A file's text and mode. What is under /home/ops belongs to ops, the rest to root."""

    text: str
    mode: int = 0o644


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


Files = Mapping[str, str | File | Link]


def enabled(*units: str) -> dict[str, Link]:
    """Return the links that `systemctl enable` makes for unit files, given with their folder.

    Sockets are started with every socket, timers with every timer, and services with what the machine is for.
    """
    return {str(_wanting(PurePosixPath(unit)) / PurePosixPath(unit).name): Link(unit) for unit in units}


def pack(files: Files, path: Path) -> Path:
    """Write the files as an archive to be unpacked at a root, which has the folders that are not the user's."""
    with tarfile.open(path, "w") as archive:
        for folder in sorted({each for name in files for each in PurePosixPath(name).parents if _HOME in each.parents}):
            _add(archive, folder, tarfile.DIRTYPE, 0o755)
        for name, content in files.items():
            place = PurePosixPath(name)
            if isinstance(content, Link):
                _add(archive, place, tarfile.SYMTYPE, 0o777, target=content.target)
            else:
                file = File(content) if isinstance(content, str) else content
                _add(archive, place, tarfile.REGTYPE, file.mode, content=file.text.encode())
    return path


def _wanting(unit: PurePosixPath) -> PurePosixPath:
    by_kind = {".socket": "sockets", ".timer": "timers"}
    default = "default" if "user" in unit.parts else "multi-user"
    return unit.parent / f"{by_kind.get(unit.suffix, default)}.target.wants"


def _add(
    archive: tarfile.TarFile, place: PurePosixPath, kind: bytes, mode: int, *, target: str = "", content: bytes = b""
) -> None:
    entry = tarfile.TarInfo(str(place.relative_to("/")))
    entry.type, entry.mode, entry.linkname, entry.size = kind, mode, target, len(content)
    entry.mtime = int(time.time())
    entry.uid = entry.gid = _USER_ID if _HOME in place.parents else 0
    archive.addfile(entry, io.BytesIO(content))
