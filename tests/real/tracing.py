"""Run a program under strace and tell what the processes that it started did to the machine.

The program itself may write (a snapshot is a file of the observer's); whatever it starts runs on the host that is
looked at, and may not. Every system call that changes a file, or ends or traces a process, is an offence there, whether
or not it succeeded, save for opening the null device and a terminal, and for signals among one's own.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

_STARTS = ("clone", "clone3", "fork", "vfork")
_OPENS = ("open", "openat", "openat2", "creat")
_CHANGES = (
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat"),
    *("link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "fchmodat2"),
    *("chown", "lchown", "fchown", "fchownat", "truncate", "ftruncate", "fallocate"),
    *("utime", "utimes", "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr"),
    *("removexattr", "lremovexattr", "fremovexattr", "mount", "umount2", "move_mount", "pivot_root", "mount_setattr"),
    *("swapon", "swapoff", "reboot", "sethostname", "setdomainname", "settimeofday", "clock_settime", "adjtimex"),
    *("init_module", "finit_module", "delete_module", "ptrace", "process_vm_writev"),
)
_SIGNALS = ("kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo")
_TRACED = ",".join(f"?{call}" for call in ("execve", *_STARTS, *_OPENS, *_CHANGES, *_SIGNALS))

_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITING = re.compile(r"\b(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE)\b")
_HARMLESS = re.compile(r"/dev/(null|tty|pts/\d+|ptmx)")
_NUMBER = re.compile(r"-?\d+")


class Offence(NamedTuple):
    """A call that changes something, in strace's words, and the program that made it."""

    program: str
    call: str


@dataclass
class Trace:
    """What strace saw of one program: the calls of each thread, by its number. `root` is the program itself."""

    root: int
    calls: dict[int, list[str]] = field(default_factory=dict)

    @property
    def started(self) -> dict[int, list[str]]:
        """The calls of every process that the program started, and of those that they started."""
        own = set(self._reached({self.root}, threads=True))
        return {thread: lines for thread, lines in self.calls.items() if thread not in own}

    def commands(self) -> list[str]:
        """Return the programs that were executed by what the program started."""
        return [each for lines in self.started.values() for line in lines for each in _executed(line)]

    def offences(self) -> list[Offence]:
        """Return what was done that changes something; of the program itself, signals to strangers."""
        started = self.started
        own = [line for thread, lines in self.calls.items() if thread not in started for line in lines]
        found = [Offence("", line) for line in own if line.startswith(_SIGNALS) and self._offends(line)]
        for thread, lines in started.items():
            offending = [line for line in lines if self._offends(line)]
            found += [Offence(self._program(thread), line) for line in offending]
        return sorted(found)

    def _program(self, thread: int) -> str:
        """Return what a thread executed last, or else whoever started it."""
        parents = {born: parent for parent, lines in self.calls.items() for born, _ in _born(lines)}
        while thread in parents:
            executed = [path for line in self.calls.get(thread, ()) for path in _executed(line)]
            if executed:
                return executed[-1]
            thread = parents[thread]
        return ""

    def _offends(self, line: str) -> bool:
        called = _CALL.match(line)
        if not called:
            return False
        name, arguments = called[1], called[2]
        if name in _OPENS:
            path = _STRING.search(arguments)
            harmless = path is not None and _HARMLESS.fullmatch(path[1])
            return not harmless and (name == "creat" or bool(_WRITING.search(arguments)))
        if name in _SIGNALS:
            return not self._is_own(arguments)
        return name in _CHANGES

    def _is_own(self, arguments: str) -> bool:
        """A process group of one's own (0), or a process or group that the program started itself."""
        target = _NUMBER.match(arguments)
        return target is not None and abs(int(target[0])) in {0, *self.started}

    def _reached(self, threads_of: set[int], *, threads: bool) -> Iterator[int]:
        waiting = list(threads_of)
        while waiting:
            thread = waiting.pop()
            yield thread
            waiting += [each for each, is_thread in _born(self.calls.get(thread, ())) if is_thread is threads]


@functools.cache
def need_strace() -> str:
    """Return strace's path; skip where it is not here or may not trace."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not here")
    tried = subprocess.run([program, "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"strace may not trace here: {tried.stderr.decode(errors='replace').strip()[-200:]}")
    return program


def trace(argv: Sequence[str], folder: Path, **how: object) -> Trace:
    """Run a program to its end under strace, which writes into `folder`; it has to succeed."""
    folder.mkdir()
    done = subprocess.run(
        [*strace_into(folder), *argv], capture_output=True, text=True, timeout=120, check=False, **how
    )  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return read_trace(folder, root=_first(folder))


def strace_into(folder: Path) -> list[str]:
    """Return the words that make strace follow everything, a file for each thread in `folder`."""
    return [
        need_strace(),
        "-ff",
        "-qq",
        "-s",
        "4096",
        "-e",
        "signal=none",
        "-e",
        f"trace={_TRACED}",
        "-o",
        f"{folder}/t",
    ]


def read_trace(folder: Path, *, root: int) -> Trace:
    """Read what strace wrote."""
    files = {int(path.suffix[1:]): path for path in folder.iterdir()}
    calls = {number: path.read_text(errors="replace").splitlines() for number, path in files.items()}
    return Trace(root, calls)


def _first(folder: Path) -> int:
    """The thread that no other one started."""
    numbers = {int(path.suffix[1:]) for path in folder.iterdir()}
    lines = [path.read_text(errors="replace").splitlines() for path in folder.iterdir()]
    (root,) = numbers - {born for each in lines for born, _ in _born(each)}
    return root


def _born(lines: Iterable[str]) -> Iterator[tuple[int, bool]]:
    """Yield each thread that a thread started, and whether it is one of the same process."""
    for line in lines:
        called = _CALL.match(line)
        if called and called[1] in _STARTS and called[3].isdigit() and int(called[3]):
            yield int(called[3]), "CLONE_THREAD" in called[2]


def _executed(line: str) -> Iterator[str]:
    called = _CALL.match(line)
    if called and called[1] == "execve" and called[3] == "0":
        path = _STRING.search(called[2])
        if path:
            yield path[1]
