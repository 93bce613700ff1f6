"""Units from what `systemctl show` prints of them. Of the variables that they set only the names leave this module.

Source: org.freedesktop.systemd1(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from trueup.evidence.collectors.systemd.dates import Dates, changed_at, environment_files, sources
from trueup.evidence.collectors.systemd.printed import LIST_LIMIT, Block, blocks, time, value, words
from trueup.evidence.redact import clean, clean_argv
from trueup.vocabulary import Unit

KINDS = (".service", ".socket")

_COMMAND_WORDS = 200
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)


class Shown(NamedTuple):
    """A unit as its manager shows it, and the other names that it goes by."""

    unit: Unit
    aliases: tuple[str, ...]


def read_shown(text: str, scope: Literal["system", "user"], owner: str | None, dates: Dates) -> Iterator[Shown]:
    """Yield the services and sockets that `show` printed. `dates` tells when files changed, as far as that is known."""
    for block in blocks(text):
        name = value(block, "Id")
        if name.endswith(KINDS):
            aliases = (alias for alias in words(value(block, "Names")) if alias != name)
            yield Shown(_unit(block, scope, owner, dates), tuple(clean(alias, 255) for alias in aliases))


def running_sources(text: str) -> Iterator[str]:
    """Yield the files of the units that run: those that can be newer than what runs."""
    for block in blocks(text):
        if _started_at(block):
            yield from sources(block)


def _unit(block: Block, scope: Literal["system", "user"], owner: str | None, dates: Dates) -> Unit:
    started = _started_at(block)
    commands = _commands(block)
    return Unit(
        name=clean(value(block, "Id"), 255),
        scope=scope,
        owner=owner,
        path=clean(value(block, "FragmentPath"), 500) or None,
        drop_ins=tuple(clean(path, 500) for path in words(value(block, "DropInPaths")) if path.startswith("/")),
        command=_command(commands[0]) if commands else (),
        command_partial=len(commands) > 1,
        environment=_variables(value(block, "Environment")),
        environment_files=tuple(clean(path, 500) for path in environment_files(block)),
        load=_word(block, "LoadState"),
        active=_word(block, "ActiveState"),
        sub=_word(block, "SubState"),
        enabled=_word(block, "UnitFileState"),
        needs_reload={"yes": True, "no": False}.get(value(block, "NeedDaemonReload")),
        started_at=started,
        changed_at=changed_at(sources(block), dates, started) if started else None,
        listens=tuple(clean(line, 200) for line in block.get("Listen", ())[:LIST_LIMIT]),
        triggers=tuple(clean(name, 255) for name in words(value(block, "Triggers"))),
        exit=_exit(block),
    )


def _word(block: Block, key: str) -> str | None:
    return _clean_word(value(block, key)) or None


@lru_cache(maxsize=256)
def _clean_word(text: str) -> str:
    """Most units have one of few states."""
    return clean(text, 50)


def _commands(block: Block) -> list[str]:
    """A oneshot service may have several."""
    pieces = "\n".join(block.get("ExecStart", ())).split("argv[]=")[1:]
    return [command for command, closed, _ in (piece.partition(" ; ignore_errors=") for piece in pieces) if closed]


def _command(text: str) -> tuple[str, ...]:
    """systemd joins the words of a command with spaces, so that a space inside a word cannot be told any more."""
    return clean_argv(text.split()[:_COMMAND_WORDS])


def _variables(text: str) -> tuple[str, ...]:
    names: list[str] = []
    for word in words(text):
        name, equals, content = word.partition("=")
        # A systemd that did not quote would pass off the end of a value in Base64 as a variable of its own.
        is_tail = content in ("", "=") and len(word) % 4 == 0 and name not in (name.upper(), name.lower())
        if equals and _VARIABLE.fullmatch(name) and not is_tail:
            names.append(clean(name, 100))
    return tuple(dict.fromkeys(names))


def _started_at(block: Block) -> datetime | None:
    """Return since when the process runs; of a socket unit, since when it listens."""
    if value(block, "Id").endswith(".socket"):
        return time(value(block, "ActiveEnterTimestamp")) if value(block, "ActiveState") == "active" else None
    if value(block, "MainPID") not in ("", "0"):
        return time(value(block, "ExecMainStartTimestamp"))
    # Some services leave it open which of their processes is the main one.
    return time(value(block, "ActiveEnterTimestamp")) if value(block, "SubState") == "running" else None


def _exit(block: Block) -> str | None:
    """`exit-code 203`, `signal 9`, `start-limit-hit`: systemd's result, and the status where a process had one."""
    result, status = value(block, "Result"), value(block, "ExecMainStatus")
    if result in ("", "success"):
        return None
    return clean(result if status in ("", "0") else f"{result} {status}", 100)
