"""Writing a file that nobody overwrites."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# What a system answers where it does not know a call: exFAT and SMB have no hard links, and some file systems neither
# modes nor folders that can be flushed (Linux: link(2), fsync(2); macOS answers ENOTSUP).
_NOT_KNOWN = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_MODE = 0o644


def create(path: Path, content: bytes) -> bool:
    """Create the file, flushed to the disk; return False where one of that name exists, which is left as it is.

    The file appears whole or not at all. Only where the file system has no hard links can others see a part of it while
    it is written, and is a part left by a machine that stops. Raises OSError where the folder cannot be written; then
    nothing is left there.
    """
    descriptor, name = tempfile.mkstemp(prefix=".trueup-", dir=path.parent)
    whole = Path(name)
    try:
        _fill(descriptor, content)
        created = _link(whole, path, content)
    finally:
        with contextlib.suppress(FileNotFoundError):
            whole.unlink()
    if created:
        _flush_folder(path.parent)
    return created


def _link(whole: Path, path: Path, content: bytes) -> bool:
    # Linking, unlike renaming, never replaces.
    try:
        os.link(whole, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NOT_KNOWN:
            raise
        return _create_in_place(path, content)
    return True


def _create_in_place(path: Path, content: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    except FileExistsError:
        return False
    try:
        _fill(descriptor, content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        with _where_known():
            os.fchmod(file.fileno(), _MODE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with _where_known():
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _where_known() -> Iterator[None]:
    """Let go what a file system does not know; every other error is one."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_KNOWN:
            raise
