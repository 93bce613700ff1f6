"""Install real services into `.cache/services/<name>/`, once; what does not install skips its tests with the reason."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / ".cache" / "services"
SHARED_TOOLS = ROOT.parent / "shared" / "tools"


def python_environment(name: str, requirements: Sequence[str], *, bare: Sequence[str] = (), links: str = "") -> Path:
    """Return a folder with a virtual environment holding `requirements`, and `bare` ones without what they depend on.

    `links` is a folder that holds further wheels. Everything is byte-compiled: services are slow to start otherwise.
    """
    folder = SERVICES / name
    with _once(folder, *requirements, *bare) as wanted:
        if wanted:
            _run([_uv(), "venv", "--quiet", "--clear", "--python", "3.11", str(folder)])
            install = [_uv(), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder / "bin/python")]
            install += ["--find-links", links] if links else []
            if bare:
                _run([*install, "--no-deps", *bare])
            _run([*install, *requirements])
    return folder


def wheel_content(name: str, requirement: str, sha256: str) -> Path:
    """Return a folder with the content of one wheel, without what it depends on, pinned by its hash."""
    folder = SERVICES / name
    with _once(folder, requirement, sha256) as wanted:
        if wanted:
            pinned = folder.with_suffix(".requirements")
            pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n")
            _run([_uv(), "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "-r", str(pinned)])
    return folder


def debian_package(name: str) -> Path:
    """Return a folder with the unpacked content of a Debian package, installed nowhere."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not here to fetch Debian's {name}")
    folder = SERVICES / name
    with _once(folder, "debian", name) as wanted:
        if wanted:
            folder.mkdir(parents=True)
            _run(["apt-get", "download", name], folder)
            (package,) = folder.glob("*.deb")
            _run(["dpkg", "-x", str(package), str(folder)])
    return folder


@contextmanager
def _once(folder: Path, *recipe: str) -> Iterator[bool]:
    """Yield whether the folder has to be made, alone on this machine; a recipe that changed makes it anew."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()
    ready = folder.with_suffix(".ready")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = not (ready.exists() and ready.read_text() == digest)
        if wanted:
            ready.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        yield wanted
        ready.write_text(digest)


def _uv() -> str:
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    return found or _skip("uv is not here")


def _run(argv: Sequence[str], folder: Path | None = None) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    try:
        done = subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _skip(f"does not install here: {error}")
    if done.returncode:
        _skip(f"does not install here: {' '.join(done.stderr.split())[-300:]}")


def _skip(reason: str) -> NoReturn:
    pytest.skip(reason)
