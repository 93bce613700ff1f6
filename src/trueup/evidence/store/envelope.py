"""What is signed and how it is kept: an in-toto Statement v1 about a snapshot's file, in a DSSE envelope. Pure.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md and envelope.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from trueup.errors import EvidenceError
from trueup.vocabulary import Snapshot

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://trueup.dev/attestations/snapshot/1"
_MOST_SIGNATURES = 256


class Signature(msgspec.Struct, frozen=True):
    """A signature in base64, and the fingerprint of the key that is said to have made it."""

    sig: str
    keyid: str = ""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A DSSE envelope. Other fields than the specification's are passed over, as it asks for."""

    payload: str
    payload_type: str
    signatures: tuple[Signature, ...]

    @property
    def body(self) -> bytes:
        """The bytes that were signed. Raises EvidenceError where they are no base64."""
        return unbase64(self.payload)


def pae(payload_type: str, body: bytes) -> bytes:
    """Return the pre-authentication encoding: exactly the bytes that a signature is made over."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def statement(snapshot: Snapshot, name: str, content: bytes) -> bytes:
    """Return the statement that a file of this name and content is this snapshot, as JSON."""
    fields = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {"digest": snapshot.digest, "taken_at": snapshot.taken_at, "hosts": snapshot.hosts},
    }
    return msgspec.json.encode(fields)


def states(body: bytes, expected: bytes) -> bool:
    """Tell whether two statements say the same, whatever the order and white space of their JSON."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(said == msgspec.json.decode(expected))


def dump(envelope: Envelope) -> bytes:
    """Return the file's bytes."""
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"


def parse(content: bytes) -> Envelope:
    """Read an envelope of statements. Raises EvidenceError for what is none."""
    try:
        envelope = msgspec.json.decode(content, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EvidenceError(f"not a DSSE envelope: {error}") from error
    if envelope.payload_type != PAYLOAD_TYPE:
        raise EvidenceError(f"an envelope of something else than {PAYLOAD_TYPE}")
    if not envelope.signatures:
        raise EvidenceError("an envelope without signatures")
    if len(envelope.signatures) > _MOST_SIGNATURES:
        raise EvidenceError(f"more than {_MOST_SIGNATURES} signatures")
    return envelope


def base64_of(content: bytes) -> str:
    """Return standard base64, padded."""
    return base64.b64encode(content).decode()


def unbase64(text: str) -> bytes:
    """Read base64 in either alphabet, as the specification asks for. Raises EvidenceError."""
    try:
        return base64.b64decode(text.encode("ascii").translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise EvidenceError("not readable as base64") from error
