"""Measure what a look at 5,000 listeners costs this machine, from outside, beside what the snapshot says of it.

    python -m bench.listeners

The sockets are held by this process, in a network of its own where it may have one. Outside is the kernel's account of
a control group around `trueup snapshot`, without the share of trueup's own Python (see `rig/outside.py`): everything
that was started to look at the host. Inside is the snapshot's own record of its cost. Linux only.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.rig.alone import alone
from bench.rig.crowd import LISTENERS, compare, inside, listening
from bench.rig.outside import RefusedError, measure
from bench.rig.records import newest

RUNS = 9


def main() -> None:
    """Hold the sockets, look at them several times, print medians."""
    where = alone()
    runs = []
    try:
        with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder, listening():
            argv = [str(Path(sys.executable).with_name("trueup")), "snapshot", "--root", folder]
            measure(argv)  # the first start may still write bytecode
            for _ in range(RUNS):
                outside = measure(argv)
                runs.append((outside, inside(newest(Path(folder)))))
    except RefusedError as error:
        print(f"skipped: {error}")
        return
    whole, own = median(out.own_wall for out, _ in runs), median(out.own_cpu for out, _ in runs)
    print(f"{LISTENERS} listeners of one process, {where}; medians of {RUNS} whole snapshots")
    print(f"the whole program: {whole:.3f} s wall; of it trueup's own Python: {own:.3f} s CPU")
    compare("CPU", [(out.commands_cpu, told.cpu) for out, told in runs])
    compare("wall", [(out.commands_wall, told.wall) for out, told in runs])


if __name__ == "__main__":
    main()
