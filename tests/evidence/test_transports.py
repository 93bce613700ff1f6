"""The transports on this machine: real commands under limits, real sockets, and bytes played back."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from trueup.evidence.collectors.reach import Dial
from trueup.evidence.transports import sockets
from trueup.evidence.transports.base import LATE, Output, Section, Transport, Trouble
from trueup.evidence.transports.local import LocalTransport
from trueup.evidence.transports.replay import ReplayTransport
from trueup.evidence.transports.sockets import AT_ONCE


def local(seconds: float = 30.0) -> LocalTransport:
    return LocalTransport(deadline=time.monotonic() + seconds)


def run(*sections: Section, seconds: float = 30.0) -> dict[str, Output]:
    return local(seconds).run(sections)


def one(*argv: str, timeout: float = 10.0, limit: int = 1000) -> Output:
    return run(Section(name="x", argv=argv, timeout=timeout, limit=limit))["x"]


def is_gone(pid: int) -> bool:
    """Wait until the kernel has ended a process; a zombie, killed but not yet waited for, runs no more."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see what is left behind")
ROOT = os.geteuid() == 0


# ---------------------------------------------------------------- commands


def test_output_and_status() -> None:
    before = time.time()
    output = one("sh", "-c", "echo out; echo err >&2; exit 3")
    assert output == Output(stdout=b"out\n", stderr=b"err\n", status=3, as_root=ROOT, at=output.at)
    assert output.at is not None
    assert before - 1 < output.at < time.time() + 1


def test_no_shell_reads_the_words() -> None:
    assert one("echo", "$HOME; *", "it's", "a\nb", "`id`").stdout == b"$HOME; * it's a\nb `id`\n"


def test_output_is_kept_byte_by_byte() -> None:
    every = "".join(f"\\{number:03o}" for number in range(256))
    assert one("printf", every).stdout == bytes(range(256))


def test_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-children")
    lines = one(sys.executable, "-c", "import os; print(sorted(os.environ))").stdout
    assert set(eval(lines)) <= {"HOME", "LC_ALL", "PATH", "PWD", "XDG_RUNTIME_DIR", "LC_CTYPE"}


def test_missing_command_is_a_problem_in_words() -> None:
    output = one("no-such-command-anywhere")
    assert output.status is None
    assert output.problem == "no-such-command-anywhere is not installed"


def test_nul_in_a_word_cannot_be_composed() -> None:
    with pytest.raises(ValueError, match="NUL"):
        one("echo", "a\0b")


def test_directory_as_command_fails_alone() -> None:
    outputs = run(Section(name="bad", argv=("/etc",)), Section(name="good", argv=("echo", "hi")))
    assert outputs["bad"].status in (126, None)
    assert outputs["good"].stdout == b"hi\n"


@linux_only
def test_commands_read_nothing_and_are_nice() -> None:
    assert one("cat").stdout == b""
    fields = one("cat", "/proc/self/stat").stdout.rpartition(b")")[2].split()
    assert int(fields[16]) >= 10


@linux_only
def test_command_that_does_not_end_is_killed_with_its_children_and_the_next_ones_run() -> None:
    started = time.monotonic()
    transport = local()
    outputs = transport.run(
        [
            Section(name="hangs", argv=("sh", "-c", "sleep 60 & echo $!; sleep 60"), timeout=0.3),
            Section(name="next", argv=("echo", "still here")),
        ]
    )
    assert time.monotonic() - started < 5
    assert transport.usage.executions == 1, "a nudge is enough"
    assert outputs["hangs"].status is None
    assert outputs["hangs"].problem == "sh did not end within 0.3 s"
    assert outputs["next"].stdout == b"still here\n"
    assert is_gone(int(outputs["hangs"].stdout))


@linux_only
def test_command_that_does_not_listen_is_given_up_and_the_others_run_in_a_second_script() -> None:
    transport = local()
    stubborn = "trap '' USR1; echo $$; while :; do sleep 0.1; done"
    outputs = transport.run(
        [
            Section(name="first", argv=("echo", "1")),
            Section(name="stubborn", argv=("sh", "-c", stubborn), timeout=0.2),
            Section(name="last", argv=("echo", "3")),
        ]
    )
    assert (outputs["first"].stdout, outputs["last"].stdout) == (b"1\n", b"3\n")
    assert outputs["stubborn"].problem == "sh did not end within 0.2 s"
    assert is_gone(int(outputs["stubborn"].stdout))
    assert transport.usage.executions == 2


def test_never_more_than_three_executions() -> None:
    transport = local()
    stubborn = ("sh", "-c", "trap '' USR1; while :; do sleep 0.1; done")
    outputs = transport.run([Section(name=str(number), argv=stubborn, timeout=0.05) for number in range(4)])
    assert transport.usage.executions == 3
    assert outputs["3"].problem == "a command before it would not end"


