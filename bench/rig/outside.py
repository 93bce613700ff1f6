"""What a program's commands cost a machine, measured by the kernel and not by the program.

The program runs in a control group of its own. What it used itself is known to the nanosecond from its schedstat, read
while it is dead and not yet waited for; the rest of the group's time is its commands', orphans included.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_GLANCE = 0.001


class RefusedError(Exception):
    """This machine does not let itself be measured; the text says why."""


class Outside(NamedTuple):
    """Of one run: wall and CPU seconds of the program itself, and of everything that it started."""

    own_wall: float
    own_cpu: float
    commands_wall: float
    commands_cpu: float


def measure(argv: Sequence[str]) -> Outside:
    """Run a program and tell what it and its commands took. Raises RefusedError, or RuntimeError where it fails."""
    with _group() as group:
        start = time.perf_counter()
        process = subprocess.Popen(
            argv,
            env={key: os.environ[key] for key in ("PATH", "LANG", "HOME") if key in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: _join(group),
        )
        commands_wall = _watch(group, process.pid)
        own_wall = time.perf_counter() - start
        own_cpu = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
        _, said = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(argv)} ended with status {process.returncode}: {said.decode()}")
        return Outside(own_wall, own_cpu, commands_wall, _used(group) - own_cpu)


def _watch(group: Path, pid: int) -> float:
    """Wait until the program is dead (and leave it so); return the seconds from its first command to its last."""
    first = last = None
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if (group / "cgroup.procs").read_text().split() != [str(pid)]:
            last = time.perf_counter()
            first = first or last
        time.sleep(_GLANCE)
    return last - first if first and last else 0.0


def _used(group: Path) -> float:
    used = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(used["usage_usec"]) / 1e6


def _join(group: Path) -> None:
    (group / "cgroup.procs").write_text("0")


@contextmanager
def _group() -> Iterator[Path]:
    """Make a control group (version 2; beside version 1 it counts as well) and remove it, emptied, at the end."""
    mounted = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    roots = [Path(words[1]) for words in mounted if words[2] == "cgroup2"]
    places = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    if not roots or not places:
        raise RefusedError("control groups of version 2 are not mounted here")
    group = roots[0] / places[0].lstrip("/") / f"trueup-bench-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise RefusedError(f"this user may not make a control group: {error.strerror}") from error
    try:
        yield group
    finally:
        for _ in range(200):
            with suppress(OSError):
                group.rmdir()
                break
            time.sleep(_GLANCE * 10)
