"""Whose signatures count: public keys, and the `allowed_signers` files of ssh-keygen(1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from trueup.errors import EvidenceError, UsageError
from trueup.evidence.store import envelope
from trueup.evidence.store.keys import KEY_TYPE, fingerprint, is_signed, public_of_text, read_key_file
from trueup.evidence.store.reading import read
from trueup.vocabulary import Snapshot

NAMESPACE = "trueup"
"""What an `allowed_signers` line has to allow where it names namespaces."""

_ALLOWED = re.compile(rf'\s*("[^"]*"|\S+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)?{KEY_TYPE}\s+(\S+)')
_OPTION = re.compile(r'([\w-]+)(?:="([^"]*)")?')
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)")


class Key(NamedTuple):
    """A public key, whose it is, and the time between which snapshots are taken that it may sign."""

    public: bytes
    who: str = ""
    after: datetime | None = None
    before: datetime | None = None


Trusted = tuple[Key, ...]


def public_key(path: Path) -> Trusted:
    """Read a file with one public key, as `ssh-keygen` writes it. Raises UsageError."""
    parts = read_key_file(path).decode("utf-8", "replace").split(maxsplit=2)
    public = public_of_text(parts[1]) if len(parts) > 1 and parts[0] == KEY_TYPE else None
    if public is None:
        raise UsageError("not an Ed25519 public key", where=str(path), hint=f"a line `{KEY_TYPE} AAAA… comment`")
    return (Key(public, parts[2].strip() if len(parts) > 2 else ""),)


def allowed_signers(path: Path) -> Trusted:
    """Read an `allowed_signers` file; lines of other keys, authorities and namespaces are passed over.

    Raises UsageError where it holds no key that could sign a snapshot, or a time that is none.
    """
    found = tuple(_signers_in(read_key_file(path).decode("utf-8", "replace"), path))
    if not found:
        raise UsageError("allows no Ed25519 key", where=str(path), hint="see ALLOWED SIGNERS in ssh-keygen(1)")
    return found


def signers_of(
    path: Path, content: bytes, snapshot: Snapshot, name: str, trusted: Trusted | None
) -> Mapping[str, str | None]:
    """Return who signed a snapshot's file: fingerprint → whose key it is, None for a key that is not trusted.

    Raises EvidenceError where the envelope cannot be read, is about something else, or bears a signature in the name
    of a trusted key that this key did not make.
    """
    held = envelope.parse(read(path, only_file=True))
    body = held.body
    if not envelope.states(body, envelope.statement(snapshot, name, content)):
        raise EvidenceError("is about another file, or the file was changed since it was signed")
    signed = envelope.pae(held.payload_type, body)
    signers: dict[str, str | None] = {}
    for signature in held.signatures:
        raw = envelope.unbase64(signature.sig)
        key = next((key for key in trusted or () if is_signed(key.public, raw, signed)), None)
        if key is not None and _holds_for(key, snapshot):
            signers[fingerprint(key.public)] = key.who
        elif key is None and signature.keyid in {fingerprint(key.public) for key in trusted or ()}:
            raise EvidenceError(f"the signature in the name of {signature.keyid} is not by that key")
        else:
            signers.setdefault(signature.keyid or "a key without a name", None)
    return signers


def _signers_in(text: str, path: Path) -> Iterator[Key]:
    for line in text.splitlines():
        match = None if line.lstrip().startswith("#") else _ALLOWED.match(line)
        public = public_of_text(match[3]) if match else None
        if match is None or public is None:
            continue
        options = {option[1].lower(): option[2] or "" for option in _OPTION.finditer(match[2] or "")}
        if "cert-authority" in options or not _allows(options.get("namespaces")):
            continue
        after, before = (_time(options.get(name), path) for name in ("valid-after", "valid-before"))
        yield Key(public, match[1].strip('"'), after, before)


def _allows(namespaces: str | None) -> bool:
    from fnmatch import fnmatchcase

    return namespaces is None or any(fnmatchcase(NAMESPACE, pattern) for pattern in namespaces.split(","))


def _holds_for(key: Key, snapshot: Snapshot) -> bool:
    too_early = key.after is not None and snapshot.taken_at < key.after
    return not too_early and not (key.before is not None and snapshot.taken_at > key.before)


def _time(text: str | None, path: Path) -> datetime | None:
    """Read `YYYYMMDD[HHMM[SS]][Z]`: with Z in UTC, else in the time of this machine."""
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        parts = [int(part or 0) for part in match.groups()[:6]]
        when = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"not a time: {text!r}", where=str(path), hint="YYYYMMDD[HHMM[SS]][Z]") from error
    return when if match[7] else when.replace(tzinfo=None).astimezone()
