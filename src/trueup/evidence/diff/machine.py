"""What the machine is told to run: units, field by field and flag by flag, and containers."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from trueup.evidence.diff.records import Change
from trueup.evidence.diff.sides import Pair, listed
from trueup.evidence.quoting import code, words
from trueup.evidence.wording.parts import socket
from trueup.vocabulary import Container, Published, Unit

_Told = tuple[str, str | None, str | None]
"""What is said of a difference, and the two states."""


def changes(pair: Pair) -> Iterator[Change]:
    """Yield the changes of units, then those of containers."""
    yield from _units(pair)
    yield from _containers(pair)


# ---------------------------------------------------------------- units


def _units(pair: Pair) -> Iterator[Change]:
    before, after = (
        {
            (host, unit.manager, unit.scope, unit.owner, unit.name): (service, unit)
            for host, service, unit in side.facts(Unit)
        }
        for side in (pair.before, pair.after)
    )
    for key in dict.fromkeys((*before, *after)):
        host, name = key[0], key[-1]
        if host not in pair.both:
            continue
        service, was = before.get(key, (None, None))
        service, now = after.get(key, (service, None))
        subject = f"{code(name)} on {words(host)}" + (f" (of {code(key[3])})" if key[3] else "")
        if now is None and was is not None:
            if pair.is_gone(host, "units", code(name), absent=pair.after.lacks("unit", host, name=name)):
                yield Change(
                    about="unit", what="gone", host=host, service=service, says=f"{subject} is gone", subject=name
                )
        elif was is None:
            says = pair.came(subject, "", host, "units")
            yield Change(about="unit", what="appeared", host=host, service=service, says=says, subject=name)
        elif now is not None:
            looked = (pair.before.looked(host, "units"), pair.after.looked(host, "units"))
            changed = Change(about="unit", what="changed", host=host, service=service, says=subject, subject=name)
            yield from _each(changed, _unit(was, now, looked))


def _each(changed: Change, told: Iterable[_Told]) -> Iterator[Change]:
    """Yield a change for each thing told of what changed; what it says so far is its subject."""
    for said, old, new in told:
        yield msgspec.structs.replace(changed, says=f"{changed.says}: {said}", before=old, after=new)


def _unit(was: Unit, now: Unit, looked: tuple[bool, bool]) -> Iterator[_Told]:
    for label, old, new in (
        ("file", was.path, now.path),
        ("load state", was.load, now.load),
        ("state", _state(was), _state(now)),
        ("enabled", was.enabled, now.enabled),
        ("how it ended", was.exit, now.exit),
    ):
        if old and new and old != new:
            yield f"{label} {code(old)} → {code(new)}", old, new
    yield from _command(was, now)
    for label, many, olds, news in (
        ("drop-in", "drop-ins", was.drop_ins, now.drop_ins),
        ("environment variable", "environment variables", was.environment, now.environment),
        ("environment file", "environment files", was.environment_files, now.environment_files),
        ("address", "addresses", was.listens, now.listens),
        ("started unit", "started units", was.triggers, now.triggers),
    ):
        yield from _members(label, many, olds, news, looked)
    if now.needs_reload and not was.needs_reload:
        yield f"its files changed and {now.manager} has not read them yet", None, None
    if now.runs_older_files and not was.runs_older_files:
        yield "what runs was started before its files changed", None, None


def _state(unit: Unit) -> str | None:
    return f"{unit.active} ({unit.sub})" if unit.active and unit.sub else unit.active


def _members(
    label: str, many: str, was: Sequence[str], now: Sequence[str], looked: tuple[bool, bool]
) -> Iterator[_Told]:
    """What was not noted is no absence: only a look at everything, before or now, tells what came and what went."""
    added, lost = [each for each in now if each not in was], [each for each in was if each not in now]
    if added and (looked[0] or was):
        yield f"{label if len(added) == 1 else many} added: {listed(map(code, added))}", None, ", ".join(added)
    if lost and (looked[1] or now):
        yield f"{label if len(lost) == 1 else many} removed: {listed(map(code, lost))}", ", ".join(lost), None


def _command(was: Unit, now: Unit) -> Iterator[_Told]:
    if not was.command or not now.command or was.command == now.command:
        return
    old, new = _flags(was.command), _flags(now.command)
    told = [
        f"{_flag(name, old[name])} → {_flag(name, new[name])}" for name in old if name in new and old[name] != new[name]
    ]
    if not now.command_partial:
        told += [f"no longer {_flag(name, old[name])}" for name in old if name not in new]
    if not was.command_partial:
        told += [f"now also {_flag(name, new[name])}" for name in new if name not in old]
    if told:
        yield f"command: {'; '.join(told)}", shlex.join(was.command), shlex.join(now.command)
    elif not was.command_partial and not now.command_partial:
        yield "command: the same words in another order", shlex.join(was.command), shlex.join(now.command)


def _flags(command: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return each flag with its values, `--port=1` and `--port 1` alike; the Nth word that belongs to none is `#N`."""
    found: dict[str, tuple[str, ...]] = {}
    flag, loose = "", 0
    for word in command:
        name, equals, value = word.partition("=")
        if word.startswith("-") and len(word) > 1 and not word[1:2].isdigit():
            flag = "" if equals else name
            found[name] = (*found.get(name, ()), *((value,) if equals else ()))
        elif flag:
            found[flag] = (*found[flag], word)
            flag = ""
        else:
            found[f"#{loose}"] = (word,)
            loose += 1
    return found


def _flag(name: str, values: tuple[str, ...]) -> str:
    return code(shlex.join(values if name.startswith("#") else (name, *values)))


# ---------------------------------------------------------------- containers


def _containers(pair: Pair) -> Iterator[Change]:
    before, after = (
        {
            (host, container.engine, container.name): (service, container)
            for host, service, container in side.facts(Container)
        }
        for side in (pair.before, pair.after)
    )
    for key in dict.fromkeys((*before, *after)):
        host, engine, name = key
        if host not in pair.both:
            continue
        service, was = before.get(key, (None, None))
        service, now = after.get(key, (service, None))
        subject = f"{engine} container {code(name)} on {words(host)}"
        if now is None and was is not None:
            if pair.is_gone(host, "containers", f"{engine} {code(name)}"):
                yield Change(
                    about="container", what="gone", host=host, service=service, says=f"{subject} is gone", subject=name
                )
        elif was is None and now is not None:
            says = pair.came(subject, f", of image {code(now.image)}", host, "containers")
            yield Change(about="container", what="appeared", host=host, service=service, says=says, subject=name)
        elif was is not None and now is not None:
            changed = Change(about="container", what="changed", host=host, service=service, says=subject, subject=name)
            yield from _each(changed, _container(was, now))


def _container(was: Container, now: Container) -> Iterator[_Told]:
    for label, old, new in (
        ("image", was.image, now.image),
        ("state", was.state, now.state),
        ("restart policy", was.restart, now.restart),
        ("network", was.network, now.network),
    ):
        if old and new and old != new:
            yield f"{label} {code(old)} → {code(new)}", old, new
    old_ports, new_ports = (tuple(map(_published, each.ports)) for each in (was, now))
    yield from _members("published port", "published ports", old_ports, new_ports, (True, True))


def _published(port: Published) -> str:
    inner = f"{port.inner}/{port.protocol}"
    return f"{inner} at {socket(port.address or '*', port.port)}" if port.port else f"{inner} (not published)"
