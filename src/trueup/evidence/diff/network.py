"""Who listens where, what makes it reachable from further away, and who can connect to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from trueup.evidence.diff.records import Change, What
from trueup.evidence.diff.sides import Pair, Side, listed
from trueup.evidence.quoting import code, words
from trueup.evidence.wording.parts import socket
from trueup.vocabulary import Connect, Forward, Listener, Reach, bind_of

_REACHES = {
    Reach.LOOPBACK: "loopback",
    Reach.TAILNET: "the tailnet",
    Reach.LAN: "the LAN",
    Reach.ANY: "every interface",
}


class _Socket(NamedTuple):
    """Where something listens, the spellings of one address made one."""

    address: str
    port: int
    protocol: str

    def __str__(self) -> str:
        return socket(self.address, self.port) + ("" if self.protocol == "tcp" else f"/{self.protocol}")


class _Listening(NamedTuple):
    """What listens on a socket, and for whom."""

    service: str | None
    listener: Listener


_Sockets = dict[_Socket, _Listening]


def changes(pair: Pair) -> Iterator[Change]:
    """Yield the changes of listeners, then of forwards and of connections."""
    before, after = _sockets(pair.before), _sockets(pair.after)
    yield from _moved_hosts(pair, before, after)
    for host in pair.both:
        yield from _of_host(pair, host, before.get(host, {}), after.get(host, {}))
    yield from _forwards(pair)
    yield from _connections(pair)


def _sockets(side: Side) -> dict[str, _Sockets]:
    found: dict[str, _Sockets] = {}
    for host, service, listener in side.facts(Listener):
        place = _Socket(bind_of(listener.address), listener.port, listener.protocol)
        seen = found.setdefault(host, {})
        if place not in seen or seen[place].service is None:
            seen[place] = _Listening(service, listener)
    return found


def _moved_hosts(pair: Pair, before: dict[str, _Sockets], after: dict[str, _Sockets]) -> Iterator[Change]:
    """A service that is gone from one host and new on another has moved. Its sockets are taken out on both sides."""
    for service in sorted(_services(before) & _services(after)):
        left = [host for host in pair.both if _has(before, host, service) and not _has(after, host, service)]
        came = [host for host in pair.both if _has(after, host, service) and not _has(before, host, service)]
        if len(left) != 1 or len(came) != 1:
            continue
        old, new = _of(before, left[0], service), _of(after, came[0], service)
        if not all(_is_absent(pair, left[0], place, service) for place in old):
            continue
        before[left[0]] = {place: each for place, each in before[left[0]].items() if place not in old}
        after[came[0]] = {place: each for place, each in after[came[0]].items() if place not in new}
        where = f"{words(left[0])} {listed(map(str, old))} → {words(came[0])} {listed(map(str, new))}"
        yield Change(
            about="listener",
            what="moved",
            host=came[0],
            service=service,
            says=f"{pair.title(service)} moved from {words(left[0])} to {words(came[0])} ({where})",
            before=left[0],
            after=came[0],
        )


def _services(sockets: dict[str, _Sockets]) -> set[str]:
    return {each.service for places in sockets.values() for each in places.values() if each.service}


def _has(sockets: dict[str, _Sockets], host: str, service: str) -> bool:
    return bool(_of(sockets, host, service))


def _of(sockets: dict[str, _Sockets], host: str, service: str | None) -> list[_Socket]:
    return [place for place, each in sockets.get(host, {}).items() if each.service == service]


def _is_absent(pair: Pair, host: str, place: _Socket, service: str | None) -> bool:
    """Tell whether nothing listens there any more: everything was looked at, or somebody wrote it down."""
    return (
        pair.after.looked(host, "listeners", place.port)
        or pair.after.lacks("listener", host, port=place.port)
        or pair.after.lacks("service", host, name=service)
    )


def _of_host(pair: Pair, host: str, before: _Sockets, after: _Sockets) -> Iterator[Change]:
    for place in before.keys() & after.keys():
        # A service that is recognised on one side only is the same one on the other.
        known = before[place].service or after[place].service
        before[place] = before[place]._replace(service=before[place].service or known)
        after[place] = after[place]._replace(service=after[place].service or known)
    both = [place for place in before if place in after]
    for place in sorted(both):
        yield from _same_socket(pair, host, place, before[place], after[place])
    services = dict.fromkeys(each.service for each in (*before.values(), *after.values()))
    for service in services:
        old = [place for place in _of({host: before}, host, service) if place not in after]
        new = [place for place in _of({host: after}, host, service) if place not in before]
        if service is None:
            yield from _unknown(pair, host, old, new, before, after)
        else:
            stays = any(before[place].service == service and after[place].service == service for place in both)
            yield from _service(pair, host, service, old, new, stays=stays)


def _same_socket(pair: Pair, host: str, place: _Socket, was: _Listening, now: _Listening) -> Iterator[Change]:
    if was.service != now.service:
        says = f"{place} on {words(host)} is {pair.title(now.service)} now, was {pair.title(was.service)}"
        yield _listener(host, now.service, "changed", says, place, was.service, now.service)
        return
    for label, old, new in (
        ("unit", was.listener.unit, now.listener.unit),
        ("process", was.listener.process, now.listener.process),
    ):
        if old and new and old != new:
            who = pair.title(now.service, "what listens")
            says = f"{who} on {words(host)} ({place}) is of {label} {code(new)} instead of {code(old)}"
            yield _listener(host, now.service, "changed", says, place, old, new)
            return


def _service(
    pair: Pair, host: str, service: str, old: list[_Socket], new: list[_Socket], *, stays: bool
) -> Iterator[Change]:
    """Yield what became of the sockets of one service; `old` are not seen any more, `new` were not seen before."""
    who = f"{pair.title(service)} on {words(host)}"
    for was, now in list(_paired(pair, host, service, old, new)):
        old.remove(was)
        new.remove(now)
        yield _listener(host, service, "changed", f"{who} {_move(was, now)}", now, str(was), str(now))
    gone = [
        place
        for place in sorted(old)
        if pair.is_gone(
            host,
            "listeners",
            f"{pair.title(service)} at {place}",
            port=place.port,
            absent=_is_absent(pair, host, place, service),
        )
    ]
    remains = stays or bool(new) or len(gone) < len(old)
    if gone and not remains:
        yield _listener(host, service, "gone", f"{who} is gone ({listed(map(str, gone))})", gone[0])
    elif gone:
        yield _listener(host, service, "gone", f"{who} no longer listens on {listed(map(str, gone))}", gone[0])
    if new:
        places = listed(map(str, sorted(new)))
        if stays or old:
            says = f"{who} also listens on {places}"
        else:
            says = pair.came(who, f": it listens on {places}", host, "listeners", new[0].port)
        yield _listener(host, service, "appeared", says, min(new))


def _paired(
    pair: Pair, host: str, service: str, old: list[_Socket], new: list[_Socket]
) -> Iterator[tuple[_Socket, _Socket]]:
    """Yield the sockets that moved: to another address of the same port, or the only one to another port."""
    free = sorted(new)
    left = []
    for was in sorted(old):
        now = next((each for each in free if (each.port, each.protocol) == (was.port, was.protocol)), None)
        # Where not everything was looked at, every interface still is more than the one there was.
        if now is not None and (now.address == "*" or _is_absent(pair, host, was, service)):
            free.remove(now)
            yield was, now
        else:
            left.append(was)
    single = len(left) == len(free) == 1 and left[0].protocol == free[0].protocol
    if single and _is_absent(pair, host, left[0], service):
        yield left[0], free[0]


def _reach(place: _Socket) -> Reach:
    return Listener(place.address, place.port).reach


def _move(was: _Socket, now: _Socket) -> str:
    if was.port != now.port:
        return f"moved from port {was.port} to {now.port} ({was} → {now})"
    if _reach(was) is not _reach(now):
        return f"moved from {_REACHES[_reach(was)]} to {_REACHES[_reach(now)]} ({was} → {now})"
    return f"changed its address ({was} → {now})"


def _unknown(
    pair: Pair, host: str, old: list[_Socket], new: list[_Socket], before: _Sockets, after: _Sockets
) -> Iterator[Change]:
    """Yield what became of sockets of what nobody recognised: each port is for itself."""
    for was in sorted(old):
        absent, process = _is_absent(pair, host, was, None), _process(before[was])
        now = next((each for each in sorted(new) if (each.port, each.protocol) == (was.port, was.protocol)), None)
        if now is not None and process == _process(after[now]) and (absent or now.address == "*"):
            new.remove(now)
            says = f"{process} on {words(host)} {_move(was, now)}"
            yield _listener(host, None, "changed", says, now, str(was), str(now))
        elif pair.is_gone(host, "listeners", f"{process} at {was}", port=was.port, absent=absent):
            says = f"nothing listens on {was} of {words(host)} any more; {process} did"
            yield _listener(host, None, "gone", says, was)
    for place in sorted(new):
        who = f"{_process(after[place])} on {words(host)}"
        says = pair.came(who, f": it listens on {place}", host, "listeners", place.port)
        yield _listener(host, None, "appeared", says, place)


def _process(listening: _Listening) -> str:
    process = listening.listener.process
    return code(process) if process else "something"


def _listener(
    host: str,
    service: str | None,
    what: What,
    says: str,
    place: _Socket,
    before: str | None = None,
    after: str | None = None,
) -> Change:
    return Change(
        about="listener",
        what=what,
        host=host,
        service=service,
        says=says,
        subject=str(place),
        before=before,
        after=after,
    )


# ---------------------------------------------------------------- forwards and connections


def _forwards(pair: Pair) -> Iterator[Change]:
    before, after = (
        {(host, *_key(fact)): fact for host, _, fact in side.facts(Forward)} for side in (pair.before, pair.after)
    )
    for key in dict.fromkeys((*before, *after)):
        host, was, now = str(key[0]), before.get(key), after.get(key)
        if host not in pair.both:
            continue
        if was is None and now is not None:
            says = pair.came(f"a forward on {words(host)}", f": {_forward(now)}", host, "exposure")
            yield Change(about="forward", what="appeared", host=host, says=says, after=_forward(now))
        elif now is None and was is not None and pair.is_gone(host, "exposure", _forward(was)):
            says = f"a forward is gone from {words(host)}: {_forward(was)}"
            yield Change(about="forward", what="gone", host=host, says=says, before=_forward(was))
        elif was is not None and now is not None and was != now:
            says = f"a forward on {words(host)} changed: {_forward(was)}, now {_forward(now)}"
            yield Change(
                about="forward", what="changed", host=host, says=says, before=_forward(was), after=_forward(now)
            )


def _key(forward: Forward) -> Iterable[object]:
    return forward.via, forward.address, forward.port, forward.name, forward.path


def _forward(forward: Forward) -> str:
    where = code(socket(forward.name or forward.address, forward.port) + (forward.path or ""))
    target = f" → {code(forward.target)}" if forward.target else ""
    return f"{forward.via} {where}{target} (reach: {forward.reach.value})"


def _connections(pair: Pair) -> Iterator[Change]:
    before, after = (
        {(host, fact.to, fact.port): fact for host, _, fact in side.facts(Connect)}
        for side in (pair.before, pair.after)
    )
    for key, was in before.items():
        host, to, port = key
        now = after.get(key)
        target = socket(to, port)
        if host not in pair.both:
            continue
        if now is None:
            if to in pair.after.observed:
                pair.is_gone(host, "reach", target)
        elif now.state != was.state:
            says = f"from {words(host)}, {words(to)} port {port} is {now.state} now, was {was.state}"
            yield Change(
                about="connect", what="changed", host=host, says=says, subject=target, before=was.state, after=now.state
            )
