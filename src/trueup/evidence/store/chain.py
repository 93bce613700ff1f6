"""The links between the snapshots of a folder: each names the digest of the one that was written before it.

The order of the chain is the order of writing, not of the times: an old snapshot that is imported today comes last.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from trueup.errors import EvidenceError
from trueup.evidence.store.folder import stored_names
from trueup.evidence.store.reading import load

# `previous` and `digest` come last in the vocabulary, so a file's end tells its link, however large it is.
_END_BYTES = 256
_END = re.compile(rb'(?:,\s*"previous":\s*"([0-9a-f]{64})")?,\s*"digest":\s*"([0-9a-f]{64})"\s*\}\s*\Z')
_NOT_OF_THE_FILE = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class Link(NamedTuple):
    """A snapshot's file name, its digest, and the digest of the one before it (empty for a first one)."""

    name: str
    digest: str
    previous: str


def head(links: Iterable[Link]) -> str:
    """Return the digest that the next snapshot has to name: the one that no other names; empty where there is none.

    Where a merge of two branches left several, it is the last of them by name, which begins with the time.
    """
    known = list(links)
    named = {link.previous for link in known}
    ends = [link for link in known if link.digest not in named]
    return max(ends or known).digest if known else ""


def links_of(directory: Path) -> list[Link]:
    """Return the links of the stored snapshots, as they state them; what is no snapshot has none.

    Raises EvidenceError where the folder cannot be listed, OSError where the machine cannot read.
    """
    return [link for name in stored_names(directory) if (link := _link_of(directory, name)) is not None]


def _link_of(directory: Path, name: str) -> Link | None:
    path = directory / name
    found = _END.search(_end_of(path))
    if found is not None:
        return Link(name, found[2].decode(), (found[1] or b"").decode())
    with suppress(EvidenceError):  # an editor may have moved the white space, or it is something else
        snapshot = load(path, only_file=True)
        return Link(name, snapshot.digest, snapshot.previous)
    return None


def _end_of(path: Path) -> bytes:
    """Return a file's last bytes; nothing of what cannot be read or has no end, such as a pipe.

    Raises OSError where that says nothing of the file: a chain must not fork because a machine is short of something.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, _END_BYTES, max(0, os.fstat(descriptor).st_size - _END_BYTES))
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _NOT_OF_THE_FILE:
            raise
        return b""
