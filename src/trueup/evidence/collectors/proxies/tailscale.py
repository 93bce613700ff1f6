"""`tailscale serve status --json`: what a host offers to its tailnet, and through the funnel to everyone.

Source: `ipn.ServeConfig` of Tailscale's own code (TCP, Web, Services, AllowFunnel, Foreground), 1.34 to 1.80. What is
configured is served only while Tailscale is up, so `tailscale status` is asked too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from trueup.evidence.collectors.look import Look, Seen, text_of
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Forward, Reach

_MOST = 1000


class _Tcp(msgspec.Struct, rename={"forward": "TCPForward", "name": "TerminateTLS"}):
    forward: str = ""
    name: str = ""


class _Handler(msgspec.Struct, rename={"proxy": "Proxy"}):
    proxy: str = ""


class _Web(msgspec.Struct, rename={"handlers": "Handlers"}):
    handlers: dict[str, _Handler | None] | None = None


class _Part(msgspec.Struct, rename={"tcp": "TCP", "web": "Web"}):
    tcp: dict[str, _Tcp | None] | None = None
    web: dict[str, _Web | None] | None = None


class _Session(_Part, rename={"tcp": "TCP", "web": "Web", "funnel": "AllowFunnel"}):
    funnel: dict[str, bool] | None = None


class _Config(
    _Session,
    rename={"tcp": "TCP", "web": "Web", "funnel": "AllowFunnel", "services": "Services", "foreground": "Foreground"},
):
    services: dict[str, _Part | None] | None = None
    foreground: dict[str, _Session | None] | None = None


class _Status(msgspec.Struct, rename={"state": "BackendState"}):
    state: str = ""


def read_serve(serve: Output, status: Output | None, *, by: str) -> Look:
    """Read what `serve status` and `status` printed, the latter None where it failed; `by` is the former command."""
    try:
        state = msgspec.json.decode(text_of(status), type=_Status).state if status is not None else "unknown"
        config = msgspec.json.decode(text_of(serve), type=_Config | None) or _Config()
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return Look((), "none", "the answer of tailscale was not understood")
    if state != "Running":
        return Look((), "none", f"tailscale is not up here ({clean(state, 50)})")
    forwards = list(dict.fromkeys(_forwards(config)))
    seen = tuple(Seen(forward, by) for forward in forwards[:_MOST])
    if len(forwards) > _MOST:
        return Look(seen, "partial", "tailscale serves more than is kept")
    return Look(seen, "complete")


def _forwards(config: _Config) -> Iterator[Forward]:
    """Foreground sessions serve beside what is kept; a tailnet's service has a name of its own."""
    for session in (config, *(config.foreground or {}).values()):
        if session is not None:
            yield from _served(session, {place for place, allowed in (session.funnel or {}).items() if allowed})
    for service in (config.services or {}).values():
        if service is not None:
            yield from _served(service, set())


def _served(part: _Part, funnelled: set[str]) -> Iterator[Forward]:
    for place, web in (part.web or {}).items():
        name, _, number = place.rpartition(":")
        for path, handler in ((web and web.handlers) or {}).items():
            yield from _forward(number, name, path, handler.proxy if handler else "", place in funnelled)
    for number, tcp in (part.tcp or {}).items():
        if tcp is not None and tcp.forward:
            funnel = any(place.rpartition(":")[2] == number for place in funnelled)
            yield from _forward(number, tcp.name, "", tcp.forward, funnel)


def _forward(number: str, name: str, path: str, target: str, funnel: bool) -> Iterator[Forward]:
    port = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    via: Literal["tailscale serve", "tailscale funnel"] = "tailscale funnel" if funnel else "tailscale serve"
    if 0 < port < 65536:
        yield Forward(
            via=via,
            port=port,
            reach=Reach.ANY if funnel else Reach.TAILNET,
            name=clean(name, 255).lower() or None,
            path=None if path in ("", "/") else clean(path, 500),
            target=clean(target, 500) or None,
        )
