"""What a host answers to a script, taken apart while it arrives: sections, their status, what the whole cost.

Pure: the driver feeds bytes and tells the time, and asks what to do. Nothing here trusts a length that a host states;
a section is what stands between its two marks, up to its limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trueup.evidence.transports.base import Output, Section
from trueup.evidence.transports.script import NUDGE, SEPARATOR, SKIPPED

STDERR_LIMIT = 64 * 1024
STRAY_LIMIT = 1024 * 1024
"""How much a host may say that belongs to no section, such as what its login shell greets with."""

TOTAL_LIMIT = 64 * 1024 * 1024
GRACE_SECONDS = 1.0
_MARK_LIMIT = 200
_TIMES_LIMIT = 200
_TIMES = re.compile(r"(\d{1,9})m(\d{1,2})[.,](\d{1,9})s")
_TICK = 0.01


class Frames:
    """The answer to one script. `ended` is set once its end was seen; `received` counts all bytes.

    `epoch` is when the clock that `now` is told by stood at zero, in seconds since 1970.
    """

    def __init__(self, sections: Sequence[Section], nonce: str, epoch: float = 0.0) -> None:
        self._sections = tuple(sections)
        mark = SEPARATOR + nonce.encode() + b" "
        self._stdout = _Stream(mark, [section.limit for section in sections])
        self._stderr = _Stream(mark, [STDERR_LIMIT] * len(sections))
        self._epoch = epoch
        self._started: dict[int, float] = {}
        self._closed: dict[int, _Closed] = {}
        self._skipped: dict[int, str] = {}
        self._times: bytearray | None = None
        self._began = 0.0
        self._nudged: float | None = None
        self._stray = 0
        self.ended = False
        self.received = 0

    # ---------------------------------------------------------------- while it runs

    def feed(self, data: bytes, now: float, *, stderr: bool = False) -> None:
        """Take bytes as they arrive, at the time `now` (seconds of any steady clock)."""
        self.received += len(data)
        if stderr:
            for words in self._stderr.feed(data):
                if isinstance(words, list):
                    self._stderr.follow(words)
            self.ended = self._stdout.ended and self._stderr.ended
            return
        for words in self._stdout.feed(data):
            if isinstance(words, list):
                self._take_mark(words, now)
            elif self._times is not None and len(self._times) < _TIMES_LIMIT:
                self._times += words[:_TIMES_LIMIT]
            else:
                self._stray += len(words)

    def wanted(self, now: float) -> bytes | None:
        """Return what has to be sent now: a nudge where the section that runs has passed a limit."""
        number = self._stdout.section
        if number is None or self._nudged is not None:
            return None
        if not self._stdout.kept[number].is_cut and now - self._began <= self._sections[number].timeout:
            return None
        self._nudged = now
        return NUDGE

    def is_stuck(self, now: float) -> bool:
        """Tell whether the driver has to give up: a nudge was of no use, or the host talks and talks besides."""
        useless = self._nudged is not None and now - self._nudged > GRACE_SECONDS
        return useless or self._stray > STRAY_LIMIT or self.received > TOTAL_LIMIT

    def next_look(self, now: float) -> float:
        """Return in how many seconds `wanted` or `is_stuck` may change without new bytes."""
        number = self._stdout.section
        if number is None:
            return GRACE_SECONDS
        limit = self._began + self._sections[number].timeout if self._nudged is None else self._nudged + GRACE_SECONDS
        return max(0.0, limit - now) + 0.005

    # ---------------------------------------------------------------- afterwards

    def outputs(self, problem: str) -> dict[str, Output]:
        """Return every section's output; `problem` is why those that did not end, or never ran, did not."""
        return {section.name: self._output(number, problem) for number, section in enumerate(self._sections)}

    def waiting(self) -> tuple[Section, ...]:
        """Return the sections that were neither begun nor skipped."""
        told = self._stdout.kept.keys() | self._skipped.keys()
        return tuple(section for number, section in enumerate(self._sections) if number not in told)

    @property
    def ran(self) -> int:
        """How many commands were started."""
        return len(self._stdout.kept)

    @property
    def cpu_seconds(self) -> float | None:
        """CPU seconds of the script and its commands, by the shell's `times`; None where it did not come to that.

        Some shells (dash, busybox) count in ticks of 10 ms and cut off the rest: half a tick a figure on average, which
        each of the four gets back. So a cost of a few ticks is known to about one of them.
        """
        found = _TIMES.findall((self._times or b"").decode("ascii", "replace"))
        figures = [60 * int(minutes) + int(seconds) + float(f"0.{rest}") for minutes, seconds, rest in found[:4]]
        if len(figures) < 4:
            return None
        in_ticks = all(abs(figure / _TICK - round(figure / _TICK)) < 1e-4 for figure in figures)
        return sum(figures) + (_TICK / 2 * len(figures) if in_ticks else 0.0)

    # ---------------------------------------------------------------- parts

    def _take_mark(self, words: list[bytes], now: float) -> None:
        kind, numbers = words[0], [int(word) for word in words[1:] if word.isdigit() and len(word) < 6]
        number = self._stdout.section
        if kind == b"E" and len(numbers) == 3 and numbers[0] == number:
            self._closed[number] = _Closed(numbers[1], as_root=numbers[2] == 1, late=self._nudged is not None)
        elif kind == b"S" and len(words) == 3 and len(numbers) == 1 and numbers[0] < len(self._sections):
            self._skipped[numbers[0]] = words[2].decode("ascii", "replace")
        elif kind == b"T":
            self._times = bytearray()
        self._stdout.follow(words)
        if self._stdout.section is not None:
            self._started[self._stdout.section] = now
        self.ended = self._stdout.ended and self._stderr.ended
        self._began, self._nudged = now, None

    def _output(self, number: int, problem: str) -> Output:
        section, kept, closed = self._sections[number], self._stdout.kept.get(number), self._closed.get(number)
        if kept is None:
            why = SKIPPED.get(self._skipped.get(number, ""), problem)
            return Output(status=None, problem=why.format(program=section.argv[0] if section.argv else section.name))
        ended_by_us = closed is None or closed.late or kept.is_cut
        said = None
        if ended_by_us and not kept.is_cut:
            late = closed is not None or self._nudged is not None
            said = f"{section.shown.split()[0]} did not end within {section.timeout:g} s" if late else problem
        errors = self._stderr.kept.get(number)
        return Output(
            stdout=bytes(kept.content),
            stderr=bytes(errors.content) if errors else b"",
            status=closed.status if closed and not ended_by_us else None,
            truncated=kept.is_cut,
            problem=said,
            as_root=closed is not None and closed.as_root and not ended_by_us,
            at=self._epoch + self._started[number],
        )


