"""Command lines and control groups of processes: only to recognise what listens, never kept.

On Linux one `grep` reads them where the kernel shows them, with their words apart, at a fifth of the cost of `ps`. It
reads the host's addresses along with them, which would take a process of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from trueup.evidence.collectors.look import text_of, worked
from trueup.evidence.transports.base import Output, Section

# Words end with NUL, and so does each line that `-z` makes of one; no word can hold a line of another process. Status 2
# is that of processes which ended in the meantime.
CMDLINES = Section(
    name="cmdlines",
    script="""set -- /proc/net/fib_trie /proc/net/if_inet6 /proc/[0-9]*/cmdline
[ "$root" != 1 ] || set -- "$@" /proc/[0-9]*/cgroup
grep -zaHs '' "$@"; [ $? -le 2 ] && [ -r /proc/net/fib_trie ]""",
    system="linux",
)
PS = Section(name="ps", argv=("ps", "-A", "-ww", "-o", "pid=", "-o", "args="), unless="cmdlines")
SECTIONS = (CMDLINES, PS)

_TABLES = ("/proc/net/fib_trie:", "/proc/net/if_inet6:")
_CMDLINE = re.compile(r"/proc/(\d{1,10})/cmdline:(.*)", re.DOTALL | re.ASCII)
_CGROUP = re.compile(r"/proc/(\d{1,10})/cgroup:(.{1,20000})", re.DOTALL | re.ASCII)
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


def read_cgroups(output: Output | None) -> dict[int, str]:
    """Read pid → control group, as systemd sees it, from `grep -zaH` of /proc/PID/cgroup, cgroups(7).

    Its line is `0::PATH`; where a host still has both kinds of hierarchies that may be empty, and
    `N:name=systemd:PATH` tells.
    """
    found: dict[int, str] = {}
    for record in text_of(output).split("\0"):
        if matched := _CGROUP.fullmatch(record):
            lines = [line.split(":", 2) for line in matched[2].split("\n") if line.count(":") >= 2]
            paths = {name: path for _, name, path in lines if name in ("", "name=systemd") and path != "/"}
            if path := paths.get("") or paths.get("name=systemd"):
                found[int(matched[1])] = path
    return found


def read_addresses(output: Output | None) -> str:
    """Return the kernel's own tables of addresses, `fib_trie` and `if_inet6`, one after the other."""
    records = text_of(output).split("\0")
    return "\n".join(record.partition(":")[2] for record in records if record.startswith(_TABLES))


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
