"""How many scripts it takes to run all sections: one, unless a command cannot be ended; and what they cost."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from trueup.evidence.transports.base import LATE, Output, Section, Usage
from trueup.evidence.transports.frames import Frames
from trueup.evidence.transports.script import compose

MOST = 3
"""Executions that one host is asked for at the most, whatever there is to run."""

STUCK = "a command before it would not end"
BROKE = "the shell ended before its time"


class Executions:
    """The scripts for one set of sections: what one that had to be given up left over goes into the next."""

    def __init__(self, sections: Sequence[Section], usage: Usage, *, sudo: bool) -> None:
        self._waiting = tuple(sections)
        self._usage = usage
        self._sudo = sudo
        self._outputs: dict[str, Output] = {}
        self._frames: Frames | None = None
        self._problem = LATE

    @property
    def frames(self) -> Frames:
        """Where the answer to the script that was handed out last goes."""
        if self._frames is None:
            raise ValueError("no script was handed out")
        return self._frames

    def next_script(self) -> bytes | None:
        """Return the script to run next, None where there is nothing left to run or too much was run already."""
        self._settle()
        if not self._waiting or self._usage.executions >= MOST:
            return None
        self._usage.executions += 1
        nonce = os.urandom(16).hex()
        self._frames = Frames(self._waiting, nonce, epoch=time.time() - time.monotonic())
        return compose(self._waiting, nonce, sudo=self._sudo)

    def gave_up(self, problem: str) -> None:
        """Say why the script that was handed out last did not come to its end; without that, time ran out."""
        self._problem = problem

    def outputs(self) -> dict[str, Output]:
        """Return what every section came to."""
        self._settle()
        return self._outputs | {section.name: Output(status=None, problem=self._problem) for section in self._waiting}

    def _settle(self) -> None:
        frames, self._frames = self._frames, None
        if frames is None:
            return
        outputs, waiting = frames.outputs(self._problem), frames.waiting()
        left = {section.name for section in waiting}
        self._outputs |= {name: output for name, output in outputs.items() if name not in left}
        # a script that did not begin anything would not do so the next time
        self._waiting = waiting if len(waiting) < len(outputs) else ()
        self._outputs |= {name: outputs[name] for name in left if not self._waiting}
        self._usage.commands += frames.ran
        self._usage.bytes += frames.received
