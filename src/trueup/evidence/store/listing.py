"""The snapshots of a folder in short, the newest first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from trueup.evidence.store.folder import SIGNATURES, is_there, stored_names
from trueup.evidence.store.index import Index
from trueup.vocabulary import Word

SNAPSHOTS_SCHEMA = "https://trueup.dev/schemas/snapshots/1"


class Listed(Word, frozen=True, kw_only=True):
    """A stored file; `problem` says why it is no intact snapshot, and then the rest is not known."""

    file: str
    digest: str = ""
    previous: str = ""
    taken_at: datetime | None = None
    title: str = ""
    origin: str = ""
    hosts: tuple[str, ...] = ()
    observations: int = 0
    signed: bool = False
    problem: str = ""


class Snapshots(Word, frozen=True, kw_only=True, omit_defaults=False):
    """What `trueup snapshot list --json` prints."""

    schema: str = SNAPSHOTS_SCHEMA
    snapshots: tuple[Listed, ...]


def listed(directory: Path) -> tuple[Listed, ...]:
    """Return what is stored in a folder. Raises EvidenceError where it cannot be listed."""
    rows = []
    with Index(directory) as index:
        for name in reversed(stored_names(directory)):
            entry = index.entry(name)
            rows.append(
                Listed(
                    file=name.encode("utf-8", "backslashreplace").decode(),
                    digest=entry.digest,
                    previous=entry.previous,
                    taken_at=entry.taken_at,
                    title=entry.title,
                    origin=entry.origin,
                    hosts=entry.hosts,
                    observations=entry.observations,
                    signed=is_there(directory / (name.removesuffix(".json") + SIGNATURES)),
                    problem=entry.problem,
                )
            )
    return tuple(rows)


def dump(rows: tuple[Listed, ...]) -> bytes:
    """Return the list as JSON, ending with a newline."""
    return msgspec.json.format(msgspec.json.encode(Snapshots(snapshots=rows)), indent=2) + b"\n"
