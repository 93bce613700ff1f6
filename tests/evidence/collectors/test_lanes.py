"""Lanes from the table of a lane controller, built in the format that is documented."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.lanes import PLAIN, TABLE, TRUEUP, read_lanes, sections
from trueup.evidence.collectors.look import Look
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Lane

from .captures import capture

LANES = [
    Lane(8100, "listening", "mlx-qwen3-8b-4bit"),
    Lane(8101, "listening", "mlx-gemma-3-27b-4bit"),
    Lane(8102, "idle", "mlx-phi-4-8bit"),
    *(Lane(port, "idle") for port in range(8103, 8107)),
]


def table(text: str) -> Look:
    return read_lanes({PLAIN.name: Output(stdout=text.encode())})


def lanes(look: Look) -> list[object]:
    return [seen.fact for seen in look.seen]


def test_plain() -> None:
    look = read_lanes({PLAIN.name: Output(stdout=capture("lanes/built_plain"))})
    assert (look.extent, look.reason) == ("complete", None)
    assert lanes(look) == LANES
    assert (look.seen[0].by, look.seen[0].raw) == ("mlxctl status --plain", "8100 listening 412 mlx-qwen3-8b-4bit")
    assert look.seen[5].raw == "8103-8106 idle - -"


def test_without_head() -> None:
    without_head = capture("lanes/built_plain").split(b"\n", 1)[1].decode()
    assert lanes(table(without_head)) == LANES
    assert table(without_head).extent == "complete"


def test_an_older_mlxctl() -> None:
    refused = Output(status=2, stderr=b"mlxctl: error: unrecognized arguments: --plain\n")
    look = read_lanes({PLAIN.name: refused, TABLE.name: Output(stdout=capture("lanes/built_columns"))})
    assert (look.extent, lanes(look)) == ("complete", LANES)
    assert look.seen[0].by == "mlxctl status"


def test_our_own_lanes() -> None:
    skipped = Output(status=None, problem="it does not apply here")
    own = Output(stdout=capture("lanes/built_plain"))
    look = read_lanes({PLAIN.name: skipped, TABLE.name: skipped, TRUEUP.name: own})
    assert (look.extent, lanes(look)) == ("complete", LANES)
    assert look.seen[0].by == "trueup lanes status --plain"


@pytest.mark.parametrize(
    ("row", "lane"),
    [
        ("8100\tlistening\t412\ta-b", Lane(8100, "listening", "a-b")),
        ("8100\tLISTENING\t-\ta-b", Lane(8100, "listening", "a-b")),
        ("8100\tidle\t\t", Lane(8100, "idle")),
        ("8100\tstopped", Lane(8100, "idle")),
        ("8100 listening a-b", Lane(8100, "listening", "a-b")),
        ("8100\tlistening\t412\tsk-1234567890abcdef", Lane(8100, "listening", "[redacted]")),
        ("8100\tlistening\t412\ta\x1b[31m", Lane(8100, "listening", r"a\x1b[31m")),
    ],
)
def test_rows(row: str, lane: Lane) -> None:
    look = table(row + "\n")
    assert (look.extent, lanes(look)) == ("complete", [lane])


@pytest.mark.parametrize(
    "row",
    [
        "4 listening, 3 idle",
        "8200\tloading\t7\tx-y",
        "8200",
        "70000\tidle",
        "0\tidle",
        "8205-8200\tidle",
        "1-60000\tidle",
        "8200\tlistening\t7\tx-y\tmore",
        "8200\tlistening\tone two three\tx",
        "warning: registry is locked",
        "8100\tidle\t-\t-",
    ],
)
def test_a_row_that_makes_no_sense_takes_completeness_away(row: str) -> None:
    look = table(capture("lanes/built_plain").decode() + row + "\n")
    assert look.extent == "partial"
    assert look.reason == "1 lines of mlxctl status --plain were not understood"
    assert lanes(look) == LANES


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ({}, "no lane controller answered"),
        ({PLAIN.name: Output(status=None, problem="it does not apply here")}, "no lane controller answered"),
        ({PLAIN.name: Output(status=2), TABLE.name: Output(status=1)}, "mlxctl status failed with status 1"),
        ({PLAIN.name: Output()}, "mlxctl status --plain printed nothing"),
        ({PLAIN.name: Output(stdout=b"port\tstate\tpid\thandle\n")}, "mlxctl status --plain printed no ports"),
        ({PLAIN.name: Output(stdout=b"8100\tidle", status=None, truncated=True)}, "mlxctl status --plain printed more"),
    ],
)
def test_nothing_told(outputs: dict[str, Output], reason: str) -> None:
    look = read_lanes(outputs)
    assert look.extent == "none"
    assert (look.reason or "").startswith(reason)


# ---------------------------------------------------------------- commands


def test_sections() -> None:
    assert sections(declared=False) == (PLAIN, TABLE)
    assert sections(declared=True) == (PLAIN, TABLE, TRUEUP)
    assert TABLE.unless == PLAIN.name


def shell(text: str, home: Path, path: str) -> tuple[int, str]:
    ran = subprocess.run(
        ["/bin/sh", "-c", text], env={"HOME": str(home), "PATH": path}, capture_output=True, check=False
    )
    return ran.returncode, ran.stdout.decode()


@pytest.mark.parametrize("folder", ["bin on path", ".local/bin"])
def test_where_mlxctl_is_found(tmp_path: Path, folder: str) -> None:
    program = tmp_path / folder / "mlxctl"
    program.parent.mkdir(parents=True)
    path = f"{tmp_path}/bin on path:/usr/bin:/bin"
    assert shell(PLAIN.only_if or "", tmp_path, path)[0] != 0
    assert shell(TRUEUP.only_if or "", tmp_path, path)[0] == 0
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    program.chmod(0o755)
    assert shell(PLAIN.only_if or "", tmp_path, path)[0] == 0
    assert shell(TRUEUP.only_if or "", tmp_path, path)[0] != 0
    assert shell(PLAIN.script, tmp_path, path) == (0, "status|--plain|")
    assert shell(TABLE.script, tmp_path, path) == (0, "status|")


@pytest.mark.parametrize(
    "content", ["\t", " ", "1-", "8100\tidle\n", "1-999\tidle\n", "8100\tidle\tx\n8100\tidle\ty\n"]
)
def test_hostile_output_is_read_in_linear_time(content: str) -> None:
    """A square of these sizes would take minutes."""
    began = time.process_time()
    table(content * 5_000)
    assert time.process_time() - began < 5


ROWS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(capture("lanes/built_plain").decode().split("\n")),
        st.sampled_from(capture("lanes/built_columns").decode().split("\n")),
        st.builds("{}-{}\tidle".format, st.integers(0, 70000), st.integers(0, 70000)),
    )
).map("\n".join)


@given(
    st.dictionaries(
        st.sampled_from([PLAIN.name, TABLE.name, TRUEUP.name]),
        st.builds(
            Output,
            stdout=st.one_of(st.binary(), ROWS.map(lambda text: text.encode("utf-8", "replace"))),
            status=st.sampled_from([0, 0, 1, None]),
            truncated=st.booleans(),
        ),
    )
)
def test_any_bytes(outputs: dict[str, Output]) -> None:
    look = read_lanes(outputs)
    msgspec.json.encode([(seen.fact, seen.raw) for seen in look.seen])
    assert all(isinstance(lane, Lane) and 0 < lane.port < 65536 for lane in lanes(look))
    assert look.extent == "complete" or look.reason
    assert len(look.seen) <= 1000
