"""When the files that a unit was made from changed: what tells a running process that is older than its configuration.

Files that systemd or a generator writes itself say nothing: a reload writes them anew, and limits that are set on a
running unit (`set-property`) are in force at once. For what a generator made, its source counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from trueup.evidence.collectors.look import text_of
from trueup.evidence.collectors.systemd.printed import LIST_LIMIT, Block, value, words
from trueup.evidence.transports.base import Output

Dates: TypeAlias = Mapping[str, datetime | None]
"""When a file changed by its path, None where there is none. Of a file that is missing here it is not known."""

_PATHS = 2000
_PATH_LENGTH = 500
_CHARACTERS = 100_000
_MADE = re.compile(r"/systemd/(?:generator(?:\.early|\.late)?|transient|(?:system|user)\.control)/")
_ENVIRONMENT_FILE = re.compile(r"(.*) \(ignore_errors=\w+\)")
_DATED = re.compile(r"(\d{1,12}) (/.*)", re.ASCII)
_GONE = re.compile(r"stat: [^/]*'(/.*)': No such file or directory")


def environment_files(block: Block) -> list[str]:
    """Return the paths of the files that a service reads variables from, each time that it starts."""
    found = map(_ENVIRONMENT_FILE.fullmatch, block.get("EnvironmentFiles", ())[:LIST_LIMIT])
    return [line[1] for line in found if line]


def sources(block: Block) -> tuple[str, ...]:
    """Return the paths of what a person wrote for a unit: its file, drop-ins and environment files."""
    fragment = value(block, "FragmentPath")
    own = value(block, "SourcePath") if _MADE.search(fragment) else fragment
    drop_ins = [path for path in words(value(block, "DropInPaths")) if not _MADE.search(path)]
    return tuple(path for path in (own, *drop_ins, *environment_files(block)) if path)


def askable(paths: Iterable[str]) -> list[str]:
    """Return the paths that are fit to be asked for, each once, in an amount that one command takes."""
    fit = [path for path in dict.fromkeys(paths) if _is_fit(path)][:_PATHS]
    while sum(map(len, fit)) > _CHARACTERS:
        fit = fit[: len(fit) // 2]
    return fit


def read_dates(output: Output | None) -> Dates:
    """Read what `stat` printed: seconds since 1970 and the path; on standard error, the files that are not there."""
    dates: dict[str, datetime | None] = {}
    if output is None:
        return dates
    for line in text_of(output).split("\n"):
        if found := _DATED.fullmatch(line):
            try:
                dates[found[2]] = datetime.fromtimestamp(int(found[1]), UTC)
            except (OverflowError, OSError, ValueError):
                continue
    for line in output.stderr.decode("utf-8", "backslashreplace").split("\n"):
        if found := _GONE.fullmatch(line):
            dates.setdefault(found[1], None)
    return dates


def changed_at(files: Iterable[str], dates: Dates, started: datetime) -> datetime | None:
    """Return when the newest of a unit's files changed; None where a file that is not dated might be newer.

    Such a file does not matter where another one is newer than the process that runs.
    """
    files = tuple(files)
    newest = max((date for date in map(dates.get, files) if date), default=None)
    whole = all(path in dates for path in files)
    return newest if whole or (newest is not None and newest > started) else None


def _is_fit(path: str) -> bool:
    return path.startswith("/") and len(path) <= _PATH_LENGTH and path.isprintable() and not set(path) & set("*?[")
