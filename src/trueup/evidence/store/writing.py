"""Putting a snapshot into its folder: two files or none, over no other, linked to what was written before.

The order of flushes, for a machine that stops at any point: both files are staged and flushed; the JSON file gets its
name, then the Markdown file; then the folder is flushed, and only then is the snapshot told as written. A snapshot
without its rendering is whole; a rendering without its snapshot cannot come to be while names are kept in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from trueup.errors import EvidenceError
from trueup.evidence.render import render
from trueup.evidence.store.chain import head, links_of
from trueup.evidence.store.folder import is_there, stored_names, writing_into
from trueup.evidence.store.reading import load
from trueup.evidence.store.sealing import dump, seal, stamp, stem_of, unlinked
from trueup.files import discard, flush, publish, stage
from trueup.vocabulary import Snapshot


def write(snapshot: Snapshot, directory: Path, *, notes: Sequence[str] = ()) -> tuple[Path, Path]:
    """Link and seal the snapshot, write it into `directory` as JSON and as Markdown with its drift notes.

    Returns both paths. A snapshot whose content is already there is left as it is. Each file appears whole or not at
    all, and writers take turns, so that there is one chain. Raises EvidenceError where the folder cannot be written,
    others hold it, or another content has the same name.
    """
    settled = seal(snapshot)
    where = directory
    try:
        with writing_into(directory) as staging:
            stored = _stored_already(settled, directory)
            linked = stored or seal(msgspec.structs.replace(settled, previous=head(links_of(directory))))
            where, rendered = (directory / f"{stem_of(linked)}{suffix}" for suffix in (".json", ".md"))
            if stored is None:
                _put({where: dump(linked), rendered: render(linked, notes).encode()}, staging)
            elif not is_there(rendered):
                _put({rendered: render(linked, notes).encode()}, staging)
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise EvidenceError(f"cannot write a snapshot: {reason}", where=str(where)) from error
    return where, rendered


def _stored_already(snapshot: Snapshot, directory: Path) -> Snapshot | None:
    """Return the snapshot of the folder that says the same, wherever it stands in the chain."""
    content = unlinked(snapshot)
    for name in stored_names(directory):
        if name.startswith(f"{stamp(snapshot.taken_at)}-"):
            with suppress(EvidenceError):
                stored = load(directory / name, only_file=True)
                if unlinked(stored) == content and name == f"{stem_of(stored)}.json":
                    return stored
    return None


def _put(files: Mapping[Path, bytes], staging: Path) -> None:
    """Give the files their names in this order, once all of them stand whole on the disk; all or none of them."""
    staged: dict[Path, Path] = {}
    fresh = [path for path in files if not is_there(path)]
    try:
        for path, content in files.items():
            staged[path] = stage(content, staging)
        for path, whole in staged.items():
            if not publish(whole, path) and path.suffix == ".json":
                hint = "snapshots are never overwritten; move that file away"
                raise EvidenceError("another content has this name already", where=str(path), hint=hint)
    except BaseException:
        # Nobody was told of them, and the lock kept others from following them. The rendering goes first: alone, it
        # would be taken for what a person wrote.
        for path in reversed(fresh):
            discard(path)
        raise
    finally:
        for whole in staged.values():
            discard(whole)
    for folder in {path.parent for path in files}:
        flush(folder)
