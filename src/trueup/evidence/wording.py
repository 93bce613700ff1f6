"""Facts, coverages and costs in words, and back: each one's two directions stand side by side.

`phrase(fact)` and `fact(phrase)` are inverse to each other. The shape of a head tells which fact it states.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from trueup.evidence.phrases import Field, NotAPhraseError, Phrase
from trueup.vocabulary import (
    Absent,
    Answer,
    Cost,
    Coverage,
    Fact,
    Identity,
    Lane,
    Listener,
    Models,
    PortRange,
    Reach,
    Route,
    Unit,
    Word,
    reach_of,
)

Record = TypeVar("Record", bound=Word)
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def phrase(fact: Fact, service: str | None = None) -> Phrase:
    """Put a fact about a service into words."""
    head, spans, fields = _WRITERS[type(fact)](fact)
    return Phrase(head, tuple(spans), service, tuple(fields))


def fact(phrase: Phrase) -> Fact:
    """Read the fact that a phrase states. Raises NotAPhraseError where it states none."""
    for pattern, read in _READERS:
        if re.fullmatch(pattern, phrase.head):
            try:
                return read(phrase)
            except (ValueError, IndexError, RecursionError, msgspec.ValidationError) as error:
                raise NotAPhraseError(phrase.head) from error
    raise NotAPhraseError(phrase.head)


def default_by(fact: Fact) -> str | None:
    """Return the request that a fact about an answer names itself; None for facts that do not."""
    if isinstance(fact, Answer):
        return f"{fact.method} {fact.url}"
    return f"GET {fact.url}" if isinstance(fact, Models) else None


# ---------------------------------------------------------------- parts


def socket(address: str, port: int) -> str:
    """Write an address and a port as one: brackets around what holds a colon."""
    return f"[{address}]:{port}" if ":" in address or address.startswith("[") else f"{address}:{port}"


def unsocket(text: str) -> tuple[str, int]:
    """Undo `socket`. Raises ValueError."""
    address, _, port = text.rpartition(":")
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    return address, int(port)


def ports(text: str) -> PortRange:
    """Read `4020` or `8104-8139`. Raises ValueError."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return PortRange(int(match[1]), int(match[2] or match[1]))


def _optional(**values: object) -> list[Field]:
    """Fields of one value, left out where there is none. An underscore in a label stands for a space."""
    return [(label.replace("_", " "), (str(value),)) for label, value in values.items() if value is not None]


def _many(label: str, values: Sequence[str]) -> list[Field]:
    return [(label, tuple(values))] if values else []


def _unless(default: str, value: str) -> str | None:
    return None if value == default else value


def _build(kind: type[Record], **fields: object) -> Record:
    return msgspec.convert(fields, kind)


def _plain(window: PortRange) -> dict[str, int]:
    return {"first": window.first, "last": window.last}


Written = tuple[str, Sequence[str], Sequence[Field]]

# ---------------------------------------------------------------- facts


def _put_listener(listener: Listener) -> Written:
    reach = reach_of(listener.address)
    fields = _optional(
        process=listener.process,
        pid=listener.pid,
        unit=listener.unit,
        protocol=_unless("tcp", listener.protocol),
        reach=None if reach is Reach.LOOPBACK else reach.value,
    )
    return "`", [socket(listener.address, listener.port)], fields


def _take_listener(phrase: Phrase) -> Listener:
    address, port = unsocket(phrase.spans[0])
    pid = phrase.one("pid")
    return _build(
        Listener,
        address=address,
        port=port,
        protocol=phrase.one("protocol") or "tcp",
        process=phrase.one("process"),
        pid=int(pid) if pid else None,
        unit=phrase.one("unit"),
    )


def _put_unit(unit: Unit) -> Written:
    fields = _optional(
        manager=_unless("systemd", unit.manager),
        scope=_unless("system", unit.scope),
        path=unit.path,
    )
    fields += _many("drop ins", unit.drop_ins)
    if unit.command_partial:
        fields.append(("command in part", (shlex.join(unit.command),)))
    elif unit.command:
        fields.append(("command", (shlex.join(unit.command),)))
    fields += _optional(load=unit.load, active=unit.active, sub=unit.sub, enabled=unit.enabled)
    return "Unit `", [unit.name], fields


def _take_unit(phrase: Phrase) -> Unit:
    part = phrase.one("command in part")
    return _build(
        Unit,
        name=phrase.spans[0],
        manager=phrase.one("manager") or "systemd",
        scope=phrase.one("scope") or "system",
        path=phrase.one("path"),
        drop_ins=phrase.values("drop ins"),
        command=shlex.split((phrase.one("command") if part is None else part) or ""),
        command_partial=part is not None,
        load=phrase.one("load"),
        active=phrase.one("active"),
        sub=phrase.one("sub"),
        enabled=phrase.one("enabled"),
    )


def _put_answer(answer: Answer) -> Written:
    method = answer.method.replace("\\", r"\\").replace(" ", r"\s")
    head = "` => no status noted" if answer.status is None else f"` => {answer.status}"
    fields = _optional(key=_unless("none", answer.key), type=answer.media_type)
    fields += _many("keys", answer.shape)
    if answer.scalars:
        pairs = (
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in answer.scalars
        )
        fields.append(("values", (f"{{{', '.join(pairs)}}}",)))
    fields += _optional(text=answer.text, location=answer.location, error=answer.error)
    return head, [f"{method} {answer.url}"], fields


