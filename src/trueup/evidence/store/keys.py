"""Ed25519 keys as SSH has them: public keys, their fingerprints, and private keys in files or in an agent.

The forms: RFC 4253 section 6.6 and RFC 8709 (public keys), OpenSSH's PROTOCOL.key (private ones).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from trueup.errors import UsageError

KEY_TYPE = "ssh-ed25519"
_SIZE_LIMIT = 64 * 1024


class Signer(Protocol):
    """Whoever can sign with one private key."""

    @property
    def public(self) -> bytes:
        """The public key's 32 bytes."""

    def sign(self, content: bytes) -> bytes:
        """Return the signature's 64 bytes. Raises UsageError where it cannot be had."""


class KeyFile:
    """A private key that was read from a file."""

    def __init__(self, path: Path, ask: Callable[[], str]) -> None:
        """Read the key; `ask` gives the passphrase where it has one. Raises UsageError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        content = read_key_file(path)
        if content.startswith(KEY_TYPE.encode()):
            hint = "name the private key, or let an agent sign with `--agent`"
            raise UsageError("this is a public key", where=str(path), hint=hint)
        key = _private_key(content, path, ask)
        if not isinstance(key, Ed25519PrivateKey):
            hint = "make one with `ssh-keygen -t ed25519`"
            raise UsageError("not an Ed25519 key", where=str(path), hint=hint)
        self._key = key

    @property
    def public(self) -> bytes:
        """The public key's 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """Return the signature's 64 bytes."""
        return self._key.sign(content)


def fingerprint(public: bytes) -> str:
    """Return what `ssh-keygen -l` shows: `SHA256:` and base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob_of(public)).digest()).decode().rstrip("=")


def blob_of(public: bytes) -> bytes:
    """Return a public key in SSH's wire form."""
    return _string(KEY_TYPE.encode()) + _string(public)


def public_of(blob: bytes) -> bytes | None:
    """Return the 32 bytes of a public key in SSH's wire form; None for what is no Ed25519 key."""
    start = blob_of(b"\0" * 32)[:-32]
    return blob[len(start) :] if blob.startswith(start) and len(blob) == len(start) + 32 else None


def public_of_text(encoded: str) -> bytes | None:
    """Return the 32 bytes of a public key as it stands in base64 in a file of SSH; None for what is no such key."""
    try:
        return public_of(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        return None


def is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether the private half of this key signed the content."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_key_file(path: Path) -> bytes:
    """Return what is in a file of keys. Raises UsageError where it cannot be read or is larger than 64 KiB."""
    try:
        with path.open("rb") as file:
            content = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"cannot read the key: {error.strerror}", where=str(path)) from error
    if len(content) > _SIZE_LIMIT:
        raise UsageError("this is no file of keys", where=str(path))
    return content


def _private_key(content: bytes, path: Path, ask: Callable[[], str]) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        try:
            return load_ssh_private_key(content, None)
        except TypeError:  # what cryptography raises where a passphrase is missing
            return load_ssh_private_key(content, ask().encode())
    except (ValueError, TypeError) as error:
        hint = "an OpenSSH private key, with its right passphrase, is needed"
        raise UsageError("cannot use this key", where=str(path), hint=hint) from error
    except UnsupportedAlgorithm as error:
        raise UsageError(f"cannot use this key: {error}", where=str(path)) from error


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
