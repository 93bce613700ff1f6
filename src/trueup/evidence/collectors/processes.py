"""Command lines of processes: only to recognise what listens, never kept."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.evidence.collectors.look import text_of, worked
from trueup.evidence.transports.base import Output, Section

PS = Section(name="ps", argv=("ps", "-A", "-ww", "-o", "pid=", "-o", "args="))
# The `ps` of busybox knows no other flag, and shows every process by itself.
PS_BUSYBOX = Section(name="ps-busybox", argv=("ps", "-o", "pid,args"), system="linux", unless="ps")
SECTIONS = (PS, PS_BUSYBOX)

_WORDS = 100


def read_processes(outputs: Mapping[str, Output]) -> dict[int, tuple[str, ...]]:
    """Read pid → command line from the section that was of use; empty where none was."""
    return next(filter(None, (read_commands(outputs.get(section.name)) for section in SECTIONS)), {})


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
