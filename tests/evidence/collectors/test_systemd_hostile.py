"""What a host says of its systemd may be anything: nothing is raised, no value is kept, and no text takes long."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.systemd import follow_up, read_units
from trueup.evidence.transports.base import Output

from .captures import capture

SECTIONS = (
    *("systemd-units", "systemd-files", "systemd-user-units", "systemd-user-files", "systemd-users", "systemd-dates"),
    "user",
)
REAL = [
    line
    for name in ("show", "files", "users", "dates")
    for line in capture(f"systemd/captured_252_{name}").split(b"\n")
    if b"ExecStart" not in line
]
LINES = st.lists(st.sampled_from(REAL) | st.binary(max_size=40), max_size=60).map(b"\n".join)
OUTPUTS = st.builds(
    Output,
    stdout=LINES | st.binary(),
    stderr=LINES | st.binary(),
    status=st.sampled_from([0, 0, 0, 1, None]),
    truncated=st.booleans(),
)


@given(st.dictionaries(st.sampled_from(SECTIONS), OUTPUTS), st.lists(st.text(max_size=20), max_size=3))
def test_any_bytes(outputs: dict[str, Output], units: list[str]) -> None:
    look = read_units(outputs, units)
    assert (look.reason is None) == (look.extent == "complete")
    for section in follow_up(outputs):
        assert all(path.startswith("/") and path.isprintable() for path in section.argv[4:])
    msgspec.json.encode([seen.fact for seen in look.seen])


PLANTED = "hunter2pass"
AROUND = st.text(st.sampled_from("ab =\"'\\$\n\t;{}[]#=\x1b\xe9"), max_size=12)


def printed(assignment: str) -> str:
    """Write a word of a list as systemd does (`shell_maybe_quote`, checked with the captured bytes)."""
    if not set(assignment) & set("\"\\`$*?[' \t\n()<>|&;!"):
        return assignment
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("`", "\\`"), ("\n", "\\n"), ("\t", "\\t")):
        assignment = assignment.replace(plain, escaped)
    return f'"{assignment}"'


@given(st.lists(st.tuples(AROUND, AROUND), min_size=1, max_size=5), st.integers(0, 300))
def test_planted_values_are_never_kept(around: list[tuple[str, str]], cut: int) -> None:
    words = [printed(f"NAME_{n}={before}{PLANTED}{after}") for n, (before, after) in enumerate(around)]
    show = f"Id=x.service\nEnvironment={' '.join(words)}\nMainPID=0\n".encode()
    for text in (show, show[:cut]):
        outputs = {"systemd-units": Output(stdout=text), "systemd-files": Output()}
        for seen in read_units(outputs, ("x",)).seen:
            assert PLANTED.encode() not in msgspec.json.encode((seen.fact, seen.by, seen.raw))


@given(st.lists(st.tuples(AROUND, AROUND), min_size=1, max_size=5))
def test_every_name_is_kept(around: list[tuple[str, str]]) -> None:
    words = [printed(f"NAME_{n}={before}{PLANTED}{after}") for n, (before, after) in enumerate(around)]
    show = f"Id=x.service\nEnvironment={' '.join(words)}\n"
    (seen,) = read_units({"systemd-units": Output(stdout=show.encode()), "systemd-files": Output()}).seen
    assert seen.fact.environment == tuple(f"NAME_{n}" for n in range(len(around)))  # type: ignore[union-attr]


HUGE = {
    "units": b"Id=x.service\nMainPID=7\nFragmentPath=/x\n\n" * 4000,
    "open commands": b"Id=x.service\nExecStart={ argv[]=a\n" * 20_000,
    "commands": b"Id=x.service\n" + b"ExecStart={ argv[]=a argv[]=\n }\n" * 20_000,
    "quotes": b"Id=x.service\nEnvironment=" + b'"a\\" $\' \\' * 80_000,
    "one word": b"Id=x.service\nNames=" + b"a" * 1_000_000,
    "drop-ins": b"Id=x.service\nMainPID=7\nExecMainStartTimestamp=Wed 2026-11-25 03:29:29 UTC\nDropInPaths="
    + b"/etc/systemd/generator/ " * 40_000,
    "marks": b"0b9ac2f5-6a0e-4c4f-9a51-2f1b1f7a2a51\n" + b"\n0b9ac2f5-6a0e-4c4f-9a51-2f1b1f7a2a51 units 1 a\n" * 15_000,
    "paths": b"file /" + b"a/" * 500_000,
    "files": b"".join(b"file /etc/%d.service\n" % number for number in range(10_000)),
    "dates": b"stat: cannot statx '/" * 50_000,
    "environment files": b"Id=x.service\n" + b"EnvironmentFiles=/a (ignore_errors=no) (ignore_errors=no)\n" * 20_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_a_megabyte_of_anything_takes_no_minute(text: bytes) -> None:
    output = Output(stdout=text, stderr=text)
    outputs = dict.fromkeys(SECTIONS, output)
    start = time.process_time()
    read_units(outputs)
    follow_up(outputs)
    assert time.process_time() - start < 5