@linux_only
def test_a_shell_that_is_killed_is_told_and_time_is_not_blamed() -> None:
    outputs = run(
        Section(name="a", argv=("echo", "hi")),
        Section(name="kills", argv=("sh", "-c", "kill -9 $PPID; :")),
        Section(name="b", argv=("echo", "in a second script")),
    )
    assert outputs["a"].stdout == b"hi\n"
    assert outputs["kills"].problem == "the shell ended before its time"
    assert outputs["b"].stdout == b"in a second script\n"


@linux_only
def test_child_that_keeps_the_output_open_does_not_hold_us() -> None:
    started = time.monotonic()
    output = one("sh", "-c", "sleep 60 & echo $!")
    assert time.monotonic() - started < 5
    assert output.status == 0
    assert is_gone(int(output.stdout))


@linux_only
def test_endless_output_is_cut_and_its_writer_ended() -> None:
    started = time.monotonic()
    outputs = run(
        Section(name="endless", argv=("sh", "-c", "echo $$; exec yes"), limit=10_000),
        Section(name="next", argv=("echo", "hi")),
    )
    assert time.monotonic() - started < 5
    assert outputs["endless"].truncated
    assert outputs["endless"].status is None
    assert len(outputs["endless"].stdout) == 10_000
    assert outputs["next"].stdout == b"hi\n"
    assert is_gone(int(outputs["endless"].stdout.split()[0]))


def test_endless_errors_do_not_fill_memory() -> None:
    output = one("sh", "-c", "head -c 1000000 /dev/zero >&2; echo done")
    assert output.stdout == b"done\n"
    assert len(output.stderr) == 64 * 1024


def test_deadline_ends_a_run_and_says_so() -> None:
    started = time.monotonic()
    outputs = run(
        Section(name="a", argv=("echo", "hi")),
        Section(name="b", argv=("sleep", "60"), timeout=60),
        Section(name="c", argv=("echo", "never")),
        seconds=0.5,
    )
    assert time.monotonic() - started < 3
    assert outputs["a"].stdout == b"hi\n"
    assert (outputs["b"].problem, outputs["c"].problem) == (LATE, LATE)


def test_conditions_skip_without_a_process() -> None:
    outputs = run(
        Section(name="a", argv=("true",)),
        Section(name="b", argv=("false",)),
        Section(name="after-a", argv=("echo", "x"), unless="a"),
        Section(name="after-b", argv=("echo", "x"), unless="b"),
        Section(name="after-missing", argv=("echo", "x"), unless="missing"),
        Section(name="after-skipped", argv=("echo", "x"), unless="after-a"),
        Section(name="if", argv=("echo", "x"), only_if="[ -d / ]"),
        Section(name="if-not", argv=("echo", "x"), only_if="[ -d /no/such/folder ]"),
        Section(name="elsewhere", argv=("echo", "x"), system="macos" if sys.platform == "linux" else "linux"),
    )
    ran = {name for name, output in outputs.items() if output.stdout == b"x\n"}
    assert ran == {"after-b", "after-missing", "if"}
    assert outputs["after-a"].problem == "it was not needed"
    assert outputs["if-not"].problem == "it does not apply here"
    assert outputs["elsewhere"].problem == "this is another system's command"


def test_scripts_know_the_host_and_cannot_spoil_what_follows() -> None:
    outputs = run(
        Section(name="facts", script='echo "$SYSTEM $USER_ID"'),
        Section(name="exits", script="PATH=/nowhere; cd /; printf part; exit 7"),
        Section(name="next", argv=("echo", "fine")),
    )
    assert outputs["facts"].stdout == f"{os.uname().sysname} {os.getuid()}\n".encode()
    assert (outputs["exits"].stdout, outputs["exits"].status) == (b"part", 7)
    assert outputs["next"].stdout == b"fine\n"