class _Closed(NamedTuple):
    """How a section ended; `late` where that took a nudge."""

    status: int
    as_root: bool
    late: bool


class _Kept:
    """Bytes up to a limit; what comes after is thrown away."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.content = bytearray()
        self.is_cut = False

    def add(self, data: bytes) -> None:
        room = self._limit - len(self.content)
        self.content += data[:room]
        self.is_cut = self.is_cut or len(data) > room


class _Stream:
    """One stream of a host: what belongs to a section goes into `kept`, the rest is handed out.

    `feed` yields the words of marks and the bytes that belong to no section; the caller then lets the stream `follow`
    the mark.
    """

    def __init__(self, mark: bytes, limits: Sequence[int]) -> None:
        self._mark = mark
        self._limits = limits
        self._rest = b""
        self.kept: dict[int, _Kept] = {}
        self.section: int | None = None
        self.ended = False

    def follow(self, words: list[bytes]) -> None:
        """Begin the section that a `B` names (again, where it ran as root in vain before); any other mark ends one."""
        self.section = None
        self.ended = self.ended or words[0] == b"Z"
        if words[0] == b"B" and len(words) == 2 and words[1].isdigit() and len(words[1]) < 6:
            number = int(words[1])
            if number < len(self._limits):
                self.section = number
                self.kept[number] = _Kept(self._limits[number])

    def feed(self, data: bytes) -> Iterator[list[bytes] | bytes]:
        data = self._rest + data
        at = 0
        while (found := data.find(self._mark, at)) >= 0:
            yield from self._take(data[at:found])
            begin = found + len(self._mark)
            end = data.find(b"\n", begin, begin + _MARK_LIMIT)
            if end < 0 and len(data) < begin + _MARK_LIMIT:
                self._rest = data[found:]
                return
            at = end + 1 if end >= 0 else begin
            if end >= 0 and (words := data[begin:end].split()):
                yield words
        keep = self._partial(data, at)
        yield from self._take(data[at:keep])
        self._rest = data[keep:]

    def _take(self, content: bytes) -> Iterator[bytes]:
        if self.section is not None:
            self.kept[self.section].add(content)
        elif content:
            yield content

    def _partial(self, data: bytes, at: int) -> int:
        """Return where the last bytes may be the beginning of a mark that has not arrived whole."""
        # A mark holds one separator only, at its beginning.
        last = data.rfind(SEPARATOR, max(at, len(data) - len(self._mark) + 1))
        return last if last >= 0 and self._mark.startswith(data[last:]) else len(data)
