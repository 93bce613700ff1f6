"""Command lines of processes: only to recognise what listens, never kept.

On Linux one `grep` reads them where the kernel shows them, with their words apart, at a fifth of the cost of `ps`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from trueup.evidence.collectors.look import text_of, worked
from trueup.evidence.transports.base import Output, Section

# Words end with NUL, and so does each line that `-z` makes of one; no word can hold a line of another process. Status 2
# is that of processes which ended in the meantime.
CMDLINES = Section(name="cmdlines", script="grep -zaHs '' /proc/[0-9]*/cmdline; [ $? -le 2 ]", system="linux")
PS = Section(name="ps", argv=("ps", "-A", "-ww", "-o", "pid=", "-o", "args="), unless="cmdlines")
SECTIONS = (CMDLINES, PS)

_CMDLINE = re.compile(r"/proc/(\d{1,10})/cmdline:(.*)", re.DOTALL | re.ASCII)
_WORDS = 100


def read_processes(outputs: Mapping[str, Output]) -> dict[int, tuple[str, ...]]:
    """Read pid → command line from the section that was of use; empty where none was."""
    return read_cmdlines(outputs.get(CMDLINES.name)) or read_commands(outputs.get(PS.name))


def read_cmdlines(output: Output | None) -> dict[int, tuple[str, ...]]:
    """Read pid → command line from `grep -zaH` of /proc/PID/cmdline, proc(5)."""
    found: dict[int, list[str]] = {}
    for line in text_of(output).split("\0"):
        if matched := _CMDLINE.fullmatch(line):
            argv = found.setdefault(int(matched[1]), [])
            if len(argv) < _WORDS:
                argv.append(matched[2])
    return {pid: _words(argv) for pid, argv in found.items()}


def _words(argv: list[str]) -> tuple[str, ...]:
    """A process that gave itself a title (`nginx: master process …`) has it as one word, and empty ones behind it."""
    while argv and not argv[-1]:
        argv.pop()
    return tuple(argv[0].split(None, _WORDS)[:_WORDS]) if len(argv) == 1 else tuple(argv)


def read_commands(output: Output | None) -> dict[int, tuple[str, ...]]:
    """Read pid → command line, split at spaces as ps(1) prints it; empty where `ps` is of no use."""
    commands: dict[int, tuple[str, ...]] = {}
    if output is None or not (worked(output) or output.truncated):
        return commands
    for line in text_of(output).split("\n"):
        pid, *argv = line.split(None, _WORDS)[:_WORDS] or [""]
        if pid.isascii() and pid.isdigit() and len(pid) < 11:
            commands[int(pid)] = tuple(argv)
    return commands
