"""Command lines by pid from the bytes of `grep` over /proc and of `ps`."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.processes import CMDLINES, PS, read_cmdlines, read_commands, read_processes
from trueup.evidence.transports.base import Output

from .captures import capture

LITELLM = ("/opt/litellm/bin/python", "/opt/litellm/bin/litellm", "--config", "/etc/litellm.yaml", "--port", "4000")
SKIPPED = Output(status=None, problem="this is another system's command")


def test_cmdlines() -> None:
    """One process has a blank, an empty word, and one that looks like the line of process 1."""
    commands = read_processes({CMDLINES.name: Output(stdout=capture("processes/captured_cmdlines")), PS.name: SKIPPED})
    assert commands == {
        1: ("bash", "procs.sh"),
        44: ("/opt/litellm/bin/python", "100"),
        45: ("nginx: master process /usr/sbin/nginx -g daemon on;", "100"),
        46: ("tail", "-f", "/dev/null", "a b", "", "x\n/proc/1/cmdline:sshd"),
    }


def test_a_title_is_taken_apart() -> None:
    content = b"/proc/7/cmdline:nginx: master process /usr/sbin/nginx\0" + b"/proc/7/cmdline:\0" * 9
    assert read_cmdlines(Output(stdout=content)) == {7: ("nginx:", "master", "process", "/usr/sbin/nginx")}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_the_section_on_this_machine() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            ran = subprocess.run(["/bin/sh", "-c", CMDLINES.script], capture_output=True, check=True)
        finally:
            child.kill()
    assert read_cmdlines(Output(stdout=ran.stdout))[child.pid] == ("sleep", "60")


def test_ps() -> None:
    commands = read_processes({CMDLINES.name: SKIPPED, PS.name: Output(stdout=capture("processes/built_ps"))})
    assert commands == {1: ("/sbin/init",), 901: LITELLM, 1201: ("[kworker/0:1-events]",), 1300: ()}


def test_without_either_nothing_is_known() -> None:
    assert read_processes({}) == {}
    assert read_processes({PS.name: Output(status=None, problem="ps is not installed")}) == {}


def test_cut_output_tells_of_those_before_the_cut() -> None:
    cut = Output(stdout=capture("processes/built_ps"), status=None, truncated=True)
    assert read_commands(cut)[901] == LITELLM


@pytest.mark.parametrize("content", [b"/proc/1/cmdline:\0", b"/proc/1/cmdline:x\0", b"\0", b"/proc/", b"1 \n", b" "])
def test_hostile_output_is_read_in_linear_time(content: bytes) -> None:
    """A square of these sizes would take minutes."""
    output = Output(stdout=content * 100_000)
    began = time.process_time()
    read_cmdlines(output)
    read_commands(output)
    assert time.process_time() - began < 5


@given(
    st.one_of(
        st.binary(),
        st.lists(st.sampled_from([b"/proc/1/cmdline:", b"/proc/99/cmdline:a b", b"\0", b"/proc/x", b"1 a\n"])).map(
            b"".join
        ),
    ),
    st.sampled_from([0, 1, None]),
    st.booleans(),
)
def test_any_bytes(content: bytes, status: int | None, truncated: bool) -> None:
    output = Output(stdout=content, status=status, truncated=truncated)
    for outputs in ({CMDLINES.name: output}, {PS.name: output}):
        commands = read_processes(outputs)
        assert all(pid >= 0 and len(argv) <= 100 for pid, argv in commands.items())
