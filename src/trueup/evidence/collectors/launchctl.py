"""What `launchctl` prints and what a job's file holds, as records.

Read leniently: both differ between versions of macOS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_DISABLED = re.compile(r'^[ \t]*"([^"\n]{1,255})" => (disabled|enabled|true|false)\b', re.MULTILINE)
_XML = (b"<?xml", b"<!DOCTYPE plist", b"<plist")
_PORTS = range(1, 65536)


class Listed(NamedTuple):
    """A row of `launchctl list` or of a domain's services.

    `status` is the last process's exit code, or the negative number of the signal that ended it.
    """

    line: str
    is_running: bool
    status: int | None


def read_list(text: str) -> dict[str, Listed]:
    """Read `launchctl list` by label: PID (`-` for none), status and label, separated by tabs."""
    found: dict[str, Listed] = {}
    for line in text.split("\n"):
        columns = line.split("\t")
        if len(columns) == 3 and columns[2].strip() and columns[0] != "PID":
            found.setdefault(columns[2].strip(), Listed(line, columns[0].isdigit(), _number(columns[1])))
    return found


def read_services(text: str) -> dict[str, Listed]:
    """Read the block `services` of `launchctl print DOMAIN` by label: PID (0 for none), status and label in columns."""
    found: dict[str, Listed] = {}
    inside = False
    for line in text.split("\n"):
        if line.startswith("\t\t"):
            columns = line.split(None, 2) if inside else []
            if len(columns) == 3 and columns[0].isdigit():
                found.setdefault(columns[2].strip(), Listed(line, columns[0] != "0", _number(columns[1])))
        else:
            inside = line == "\tservices = {"
    return found


def read_disabled(text: str) -> dict[str, bool]:
    """Read `launchctl print-disabled` by label: True where a job is disabled. Older versions say so with `true`."""
    return {label: word in ("disabled", "true") for label, word in _DISABLED.findall(text)}


class Printed(NamedTuple):
    """What `launchctl print` says of a job. `fields` are its own, not those of the blocks within."""

    fields: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """The program, by its whole path, and its arguments."""
        program = self.fields.get("program")
        return (program, *self.arguments[1:]) if program else self.arguments

    @property
    def exit(self) -> str | None:
        """How the last process ended; None where none has ended."""
        signal = self.fields.get("last terminating signal")
        code = self.fields.get("last exit code", "").strip("()")
        if signal:
            return f"signal {signal}"
        return f"exit code {code}" if code and code != "never exited" else None


def read_print(text: str) -> Printed:
    """Read `launchctl print DOMAIN/LABEL`: lines `key = value` behind one tab, blocks of lines behind two.

    Blocks within (event triggers, sockets, instances) repeat `state` and others, so only single-tab lines are fields.
    """
    fields: dict[str, str] = {}
    blocks: dict[str, list[str]] = {"arguments": [], "environment": []}
    block = ""
    for line in text.split("\n"):
        if line.startswith("\t\t"):
            if block in blocks and not line.startswith("\t\t\t"):
                blocks[block].append(line[2:])
        elif line.startswith("\t"):
            key, _, value = line[1:].partition(" = ")
            block = key if value == "{" else ""
            if value and not block:
                fields.setdefault(key, value)
    # launchd adds the job's own name to what it sets.
    names = (line.partition(" => ")[0].strip() for line in blocks["environment"])
    environment = tuple(name for name in names if name and name != "XPC_SERVICE_NAME")
    return Printed(fields, tuple(blocks["arguments"]), environment)


class Plist(NamedTuple):
    """What a job's file says. `listens` are the addresses at which launchd itself waits in place of the job."""

    label: str | None
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    starts_by_itself: bool = False
    is_disabled: bool = False
    listens: tuple[str, ...] = ()


def read_plist(content: bytes) -> Plist | None:
    """Read a property list in XML; None where it is none. Binary ones and entities (so their expansion) are refused."""
    if not content.lstrip().startswith(_XML):
        return None
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        job: Any = plistlib.loads(content, fmt=plistlib.FMT_XML)
    except (ExpatError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None
    if not isinstance(job, dict):
        return None
    arguments = job.get("ProgramArguments")
    words = tuple(map(str, arguments)) if isinstance(arguments, list) and all(_are_text(arguments)) else ()
    program = job.get("Program")
    environment = job.get("EnvironmentVariables")
    label = job.get("Label")
    return Plist(
        label=label if isinstance(label, str) and label else None,
        command=(program, *words[1:]) if isinstance(program, str) else words,
        environment=tuple(filter(None, environment)) if isinstance(environment, dict) else (),
        starts_by_itself=any(_says_yes(job.get(key)) for key in ("RunAtLoad", "KeepAlive")),
        is_disabled=job.get("Disabled") is True,
        listens=tuple(dict.fromkeys(_listens(job.get("Sockets")))),
    )


def _says_yes(value: object) -> bool:
    """KeepAlive may hold conditions in place of a yes."""
    return value is True or (isinstance(value, dict) and bool(value))


def _listens(sockets: object) -> Iterator[str]:
    """Yield `address:port` of the TCP sockets; a service's name in place of a port cannot be told here."""
    for each in sockets.values() if isinstance(sockets, dict) else ():
        for socket in each if isinstance(each, list) else [each]:
            if not isinstance(socket, dict) or socket.get("SockType", "stream") != "stream":
                continue
            port = _number(str(socket.get("SockServiceName", "")))
            node = socket.get("SockNodeName")
            address = node if isinstance(node, str) and node else "*"
            if port in _PORTS:
                yield f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _are_text(values: list[Any]) -> Iterator[bool]:
    return (isinstance(value, str) for value in values)


def _number(text: str) -> int | None:
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 11 else None
