"""A minimal Debian to boot hosts from: made once, kept in a cache folder, never written to by a host."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.hosts.needs import need_namespaces

_SUITE = "bookworm"
_PACKAGES = (
    "dbus",
    "dbus-user-session",
    "iproute2",
    "libpam-systemd",
    "lsof",
    "openssh-server",
    "procps",
    "python3-minimal",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# A person who is not root and whose services run without a session. "*" is no password and no lock either. The keys
# of hosts come later, a host its own.
_SETTLE = """
set -eu
useradd --create-home --shell /bin/bash --password '*' ops
mkdir -p /var/lib/systemd/linger
touch /var/lib/systemd/linger/ops
rm -f /etc/ssh/ssh_host_* /etc/machine-id
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
touch /etc/machine-id
"""
_MINUTES = 15


def rootfs() -> Path:
    """Return the folder of the root file system, after making it where it is not there yet: about a minute."""
    recipe = hashlib.sha256(repr((_SUITE, _PACKAGES, _SETTLE)).encode()).hexdigest()[:12]
    folder = cache_folder() / f"{_SUITE}-{recipe}"
    if not folder.exists():
        need_namespaces("debootstrap", "chroot")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _make(folder)
    return folder


def cache_folder() -> Path:
    """Return where what tests make once is kept: outside the repository, whose worktrees share it."""
    own = os.environ.get("TRUEUP_TEST_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "trueup-tests")


def _make(folder: Path) -> None:
    """Build beside the folder and rename at the end, so that the folder is never there in part."""
    building = folder.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        _alone(["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, str(building)])
        _alone(["chroot", str(building), "sh", "-c", _SETTLE])
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _alone(argv: list[str]) -> None:
    """Run a step in namespaces: mounts and daemons that it might leave behind end with it."""
    alone = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "--mount", "--propagation", "private"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*alone, *argv],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MINUTES * 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"no Debian to boot hosts from: {argv[0]} took more than {_MINUTES} minutes")
    if done.returncode:
        told = " ".join((done.stdout + done.stderr).split())[-300:]
        pytest.skip(f"no Debian to boot hosts from: {argv[0]} failed: {told}")
