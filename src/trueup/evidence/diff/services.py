"""What services answer and serve: HTTP answers, model ids, lanes, routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import urlsplit

from trueup.evidence.diff.records import Change, What
from trueup.evidence.diff.sides import Pair, Side, listed
from trueup.evidence.quoting import code, words
from trueup.evidence.wording.parts import moment
from trueup.vocabulary import ASKS_FOR_KEY, Answer, Lane, Listener, Models, Route, Scalar

Fact = TypeVar("Fact", Answer, Models)
_Question = tuple[str, str | None, str]
_TIME = re.compile(r"\d{4}-\d\d-\d\d.*|\d\d:\d\d.*|[\d.]+ ?[a-zµ]{0,2}", re.DOTALL)


def changes(pair: Pair) -> Iterator[Change]:
    """Yield the changes of answers, of model lists, of lanes and of routes."""
    yield from _answers(pair)
    yield from _models(pair)
    yield from _lanes(pair)
    yield from _routes(pair)


def _asked(side: Side, kind: type[Fact]) -> dict[_Question, dict[int | None, Fact]]:
    """Return what was asked (host, service, question) → the port that was asked → what it got."""
    found: dict[_Question, dict[int | None, Fact]] = {}
    for host, service, fact in side.facts(kind):
        path, port = _place(fact.url)
        question = f"{fact.method} {path} {fact.key}" if isinstance(fact, Answer) else path
        found.setdefault((host, service, question), {})[port] = fact
    return found


def _matched(pair: Pair, kind: type[Fact]) -> Iterator[tuple[_Question, int | None, Fact, Fact | None]]:
    """Yield each question of before with what it got then and now.

    A service that has one port on either side is the same one, wherever its port went; the port is given only where
    there are several.
    """
    before, after = _asked(pair.before, kind), _asked(pair.after, kind)
    for question, was in before.items():
        now = after.get(question, {})
        if question[0] not in pair.both:
            continue
        if question[1] is not None and len(was) == len(now) == 1:
            yield question, None, next(iter(was.values())), next(iter(now.values()))
        else:
            for port, fact in was.items():
                yield question, port if len(was) > 1 or question[1] is None else None, fact, now.get(port)


# ---------------------------------------------------------------- answers


def _answers(pair: Pair) -> Iterator[Change]:
    up = {(host, service) for host, service, _ in pair.after.facts(Listener)}
    for (host, service, _), port, was, now in _matched(pair, Answer):
        path = _place(was.url)[0]
        where = f" (port {port})" if port else ""
        asked = code(path if was.method == "GET" else f"{was.method} {path}") + _KEYS[was.key]
        subject = f"{asked} of {pair.title(service)} on {words(host)}{where}"
        if now is None:
            # The service itself tells whether it is gone.
            if (host, service) in up and not pair.after.looked(host, "http"):
                pair.is_gone(host, "http", f"{code(path)} of {pair.title(service)}{where}")
            continue
        for old, new, told in _differences(was, now):
            says = f"{subject}: {old} → {new}{told}"
            yield Change(
                about="answer",
                what="changed",
                host=host,
                service=service,
                says=says,
                subject=path,
                before=old,
                after=new,
            )


_KEYS = {"none": "", "valid": " with its key", "wrong": " with a wrong key"}


def _differences(was: Answer, now: Answer) -> Iterator[tuple[str, str, str]]:
    """Yield old, new and a remark for what is worth telling of two answers."""
    old, new = _outcome(was), _outcome(now)
    if old and new and old != new:
        yield old, new, _remark(was, now)
        return
    if was.media_type and now.media_type and was.media_type != now.media_type:
        yield code(was.media_type), code(now.media_type), ""
    if was.location != now.location and (was.location or now.location):
        yield f"redirect to {code(was.location or 'nowhere')}", f"redirect to {code(now.location or 'nowhere')}", ""
    values = dict(now.scalars)
    for name, value in dict(was.scalars).items():
        if name in values and values[name] != value and _tells(value) and _tells(values[name]):
            yield f"{code(name)} {code(str(value))}", code(str(values[name])), ""
    if was.tls and now.tls and was.tls != now.tls:
        yield from _certificate(was, now)


def _outcome(answer: Answer) -> str:
    if answer.error is not None:
        return f"no answer ({words(answer.error)})"
    return "" if answer.status is None else str(answer.status)


def _remark(was: Answer, now: Answer) -> str:
    if now.status in ASKS_FOR_KEY and was.status not in ASKS_FOR_KEY:
        return " (now asks for a key)" if now.key == "none" else " (the key is refused now)"
    if was.status in ASKS_FOR_KEY and now.status is not None and now.status < 400:
        return " (no longer asks for a key)" if now.key == "none" else " (the key is accepted now)"
    return ""


def _certificate(was: Answer, now: Answer) -> Iterator[tuple[str, str, str]]:
    if was.tls is None or now.tls is None:
        return
    if was.tls.trusted != now.tls.trusted:
        said = {True: "a trusted certificate", False: "a certificate that is not trusted"}
        yield said[was.tls.trusted], said[now.tls.trusted], ""
    elif was.tls.names != now.tls.names:
        yield f"a certificate for {listed(map(code, was.tls.names))}", listed(map(code, now.tls.names)), ""
    elif was.tls.expires_at != now.tls.expires_at and was.tls.expires_at and now.tls.expires_at:
        yield f"a certificate until {moment(was.tls.expires_at)}", f"until {moment(now.tls.expires_at)}", ""


def _tells(value: Scalar) -> bool:
    """Tell whether a value stays the same while nothing changes: no number, time or duration does for sure."""
    return isinstance(value, bool) or (isinstance(value, str) and not _TIME.fullmatch(value))


def _place(url: str) -> tuple[str, int | None]:
    """Return a URL's path with its query, and its port where it has one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url, None
    if not parts.scheme and not parts.netloc:
        return url, None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), port


