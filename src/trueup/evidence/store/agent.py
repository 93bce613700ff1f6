"""Signing through ssh-agent, so that the private key is never here (draft-ietf-sshm-ssh-agent)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.errors import UsageError
from trueup.evidence.store.keys import KEY_TYPE, blob_of, fingerprint, public_of

if TYPE_CHECKING:
    import socket

_SECONDS = 60.0  # a person may have to confirm
_SIZE_LIMIT = 256 * 1024  # OpenSSH's own limit for a message of its agent
_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14


class Agent:
    """One key of the agent that listens on a socket."""

    def __init__(self, path: str, wanted: str) -> None:
        """Find the key by the beginning of its fingerprint; empty means the only one. Raises UsageError."""
        self._path = path
        keys = [public for blob in _blobs(self._ask(bytes([_LIST]), _LISTED)) if (public := public_of(blob))]
        found = [public for public in keys if fingerprint(public).startswith(wanted)]
        if len(found) != 1:
            listed = ", ".join(map(fingerprint, keys)) or "none"
            what = f"{len(found)} Ed25519 keys of the agent are meant" if found else "the agent has no such Ed25519 key"
            raise UsageError(what, hint=f"it has {listed}")
        self._public = found[0]

    @property
    def public(self) -> bytes:
        """The public key's 32 bytes."""
        return self._public

    def sign(self, content: bytes) -> bytes:
        """Return the signature's 64 bytes. Raises UsageError where the agent gives none."""
        request = bytes([_SIGN]) + _string(blob_of(self._public)) + _string(content) + struct.pack(">I", 0)
        signature, _ = _take(self._ask(request, _SIGNED))
        kind, rest = _take(signature)
        raw, _ = _take(rest)
        if kind != KEY_TYPE.encode():
            raise UsageError("the agent signed with another kind of key")
        return raw

    def _ask(self, request: bytes, answer: int) -> bytes:
        """Send one message and return the rest of the answer of that kind."""
        import socket

        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_SECONDS)
                connection.connect(self._path)
                connection.sendall(_string(request))
                (size,) = struct.unpack(">I", _receive(connection, 4))
                if not 0 < size <= _SIZE_LIMIT:
                    raise UsageError("what answers there is no ssh-agent", where=self._path)
                message = _receive(connection, size)
        except OSError as error:
            hint = "start one with `eval $(ssh-agent)` and `ssh-add`"
            reason = error.strerror or str(error)
            raise UsageError(f"cannot ask the agent: {reason}", where=self._path, hint=hint) from error
        if message[0] != answer:
            raise UsageError("the agent refused", where=str(Path(self._path)))
        return message[1:]


def _blobs(listed: bytes) -> Iterator[bytes]:
    """Yield the public keys of a list of identities."""
    (count,) = struct.unpack(">I", listed[:4].rjust(4, b"\0"))
    rest = listed[4:]
    while count and rest:
        blob, rest = _take(rest)
        _, rest = _take(rest)
        yield blob
        count -= 1


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError(0, "it closed the connection")
        received += part
    return received


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _take(content: bytes) -> tuple[bytes, bytes]:
    """Return the string that a message begins with, and the rest; what is cut short is empty."""
    if len(content) < 4:
        return b"", b""
    (size,) = struct.unpack(">I", content[:4])
    return content[4 : 4 + size], content[4 + size :]
