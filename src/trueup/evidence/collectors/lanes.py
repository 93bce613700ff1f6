"""Model lanes: what a lane controller says of its ports, as a table of port, state, pid and handle.

`mlxctl` is found on the script's path, which has the folders of Homebrew and /usr/local, or in ~/.local/bin. `status`,
the one verb that is used, only reads. Without mlxctl, `trueup lanes status` tells where the manifest declares lanes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Lane

State: TypeAlias = Literal["listening", "idle"]

_INSTALLED = '{ command -v mlxctl >/dev/null 2>&1 || [ -x "$HOME/.local/bin/mlxctl" ]; }'
_MLXCTL = '"$(command -v mlxctl || printf %s "$HOME/.local/bin/mlxctl")" status'

PLAIN = Section(name="mlxctl-plain", script=f"{_MLXCTL} --plain", only_if=_INSTALLED, timeout=10.0)
TABLE = Section(name="mlxctl", script=_MLXCTL, only_if=_INSTALLED, unless="mlxctl-plain", timeout=10.0)
TRUEUP = Section(name="trueup-lanes", argv=("trueup", "lanes", "status", "--plain"), only_if=f"! {_INSTALLED}")

_BY = {PLAIN.name: "mlxctl status --plain", TABLE.name: "mlxctl status", TRUEUP.name: TRUEUP.shown}
_PORTS = re.compile(r"([1-9]\d{0,4})(?:[-–]([1-9]\d{0,4}))?")
_STATES: dict[str, State] = {
    **dict.fromkeys(("listening", "running", "serving", "up", "active", "busy"), "listening"),
    **dict.fromkeys(("idle", "free", "stopped", "down"), "idle"),
}
_NOTHING = ("", "-", "–", "none")
_LANES = 1000


def sections(*, declared: bool) -> tuple[Section, ...]:
    """Return the sections. `declared` says that the manifest has lanes on this host: then our own may tell of them."""
    return (PLAIN, TABLE, TRUEUP) if declared else (PLAIN, TABLE)


def read_lanes(outputs: Mapping[str, Output]) -> Look:
    """Read the table of the first command that worked; complete only where every row of it was understood.

    A head is optional, idle ports may be folded (`8104-8139`), columns are separated by tabs, else by blanks.
    """
    ran = [(by, output) for name, by in _BY.items() if (output := outputs.get(name)) and output.status is not None]
    for by, output in ran:
        if worked(output) and output.stdout.strip():
            return _read(text_of(output), by)
    cut = [by for name, by in _BY.items() if outputs.get(name, Output()).truncated]
    if cut:
        return Look((), "none", f"{cut[0]} printed more than is read")
    if ran:
        by, output = ran[-1]
        return Look((), "none", trouble(output, by) if output.status else f"{by} printed nothing")
    return Look((), "none", "no lane controller answered")


def _read(text: str, by: str) -> Look:
    lanes: dict[int, Seen] = {}
    broken = 0
    for line in text.split("\n"):
        columns = [column.strip() for column in (line.split("\t") if "\t" in line else line.split())]
        if not any(columns) or columns[0].lower() in ("port", "ports"):
            continue
        rows = list(_row(columns))
        # A port that is told of twice in different words leaves open which of them is true.
        broken += not rows or any(lane.port in lanes and lanes[lane.port].fact != lane for lane in rows)
        raw = clean(" ".join(line.split()), 1000)
        for lane in rows:
            if len(lanes) < _LANES:
                lanes.setdefault(lane.port, Seen(lane, by, raw))
    seen = tuple(lanes[port] for port in sorted(lanes))
    if broken:
        return Look(seen, "partial", f"{broken} lines of {by} were not understood")
    if len(seen) == _LANES:
        return Look(seen, "partial", f"only the first {_LANES} ports are read")
    return Look(seen, "complete") if seen else Look((), "none", f"{by} printed no ports")


def _row(columns: list[str]) -> Iterator[Lane]:
    """Yield the lanes of a row: `8100 listening 412 some-handle`, `8104-8139 idle`; none where it makes no sense."""
    ports = _PORTS.fullmatch(columns[0])
    state = _STATES.get(columns[1].lower()) if len(columns) > 1 else None
    # The pid may be left out, or stand as a dash.
    rest = [column for column in columns[2:] if column.lower() not in _NOTHING and not column.isdigit()]
    if ports is None or state is None or len(rest) > 1:
        return
    first, last = int(ports[1]), int(ports[2] or ports[1])
    if not first <= last < 65536 or last - first >= _LANES:
        return
    handle = clean(rest[0], 200) if rest else None
    for port in range(first, last + 1):
        yield Lane(port, state, handle)