# ---------------------------------------------------------------- models, lanes, routes


def _models(pair: Pair) -> Iterator[Change]:
    for (host, service, path), port, was, now in _matched(pair, Models):
        if now is None:
            continue
        old, new = ({model.id for model in models.ids} for models in (was, now))
        added = [model.id for model in now.ids if model.id not in old and not was.partial]
        lost = [model.id for model in was.ids if model.id not in new and not now.partial]
        if added or lost:
            told = [f"now also {listed(map(code, added))}"] if added else []
            told += [f"no longer {listed(map(code, lost))}"] if lost else []
            where = f" (port {port})" if port else ""
            yield Change(
                about="models",
                what="changed",
                host=host,
                service=service,
                says=f"{pair.title(service)} on {words(host)}{where} lists {', '.join(told)}",
                subject=path,
                before=", ".join(lost) or None,
                after=", ".join(added) or None,
            )


def _lanes(pair: Pair) -> Iterator[Change]:
    before, after = (
        {(host, lane.port): (service, lane) for host, service, lane in side.facts(Lane)}
        for side in (pair.before, pair.after)
    )
    for host, port in dict.fromkeys((*before, *after)):
        if host not in pair.both:
            continue
        service, was = before.get((host, port), (None, None))
        service, now = after.get((host, port), (service, None))
        name = f"lane {port} on {words(host)}"
        if was is not None and now is not None:
            says = _lane(name, was, now)
            if says:
                yield _lane_change(host, service, "changed", says, port, was, now)
        elif now is not None:
            says = pair.came(name, f": it {_serves(now)}", host, "lanes", port)
            yield _lane_change(host, service, "appeared", says, port, None, now)
        elif was is not None and pair.is_gone(
            host, "lanes", name, port=port, absent=pair.after.lacks("listener", host, port=port)
        ):
            yield _lane_change(host, service, "gone", f"{name} is gone; it {_served(was)}", port, was, None)


def _lane(name: str, was: Lane, now: Lane) -> str:
    if was.state != now.state:
        return f"{name} {_serves(now)} now; before, it {_served(was)}"
    if was.handle and now.handle and was.handle != now.handle:
        return f"{name} serves {code(now.handle)} instead of {code(was.handle)}"
    return ""


def _serves(lane: Lane) -> str:
    return "is idle" if lane.state == "idle" else f"serves {code(lane.handle) if lane.handle else 'something'}"


def _served(lane: Lane) -> str:
    return "was idle" if lane.state == "idle" else f"served {code(lane.handle) if lane.handle else 'something'}"


def _lane_change(
    host: str,
    service: str | None,
    what: What,
    says: str,
    port: int,
    was: Lane | None,
    now: Lane | None,
) -> Change:
    return Change(
        about="lane",
        what=what,
        host=host,
        service=service,
        says=says,
        subject=str(port),
        before=was.handle if was else None,
        after=now.handle if now else None,
    )


def _routes(pair: Pair) -> Iterator[Change]:
    before, after = (
        {(host, route.alias): (service, route.target) for host, service, route in side.facts(Route)}
        for side in (pair.before, pair.after)
    )
    for (host, alias), (service, was) in before.items():
        if host not in pair.both:
            continue
        now = after.get((host, alias), (service, None))[1]
        name = f"route {code(alias)} of {pair.title(service, 'the gateway')} on {words(host)}"
        if now is None and pair.is_gone(host, "routes", code(alias)):
            yield Change(about="route", what="gone", host=host, says=f"{name} is gone", subject=alias, before=was)
        elif now is not None and now != was:
            says = f"{name} leads to {pair.title(now)} instead of {pair.title(was)}"
            yield Change(about="route", what="changed", host=host, says=says, subject=alias, before=was, after=now)
    for (host, alias), (service, target) in after.items():
        if host in pair.both and (host, alias) not in before:
            name = f"route {code(alias)} of {pair.title(service, 'the gateway')} on {words(host)}"
            says = pair.came(name, f": it leads to {pair.title(target)}", host, "routes")
            yield Change(about="route", what="appeared", host=host, says=says, subject=alias, after=target)
