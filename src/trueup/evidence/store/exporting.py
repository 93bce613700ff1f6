"""A stored snapshot for other programs: as it is, one observation a line, as Markdown, or all its files in one."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec

from trueup.errors import EvidenceError
from trueup.evidence.store.folder import SIGNATURES, is_there
from trueup.evidence.store.reading import read
from trueup.vocabulary import Snapshot

# What the time of a file in a tar archive can be: eleven octal digits (POSIX ustar).
_LAST_SECOND = 8**11 - 1


def lines_of(snapshot: Snapshot) -> bytes:
    """Return one JSON object a line for each observation, with the time and the digest of the snapshot in it."""
    head = {"snapshot": snapshot.digest, "taken_at": snapshot.taken_at}
    rows = ({**head, **msgspec.to_builtins(observation)} for observation in snapshot.observations)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def archive_of(path: Path, content: bytes, rendered: bytes, snapshot: Snapshot) -> bytes:
    """Return a tar archive of the snapshot, its rendering and its signatures: the same bytes for the same files.

    Raises EvidenceError where there are signatures that cannot be read.
    """
    import tarfile

    files = {f"{path.stem}.json": content, f"{path.stem}.md": rendered}
    signatures = path.with_name(path.stem + SIGNATURES)
    if is_there(signatures):
        files[signatures.name] = read(signatures, only_file=True)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, held in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(held), 0o644
            member.mtime = min(max(0, int(snapshot.taken_at.timestamp())), _LAST_SECOND)
            try:
                tar.addfile(member, io.BytesIO(held))
            except ValueError as error:
                raise EvidenceError(f"its name has no place in an archive: {error}", where=str(path)) from error
    return archive.getvalue()
