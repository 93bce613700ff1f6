"""A network of the measurement's own, where this user may have one: no other listener, no port that is taken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NoReturn

_MARK = "TRUEUP_BENCH_ALONE"
_ALONE = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def alone() -> str:
    """Start this program again in a network namespace with nothing but loopback; return where it runs, in words."""
    if os.environ.get(_MARK):
        return "in a network namespace of its own"
    refusal = _refusal()
    if not refusal:
        _start_again()
    return f"beside whatever else listens here ({refusal})"


def _refusal() -> str:
    if missing := [name for name in ("unshare", "ip") if shutil.which(name) is None]:
        return f"{' and '.join(missing)} not installed"
    tried = subprocess.run([*_ALONE, "true"], capture_output=True, check=False)
    return "this user may not have a network namespace" if tried.returncode else ""


def _start_again() -> NoReturn:
    sys.stdout.flush()
    spec = sys.modules["__main__"].__spec__
    program = ["-m", spec.name] if spec else [sys.argv[0]]
    argv = [*_ALONE, sys.executable, *program, *sys.argv[1:]]
    os.execvpe(argv[0], argv, {**os.environ, _MARK: "1"})
