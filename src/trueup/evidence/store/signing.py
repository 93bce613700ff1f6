"""Vouching for a stored snapshot: one more signature in the envelope beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from trueup.errors import EvidenceError, UsageError
from trueup.evidence.store import envelope
from trueup.evidence.store.folder import SIGNATURES, writing_into
from trueup.evidence.store.keys import Signer, fingerprint, is_signed
from trueup.evidence.store.reading import parse, read
from trueup.files import replace


def sign(path: Path, signer: Signer) -> Path:
    """Add a signature to the envelope of a stored snapshot and return the envelope's path.

    A key that has signed it already signs it no second time. Raises EvidenceError where the snapshot is not intact or
    the envelope is about something else, UsageError where the signer signs nothing.
    """
    content = read(path)
    body = envelope.statement(parse(content, path), path.name, content)
    target, keyid = path.with_name(path.stem + SIGNATURES), fingerprint(signer.public)
    try:
        held = _held(target, body)
        signed = envelope.pae(held.payload_type, held.body)
        if any(_is_by(signer.public, keyid, each, signed) for each in held.signatures):
            return target
        # An agent may ask a person, so nobody waits for the folder meanwhile.
        made = _signed_by(signer, signed, keyid)
        with writing_into(path.parent) as staging:
            now = _held(target, body)
            if now.body != held.body:
                raise EvidenceError("another signature was added meanwhile", where=str(target), hint="sign again")
            others = tuple(other for other in now.signatures if other.keyid != keyid)
            replace(target, envelope.dump(msgspec.structs.replace(now, signatures=(*others, made))), staging)
    except OSError as error:
        reason = error.strerror or "input/output error"
        raise EvidenceError(f"cannot write a signature: {reason}", where=str(target)) from error
    return target


def _is_by(public: bytes, keyid: str, signature: envelope.Signature, signed: bytes) -> bool:
    return signature.keyid == keyid and is_signed(public, envelope.unbase64(signature.sig), signed)


def _held(target: Path, body: bytes) -> envelope.Envelope:
    """Return the envelope that is there, which has to say the same, or one without signatures. Raises OSError."""
    if not target.exists():
        return envelope.Envelope(envelope.base64_of(body), envelope.PAYLOAD_TYPE, ())
    held = envelope.parse(read(target, only_file=True))
    if not envelope.states(held.body, body):
        hint = "move it away to sign the file as it is now"
        raise EvidenceError("signatures of another content are there", where=str(target), hint=hint)
    return held


def _signed_by(signer: Signer, content: bytes, keyid: str) -> envelope.Signature:
    raw = signer.sign(content)
    if not is_signed(signer.public, raw, content):
        raise UsageError(f"what came back is no signature by {keyid}")
    return envelope.Signature(sig=envelope.base64_of(raw), keyid=keyid)
