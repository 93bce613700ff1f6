"""A snapshot's digest and its bytes. Pure.

The digest is the SHA-256 of canonical JSON (keys sorted, no white space, UTF-8) of every field but `digest`. It is
taken over the JSON as it stands in the file, before it becomes a `Snapshot`, so a changed byte is noticed even where
both spellings mean the same instant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from trueup.errors import EvidenceError
from trueup.vocabulary import Snapshot


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
    fields: dict[str, object] = msgspec.json.decode(dump(settled))
    return msgspec.structs.replace(settled, digest=digest_of(fields))


def dump(snapshot: Snapshot) -> bytes:
    """Return the file's bytes: indented JSON with fields in the order of the vocabulary, ending with a newline."""
    try:
        # fields at their default are left out of the vocabulary's JSON, but a data file always names its schema
        fields = {"schema": snapshot.schema, **msgspec.to_builtins(snapshot)}
        return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"
    except (ValueError, OverflowError) as error:
        raise EvidenceError(f"snapshot cannot be written as JSON: {error}") from error


def digest_of(fields: Mapping[str, object]) -> str:
    """Return the digest of a snapshot's JSON object, whatever digest it states itself."""
    content = {name: value for name, value in fields.items() if name != "digest"}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def unlinked(snapshot: Snapshot) -> bytes:
    """Return the bytes of what a snapshot says, without where it stands in a folder: equal for the same content."""
    return dump(msgspec.structs.replace(snapshot, previous="", digest=""))


def stem_of(snapshot: Snapshot) -> str:
    """Return the name of a sealed snapshot's files without their suffix: its time and the beginning of its digest."""
    return f"{stamp(snapshot.taken_at)}-{snapshot.digest[:12]}"


def stamp(taken_at: datetime) -> str:
    """Return a time in UTC, to the second, as it stands in names of files."""
    # not strftime: it leaves out leading zeros of the year on Linux
    return taken_at.replace(microsecond=0, tzinfo=None).isoformat().replace(":", "") + "Z"
