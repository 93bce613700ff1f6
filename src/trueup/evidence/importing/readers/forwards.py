"""Forwards: "`tailscale serve`: https://mini.tail.ts.net → 127.0.0.1:3000", and `tailscale serve status` as printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import Mention
from trueup.vocabulary import Forward, Reach, reach_of

Via = Literal["tailscale serve", "tailscale funnel", "nginx", "caddy", "traefik", "haproxy"]

_VIA = re.compile(r"\b(?:tailscale\s+(?:serve|funnel)|nginx|caddy|traefik|haproxy)\b", re.IGNORECASE)
_ONWARDS = re.compile(
    r"[`*]*\s*(?:→|->|=>|⇒|prox(?:ies|ied)\s+to|forwards?\s+to|hands\s+on\s+to)\s*[`*]*", re.IGNORECASE
)
_BEHIND = re.compile(r"(?:[a-z+]+://)?(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):(?P<port>\d{1,5})\b")
_TAILNET_NAME = re.compile(r"[a-z0-9.-]+\.ts\.net")
# What `tailscale serve status` prints: a line for each address, below it one for each path.
_ADDRESS = re.compile(
    r"\s*(?P<scheme>https?)://(?P<name>[a-z0-9.-]+\.ts\.net)(?::(?P<port>\d{1,5}))?"
    r"\s+\((?P<open>tailnet only|Funnel on)\)\s*"
)
_MOUNT = re.compile(r"\s*\|--\s+(?P<path>/\S*)\s+(?P<what>proxy|path|text)\s+(?P<target>\S.*?)\s*")


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read one forward, or those of an address that `tailscale serve status` tells of."""
    printed = dict(_printed(statement.block))
    line = statement.text.strip()
    if _ADDRESS.fullmatch(line) or _MOUNT.fullmatch(line):
        found = [forward for lines, forward in printed.items() if line in lines]
        return [_note(statement, book, forward) for forward in found]
    forward = _said(statement)
    return [] if forward is None else [_note(statement, book, forward)]


def _said(statement: Statement) -> Forward | None:
    """One line with where it listens, an arrow, and where it hands on to."""
    ends = statement.named("url", "socket")
    via = _via(statement)
    if via is None or len(ends) != 2 or not _ONWARDS.fullmatch(statement.text[ends[0].end : ends[1].start]):
        return None
    here, target = ends[0], statement.text[ends[1].start : ends[1].end]
    path = _path(here.path)
    if here.port is None:
        return None
    if via in ("tailscale serve", "tailscale funnel"):
        if here.kind != "url" or not _TAILNET_NAME.fullmatch(here.value):
            return None
        reach = Reach.ANY if via == "tailscale funnel" else Reach.TAILNET
        return Forward(via, here.port, reach, name=here.value, path=path, target=target)
    if not _is_address(here):
        # who can reach a virtual host is not told by its name
        return None
    return Forward(via, here.port, reach_of(here.value), here.value, path=path, target=target)


def _via(statement: Statement) -> Via | None:
    """The proxy that the line names, else the one in the words above it; None where two are named."""
    for place in (statement.text, statement.label, statement.section.heading):
        named = {" ".join(match.lower().split()) for match in _VIA.findall(place)}
        if named:
            return _known(named.pop()) if len(named) == 1 else None
    return None


def _known(name: str) -> Via | None:
    known: tuple[Via, ...] = ("tailscale serve", "tailscale funnel", "nginx", "caddy", "traefik", "haproxy")
    return next((via for via in known if via == name), None)


def _path(path: str) -> str | None:
    """A forward of everything is limited to no path."""
    return None if path in ("", "/") else path


def _is_address(mention: Mention) -> bool:
    return mention.value == "*" or bool(re.fullmatch(r"[\d.]+|[0-9a-f:.]*:[0-9a-f:.]*", mention.value))


def _printed(block: str) -> Iterator[tuple[tuple[str, str], Forward]]:
    """Every path of `tailscale serve status` as a forward, with the two lines that tell of it."""
    address: re.Match[str] | None = None
    for line in block.split("\n"):
        address = _ADDRESS.fullmatch(line) or (address if _MOUNT.fullmatch(line) else None)
        mount = _MOUNT.fullmatch(line)
        if address is None or mount is None:
            continue
        port = int(address["port"] or (443 if address["scheme"] == "https" else 80))
        funnel = address["open"] == "Funnel on"
        yield (
            (address.group().strip(), line.strip()),
            Forward(
                "tailscale funnel" if funnel else "tailscale serve",
                port,
                Reach.ANY if funnel else Reach.TAILNET,
                name=address["name"],
                path=_path(mount["path"]),
                target=mount["target"] if mount["what"] == "proxy" else None,
            ),
        )


def _note(statement: Statement, book: Book, forward: Forward) -> Draft:
    named = [mention.value for mention in statement.named("service")]
    behind = _BEHIND.match(forward.target or "")
    service = named[0] if named else book.service_of_port(statement.host, int(behind["port"])) if behind else None
    return book.note(statement, forward, service=service or statement.section.service)
