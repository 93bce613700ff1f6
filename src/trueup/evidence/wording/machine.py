"""Words for what a host is and runs: its identity, units, containers, and that it could not be observed."""

from __future__ import annotations

import re
import shlex

from trueup.evidence.phrases import Phrase
from trueup.evidence.wording.parts import (
    Readers,
    Writers,
    Written,
    at,
    build,
    flag,
    many,
    number,
    optional,
    socket,
    unless,
    unmoment,
    unsocket,
)
from trueup.vocabulary import Container, Identity, Published, Unit, Unreachable

_PUBLISHED = re.compile(r"(?:(?P<outer>.*)->)?(?P<inner>\d+)/(?P<protocol>tcp|udp)", re.DOTALL)
_STOPPED_AT = "Could not be observed, stopped at "


def _put_identity(identity: Identity) -> Written:
    fields = optional(hostname=identity.hostname, os=identity.os)
    fields += many("addresses", identity.addresses)
    if identity.clock_ahead is not None:
        way = "behind" if identity.clock_ahead < 0 else "ahead"
        fields.append((f"seconds that its clock is {way}", (str(abs(identity.clock_ahead)),)))
    return "Identity", (), fields


def _take_identity(phrase: Phrase) -> Identity:
    ahead = number(phrase.one("seconds that its clock is ahead"))
    behind = number(phrase.one("seconds that its clock is behind"))
    return build(
        Identity,
        hostname=phrase.one("hostname"),
        os=phrase.one("os"),
        addresses=phrase.values("addresses"),
        clock_ahead=ahead if behind is None else -behind,
    )


def _put_unit(unit: Unit) -> Written:
    # derived, for who reads it: what is read back are the two times
    fields = flag(unit.runs_older_files, "started before its files changed")
    fields += flag(unit.needs_reload is True, "needs reload")
    fields += optional(
        manager=unless("systemd", unit.manager),
        scope=unless("system", unit.scope),
        owner=unit.owner,
        path=unit.path,
    )
    fields += many("drop ins", unit.drop_ins)
    if unit.command_partial:
        fields.append(("command in part", (shlex.join(unit.command),)))
    elif unit.command:
        fields.append(("command", (shlex.join(unit.command),)))
    fields += many("listens", unit.listens)
    fields += many("triggers", unit.triggers)
    fields += optional(load=unit.load, active=unit.active, sub=unit.sub, enabled=unit.enabled, last_exit=unit.exit)
    fields += flag(unit.needs_reload is False, "needs no reload")
    fields += at("started", unit.started_at)
    fields += at("files changed", unit.changed_at)
    fields += many("environment", unit.environment)
    fields += many("environment files", unit.environment_files)
    return "Unit `", [unit.name], fields


def _take_unit(phrase: Phrase) -> Unit:
    part = phrase.one("command in part")
    return build(
        Unit,
        name=phrase.spans[0],
        manager=phrase.one("manager") or "systemd",
        scope=phrase.one("scope") or "system",
        owner=phrase.one("owner"),
        path=phrase.one("path"),
        drop_ins=phrase.values("drop ins"),
        command=shlex.split((phrase.one("command") if part is None else part) or ""),
        command_partial=part is not None,
        environment=phrase.values("environment"),
        environment_files=phrase.values("environment files"),
        load=phrase.one("load"),
        active=phrase.one("active"),
        sub=phrase.one("sub"),
        enabled=phrase.one("enabled"),
        needs_reload=True if phrase.says("needs reload") else False if phrase.says("needs no reload") else None,
        started_at=unmoment(phrase.one("started")),
        changed_at=unmoment(phrase.one("files changed")),
        listens=phrase.values("listens"),
        triggers=phrase.values("triggers"),
        exit=phrase.one("last exit"),
    )


def _put_container(container: Container) -> Written:
    fields = optional(
        engine=container.engine,
        image=container.image,
        state=container.state,
        restart=container.restart,
        network=container.network,
    )
    return "Container `", [container.name], [*fields, *many("ports", [_port(port) for port in container.ports])]


def _take_container(phrase: Phrase) -> Container:
    return build(
        Container,
        name=phrase.spans[0],
        engine=phrase.one("engine"),
        image=phrase.one("image"),
        state=phrase.one("state"),
        restart=phrase.one("restart"),
        network=phrase.one("network"),
        ports=[_unport(text) for text in phrase.values("ports")],
    )


def _put_unreachable(unreachable: Unreachable) -> Written:
    return f"{_STOPPED_AT}{unreachable.stage}", (), optional(error=unreachable.error)


def _take_unreachable(phrase: Phrase) -> Unreachable:
    return build(Unreachable, stage=phrase.head.removeprefix(_STOPPED_AT), error=phrase.one("error"))


def _port(published: Published) -> str:
    """Write `0.0.0.0:3000->8080/tcp` as container engines do; `8080/tcp` is published nowhere."""
    inner = f"{published.inner}/{published.protocol}"
    if published.address is None:
        return inner if published.port is None else f"{published.port}->{inner}"
    outer = socket(published.address, published.port or 0)
    return f"{outer.removesuffix('0') if published.port is None else outer}->{inner}"


def _unport(text: str) -> dict[str, object]:
    match = _PUBLISHED.fullmatch(text)
    if match is None:
        raise ValueError(text)
    address: str | None = None
    port: int | None = None
    outer = match["outer"]
    if outer is not None and outer.isdecimal():
        port = int(outer)
    elif outer is not None:
        nowhere = outer.endswith(":")
        address, found = unsocket(f"{outer}0" if nowhere else outer)
        port = None if nowhere else found
    return {"inner": int(match["inner"]), "address": address, "port": port, "protocol": match["protocol"]}


WRITERS: Writers = {
    Identity: _put_identity,
    Unit: _put_unit,
    Container: _put_container,
    Unreachable: _put_unreachable,
}
READERS: Readers = (
    ("Identity", _take_identity),
    ("Unit `", _take_unit),
    ("Container `", _take_container),
    (rf"{_STOPPED_AT}[a-z ]+", _take_unreachable),
)
