"""launchd jobs of macOS: what is configured (their files), what is loaded, and in which state it is.

`launchctl print` names the jobs of the system and those of the user who looks (`launchctl list`, as root, where it does
not). Of the jobs that the manifest names and of those with a file outside /System, a second script asks it for the job,
and `plutil` for the file as XML (on its standard output: the file stays as it is).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from trueup.evidence.collectors.launchctl import (
    Listed,
    Plist,
    Printed,
    read_disabled,
    read_list,
    read_plist,
    read_print,
    read_services,
)
from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.redact import clean, clean_argv
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

SYSTEM = Section(name="launchctl-system", argv=("launchctl", "print", "system"), system="macos")
OWN = Section(name="launchctl-own", script='launchctl print "gui/$USER_ID"', system="macos")
LIST = Section(name="launchctl-list", argv=("launchctl", "list"), system="macos", root=True, unless="launchctl-system")
DISABLED = Section(name="launchctl-disabled", argv=("launchctl", "print-disabled", "system"), system="macos")
DISABLED_OWN = Section(name="launchctl-disabled-own", script='launchctl print-disabled "gui/$USER_ID"', system="macos")
FILES = Section(
    name="launchd-files",
    script="""\
for path in /Library/LaunchDaemons/*.plist /Library/LaunchAgents/*.plist "$HOME"/Library/LaunchAgents/*.plist; do
  [ -f "$path" ] && printf '%s\\n' "$path"
done
for home in /Users/*; do
  case $home in "$HOME" | /Users/Shared | /Users/Guest) continue ;; esac
  [ -d "$home" ] && printf '%s\\n' "$home"
done
true""",
    system="macos",
    limit=256 * 1024,
)
"""The files of jobs, then the homes of other users, whose own jobs are not looked at."""

SECTIONS = (SYSTEM, OWN, LIST, DISABLED, DISABLED_OWN, FILES)
JOBS = 60
"""How many jobs are looked at one by one; those that the manifest names come first."""

Scope: TypeAlias = Literal["system", "user"]

_DAEMONS = "/Library/LaunchDaemons/"
_UNKNOWN_SERVICE = 113
_FILE_LIMIT = 256 * 1024
_WORDS = 200
_NAMES = 100
# Apple's own jobs are hundreds; what a user opens by hand, and each login by ssh, has another label each time.
_NOT_LISTED = re.compile(r"com\.apple\.|application\.|\[?0x|.*[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-")


class _File(NamedTuple):
    """A job's file. `stem` is the label that its name promises."""

    path: str
    scope: Scope

    @property
    def stem(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".plist")


def follow_up(outputs: Mapping[str, Output], units: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the sections that ask for single jobs: those of `units`, then those with a file outside /System."""
    own = _own_domain(outputs)
    found: list[Section] = []
    for unit in _without_file(outputs, units)[:JOBS]:
        found.append(_print("system", unit))
        if own:
            found.append(_print(own, unit, unless=f"launchctl print system/{unit}"))
    for file in _chosen_files(outputs, units):
        domain = "system" if file.scope == "system" else own
        found += [_print(domain, file.stem)] if domain else []
        found.append(_convert(file.path))
    return tuple({section.name: section for section in found}.values())


def read_jobs(outputs: Mapping[str, Output], units: Sequence[str] = ()) -> Look:
    """Read the jobs of the system and of the user who looks; one of `units` that is nowhere is kept as not-found.

    Complete only where both lists of jobs and every file were read, and nobody else has a home there.
    Source: launchctl(1), launchd.plist(5), plutil(1).
    """
    if not any(worked(outputs.get(section.name)) for section in (SYSTEM, OWN, LIST, FILES)):
        return Look((), "none", trouble(outputs.get(SYSTEM.name), "launchctl"))
    host = _Host(outputs)
    found: dict[tuple[str, Scope], Seen] = {}
    unread = 0
    for file in _files(outputs):
        plist = read_plist(outputs.get(_convert(file.path).name, Output()).stdout)
        unread += plist is None
        label = (plist and plist.label) or file.stem
        found.setdefault((label, file.scope), host.job(label, file.scope, file.path, plist))
    for unit in units:
        if not {(unit, "system"), (unit, "user")} & found.keys() and (scope := host.where(unit)):
            found[unit, scope] = host.job(unit, scope)
    for scope, rows in host.listed.items():
        for label in rows:
            if not _NOT_LISTED.match(label):
                found.setdefault((label, scope), host.job(label, scope))
    reasons = list(_gaps(outputs, host, unread))
    seen = tuple(found[key] for key in sorted(found))
    return Look(seen, "partial" if reasons else "complete", "; ".join(reasons) or None)


class _Host:
    """Everything that a host told of its jobs; `job` puts together what it told of one."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        self._outputs = outputs
        self._domains = {"system": "system", "user": _own_domain(outputs)}
        self._disabled = {
            "system": read_disabled(text_of(outputs.get(DISABLED.name))),
            "user": read_disabled(text_of(outputs.get(DISABLED_OWN.name))),
        }
        as_root = outputs.get(LIST.name, Output()).as_root
        rows = read_list(_whole_text(outputs.get(LIST.name)))
        self.listed: dict[Scope, dict[str, Listed]] = {
            "system": read_services(_whole_text(outputs.get(SYSTEM.name))) or (rows if as_root else {}),
            "user": read_services(_whole_text(outputs.get(OWN.name))) or ({} if as_root else rows),
        }

    def where(self, label: str) -> Scope | None:
        """Tell in which scope a job without a file is known, or would be if it were; None where nobody looked."""
        scopes: tuple[Scope, Scope] = ("system", "user")
        there = {scope: self._is_there(label, scope) for scope in scopes}
        found = next((scope for scope in scopes if there[scope]), None)
        return found or ("system" if not any(there[scope] is None for scope in scopes) else None)

    def job(self, label: str, scope: Scope, path: str | None = None, plist: Plist | None = None) -> Seen:
        """Return what is known of a job: by `launchctl print`, else by its file, else by its row of the list."""
        output = self._print(label, scope)
        printed = read_print(text_of(output)) if output is not None and worked(output) else None
        row = self.listed[scope].get(label)
        is_there = self._is_there(label, scope)
        command = (printed and printed.command) or (plist.command if plist else ())
        environment = {*(printed.environment if printed else ()), *(plist.environment if plist else ())}
        at = path or (printed and printed.fields.get("path"))
        unit = Unit(
            name=clean(label, 255),
            manager="launchd",
            scope=scope,
            path=clean(at, 500) if at and at.startswith("/") else None,
            command=clean_argv(command[:_WORDS]),
            command_partial=len(command) > _WORDS,
            environment=tuple(clean(name, 100) for name in sorted(environment)[:_NAMES]),
            load=_load(is_there, has_file=path is not None),
            active=_state(printed, row) if is_there else None if is_there is None else "not running",
            enabled=self._enabled(label, scope, plist),
            listens=tuple(clean(address, 200) for address in plist.listens[:_NAMES]) if plist else (),
            exit=clean(printed.exit, 100) if printed and printed.exit else _exit(row.status if row else None),
        )
        if printed is not None:
            return Seen(unit, f"launchctl print {self._domains[scope]}/{label}")
        if path is not None:
            return Seen(unit, _convert(path).shown)
        if row is not None:
            return Seen(unit, f"launchctl print {self._domains[scope]}", clean(" ".join(row.line.split())))
        return Seen(unit, f"launchctl print system/{label}")

    def _print(self, label: str, scope: Scope) -> Output | None:
        return self._outputs.get(f"launchctl print {self._domains[scope]}/{label}")

    def _is_there(self, label: str, scope: Scope) -> bool | None:
        """Tell whether a job is loaded; None where neither it alone nor its whole domain could be asked for."""
        output = self._print(label, scope)
        if worked(output) or label in self.listed[scope]:
            return True
        return False if _is_unknown(output) or self.listed[scope] else None

    def _enabled(self, label: str, scope: Scope, plist: Plist | None) -> str | None:
        """What was said by hand (`launchctl enable`, `disable`) counts; else the file, where it starts by itself."""
        by_hand = self._disabled[scope].get(label)
        if by_hand is not None:
            return "disabled" if by_hand else "enabled"
        if plist and plist.is_disabled:
            return "disabled"
        return "enabled" if plist and plist.starts_by_itself else None


def _load(is_there: bool | None, *, has_file: bool) -> str | None:
    if is_there is None:
        return None
    return "loaded" if is_there else "not-loaded" if has_file else "not-found"


def _state(printed: Printed | None, row: Listed | None) -> str | None:
    if printed and "state" in printed.fields:
        return clean(printed.fields["state"], 50)
    return None if row is None else "running" if row.is_running else "not running"


# ---------------------------------------------------------------- commands


def _print(domain: str, label: str, *, unless: str | None = None) -> Section:
    target = f"{domain}/{label}"
    return Section(
        name=f"launchctl print {target}", argv=("launchctl", "print", target), limit=_FILE_LIMIT, unless=unless
    )


def _convert(path: str) -> Section:
    # Without `-o -` it would write the file anew.
    argv = ("plutil", "-convert", "xml1", "-o", "-", "--", path)
    return Section(name=f"plutil {path}", argv=argv, limit=_FILE_LIMIT)


def _own_domain(outputs: Mapping[str, Output]) -> str:
    """The domain of the agents of the user who looks; root has none."""
    user = text_of(outputs.get("user")).strip()
    return f"gui/{user}" if user.isascii() and user.isdigit() and user != "0" and len(user) < 11 else ""


def _files(outputs: Mapping[str, Output]) -> list[_File]:
    lines = text_of(outputs.get(FILES.name)).split("\n")
    found = [line for line in lines if line.startswith("/") and line.endswith(".plist") and line.isprintable()]
    return [_File(path, "system" if path.startswith(_DAEMONS) else "user") for path in dict.fromkeys(found)]


def _without_file(outputs: Mapping[str, Output], units: Sequence[str]) -> list[str]:
    stems = {file.stem for file in _files(outputs)}
    return [unit for unit in dict.fromkeys(units) if unit not in stems]


def _chosen_files(outputs: Mapping[str, Output], units: Sequence[str]) -> list[_File]:
    room = max(0, JOBS - len(_without_file(outputs, units)))
    return sorted(_files(outputs), key=lambda file: file.stem not in units)[:room]


# ---------------------------------------------------------------- what was not seen


def _gaps(outputs: Mapping[str, Output], host: _Host, unread: int) -> Iterator[str]:
    files = outputs.get(FILES.name)
    if not host.listed["system"]:
        yield "jobs of the system that have no file in /Library are not shown"
    if not host.listed["user"]:
        yield "one's own jobs that have no file are not shown"
    if not worked(files):
        yield f"files of jobs: {trouble(files, 'the list of files')}"
    if unread:
        yield f"{unread} of {len(_files(outputs))} files of jobs were not read"
    if any(line.startswith("/Users/") and not line.endswith(".plist") for line in text_of(files).split("\n")):
        yield "jobs of other users are not looked at"


def _whole_text(output: Output | None) -> str:
    return text_of(output) if worked(output) else ""


def _is_unknown(output: Output | None) -> bool:
    """`launchctl print` knows no such job (its words on older versions, its status on newer ones)."""
    if output is None or output.status in (None, 0):
        return False
    return output.status == _UNKNOWN_SERVICE or b"Could not find service" in output.stderr + output.stdout


def _exit(status: int | None) -> str | None:
    """A status of 0 also stands where no process has ended yet."""
    if not status:
        return None
    return f"signal {-status}" if status < 0 else f"exit code {status}"
