"""Run commands as whole processes, in turns, so that a busy machine weighs on all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Command(NamedTuple):
    """What to run: its words and what it finds in the environment besides PATH and LANG.

    `complaint` is what it prints where something is amiss, for a tool whose exit status does not tell.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = {}
    complaint: bytes = b""


class Spent(NamedTuple):
    """What one run took: wall seconds, CPU seconds with those of its children, bytes at its peak, its exit status."""

    wall: float
    cpu: float
    peak: int
    status: int


class Medians(NamedTuple):
    """Medians of several runs, the least wall time among them, and how many there were."""

    wall: float
    least: float
    cpu: float
    peak: float
    runs: int


def is_content(command: Command) -> bool:
    """Run a command and tell whether it found everything well."""
    done = subprocess.run(command.argv, env=_environment(command), capture_output=True, check=False)
    complained = bool(command.complaint) and command.complaint in done.stdout + done.stderr
    return done.returncode == 0 and not complained


def start(command: Command) -> subprocess.Popen[bytes]:
    """Start a command, its output thrown away."""
    return subprocess.Popen(
        command.argv,
        env=_environment(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def spend(command: Command) -> Spent:
    """Run a command to its end and tell what it took."""
    began = time.perf_counter()
    process = start(command)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, process.returncode)


def in_turns(
    commands: Mapping[str, Command], rounds: int, *, seldom: Mapping[str, int] | None = None
) -> dict[str, Medians]:
    """Run each command once a round, after one run that counts for nothing, and return the medians.

    `seldom` names slow commands and in how many of the rounds, spread evenly, they take part. Raises RuntimeError
    where a command fails, for what fails early is fast.
    """
    spent: dict[str, list[Spent]] = {name: [] for name in commands}
    for command in commands.values():
        spend(command)
    for turn in range(rounds):
        for name, command in commands.items():
            wanted = (seldom or {}).get(name, rounds)
            if turn * wanted // rounds == (turn + 1) * wanted // rounds:
                continue
            run = spend(command)
            if run.status:
                raise RuntimeError(f"{name} ended with status {run.status}: {' '.join(command.argv)}")
            spent[name].append(run)
    return {name: _medians(runs) for name, runs in spent.items()}


def _environment(command: Command) -> dict[str, str]:
    return {**{key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}, **command.environment}


def _medians(runs: Sequence[Spent]) -> Medians:
    walls = [run.wall for run in runs]
    cpu = statistics.median(run.cpu for run in runs)
    return Medians(statistics.median(walls), min(walls), cpu, statistics.median(run.peak for run in runs), len(runs))
