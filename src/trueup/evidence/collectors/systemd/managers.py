"""The managers that a host runs, each with what it and its folders told: the system's, one's own, those of others."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec

from trueup.evidence.collectors.look import Seen, text_of, worked
from trueup.evidence.collectors.systemd.dates import Dates
from trueup.evidence.collectors.systemd.units import KINDS, read_shown
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Unit

_MARK_LENGTH = 36
_BEGUN = re.compile(r"(units|files) (\d{1,10}) (\S{1,100})\n", re.ASCII)
_ENDED = re.compile(r"ended (\d{1,3})\n", re.ASCII)


class Manager(NamedTuple):
    """One manager. `owner` is as in `Unit`; `uid` the owner's number, None where it is the system's or one's own."""

    scope: Literal["system", "user"]
    units: Output | None
    files: Output | None
    owner: str | None = None
    uid: str | None = None

    @property
    def has_odd_folders(self) -> bool:
        """Whether a folder's name was quoted, so that the shell did not find it."""
        return '"' in text_of(self.files).partition("\n")[0]

    def seen(self, dates: Dates, wanted: Collection[str] = ()) -> dict[str, Seen]:
        """Return the units by name: those in memory, then those that only have a file.

        A unit in memory also stands under its other names, where they have a file or are `wanted`.
        """
        by = f"systemctl {'' if self.scope == 'system' else '--user '}show"
        found: dict[str, Seen] = {}
        aliases: dict[str, Unit] = {}
        for unit, names in read_shown(text_of(self.units), self.scope, self.owner, dates):
            found.setdefault(unit.name, Seen(unit, f"{by} {unit.name}"))
            aliases |= dict.fromkeys(names, unit)
        resting = self._resting(besides=found)
        for name in (*resting, *wanted):
            if name in aliases and name not in found:
                found[name] = Seen(msgspec.structs.replace(aliases[name], name=name), f"{by} {name}")
        return resting | found

    def _resting(self, besides: Container[str]) -> dict[str, Seen]:
        """A unit that has a file and is not in memory is inactive; a template (`x@.service`) stands for instances."""
        by = f"systemd-{'' if self.scope == 'system' else 'user-'}files" if self.uid is None else "systemd-users"
        resting: dict[str, Seen] = {}
        for line in text_of(self.files).split("\n"):
            state, _, file = line.partition(" ")
            name = file.rpartition("/")[2]
            if state not in ("file", "masked") or not name.endswith(KINDS) or name in resting or name in besides:
                continue
            path = clean(file, 500)
            name = path.rpartition("/")[2]
            unit = Unit(
                name=name,
                scope=self.scope,
                owner=self.owner,
                path=path,
                active="inactive",
                enabled="masked" if state == "masked" else None,
            )
            resting.setdefault(name, Seen(unit, by, f"{state} {path}"))
        return resting


def managers_of(outputs: Mapping[str, Output]) -> tuple[Manager, tuple[Manager, ...]]:
    """Return the system's manager, and those of users that answered: one's own first."""
    users = [*_framed(text_of(outputs.get("systemd-users")))]
    if worked(own := outputs.get("systemd-user-units")):
        users.insert(0, Manager("user", own, outputs.get("systemd-user-files")))
    return Manager("system", outputs.get("systemd-units"), outputs.get("systemd-files")), tuple(users)


def _framed(text: str) -> Iterator[Manager]:
    """Read what the managers of other users told: a mark that they could not know parts it (see `commands`)."""
    mark, _, rest = text.partition("\n")
    told: dict[tuple[str, str], dict[str, Output]] = {}
    pieces = rest.split(f"\n{mark} ") if len(mark) == _MARK_LENGTH else []
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=False):
        if begun := _BEGUN.match(piece):
            ended = _ENDED.fullmatch(after)
            output = Output(stdout=piece[begun.end() :].encode(), status=int(ended[1]) if ended else None)
            told.setdefault((begun[2], begun[3]), {})[begun[1]] = output
    for (uid, name), outputs in told.items():
        owner = uid if name == "UNKNOWN" else clean(name, 100)
        yield Manager("user", outputs.get("units"), outputs.get("files"), owner, uid)
