"""The two transports: real commands under limits, and bytes played back."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from trueup.evidence.transports.base import Output, Section, Transport
from trueup.evidence.transports.local import LocalTransport
from trueup.evidence.transports.replay import ReplayTransport

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def one(*argv: str, timeout: float = 10.0, limit: int = 1000) -> Output:
    section = Section(name="x", argv=argv, timeout=timeout, limit=limit)
    return run(LocalTransport().run([section]))["x"]


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


def test_output_and_status() -> None:
    assert one("sh", "-c", "echo out; echo err >&2; exit 3") == Output(stdout=b"out\n", stderr=b"err\n", status=3)


def test_no_shell_reads_the_words() -> None:
    assert one("echo", "$HOME; *").stdout == b"$HOME; *\n"


def test_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-children")
    lines = one(sys.executable, "-c", "import os; print(sorted(os.environ))").stdout
    assert set(eval(lines)) <= {"LC_ALL", "PATH", "XDG_RUNTIME_DIR", "LC_CTYPE"}


def test_missing_command_is_a_problem_in_words() -> None:
    output = one("no-such-command-anywhere")
    assert output.status is None
    assert output.problem == "no-such-command-anywhere is not installed"


@pytest.mark.parametrize("word", ["a\0b", "\ud800"])
def test_words_that_cannot_be_passed_on_are_a_problem(word: str) -> None:
    assert (one("echo", word).problem or "").startswith("echo did not start")


def test_directory_as_command_is_a_problem() -> None:
    assert (one("/etc").problem or "").startswith("/etc did not start")


@linux_only
def test_command_that_does_not_end_is_killed_with_its_children() -> None:
    started = time.monotonic()
    output = one("sh", "-c", "sleep 60 & echo $!; sleep 60", timeout=0.5)
    assert time.monotonic() - started < 5
    assert output.status is None
    assert output.problem == "sh did not end within 0.5 s"
    assert is_gone(int(output.stdout))


@linux_only
def test_child_that_keeps_the_output_open_does_not_hold_us() -> None:
    output = one("sh", "-c", "sleep 60 & echo $!", timeout=0.5)
    assert output.problem is not None
    assert is_gone(int(output.stdout))


@linux_only
def test_endless_output_is_cut_and_its_writer_ended() -> None:
    started = time.monotonic()
    output = one("sh", "-c", "echo $$; exec yes", limit=10_000)
    assert time.monotonic() - started < 5
    assert output.truncated
    assert output.status is None
    assert len(output.stdout) == 10_000
    assert is_gone(int(output.stdout.split()[0]))


def test_endless_errors_do_not_fill_memory() -> None:
    output = one("sh", "-c", "head -c 1000000 /dev/zero >&2; echo done")
    assert output.stdout == b"done\n"
    assert len(output.stderr) == 64 * 1024


def test_sections_run_at_once_and_spoil_nothing_of_each_other() -> None:
    sections = [Section(name=str(number), argv=("sleep", "0.5")) for number in range(8)]
    sections += [Section(name="bad", argv=("no-such-command",)), Section(name="good", argv=("echo", "hi"))]
    started = time.monotonic()
    outputs = run(LocalTransport().run(sections))
    assert time.monotonic() - started < 3
    assert list(outputs) == [*map(str, range(8)), "bad", "good"]
    assert outputs["good"].stdout == b"hi\n"
    assert outputs["bad"].problem


@linux_only
def test_nothing_is_left_open() -> None:
    before = open_files()
    for _ in range(3):
        one("sh", "-c", "sleep 60 & sleep 60", timeout=0.05)
        one("echo", "x")
    assert open_files() <= before


def test_local_stream_to_nobody_is_refused() -> None:
    async def connect() -> None:
        await LocalTransport().connect("127.0.0.1", 1)

    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        run(connect())


def test_replay_answers_by_name_and_cuts_at_the_limit() -> None:
    transport: Transport = ReplayTransport({"a": b"12345", "b": Output(status=1, stderr=b"no")})
    sections = [Section(name=name, argv=("tool",), limit=3) for name in "abc"]
    outputs = run(transport.run(sections))
    assert outputs["a"] == Output(stdout=b"123", status=None, truncated=True)
    assert outputs["b"].status == 1
    assert outputs["c"].problem == "tool is not installed"


def test_replay_streams_captured_answers() -> None:
    async def talk() -> tuple[bytes, bytes]:
        transport = ReplayTransport({}, {("127.0.0.1", 80): {"/x": b"HTTP/1.1 204 No\r\n\r\n"}})
        answers = []
        for path in (b"/x", b"/y"):
            reader, writer = await transport.connect("127.0.0.1", 80)
            writer.write(b"GET " + path + b" HTTP/1.1\r\n")
            writer.write(b"\r\n")
            await writer.drain()
            answers.append(await reader.read())
            writer.close()
            await writer.wait_closed()
        assert [request[2][:6] for request in transport.requests] == [b"GET /x", b"GET /y"]
        with pytest.raises(ConnectionRefusedError):
            await transport.connect("127.0.0.1", 81)
        await transport.close()
        return answers[0], answers[1]

    assert run(talk()) == (b"HTTP/1.1 204 No\r\n\r\n", b"")
