"""Snapshots as files: one JSON file that nobody changes, named by time and content, and its Markdown beside it.

The digest is the SHA-256 of canonical JSON (keys sorted, no white space, UTF-8) of every field but `digest`. It is
taken over the JSON as it stands in the file, before it becomes a `Snapshot`, so a changed byte is noticed even where
both spellings mean the same instant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from trueup.errors import EvidenceError, TamperedError
from trueup.evidence.render import render
from trueup.files import create
from trueup.vocabulary import SNAPSHOT_SCHEMA, Snapshot

SIZE_LIMIT = 64 * 1024 * 1024
_EITHER = "evidence is a snapshot stored as JSON, or Markdown in a file whose name ends in .md"
_TAKE_ANOTHER = "restore the file from version control, or take a new one with `trueup snapshot`"


def seal(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with its time in UTC and its digest filled in.

    Raises EvidenceError where `taken_at` has no time zone or a value has no JSON form.
    """
    if snapshot.taken_at.tzinfo is None:
        raise EvidenceError("snapshot's time has no time zone", hint="give `taken_at` in UTC")
    try:
        taken_at = snapshot.taken_at.astimezone(UTC)
    except OverflowError as error:
        raise EvidenceError("snapshot's time is out of range") from error
    settled = msgspec.structs.replace(snapshot, taken_at=taken_at, digest="")
    return msgspec.structs.replace(settled, digest=_digest(_plain(settled)))


def dump(snapshot: Snapshot) -> bytes:
    """Return the file's bytes: indented JSON with fields in the order of the vocabulary, ending with a newline."""
    try:
        # fields at their default are left out of the vocabulary's JSON, but a data file always names its schema
        fields = {"schema": snapshot.schema, **msgspec.to_builtins(snapshot)}
        return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"
    except (ValueError, OverflowError) as error:
        raise EvidenceError(f"snapshot cannot be written as JSON: {error}") from error


def load(path: Path) -> Snapshot:
    """Read a stored snapshot and verify it.

    Raises EvidenceError for what cannot be read or is not a snapshot of this schema, TamperedError where the content
    does not match the digest.
    """
    fields = _fields(_read(path), path)
    if fields.get("schema") != SNAPSHOT_SCHEMA:
        hint = f"this version reads {SNAPSHOT_SCHEMA}"
        raise EvidenceError(f"unknown schema {_short(fields.get('schema'))}", where=str(path), hint=hint)
    stated = fields.get("digest")
    if not stated:
        raise EvidenceError("not a sealed snapshot: it has no digest", where=str(path), hint=_TAKE_ANOTHER)
    if _digest(fields) != stated:
        raise TamperedError("content does not match its digest", where=str(path), hint=_TAKE_ANOTHER)
    try:
        snapshot = msgspec.convert(fields, Snapshot)
    except (msgspec.ValidationError, RecursionError) as error:
        raise EvidenceError(f"not a snapshot: {error}", where=str(path), hint=_TAKE_ANOTHER) from error
    if snapshot.taken_at.tzinfo is None:
        raise EvidenceError("snapshot's time has no time zone", where=str(path), hint=_TAKE_ANOTHER)
    return snapshot


def write(snapshot: Snapshot, directory: Path, *, notes: Sequence[str] = ()) -> tuple[Path, Path]:
    """Seal the snapshot, write it into `directory` as JSON and, with its drift notes, as Markdown; return both paths.

    A snapshot that is already there is left as it is. Each file appears whole or not at all (see `files.create`).
    Raises EvidenceError where the folder cannot be written or another content has the same name.
    """
    sealed = seal(snapshot)
    stem = f"{_stamp(sealed.taken_at)}-{sealed.digest[:12]}"
    json_path, markdown_path = directory / f"{stem}.json", directory / f"{stem}.md"
    content, written = dump(sealed), directory
    try:
        directory.mkdir(parents=True, exist_ok=True)
        written = json_path
        if not create(json_path, content) and json_path.read_bytes() != content:
            hint = "snapshots are never overwritten; move that file away"
            raise EvidenceError("another content has this name already", where=str(json_path), hint=hint)
        written = markdown_path
        create(markdown_path, render(sealed, notes).encode())
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise EvidenceError(f"cannot write a snapshot: {reason}", where=str(written)) from error
    return json_path, markdown_path


def _stamp(taken_at: datetime) -> str:
    # not strftime: it leaves out leading zeros of the year on Linux
    return taken_at.replace(microsecond=0, tzinfo=None).isoformat().replace(":", "") + "Z"


def _plain(snapshot: Snapshot) -> dict[str, object]:
    fields: dict[str, object] = msgspec.json.decode(dump(snapshot))
    return fields


def _digest(fields: Mapping[str, object]) -> str:
    content = {name: value for name, value in fields.items() if name != "digest"}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise EvidenceError("no such snapshot", where=str(path)) from error
    except OSError as error:
        raise EvidenceError(f"cannot read the snapshot: {error.strerror}", where=str(path)) from error
    if len(content) > SIZE_LIMIT:
        raise EvidenceError(f"larger than {SIZE_LIMIT // 2**20} MiB", where=str(path), hint="this is no snapshot")
    return content


def _fields(content: bytes, path: Path) -> dict[str, object]:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = _TAKE_ANOTHER if path.suffix == ".json" else _EITHER
        raise EvidenceError(f"not readable as JSON: {error}", where=str(path), hint=hint) from error
    if not isinstance(fields, dict):
        raise EvidenceError("not a snapshot: no JSON object", where=str(path), hint=_TAKE_ANOTHER)
    return fields


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
