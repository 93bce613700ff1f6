"""The command as a whole: help, version, errors, pipes, and what it imports to start."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from trueup.cli import VERBS, main, trueup

TRUEUP = str(Path(sys.executable).with_name("trueup"))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TRUEUP, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def command_of(verb: str) -> click.Command:
    command = trueup.get_command(click.Context(trueup), verb)
    assert command is not None
    return command


def test_help_lists_every_verb_and_the_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in VERBS)
    assert "Exit codes: 0 clean, 1 findings" in done.stdout


def test_help_loads_click_and_nothing_heavy() -> None:
    program = (
        "import sys\nfrom trueup.cli import main\nmain(['--help'])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'msgspec', 'asyncio', 'pyromark', 'h11'}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('trueup')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy, ours = done.stdout.splitlines()[-2:]
    assert heavy == ""
    assert ours.split() == ["trueup", "trueup.cli", "trueup.errors"]


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("trueup 0.")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verbs_line_in_the_help_is_its_own_first_line(verb: str) -> None:
    assert (command_of(verb).help or "").splitlines()[0] == VERBS[verb][1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_an_example_and_its_exit_codes(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Example:\n    trueup {verb}" in shown
    assert "Exit codes:\n    0  " in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense' (see `trueup --help`)"),
        (["check", "--nonsense"], "No such option '--nonsense' (see `trueup check --help`)"),
        (["check", "--format", "pdf"], "(see `trueup check --help`)"),
        (["check", "--live", "--evidence", "x.json"], "--live and --evidence exclude each other"),
        (["check", "--root", "not-there"], "not-there: no such folder"),
        (["schema", "nonsense"], "no schema is called 'nonsense'"),
        (["explain", "nonsense"], "no rule is called 'nonsense'"),
        (["import"], "Missing argument 'FILE' (see `trueup import --help`)"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("trueup: error: ")
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_no_verb_prints_the_help_and_exits_with_2() -> None:
    done = run()
    assert done.returncode == 2
    assert "Usage: trueup" in done.stderr


def test_a_reader_that_went_away_is_no_error() -> None:
    process = subprocess.Popen([TRUEUP, "schema", "report"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.parametrize(
    ("closed", "arguments", "status"),
    [("2>&-", "check --root nope", 2), (">&-", "schema report", 0), (">&- 2>&-", "check --root nope", 2)],
)
def test_a_closed_stream_is_no_error(closed: str, arguments: str, status: int) -> None:
    done = subprocess.run(["sh", "-c", f"exec {closed}; '{TRUEUP}' {arguments}"], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([TRUEUP, "schema", "report"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "trueup: error: cannot print: No space left on device\n")


# A shell that starts something in the background lets it ignore or block the signal, and a child inherits that.
_INTERRUPTIBLE = (
    "import os, signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN])
def test_ctrl_c_is_quiet(inherited: signal.Handlers, tmp_path: Path) -> None:
    fifo = tmp_path / "2026-01-01-waits.md"
    os.mkfifo(fifo)
    command = [sys.executable, "-c", _INTERRUPTIBLE, TRUEUP, "import", str(fifo)]
    before = signal.signal(signal.SIGINT, inherited)
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    writer = _open_when_read(fifo, process)
    process.send_signal(signal.SIGINT)
    # Python misses a signal that comes just before it blocks. The text's end wakes it, and then it looks again: without
    # the signal it would go on and complain of an empty file.
    os.close(writer)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def _open_when_read(fifo: Path, process: subprocess.Popen[bytes]) -> int:
    """Open a pipe for writing once the process has opened it for reading: it waits for text from then on."""
    while process.poll() is None:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:  # "nobody reads it yet"
                raise
        time.sleep(0.01)
    raise AssertionError(process.communicate())


def test_a_terminal_that_knows_ascii_only_is_served(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("LiteLLM läuft → hört auf Port 4000.\n")
    done = run("check", "--root", str(tmp_path), "--all", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0
    assert done.stderr == ""
