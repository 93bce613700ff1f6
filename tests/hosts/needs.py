"""What this machine has to have before a host can be made; what is missing skips the test with the reason."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

_NAMESPACES = ("--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup")


def need_namespaces(*commands: str) -> None:
    """Skip unless we are root, may make namespaces and control groups, and have these commands."""
    reason = _refusal() or next((f"{each} is not here" for each in commands if shutil.which(each) is None), None)
    if reason:
        pytest.skip(f"no hosts to test with: {reason}")


def cgroup_root() -> Path:
    """Return where cgroup2 is mounted; a path that does not exist where it is not."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), Path("/nonexistent"))


def command(argv: Sequence[str], told: str = "", *, within: float = 60.0) -> str:
    """Run a command that has to succeed, with `told` as its standard input, and return its output."""
    done = subprocess.run(argv, input=told, capture_output=True, text=True, timeout=within, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


@functools.cache
def _refusal() -> str | None:
    """Tell why this machine makes no namespaces, if so."""
    if not Path("/proc/self/ns").is_dir():
        return "only Linux has namespaces"
    if os.geteuid() != 0:
        return "only root may make namespaces"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "unshare or ip is not here"
    trial = subprocess.run(
        ["unshare", "--fork", *_NAMESPACES, "--propagation", "private", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode:
        return f"namespaces are refused: {trial.stderr.strip()}"
    group = cgroup_root()
    if not os.access(group, os.W_OK):
        return "cgroup2 is not mounted, or not writable"
    if not (group / "cgroup.stat").exists():
        return f"{group} is no cgroup2"
    return None
