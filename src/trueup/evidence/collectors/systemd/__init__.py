"""systemd's services and sockets: what is configured, in which state it is, and whether what runs is that.

The system's manager is looked at, one's own, and with root's eyes those of other users. A process that started before
its unit's files changed runs something else than what is configured (`Unit.runs_older_files`): when they changed is
asked in a second step, of the files that the first one told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from trueup.evidence.collectors.look import NOT_HERE, Look, Seen, text_of, trouble, worked
from trueup.evidence.collectors.systemd.commands import DATES, date_files, full_name, sections
from trueup.evidence.collectors.systemd.dates import askable, read_dates
from trueup.evidence.collectors.systemd.managers import Manager, managers_of
from trueup.evidence.collectors.systemd.units import running_sources
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

__all__ = ["follow_up", "full_name", "read_units", "sections"]

_NOT_BOOTED = b"not been booted with systemd"
_USER_MANAGER = re.compile(r"user@(\d+)\.service", re.ASCII)


def follow_up(outputs: Mapping[str, Output]) -> tuple[Section, ...]:
    """Return the section that dates the files of what runs, as far as the first step told of any."""
    system, users = managers_of(outputs)
    paths = askable(path for each in (system, *users) for path in running_sources(text_of(each.units)))
    return (date_files(paths),) if paths else ()


def read_units(outputs: Mapping[str, Output], units: Sequence[str] = ()) -> Look:
    """Read every service and socket; partial where something is at rest or another's and could not be looked at.

    A unit that others mention and nobody installed (`LoadState=not-found`) is kept when it is one of `units`, those
    that were asked for by name.
    """
    system, users = managers_of(outputs)
    show = system.units
    if show is not None and (_NOT_BOOTED in show.stderr or show.problem == NOT_HERE):
        return Look((), "none", "systemd is not running here")
    if not worked(show):
        return Look((), "none", trouble(show, "systemctl"))
    dates = read_dates(outputs.get(DATES))
    wanted = [full_name(unit) for unit in units]
    theirs = [_installed(each.seen(dates, wanted)) for each in users]
    elsewhere = {name for found in theirs for name in found}
    found = system.seen(dates, wanted)
    kept = _installed(found) | {name: found[name] for name in wanted if name in found and name not in elsewhere}
    seen = tuple(units[name] for units in (kept, *theirs) for name in sorted(units))
    if reasons := [*_hidden_at_rest((system, *users)), *_hidden_users(outputs, found, users)]:
        return Look(seen, "partial", "; ".join(reasons))
    return Look(seen, "complete")


def _installed(found: Mapping[str, Seen]) -> dict[str, Seen]:
    return {name: seen for name, seen in found.items() if isinstance(seen.fact, Unit) and seen.fact.load != "not-found"}


def _hidden_at_rest(managers: Sequence[Manager]) -> Iterator[str]:
    for each in managers:
        if each.uid is None and not worked(each.files):
            yield f"units that are installed and at rest: {trouble(each.files, 'the list of their files')}"
        elif each.has_odd_folders:
            yield "units in folders with unusual names are not looked at"


def _hidden_users(outputs: Mapping[str, Output], system: Mapping[str, Seen], users: Sequence[Manager]) -> Iterator[str]:
    itself = text_of(outputs.get("user")).strip()
    told = {each.uid or itself for each in users if worked(each.units) and worked(each.files)}
    running = {match[1] for name in system if _is_active(system[name]) and (match := _USER_MANAGER.fullmatch(name))}
    if not running - told:
        return
    if worked(outputs.get("systemd-users")):
        yield f"these users' own managers did not tell their units: {', '.join(sorted(running - told))}"
    else:
        yield "units of other users' own managers are not looked at"


def _is_active(seen: Seen) -> bool:
    return isinstance(seen.fact, Unit) and seen.fact.active == "active"
