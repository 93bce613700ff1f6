"""Run a look under strace and tell what the processes that it started did to the host.

Trueup itself may write (a snapshot is a file of the observer's); whatever it starts runs on the host that is looked
at, and may not. Every system call that changes a file, or ends or traces a process, is an offence there, whether
or not it succeeded, save for opening the null device and a terminal, and for signals among one's own.
"""

from __future__ import annotations

import functools
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

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

# A number of an inner process namespace is followed by that of strace's own.
_OUTER = r"(?: /\* (-?\d+) in strace's PID NS \*/)?"
_CALL = re.compile(rf"(\w+)\((.*)\)\s+= (-?\d+|\?){_OUTER}")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITING = re.compile(r"\b(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE)\b")
_HARMLESS = re.compile(r"/dev/(null|tty|pts/\d+|ptmx)")
_TARGET = re.compile(rf"(-?\d+){_OUTER}")

Calls: TypeAlias = dict[int, list[str]]


class Offence(NamedTuple):
    """A call that changes something, in strace's words, and the program that made it."""

    program: str
    call: str


@dataclass
class Trace:
    """What strace saw: the calls of each thread, by its number; `started` ran on the host, `own` is the observer's."""

    started: Calls
    own: Calls = field(default_factory=dict)

    def commands(self) -> list[str]:
        """Return the programs that were executed on the host."""
        return [each for lines in self.started.values() for line in lines for each in _executed(line)]

    def offences(self) -> list[Offence]:
        """Return what was done on the host that changes something; of the observer, signals to strangers."""
        own = [line for lines in self.own.values() for line in lines]
        found = [Offence("", line) for line in own if line.startswith(_SIGNALS) and self._offends(line)]
        for thread, lines in self.started.items():
            offending = [line for line in lines if self._offends(line)]
            found += [Offence(self._program(thread), line) for line in offending]
        return sorted(found)

    def _program(self, thread: int) -> str:
        """Return what a thread executed last, or else whoever started it."""
        parents = {born: parent for parent, lines in self.started.items() for born, _ in _born(lines)}
        while True:
            executed = [path for line in self.started.get(thread, ()) for path in _executed(line)]
            if executed or thread not in parents:
                return executed[-1] if executed else ""
            thread = parents[thread]

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
        """A process group of one's own (0), or a process or group that was started for the look."""
        target = _TARGET.match(arguments)
        return target is not None and abs(int(target[2] or target[1])) in {0, *self.started}


def trace(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Trace:
    """Run a program to its end under strace, which writes into `folder`; it has to succeed.

    Everything that it starts counts as the host's; its own threads are the observer.
    """
    folder.mkdir()
    done = subprocess.run(
        [*_strace(folder), *argv], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    calls = _read(folder)
    (root,) = calls.keys() - {born for lines in calls.values() for born, _ in _born(lines)}
    own = set(_descent(calls, {root}, threads_only=True))
    return Trace(
        {thread: lines for thread, lines in calls.items() if thread not in own}, {each: calls[each] for each in own}
    )


@contextmanager
def tracing(server: int, program: str, folder: Path) -> Iterator[Trace]:
    """Follow an ssh server and all that it starts; what it executed besides `program`, itself, counts as the host's.

    The trace is there when the context has ended.
    """
    folder.mkdir()
    seen = Trace({})
    attach = [*_strace(folder), "--pidns-translation", "-p", str(server)]
    with subprocess.Popen(attach, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_until_traced(server, process)
            yield seen
        finally:
            process.send_signal(signal.SIGINT)
    calls = _read(folder)
    cut = {thread: _since(lines, program) for thread, lines in calls.items()}
    begun = {thread for thread, lines in cut.items() if lines}
    inner = set(_descent(calls, begun, threads_only=False, lines=cut))
    seen.started |= {thread: cut[thread] or calls[thread] for thread in inner}


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


def _strace(folder: Path) -> list[str]:
    """Return the words that make strace follow everything, into a file for each thread."""
    calls = ["-e", "signal=none", "-e", f"trace={_TRACED}"]
    return [need_strace(), "-ff", "-qq", "-s", "4096", *calls, "-o", str(folder / "thread")]


def _wait_until_traced(pid: int, tracer: subprocess.Popen[str], *, within: float = 10.0) -> None:
    until = time.monotonic() + within
    while f"TracerPid:\t{tracer.pid}\n" not in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > until:
            pytest.skip(f"strace may not trace the ssh server: {tracer.stderr.read() if tracer.stderr else ''}")
        time.sleep(0.01)


def _read(folder: Path) -> Calls:
    return {int(path.suffix[1:]): path.read_text(errors="replace").splitlines() for path in folder.iterdir()}


def _since(lines: Sequence[str], program: str) -> list[str]:
    """Return what a thread did since it executed something else than a program."""
    for at, line in enumerate(lines):
        if any(path != program for path in _executed(line)):
            return list(lines[at:])
    return []


def _descent(calls: Calls, roots: set[int], *, threads_only: bool, lines: Calls | None = None) -> Iterator[int]:
    """Yield the roots and whoever they started, and so on; `lines` are what counts of the roots' own calls."""
    waiting = [(root, (lines or calls)[root]) for root in roots]
    known = set(roots)
    while waiting:
        thread, said = waiting.pop()
        yield thread
        born = [each for each, is_thread in _born(said) if each in calls and (is_thread or not threads_only)]
        waiting += [(each, calls[each]) for each in born if each not in known]
        known.update(born)


def _born(lines: Iterable[str]) -> Iterator[tuple[int, bool]]:
    """Yield each thread that a thread started, and whether it is one of the same process."""
    for line in lines:
        called = _CALL.match(line)
        if called and called[1] in _STARTS and called[3].isdigit() and int(called[3]):
            yield int(called[4] or called[3]), "CLONE_THREAD" in called[2]


def _executed(line: str) -> Iterator[str]:
    called = _CALL.match(line)
    if called and called[1] == "execve" and called[3] == "0":
        path = _STRING.search(called[2])
        if path:
            yield path[1]