def _take_answer(phrase: Phrase) -> Answer:
    method, _, url = phrase.spans[0].partition(" ")
    status = re.search(r"-?\d+$", phrase.head)
    return _build(
        Answer,
        method=re.sub(r"\\([\\s])", lambda match: " " if match[1] == "s" else "\\", method),
        url=url,
        key=phrase.one("key") or "none",
        status=int(status[0]) if status else None,
        media_type=phrase.one("type"),
        shape=phrase.values("keys"),
        scalars=json.loads(phrase.one("values") or "{}", object_pairs_hook=list) or [],
        text=phrase.one("text"),
        location=phrase.one("location"),
        error=phrase.one("error"),
    )


def _put_models(models: Models) -> Written:
    head = "Models listed by `, in part" if models.partial else "Models listed by `"
    return head, [models.url], [(model.kind, (model.id,)) for model in models.ids]


def _take_models(phrase: Phrase) -> Models:
    ids = [{"id": value, "kind": kind} for kind, values in phrase.fields for value in values]
    return _build(Models, url=phrase.spans[0], ids=ids, partial=phrase.head.endswith("part"))


def _put_lane(lane: Lane) -> Written:
    return f"` {lane.state}", [str(lane.port)], _optional(handle=lane.handle)


def _take_lane(phrase: Phrase) -> Lane:
    state = phrase.head.removeprefix("` ")
    return _build(Lane, port=int(phrase.spans[0]), state=state, handle=phrase.one("handle"))


def _put_route(route: Route) -> Written:
    return "Route ` to `", [route.alias, route.target], ()


def _take_route(phrase: Phrase) -> Route:
    return Route(*phrase.spans)


def _put_absent(absent: Absent) -> Written:
    return f"No {absent.what}", (), _optional(name=absent.name, ports=absent.ports)


def _take_absent(phrase: Phrase) -> Absent:
    window = phrase.one("ports")
    what = phrase.head.removeprefix("No ")
    return _build(Absent, what=what, ports=_plain(ports(window)) if window else None, name=phrase.one("name"))


def _put_identity(identity: Identity) -> Written:
    fields = _optional(hostname=identity.hostname, os=identity.os)
    return "Identity", (), [*fields, *_many("addresses", identity.addresses)]


def _take_identity(phrase: Phrase) -> Identity:
    return Identity(phrase.one("hostname"), phrase.one("os"), phrase.values("addresses"))


_WRITERS: dict[type, Callable[..., Written]] = {
    Listener: _put_listener,
    Unit: _put_unit,
    Answer: _put_answer,
    Models: _put_models,
    Lane: _put_lane,
    Route: _put_route,
    Absent: _put_absent,
    Identity: _put_identity,
}
_READERS: tuple[tuple[str, Callable[[Phrase], Fact]], ...] = (
    ("`", _take_listener),
    ("Unit `", _take_unit),
    ("` => (?:no status noted|-?[0-9]+)", _take_answer),
    ("Models listed by `(?:, in part)?", _take_models),
    ("` (?:listening|idle)", _take_lane),
    ("Route ` to `", _take_route),
    ("No (?:listener|unit|service)", _take_absent),
    ("Identity", _take_identity),
)

# ---------------------------------------------------------------- coverage and cost


def coverage_phrase(coverage: Coverage) -> Phrase:
    """Put a coverage into words."""
    fields = [*_many("ports", [str(window) for window in coverage.ports]), *_optional(reason=coverage.reason)]
    return Phrase(f"{coverage.collector}: {coverage.extent}", fields=tuple(fields))


def coverage(host: str, phrase: Phrase) -> Coverage:
    """Read a coverage. Raises NotAPhraseError."""
    collector, _, extent = phrase.head.partition(": ")
    try:
        windows = [_plain(ports(text)) for text in phrase.values("ports")]
        reason = phrase.one("reason")
        return _build(Coverage, host=host, collector=collector, extent=extent, ports=windows, reason=reason)
    except ValueError as error:
        raise NotAPhraseError(phrase.head) from error


def cost_phrase(cost: Cost) -> Phrase:
    """Put a cost into words."""
    fields = _optional(
        commands=cost.commands,
        requests=cost.requests,
        bytes=cost.bytes,
        CPU_seconds=cost.cpu_seconds,
        wall_seconds=cost.wall_seconds,
    )
    return Phrase("Cost", fields=tuple(fields))


def cost(host: str, phrase: Phrase) -> Cost:
    """Read a cost. Raises NotAPhraseError."""
    if phrase.head != "Cost":
        raise NotAPhraseError(phrase.head)
    try:
        return Cost(
            host=host,
            commands=int(phrase.one("commands") or 0),
            requests=int(phrase.one("requests") or 0),
            bytes=int(phrase.one("bytes") or 0),
            cpu_seconds=float(phrase.one("CPU seconds") or 0),
            wall_seconds=float(phrase.one("wall seconds") or 0),
        )
    except ValueError as error:
        raise NotAPhraseError(phrase.head) from error
