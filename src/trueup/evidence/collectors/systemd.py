"""systemd services: what is configured (files, effective command line) and in which state it is.

Only `.service` units are read. `systemctl show` of a pattern knows the units in memory, `list-unit-files` also those
that are installed and at rest; the two together are every service of a manager.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.redact import clean, redact_argv
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,ExecStart"
_LIST = ("list-unit-files", "--type=service", "--no-legend", "--no-pager", "--plain")
_NOT_BOOTED = b"not been booted with systemd"
_USER_MANAGER = re.compile(r"user@(\d+)\.service")
_EXEC = re.compile(r"argv\[\]=(.*?) ; ignore_errors=")
_PATH = re.compile(r"/\S*")
_COMMAND_WORDS = 200


def sections(units: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the sections, for the system's manager and for that of the user who looks.

    `units` are names to ask for even where systemd has not loaded them.
    """
    # Without `--all` a pattern leaves out units that are loaded and inactive.
    show = ("show", "--all", "--no-pager", f"--property={_PROPERTIES}", "--", "*.service", *map(full_name, units))
    return (
        Section(name="systemd-units", argv=("systemctl", *show)),
        Section(name="systemd-files", argv=("systemctl", *_LIST)),
        Section(name="systemd-user-units", argv=("systemctl", "--user", *show)),
        Section(name="systemd-user-files", argv=("systemctl", "--user", *_LIST)),
    )


def full_name(unit: str) -> str:
    """Return a unit's name with its suffix: `litellm` is `litellm.service`."""
    return unit if unit.endswith((".service", ".socket", ".timer", ".target", ".mount")) else f"{unit}.service"


def read_units(outputs: Mapping[str, Output], units: Sequence[str] = ()) -> Look:
    """Read every service of the system's manager and of one's own; partial where other users run managers too.

    A unit that others mention and nobody installed (`LoadState=not-found`) is kept when it is one of `units`, those
    that were asked for by name. Source: systemctl(1), org.freedesktop.systemd1(5); captured on systemd 252.
    """
    show = outputs.get("systemd-units")
    if show is not None and _NOT_BOOTED in show.stderr:
        return Look((), "none", "systemd is not running here")
    if not worked(show):
        return Look((), "none", trouble(show, "systemctl"))
    system = _services(outputs, "system")
    own = _services(outputs, "user") if worked(outputs.get("systemd-user-units")) else {}
    wanted = {full_name(unit) for unit in units} - own.keys()
    kept = {name: seen for name, seen in system.items() if name in wanted or not _is_missing(seen)}
    everything = tuple(found[name] for found in (kept, own) for name in sorted(found))
    files = ["systemd-files", *(["systemd-user-files"] if own else [])]
    for name in files:
        if not worked(outputs.get(name)):
            reason = f"services that are installed and at rest: {trouble(outputs.get(name), 'systemctl')}"
            return Look(everything, "partial", reason)
    itself = text_of(outputs.get("user")).strip() if own else None
    if _users_with_managers(system) - {itself}:
        return Look(everything, "partial", "services of other users' own managers are not looked at")
    return Look(everything, "complete")


def _services(outputs: Mapping[str, Output], scope: Literal["system", "user"]) -> dict[str, Seen]:
    """Return the services of one manager by name: those in memory, then those that only have a file."""
    section = {"system": "systemd", "user": "systemd-user"}[scope]
    command = {"system": "systemctl", "user": "systemctl --user"}[scope]
    found: dict[str, Seen] = {}
    for block in _blocks(text_of(outputs.get(f"{section}-units"))):
        unit = _unit(block, scope)
        if unit and not (scope == "user" and unit.load == "not-found"):
            found.setdefault(unit.name, Seen(unit, f"{command} show {unit.name}"))
    for name, enabled, line in _at_rest(text_of(outputs.get(f"{section}-files"))):
        unit = Unit(name=name, scope=scope, enabled=enabled)
        found.setdefault(name, Seen(unit, " ".join((command, *_LIST)), clean(line)))
    return found


def _is_missing(seen: Seen) -> bool:
    return isinstance(seen.fact, Unit) and seen.fact.load == "not-found"


def _users_with_managers(system: Mapping[str, Seen]) -> set[str]:
    names = [name for name, seen in system.items() if isinstance(seen.fact, Unit) and seen.fact.active == "active"]
    return {found[1] for found in map(_USER_MANAGER.fullmatch, names) if found}


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """`show` prints one `Key=value` line a property, in an order of its own, and an empty line between units.

    A oneshot service may have several commands: then `ExecStart` is printed once for each.
    """
    block: dict[str, str] = {}
    for line in (*text.split("\n"), ""):
        key, equals, value = line.partition("=")
        if equals:
            block[key] = f"{block[key]}\n{value}" if key in block else value
        elif not line.strip() and block:
            yield block
            block = {}


def _unit(block: Mapping[str, str], scope: Literal["system", "user"]) -> Unit | None:
    name = block.get("Id", "")
    if not name.endswith(".service"):
        return None
    commands = _EXEC.findall(block.get("ExecStart", ""))
    path = block.get("FragmentPath")
    return Unit(
        name=clean(name, 255),
        scope=scope,
        path=clean(path, 500) if path else None,
        drop_ins=tuple(clean(found, 500) for found in _PATH.findall(block.get("DropInPaths", ""))),
        command=_command(commands[0]) if commands else (),
        command_partial=len(commands) > 1,
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


def _at_rest(text: str) -> Iterator[tuple[str, str, str]]:
    """Read `list-unit-files`: name, state and preset in columns; a template (`x@.service`) stands for its instances."""
    for line in text.split("\n"):
        columns = line.split()
        if len(columns) >= 2 and columns[0].endswith(".service"):
            yield clean(columns[0], 255), clean(columns[1], 50), line
