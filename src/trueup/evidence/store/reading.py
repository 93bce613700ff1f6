"""Reading a stored snapshot back, and noticing everything that is not as it was written."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from trueup.errors import EvidenceError, TamperedError
from trueup.evidence.store.sealing import digest_of
from trueup.vocabulary import SNAPSHOT_SCHEMA, Snapshot

SIZE_LIMIT = 64 * 1024 * 1024
_EITHER = "evidence is a snapshot stored as JSON, or Markdown in a file whose name ends in .md"
_TAKE_ANOTHER = "restore the file from version control, or take a new one with `trueup snapshot`"


def load(path: Path, *, only_file: bool = False) -> Snapshot:
    """Read a stored snapshot and verify it; see `read` for `only_file`.

    Raises EvidenceError for what cannot be read or is not a snapshot of this schema, TamperedError where the content
    does not match the digest.
    """
    return parse(read(path, only_file=only_file), path)


def parse(content: bytes, path: Path) -> Snapshot:
    """Return the snapshot that a file of that name holds, verified. Raises as `load` does."""
    fields = _fields(content, path)
    if fields.get("schema") != SNAPSHOT_SCHEMA:
        hint = f"this version reads {SNAPSHOT_SCHEMA}"
        raise EvidenceError(f"unknown schema {_short(fields.get('schema'))}", where=str(path), hint=hint)
    stated = fields.get("digest")
    if not stated:
        raise EvidenceError("not a sealed snapshot: it has no digest", where=str(path), hint=_TAKE_ANOTHER)
    if digest_of(fields) != stated:
        raise TamperedError("content does not match its digest", where=str(path), hint=_TAKE_ANOTHER)
    return _snapshot(fields, path)


def read(path: Path, *, only_file: bool = False) -> bytes:
    """Return what is in a file, or comes through a pipe, whose name somebody gave.

    With `only_file`, for names that were found in a folder, everything that is no file is refused without waiting for
    it. Raises EvidenceError where it cannot be read or is too large.
    """
    try:
        with _opened_at_once(path) if only_file else path.open("rb") as file:
            if only_file and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise EvidenceError("not a file", where=str(path))
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise EvidenceError("no such snapshot", where=str(path)) from error
    except OSError as error:
        raise EvidenceError(f"cannot read the snapshot: {error.strerror}", where=str(path)) from error
    if len(content) > SIZE_LIMIT:
        raise EvidenceError(f"larger than {SIZE_LIMIT // 2**20} MiB", where=str(path), hint="this is no snapshot")
    return content


def _opened_at_once(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _fields(content: bytes, path: Path) -> dict[str, object]:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = _TAKE_ANOTHER if path.suffix == ".json" else _EITHER
        raise EvidenceError(f"not readable as JSON: {error}", where=str(path), hint=hint) from error
    if not isinstance(fields, dict):
        raise EvidenceError("not a snapshot: no JSON object", where=str(path), hint=_TAKE_ANOTHER)
    return fields


def _snapshot(fields: Mapping[str, object], path: Path) -> Snapshot:
    try:
        snapshot = msgspec.convert(fields, Snapshot)
    except (msgspec.ValidationError, RecursionError) as error:
        raise EvidenceError(f"not a snapshot: {error}", where=str(path), hint=_TAKE_ANOTHER) from error
    if snapshot.taken_at.tzinfo is None:
        raise EvidenceError("snapshot's time has no time zone", where=str(path), hint=_TAKE_ANOTHER)
    return snapshot


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
