"""Which service a socket or a unit belongs to: by the manifest, its unit, its program, or tentatively its port."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from trueup.catalog.entry import ServiceKind
from trueup.evidence.collectors.systemd import full_name
from trueup.vocabulary import EVERY_INTERFACE, Listener, Unit

if TYPE_CHECKING:
    from trueup.catalog import Catalog
    from trueup.manifest import Manifest, Service, Socket

_PROGRAM_WORDS = 3
_CONFIGURATION = re.compile(r".*\.(?:ya?ml|json|toml|conf|cfg|ini|db|sock|log|env|txt)", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:py|sh|js|mjs|pyz|exe)$", re.IGNORECASE)
_INSTANCE = re.compile(r"@[^.]*(?=\.)")


class Known(NamedTuple):
    """What is known beforehand about one host: its name, the manifest, the catalogue."""

    host: str
    manifest: Manifest
    catalog: Catalog

    @property
    def services(self) -> tuple[Service, ...]:
        """The services that the manifest puts on this host."""
        return tuple(service for service in self.manifest.services if service.host == self.host)

    @property
    def units(self) -> tuple[str, ...]:
        """The units that the manifest names on this host."""
        return tuple(dict.fromkeys(service.unit for service in self.services if service.unit))

    @property
    def has_lanes(self) -> bool:
        """Whether the manifest declares lanes on this host."""
        return any(lane.host == self.host for lane in self.manifest.lanes)

    def probes(self, service: str) -> tuple[str, ...]:
        """The paths that the manifest wants asked of services of this kind on this host."""
        return tuple(path for declared in self.services if declared.kind == service for path in declared.probes)


class Recognised(NamedTuple):
    """A socket with its service. `candidates` are the kinds that only its port speaks for: an answer has to confirm."""

    listener: Listener
    service: str | None
    candidates: tuple[ServiceKind, ...] = ()


def recognise(
    listeners: Iterable[Listener],
    known: Known,
    *,
    commands: Mapping[int, Sequence[str]],
    units: Mapping[str, Unit],
) -> tuple[Recognised, ...]:
    """Tell for each socket which service it belongs to.

    What counts, in this order: the address and port that the manifest declares; the unit (of the manifest, then of the
    catalogue); the program that runs, by its process, command line (`commands` by pid) or unit (`units` by name); last
    the default ports of the catalogue, which give candidates only.
    """
    found = []
    declared = [(service.kind, socket) for service in known.services for socket in service.sockets]
    for listener in listeners:
        service = (
            _by_socket(listener, known, declared)
            or (_by_unit(listener.unit, known) if listener.unit else None)
            or _by_program(_programs(listener, commands, units), known.catalog)
        )
        candidates = () if service else known.catalog.by_port(listener.port)
        found.append(Recognised(listener, service, candidates))
    return tuple(found)


def recognise_unit(unit: Unit, known: Known) -> str | None:
    """Tell which service a unit runs: by its name, or by the program that it starts."""
    return _by_unit(unit.name, known) or _by_program([program_words(unit.command)], known.catalog)


def reachable_at(address: str) -> str | None:
    """Return an IP address that reaches a socket from its own host; a link-local one would need an interface: None."""
    if address in EVERY_INTERFACE:
        return "::1" if address == "::" else "127.0.0.1"
    try:
        return None if ipaddress.ip_address(address).is_link_local else address
    except ValueError:
        return None


def program_words(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a command line that say which program runs: program, script or module, subcommand.

    `/opt/x/bin/python -m mlx_lm server --model /m` gives `python`, `mlx_lm`, `server`. Flags, their values, settings
    and configuration files are left out, because another program's name is at home there.
    """
    words: list[str] = []
    skip = False
    for word in argv:
        if word.startswith("--"):
            skip = "=" not in word
        elif word.startswith("-") or skip:
            skip = False
        elif "=" not in word and "://" not in word and not _CONFIGURATION.fullmatch(word):
            words.append(_SCRIPT.sub("", PurePosixPath(word).name).lower())
    return tuple(words[:_PROGRAM_WORDS])


def _by_socket(listener: Listener, known: Known, declared: Sequence[tuple[str, Socket]]) -> str | None:
    """A declared port counts whatever address it is found at, for a wrong bind is what somebody may want to learn."""
    exact = {kind for kind, socket in declared if (socket.address, socket.port) == (listener.address, listener.port)}
    same_port = {kind for kind, socket in declared if socket.port == listener.port}
    lanes = {lane.kind for lane in known.manifest.lanes if (lane.host, lane.port) == (known.host, listener.port)}
    return next((next(iter(kinds)) for kinds in (exact, same_port, lanes) if len(kinds) == 1), None)


def _by_unit(unit: str, known: Known) -> str | None:
    name = full_name(unit)
    declared = {service.kind for service in known.services if service.unit and full_name(service.unit) == name}
    if len(declared) == 1:
        return next(iter(declared))
    spellings = {name, _INSTANCE.sub("@", name), _INSTANCE.sub("", name)}  # an instance is its template's service
    kinds = {kind.key for kind in known.catalog.kinds if not spellings.isdisjoint(map(full_name, kind.units))}
    return next(iter(kinds)) if len(kinds) == 1 else None


def _programs(
    listener: Listener, commands: Mapping[int, Sequence[str]], units: Mapping[str, Unit]
) -> Iterable[tuple[str, ...]]:
    if listener.process:
        yield program_words((listener.process,))
    if listener.pid is not None and listener.pid in commands:
        yield program_words(commands[listener.pid])
    if listener.unit is not None and listener.unit in units:
        yield program_words(units[listener.unit].command)


def _by_program(programs: Iterable[Sequence[str]], catalog: Catalog) -> str | None:
    """The longest hint wins; two kinds with hints of one length leave it open."""
    for words in programs:
        scores: dict[int, set[str]] = {}
        for kind in catalog.kinds:
            lengths = [len(hint) for hint in kind.hints if any(_is_hint(hint.lower(), word) for word in words)]
            if lengths:
                scores.setdefault(max(lengths), set()).add(kind.key)
        best = scores[max(scores)] if scores else set()
        if len(best) == 1:
            return next(iter(best))
    return None


def _is_hint(hint: str, word: str) -> bool:
    """A module's name counts for what lies in it: `open_webui` for `open_webui.main:app`."""
    return word == _SCRIPT.sub("", hint) or word.startswith((f"{hint}.", f"{hint}:"))
