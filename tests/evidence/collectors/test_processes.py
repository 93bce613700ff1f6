"""Command lines by pid from the bytes of `ps`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.processes import PS, PS_BUSYBOX, read_commands, read_processes
from trueup.evidence.transports.base import Output

from .captures import capture

LITELLM = ("/opt/litellm/bin/python", "/opt/litellm/bin/litellm", "--config", "/etc/litellm.yaml", "--port", "4000")


def test_ps() -> None:
    commands = read_processes({PS.name: Output(stdout=capture("processes/built_ps"))})
    assert commands == {1: ("/sbin/init",), 901: LITELLM, 1201: ("[kworker/0:1-events]",), 1300: ()}


def test_ps_of_busybox() -> None:
    outputs = {
        PS.name: Output(status=1, stderr=b"ps: invalid option -- 'w'\n"),
        PS_BUSYBOX.name: Output(stdout=capture("processes/built_ps_busybox")),
    }
    commands = read_processes(outputs)
    assert commands[14] == ("/usr/bin/python3", "servers.py", "groups")
    assert 0 not in commands, "the head of the table is no process"


def test_without_ps_nothing_is_known() -> None:
    assert read_processes({}) == {}
    assert read_processes({PS.name: Output(status=None, problem="ps is not installed")}) == {}


def test_cut_output_tells_of_those_before_the_cut() -> None:
    cut = Output(stdout=capture("processes/built_ps"), status=None, truncated=True)
    assert read_commands(cut)[901] == LITELLM


@given(st.binary(), st.sampled_from([0, 1, None]), st.booleans())
def test_any_bytes(content: bytes, status: int | None, truncated: bool) -> None:
    output = Output(stdout=content, status=status, truncated=truncated)
    commands = read_processes({PS.name: output, PS_BUSYBOX.name: output})
    assert all(pid >= 0 and len(argv) < 100 for pid, argv in commands.items())
