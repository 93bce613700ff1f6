"""systemd services: what is configured (files, effective command line) and in which state it is.

Only `.service` units are read. `systemctl show` of a pattern knows the units in memory, `list-unit-files` also those
that are installed and at rest; the two together are every service of a manager.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.redact import clean, redact_argv
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,ExecStart"
_FILES = Section(
    name="systemd-files",
    argv=("systemctl", "list-unit-files", "--type=service", "--no-legend", "--no-pager", "--plain"),
)
_NOT_RUNNING = re.compile(rb"not been booted with systemd|Failed to connect to (?:system scope )?bus")
_USER_MANAGER = re.compile(r"user@\d+\.service")
_EXEC = re.compile(r"argv\[\]=(.*?) ; ignore_errors=")
_PATH = re.compile(r"/\S*")
_COMMAND_WORDS = 200


def sections(units: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the sections; `units` are names to ask for even where systemd has not loaded them."""
    argv = ("systemctl", "show", "--no-pager", f"--property={_PROPERTIES}", "--", "*.service", *map(full_name, units))
    return (Section(name="systemd-units", argv=argv), _FILES)


def full_name(unit: str) -> str:
    """Return a unit's name with its suffix: `litellm` is `litellm.service`."""
    return unit if unit.endswith((".service", ".socket", ".timer", ".target", ".mount")) else f"{unit}.service"


def read_units(outputs: Mapping[str, Output], units: Sequence[str] = ()) -> Look:
    """Read every service of the system's manager; partial where users run managers of their own.

    A unit that others mention and nobody installed (`LoadState=not-found`) is kept when it is one of `units`, those
    that were asked for by name. Source: systemctl(1), org.freedesktop.systemd1(5); tried on systemd 252.
    """
    show = outputs.get("systemd-units")
    files = outputs.get(_FILES.name)
    if show is not None and _NOT_RUNNING.search(show.stderr):
        return Look((), "none", "systemd is not running here")
    if not worked(show):
        return Look((), "none", trouble(show, "systemctl"))
    wanted = {full_name(unit) for unit in units}
    found: dict[str, Seen] = {}
    managers = 0
    for block in _blocks(text_of(show)):
        unit = _unit(block)
        if unit is None or (unit.load == "not-found" and unit.name not in wanted):
            continue
        managers += bool(_USER_MANAGER.fullmatch(unit.name)) and unit.active == "active"
        found.setdefault(unit.name, Seen(unit, f"systemctl show {unit.name}"))
    for seen in _at_rest(text_of(files)):
        if isinstance(seen.fact, Unit):
            found.setdefault(seen.fact.name, seen)
    everything = tuple(found[name] for name in sorted(found))
    if not worked(files):
        return Look(everything, "partial", f"services that are installed and at rest: {trouble(files, 'systemctl')}")
    if managers:
        return Look(everything, "partial", "services of users' own managers are not looked at")
    return Look(everything, "complete")


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """`show` prints one `Key=value` line a property, in an order of its own, and an empty line between units."""
    block: dict[str, str] = {}
    for line in (*text.split("\n"), ""):
        key, equals, value = line.partition("=")
        if equals:
            block.setdefault(key, value)
        elif not line.strip() and block:
            yield block
            block = {}


def _unit(block: Mapping[str, str]) -> Unit | None:
    name = block.get("Id", "")
    if not name.endswith(".service"):
        return None
    command = _EXEC.search(block.get("ExecStart", ""))
    path = block.get("FragmentPath")
    return Unit(
        name=clean(name, 255),
        path=clean(path, 500) if path else None,
        drop_ins=tuple(clean(found, 500) for found in _PATH.findall(block.get("DropInPaths", ""))),
        command=_command(command[1]) if command else (),
        load=_word(block, "LoadState"),
        active=_word(block, "ActiveState"),
        sub=_word(block, "SubState"),
        enabled=_word(block, "UnitFileState"),
    )


def _command(text: str) -> tuple[str, ...]:
    """systemd joins the words of a command with spaces, so that a space inside a word cannot be told any more."""
    return tuple(clean(word, 1000) for word in redact_argv(text.split()[:_COMMAND_WORDS]))


def _word(block: Mapping[str, str], key: str) -> str | None:
    return clean(block[key], 50) if block.get(key) else None


def _at_rest(text: str) -> Iterator[Seen]:
    """Read `list-unit-files`: name, state and preset in columns; a template alone is no unit."""
    for line in text.split("\n"):
        columns = line.split()
        if len(columns) < 2 or not columns[0].endswith(".service") or columns[0].endswith("@.service"):
            continue
        yield Seen(Unit(name=clean(columns[0], 255), enabled=clean(columns[1], 50)), " ".join(_FILES.argv), clean(line))
