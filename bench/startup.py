"""Measure what `trueup --help` costs, as a ratio to an interpreter that does nothing.

Both run as whole processes, one after the other in turns, so that a busy machine weighs on both alike. Prints the
median of each in milliseconds and the ratio of the two.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 30


def measure(rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the median wall seconds of `trueup --help` and of `python -c pass`."""
    commands = ([str(Path(sys.executable).with_name("trueup")), "--help"], [sys.executable, "-c", "pass"])
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # the first start may still write bytecode
    walls: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for command, seconds in zip(commands, walls, strict=True):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
    return statistics.median(walls[0]), statistics.median(walls[1])


if __name__ == "__main__":
    helped, bare = measure()
    print(f"{Path(sys.executable).with_name('trueup')} --help   median of {ROUNDS}: {helped * 1000:.0f} ms")
    print(f"{sys.executable} -c pass   median of {ROUNDS}: {bare * 1000:.0f} ms   ratio {helped / bare:.1f}")
