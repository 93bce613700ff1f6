"""The keys of services, by reference: where the manifest says that they are to be had, on the observer's machine.

A key lives in memory while a service is asked and nowhere else: it never becomes part of an argument list, a message or
a snapshot.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.evidence.redact import clean

if TYPE_CHECKING:
    from trueup.manifest import Manifest

_SECONDS = 20.0
_LIMIT = 8192


def keys_of(
    manifest: Manifest, host: str, tell: Callable[[str], None], *, deadline: float = math.inf
) -> dict[tuple[str, int], str]:
    """Return the keys of the host's services by kind and declared port; `tell` is called for those that are missing.

    Commands that print a key are ended at the `deadline` (of `time.monotonic`) at the latest.
    """
    found: dict[tuple[str, int], str] = {}
    for service in manifest.services:
        if service.host != host or service.key is None:
            continue
        if not service.sockets:
            tell(
                f"the key of {service.kind} on {host} is not used: it is sent to declared ports only, and there is none"
            )
            continue
        try:
            key = _fetch(service.key, deadline)
        except LookupError as error:
            tell(f"{service.kind} on {host} is asked without its key: {clean(error.args[0], 500)}")
            continue
        found |= {(service.kind, socket.port): key for socket in service.sockets}
    return found


def _fetch(reference: str, deadline: float) -> str:
    """Return the key that a reference names. Raises LookupError that says why there is none."""
    scheme, _, rest = reference.partition(":")
    seconds = max(0.0, min(_SECONDS, deadline - time.monotonic()))
    read: dict[str, Callable[[str], str]] = {
        "env": _from_environment,
        "file": _from_file,
        "command": partial(_from_command, seconds=seconds),
    }
    key = read[scheme](rest).strip()
    if not key:
        raise LookupError(f"{reference} is empty")
    if len(key) > _LIMIT or not key.isascii() or not key.isprintable():
        raise LookupError(f"{reference} holds no key: it is one line of printable ASCII")
    return key


def _from_environment(name: str) -> str:
    if name not in os.environ:
        raise LookupError(f"the environment variable {name} is not set")
    return os.environ[name]


def _from_file(name: str) -> str:
    try:
        with Path(name).expanduser().open(encoding="utf-8") as file:
            return file.read(_LIMIT + 2)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LookupError(f"{name} cannot be read: {reason}") from None


def _from_command(text: str, *, seconds: float) -> str:
    """Run a command without a shell; what it prints is the key, what it complains of goes to the terminal."""
    import shlex
    import subprocess

    try:
        argv = shlex.split(text)
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise LookupError(f"`{text}` did not end within {seconds:.3g} s") from None
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LookupError(f"`{text}` cannot be run: {reason}") from None
    if ran.returncode != 0:
        raise LookupError(f"`{text}` failed with status {ran.returncode}")
    return ran.stdout.decode("utf-8", "replace")
