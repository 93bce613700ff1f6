"""The answer to a script, taken apart: whatever the host says, whenever it arrives."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.evidence.transports.base import Output, Section
from trueup.evidence.transports.frames import GRACE_SECONDS, STDERR_LIMIT, STRAY_LIMIT, Frames
from trueup.evidence.transports.script import NUDGE, compose

NONCE = "0123456789abcdef"
SECTIONS = (
    Section(name="a", argv=("tool-a",), timeout=2.0, limit=10),
    Section(name="b", argv=("tool-b",)),
    Section(name="c", script="exit"),
)


def mark(*words: object) -> bytes:
    return b"\x1e" + NONCE.encode() + b" " + " ".join(map(str, words)).encode() + b"\n"


def section(number: int, content: bytes, status: int = 0, root: int = 0) -> bytes:
    return mark("B", number) + content + mark("E", number, status, root)


END = mark("T") + b"0m0.010000s 0m0.000000s\n0m0.030000s 0m0.020000s\n" + mark("Z")
WHOLE = b"Welcome to the machine!\n" + section(0, b"one") + section(1, b"two\n", 3, 1) + mark("S", 2, "only_if") + END
ERRORS = b"motd\n" + mark("B", 0) + b"oops" + mark("B", 1) + mark("Z")


def read(stdout: bytes, stderr: bytes = ERRORS, *, step: int = 0) -> Frames:
    frames = Frames(SECTIONS, NONCE, epoch=1000.0)
    for stream, content in ((False, stdout), (True, stderr)):
        for at in range(0, len(content), step or len(content) or 1):
            frames.feed(content[at : at + (step or len(content))], 7.0, stderr=stream)
    return frames


def test_sections_come_back_byte_by_byte() -> None:
    frames = read(WHOLE)
    assert frames.ended
    assert frames.outputs("late") == {
        "a": Output(stdout=b"one", stderr=b"oops", status=0, at=1007.0),
        "b": Output(stdout=b"two\n", status=3, as_root=True, at=1007.0),
        "c": Output(status=None, problem="it does not apply here"),
    }
    assert frames.waiting() == ()
    assert (frames.ran, frames.received) == (2, len(WHOLE) + len(ERRORS))


@pytest.mark.parametrize("step", [1, 2, 3, 7, 16, 17, 18, 19, 40])
def test_how_the_bytes_are_cut_makes_no_difference(step: int) -> None:
    frames = read(WHOLE, step=step)
    assert frames.outputs("late") == read(WHOLE).outputs("late")
    assert frames.ended
    assert frames.cpu_seconds == read(WHOLE).cpu_seconds


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"\x1e", b"\x1e0123", NONCE.encode(), b"\n"]), max_size=6))
def test_output_that_looks_like_a_mark_is_output(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    wide = Frames((Section(name="a", argv=("x",)),), NONCE)
    for byte in section(0, content):
        wide.feed(bytes([byte]), 0.0)
    assert wide.outputs("late")["a"].stdout == content


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.binary(max_size=20)
        | st.builds(lambda kind, rest: mark(kind, *rest), st.sampled_from("BESTZX"), st.lists(st.integers(-2, 9)))
        | st.sampled_from([WHOLE, END, mark("B", "99999999999"), mark(), mark("B" + "1" * 500)]),
        max_size=12,
    ),
    st.integers(1, 50),
)
def test_no_answer_raises_or_is_kept_beyond_its_limit(pieces: list[bytes], step: int) -> None:
    content = b"".join(pieces)
    frames = read(content, content, step=step)
    for output in frames.outputs("late").values():
        assert len(output.stderr) <= STDERR_LIMIT
    assert len(frames.outputs("late")["a"].stdout) <= 10
    assert frames.wanted(1e9) in (None, NUDGE)
    assert frames.next_look(0.0) >= 0
    assert frames.cpu_seconds is None or frames.cpu_seconds >= 0


def test_a_section_over_its_limit_is_cut_and_nudged_once() -> None:
    frames = Frames(SECTIONS, NONCE)
    frames.feed(mark("B", 0) + b"x" * 11, 1.0)
    assert frames.wanted(1.0) == NUDGE
    assert frames.wanted(1.1) is None
    frames.feed(b"x" * 1000 + mark("E", 0, 138, 0) + section(1, b"fine"), 1.2)
    outputs = frames.outputs("late")
    assert (outputs["a"].stdout, outputs["a"].truncated, outputs["a"].status) == (b"x" * 10, True, None)
    assert (outputs["b"].stdout, outputs["b"].status) == (b"fine", 0)


def test_a_section_over_its_time_is_nudged_and_then_stuck() -> None:
    frames = Frames(SECTIONS, NONCE)
    frames.feed(mark("B", 0) + b"part", 1.0)
    assert frames.wanted(2.9) is None
    assert frames.next_look(2.5) == pytest.approx(0.5, abs=0.01)
    assert frames.wanted(3.1) == NUDGE
    assert not frames.is_stuck(3.2)
    assert frames.is_stuck(3.1 + GRACE_SECONDS + 0.1)
    output = frames.outputs("late")["a"]
    assert (output.stdout, output.status, output.problem) == (b"part", None, "tool-a did not end within 2 s")
    assert [waiting.name for waiting in frames.waiting()] == ["b", "c"]


def test_a_host_that_talks_and_talks_besides_is_given_up() -> None:
    frames = Frames(SECTIONS, NONCE)
    for _ in range(STRAY_LIMIT // 65536):
        frames.feed(b"x" * 65536, 1.0)
    assert not frames.is_stuck(1.0)
    frames.feed(b"xx", 1.0)
    assert frames.is_stuck(1.0)
    assert [waiting.name for waiting in frames.waiting()] == ["a", "b", "c"]


def test_what_a_deadline_cut_off_says_so() -> None:
    frames = Frames(SECTIONS, NONCE)
    frames.feed(section(0, b"one") + mark("B", 1) + b"half", 1.0)
    outputs = frames.outputs("time ran out")
    assert outputs["a"].status == 0
    assert (outputs["b"].stdout, outputs["b"].problem) == (b"half", "time ran out")
    assert (outputs["c"].stdout, outputs["c"].problem) == (b"", "time ran out")


def test_a_command_tried_as_root_and_again_without_counts_once() -> None:
    refused = section(0, b"", 1, 1)
    frames = read(refused + section(0, b"own", 0, 0), b"")
    assert frames.outputs("late")["a"] == Output(stdout=b"own", status=0, at=1007.0)
    allowed = read(section(0, b"all", 0, 1), b"").outputs("late")["a"]
    assert (allowed.stdout, allowed.as_root) == (b"all", True)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        (b"0m0.010000s 0m0.000000s\n0m0.030000s 0m0.020000s\n", 0.08),  # dash: ticks, and the half that each lacks
        (b"0m0.001s 0m0.002s\n0m1.003s 0m0.004s\n", 1.01),  # bash
        (b"0m0,001s 0m0,002s\n1m1,003s 0m0,004s\n", 61.01),
        (b"no times here\n", None),
        (b"", None),
        (b"999999999m99.999s " * 100, 4 * (60 * 999999999 + 99.999)),
    ],
)
def test_cpu_seconds(times: bytes, seconds: float | None) -> None:
    frames = read(mark("T") + times + mark("Z"))
    assert frames.cpu_seconds == (pytest.approx(seconds) if seconds is not None else None)


def test_megabytes_of_false_marks_cost_linear_time() -> None:
    def cost(size: int) -> float:
        started = time.perf_counter()
        read(mark("B", 1) + (b"\x1e" + NONCE[:-1].encode()) * size, step=65536)
        return time.perf_counter() - started

    cost(1000)
    assert min(cost(80_000) for _ in range(3)) < 40 * max(min(cost(8_000) for _ in range(3)), 0.001)


# ---------------------------------------------------------------- the script


def test_arguments_are_data() -> None:
    hostile = ("tool", "a b", "$(reboot)", "'; reboot; '", "`x`", "\n}\nmain\n", "-n", "é\udcff")
    script = compose([Section(name="x", argv=hostile)], NONCE).decode("utf-8")
    assert "run 0 tool 'a b' '$(reboot)' ''\"'\"'; reboot; '\"'\"'' '`x`' '\n}\nmain\n' -n 'é\\udcff'" in script


def test_nothing_runs_before_all_of_it_has_arrived() -> None:
    script = compose(SECTIONS, NONCE).decode()
    assert script.startswith(f"nonce={NONCE}\nmain() {{\n")
    assert script.endswith("}\nmain\n")


def test_sudo_is_asked_only_where_it_is_allowed_and_useful() -> None:
    sections = [Section(name="a", argv=("ss",), root=True), Section(name="b", argv=("id",))]
    assert "sudo" not in compose(sections, NONCE).decode()
    allowed = compose(sections, NONCE, sudo=True).decode()
    assert "run_as_root 0 ss\n" in allowed
    assert "run 1 id\n" in allowed
    assert allowed.count("sudo ") == 1
    assert "sudo -n -- " in allowed