def test_a_command_cannot_make_marks() -> None:
    """The nonce stands in no process list and no environment, so a mark can only be guessed."""
    spying = (
        "cat /proc/self/environ /proc/$PPID/cmdline /proc/$PPID/environ 2>/dev/null; ps -A -ww -o args= 2>/dev/null"
    )
    output = one("sh", "-c", spying, limit=1_000_000)
    assert output.status is not None
    assert not re.search(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", output.stdout)


@linux_only
def test_nothing_is_left_open() -> None:
    before = open_files()
    for _ in range(3):
        one("sh", "-c", "sleep 60 & sleep 60", timeout=0.05)
        one("echo", "x")
    assert open_files() <= before


@linux_only
def test_what_it_cost_is_counted() -> None:
    transport = local()
    transport.run([Section(name="busy", argv=(sys.executable, "-c", "sum(range(6_000_000))"))])
    assert transport.usage.executions == 1
    assert transport.usage.commands == 1
    assert transport.usage.cpu_seconds > 0.05
    assert transport.usage.wall_seconds > 0.05


# ---------------------------------------------------------------- conversations


@contextmanager
def server(answer: bytes, *, hold: bool = False) -> Iterator[int]:
    """A real server on loopback that sends `answer` to everybody and closes, or holds the connection."""
    held: list[socket.socket] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if not hold:
                connection.recv(100)  # closed with unread bytes, a connection is reset
            connection.sendall(answer)
            if hold:
                held.append(connection)
            else:
                connection.close()

    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in held:
            connection.close()


class Listening:
    """A conversation that only listens."""

    def __init__(self, port: int, seconds: float = 5.0, address: str = "127.0.0.1") -> None:
        self.address, self.port, self.seconds = address, port, seconds
        self.heard = b""
        self.ends: list[Trouble | None] = []
        self.done = False

    def opened(self) -> bytes:
        return b"hello"

    def received(self, data: bytes) -> bytes:
        self.heard += data
        return b""

    def ended(self, trouble: Trouble | None) -> None:
        self.ends.append(trouble)


def test_many_conversations_at_once_and_each_ends_once() -> None:
    with server(b"x" * 200_000) as port:
        talks = [Listening(port) for _ in range(AT_ONCE + 50)]
        local().talk(talks)
    assert [each.ends for each in talks] == [[None]] * len(talks)
    assert {len(each.heard) for each in talks} == {200_000}


def test_troubles_have_names() -> None:
    refused, nowhere = Listening(1), Listening(80, address="no-such-host.invalid")
    local().talk([refused, nowhere])
    assert refused.ends == [Trouble("refused", "connection refused")]
    assert nowhere.ends == [Trouble("unreachable", "no-such-host.invalid does not resolve")]


def test_silence_ends_in_time_and_keeps_nobody_waiting() -> None:
    with server(b"part", hold=True) as port, server(b"all") as other:
        silent, quick = Listening(port, seconds=0.3), Listening(other)
        started = time.monotonic()
        local().talk([silent, quick])
        assert time.monotonic() - started < 3
    assert (silent.heard, silent.ends) == (b"part", [Trouble("silent", "no answer within 0.3 s")])
    assert quick.heard == b"all"


def test_conversations_end_with_the_deadline() -> None:
    with server(b"", hold=True) as port:
        talks = [Listening(port) for _ in range(3)]
        local(seconds=0.2).talk(talks)
        late = Listening(port)
        local(seconds=0).talk([late])
    assert [each.ends for each in talks] == [[Trouble("silent", LATE)]] * 3, "nobody waited the seconds of these"
    assert late.ends == [Trouble("silent", LATE)]


def test_names_are_looked_up_before_anybody_is_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two resolvers that do not answer cost their time once, and no conversation that runs meanwhile."""
    released = threading.Event()

    def resolver(*_: object, **__: object) -> list[tuple[object, ...]]:
        released.wait(10)
        raise OSError("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(sockets, "_RESOLVE_SECONDS", 0.3)
    with server(b"all") as port:
        quick = Listening(port, seconds=0.2)
        lost = [Listening(80, address=f"lost{number}.invalid") for number in range(2)]
        started = time.monotonic()
        local().talk([quick, *lost])
        assert time.monotonic() - started < 2
    released.set()
    assert (quick.heard, quick.ends) == (b"all", [None])
    assert [each.ends[0] and each.ends[0].kind for each in lost] == ["unreachable", "unreachable"]


def test_a_dial_opens_and_closes() -> None:
    with server(b"greeting", hold=True) as port:
        dial = Dial("studio", "127.0.0.1", port)
        closed = Dial("studio", "127.0.0.1", 1)
        local().talk([dial, closed])
    assert dial.trouble is None
    assert closed.trouble == Trouble("refused", "connection refused")


# ---------------------------------------------------------------- replay


def test_replay_answers_by_name_and_cuts_at_the_limit() -> None:
    transport: Transport = ReplayTransport({"a": b"12345", "b": Output(status=1, stderr=b"no")})
    sections = [Section(name=name, argv=("tool",), limit=3) for name in "abc"]
    outputs = transport.run(sections)
    assert outputs["a"] == Output(stdout=b"123", status=None, truncated=True)
    assert outputs["b"].status == 1
    assert outputs["c"].problem == "tool is not installed"


def test_replay_plays_dials_and_troubles() -> None:
    silent = Trouble("silent", "no answer within 3 s")
    transport = ReplayTransport({}, {("10.0.0.1", 80): {}, ("10.0.0.1", 81): silent})
    dials = [Dial("other", "10.0.0.1", port) for port in (80, 81, 82)]
    transport.talk(dials)
    assert [dial.trouble and dial.trouble.kind for dial in dials] == [None, "silent", "refused"]
    assert transport.requests == []
