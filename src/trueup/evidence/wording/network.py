"""Words for who can reach what: listeners, forwards, connections from elsewhere, and what was looked for in vain."""

from __future__ import annotations

from trueup.evidence.phrases import Phrase
from trueup.evidence.wording.parts import (
    Readers,
    Writers,
    Written,
    build,
    flag,
    number,
    optional,
    plain,
    ports,
    socket,
    unless,
    unsocket,
)
from trueup.vocabulary import Absent, Connect, Forward, Listener, Reach


def _put_listener(listener: Listener) -> Written:
    fields = optional(
        process=listener.process,
        pid=listener.pid,
        unit=listener.unit,
        protocol=unless("tcp", listener.protocol),
        interface=listener.interface,
        # derived: nothing is read back from it
        reach=None if listener.reach is Reach.LOOPBACK else listener.reach.value,
    )
    return "`", [socket(listener.address, listener.port)], fields


def _take_listener(phrase: Phrase) -> Listener:
    address, port = unsocket(phrase.spans[0])
    return build(
        Listener,
        address=address,
        port=port,
        protocol=phrase.one("protocol") or "tcp",
        process=phrase.one("process"),
        pid=number(phrase.one("pid")),
        unit=phrase.one("unit"),
        interface=phrase.one("interface"),
    )


def _put_forward(forward: Forward) -> Written:
    here = socket(forward.address, forward.port)
    fields = optional(via=forward.via, name=forward.name, path=forward.path, reach=forward.reach.value)
    if forward.target is None:
        return "Forward `", [here], [*fields, *flag(True, "answers itself")]
    return "Forward ` to `", [here, forward.target], fields


def _take_forward(phrase: Phrase) -> Forward:
    address, port = unsocket(phrase.spans[0])
    return build(
        Forward,
        via=phrase.one("via"),
        port=port,
        reach=phrase.one("reach"),
        address=address,
        name=phrase.one("name"),
        path=phrase.one("path"),
        target=phrase.spans[1] if len(phrase.spans) > 1 else None,
    )


def _put_connect(connect: Connect) -> Written:
    spans = [connect.to, socket(connect.address, connect.port)]
    return f"Connection to ` at ` {connect.state}", spans, optional(error=connect.error)


def _take_connect(phrase: Phrase) -> Connect:
    address, port = unsocket(phrase.spans[1])
    state = phrase.head.rpartition(" ")[2]
    return build(Connect, to=phrase.spans[0], address=address, port=port, state=state, error=phrase.one("error"))


def _put_absent(absent: Absent) -> Written:
    return f"No {absent.what}", (), optional(name=absent.name, ports=absent.ports)


def _take_absent(phrase: Phrase) -> Absent:
    window = phrase.one("ports")
    what = phrase.head.removeprefix("No ")
    return build(Absent, what=what, ports=plain(ports(window)) if window else None, name=phrase.one("name"))


WRITERS: Writers = {
    Listener: _put_listener,
    Forward: _put_forward,
    Connect: _put_connect,
    Absent: _put_absent,
}
READERS: Readers = (
    ("`", _take_listener),
    ("Forward `(?: to `)?", _take_forward),
    ("Connection to ` at ` [a-z]+", _take_connect),
    ("No (?:listener|unit|service)", _take_absent),
)
