"""Writing files whole, over no other, and one writer of a folder at a time.

What holds when a process or a machine stops: a file is written and flushed under another name first (`stage`), then
gets its own name in one step (`publish`), then the folder is flushed (`flush`). Before the name is there, so is all of
the content, on the disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

STAGED = ".trueup-"
"""How the names of files begin that are not whole yet."""

# What a system answers where it does not know a call: exFAT and SMB have no hard links, and some file systems neither
# modes nor folders that can be flushed (Linux: link(2), fsync(2); macOS answers ENOTSUP).
_NOT_KNOWN = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
# The same for locks: NFS has none for what is open for reading only (EBADF), or none at all (ENOLCK; flock(2)).
_NO_LOCKS = _NOT_KNOWN | {errno.EBADF, errno.ENOLCK}
_MODE = 0o644
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def create(path: Path, content: bytes) -> bool:
    """Create the file, flushed to the disk; return False where one of that name exists, which is left as it is.

    The file appears whole or not at all. Raises OSError where the folder cannot be written; then nothing is left there.
    """
    staged = stage(content, path.parent)
    try:
        created = publish(staged, path)
    finally:
        discard(staged)
    if created:
        flush(path.parent)
    return created


def stage(content: bytes, folder: Path) -> Path:
    """Write the content, flushed to the disk, under a name that nobody else uses.

    Raises OSError; then nothing is left.
    """
    # Not the module `tempfile`: importing it takes several milliseconds of what a snapshot has to start.
    staged = folder / f"{STAGED}{os.urandom(12).hex()}"
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            with _where_known():
                os.fchmod(descriptor, _MODE)
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            _flush(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        discard(staged)
        raise
    return staged


def publish(staged: Path, path: Path) -> bool:
    """Give a staged file its name, in one step; return False where that name is taken.

    Where the file system has no hard links the file is moved, and a program that takes the very same name at the same
    instant loses its file. Raises OSError. The staged name may be left: `discard` it.
    """
    try:
        os.link(staged, path)  # linking, unlike renaming, never replaces
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NOT_KNOWN:
            raise
        if os.path.lexists(path):
            return False
        os.rename(staged, path)  # noqa: PTH104 - as the other calls of this file
    return True


def replace(path: Path, content: bytes, staging: Path) -> None:
    """Put a file, flushed to the disk, in the place of the one that is there, whole or not at all.

    It is staged in a folder of the same file system. Raises OSError.
    """
    staged = stage(content, staging)
    try:
        os.replace(staged, path)  # noqa: PTH105 - as the other calls of this file
    finally:
        discard(staged)
    flush(path.parent)


def discard(staged: Path) -> None:
    """Remove a staged file if it is there. That it cannot be is no error: it counts as nothing."""
    with contextlib.suppress(OSError):
        staged.unlink()


def flush(folder: Path) -> None:
    """Flush the names in a folder to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _where_known():
            _flush(descriptor)
    finally:
        os.close(descriptor)


def _flush(descriptor: int) -> None:
    """Flush to the disk itself: on macOS fsync(2) leaves the content in the drive's own memory, as its page says."""
    import fcntl

    whole_way: int | None = getattr(fcntl, "F_FULLFSYNC", None)
    if whole_way is not None:
        with contextlib.suppress(OSError):  # not every file system knows it; then fsync is what there is
            fcntl.fcntl(descriptor, whole_way)
            return
    os.fsync(descriptor)


@contextlib.contextmanager
def locked(folder: Path, seconds: float) -> Iterator[bool]:
    """Hold the lock of a folder (flock(2) of the folder itself, so that nothing is left of it whatever happens).

    Gives False where the file system knows no locks. Raises TimeoutError where others hold it for longer than
    `seconds`, OSError where the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield _lock(descriptor, seconds)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, seconds: float) -> bool:
    import fcntl

    deadline = time.monotonic() + seconds
    pauses = iter(_PAUSES)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "others hold the lock") from error
            time.sleep(next(pauses, _PAUSES[-1]))
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return False
        else:
            return True


@contextlib.contextmanager
def _where_known() -> Iterator[None]:
    """Let go what a file system does not know; every other error is one."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_KNOWN:
            raise
