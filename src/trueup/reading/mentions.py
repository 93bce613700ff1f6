"""Typed mentions: addresses, ports, URLs, paths, units, names, handles, statuses and qualifiers, found in plain text.

Each recogniser is a pattern and a small builder. Where two mentions overlap, the one from the earlier recogniser wins:
a port inside a URL is no port of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from trueup.reading.lexicon import Lexicon
from trueup.reading.qualifiers import DENIED_REACH, KEY, NO_KEY, REACH
from trueup.vocabulary import PortRange, normal_address

MentionKind = Literal[
    "url",
    "socket",
    "address",
    "port",
    "range",
    "path",
    "file",
    "unit",
    "service",
    "host",
    "handle",
    "status",
    "reach",
    "auth",
]


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention over text[start:end].

    `value` is its canonical word: an address, a path, a key, a handle, a `Reach` value (empty where one is denied).
    `port`, `ports`, `scheme` and `path` are set where the kind has them; `wanted` is an `auth` mention's answer to "is
    a key needed?".
    """

    kind: MentionKind
    start: int
    end: int
    value: str
    port: int | None = None
    ports: PortRange | None = None
    scheme: str = ""
    path: str = ""
    wanted: bool = False


_IPV4 = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}"
_IPV6 = r"\[[0-9a-fA-F:.]{0,45}:[0-9a-fA-F:.]{0,45}(?:%\w{1,16})?\]"
_NAME = r"[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*"
_PORT = r"[1-9]\d{0,4}"
# "5000 dashboards", "6000 ms": a number of something is no port.
_COUNTED = (
    r"(?!\s*(?:ms|s|GB|MB|GiB|MiB|KB|tok|tokens|%|°)(?![\w])"
    r"|\s(?!is\b|as\b|has\b|was\b|does\b|serves\b|listens\b|answers\b|runs\b|uses\b|this\b|hosts\b|stays\b|shows\b)[a-z]{2,}s\b)"
)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

_URL = re.compile(
    rf"(?P<scheme>https?|wss?)://(?:[^\s/@`'\"<>|]+@)?(?P<host>{_IPV4}|{_IPV6}|{_NAME})"
    rf"(?::(?P<port>{_PORT})(?!\d))?(?P<path>/[^\s`'\"<>|)\]}},;]*)?",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r":[$<{%\w]")
_SOCKET = re.compile(
    rf"(?<![\w.:/@-])(?P<host>{_IPV4}|{_IPV6}|\*|{_NAME}):(?P<port>{_PORT})(?![\w:-]|\.\d)(?P<path>/(?:[A-Za-z][\w./-]*)?)?"
)
_ADDRESS = re.compile(rf"(?<![\w.:/@-])(?:{_IPV4}|{_IPV6}|localhost|::1)(?![\w:-]|\.\d|/\d)")
_RANGE = re.compile(
    rf"(?<![\w.:/-]):?(?P<first>{_PORT})\s?(?:-|–|—|\.\.|\bto\b|\bthrough\b)\s?:?(?P<last>{_PORT})(?![\w-]|\.\d)"
)
_COLON_PORT = re.compile(rf"(?<![\w\])}}>:*]):(?P<port>{_PORT})(?![\w:-]|\.\d)")
_WORD_PORT = re.compile(
    rf"\b(?:tcp\s+)?ports?\s{{0,3}}(?:is|=|:|number)?\s{{0,3}}[`*]*(?P<port>{_PORT})(?![\w-]|\.\d|\s?[–—]\s?\d)",
    re.IGNORECASE,
)
_NEXT_PORT = re.compile(
    r"\s{0,3}(?:,\s?(?:and|or)|,|/|\||&|\band\b|\bor\b)\s{0,3}:?(?P<port>[1-9]\d{3,4})(?![\w-]|\.\d|:\d)" + _COUNTED
)
# "Grafana is on 3001", "the lanes are 8100, 8101 and 8102": after a place, or in a row, a number alone is a port.
_SPOKEN_PORT = re.compile(
    r"\b(?:is|are|sits|lives?|runs?|listens?|answers?|stays?)\s(?:(?:on|at)\s[`*]*(?=(?!19\d\d\b|20[0-4]\d\b)\d{4,5}\b)"
    r"|[`*]*(?=\d{4,5}(?:,|/|\sand\s)\s?\d{4,5}\b))(?P<port>[1-9]\d{3,4})(?![\w-]|\.\d|:\d|\s?[%°])" + _COUNTED,
    re.IGNORECASE,
)
_FLAG_PORT = re.compile(rf"--port[= ](?P<port>{_PORT})\b")
_BARE_PORT = re.compile(
    r"(?<![\w.:/#$€£~-])(?P<port>(?!19\d\d\b|20[0-4]\d\b)[1-9]\d{3,4})"
    r"(?![\w-]|:\d|\.\d|\s?[%°])" + _COUNTED
)
_UNIT = re.compile(r"(?<![\w/.@-])(?P<name>[A-Za-z0-9][\w.@\\-]*\.(?:service|socket|timer|target))(?![\w/-]|\.\w)")
_LABEL = re.compile(r"(?<![\w/.@-])(?P<name>(?:com|org|io|net|dev|ai|homebrew|local)\.[\w-]+\.[\w.-]*\w)(?![\w/(-])")
_FILE = re.compile(
    r"(?<![\w/.:~-])(?P<path>(?:~|\$HOME|/(?:etc|usr|opt|var|home|Users|Library|srv|run|root|mnt|data|tmp|lib|bin|private|Applications))/[\w.@+~/{}*-]*[\w*}/])"
)
_HTTP_PATH = re.compile(r"(?<![\w/.:~>*-])(?P<path>/(?:-/)?[a-zA-Z_][\w.-]*(?:/[\w.{}*-]+)*/?)(?![\w/:])")
_STATUS = re.compile(
    r"(?:\b(?:https?|status|code|returns?|returning|answers?|answering|responds?|replies|gives?|giving|gets?|expects?|expected"
    r"|yields?|with|an?|is|be|or)\b(?:\s+(?:with|code|status|http|an?|plain|back))*|→|=>|->|⇒|=|:|#)"
    r"\s*[`*(]*(?P<code>[1-5]\d\d)(?![\w.,:]\d|[\w-])",
    re.IGNORECASE,
)
_STATUS_NAMED = re.compile(
    r"(?<![\w.:-])(?P<code>[1-5]\d\d)[`*]*\s*\(?"
    r"(?:OK|Unauthori[sz]ed|Forbidden|Not Found|Service Unavailable|Bad Request|No Content|when|without|with|if)\b"
)
_STATUS_REMARK = re.compile(r"\((?P<code>20[014]|30[1278]|40[01345]|42[29]|50[0234])(?=[,)])")
_HANDLE_TAIL = r"[A-Za-z0-9*][\w.*-]*"


def find_mentions(text: str, lexicon: Lexicon, *, bare_ports: bool = False) -> tuple[Mention, ...]:
    """Find every mention in plain text, in order, none overlapping.

    `bare_ports` takes four- and five-digit numbers as ports too, for places that speak of nothing else (a port column).
    """
    taken: list[Mention] = []
    covered, qualified = bytearray(len(text)), bytearray(len(text))
    for mention in (*_qualifiers(text), *_candidates(text, lexicon, bare_ports)):
        span = slice(mention.start, mention.end)
        # A name or path inside a qualifier ("without a LiteLLM key") stays a mention of its own.
        blocked = any(covered[span]) or (mention.kind not in ("service", "host", "path") and any(qualified[span]))
        if not blocked:
            taken.append(mention)
            mask = qualified if mention.kind in ("reach", "auth") else covered
            mask[span] = b"\1" * (mention.end - mention.start)
    return tuple(sorted(taken, key=lambda mention: (mention.start, mention.end)))


def _qualifiers(text: str) -> Iterator[Mention]:
    for match in DENIED_REACH.finditer(text):
        yield Mention("reach", match.start(), match.end(), "")
    for reach, pattern in REACH:
        for match in pattern.finditer(text):
            yield Mention("reach", match.start(), match.end(), reach.value)
    for match in NO_KEY.finditer(text):
        yield Mention("auth", match.start(), match.end(), "none")
    for match in KEY.finditer(text):
        yield Mention("auth", match.start(), match.end(), "key", wanted=True)


def _candidates(text: str, lexicon: Lexicon, bare_ports: bool) -> Iterator[Mention]:
    for match in _URL.finditer(text):
        # "http://host:$PORT" has a port that cannot be known, not the scheme's own.
        if not _PLACEHOLDER.match(text, match.end()):
            yield _url(match)
    yield from _each(_FILE, text, _named("file", "path"))
    for match in _SOCKET.finditer(text):
        mention = _socket(match, lexicon)
        if mention is not None:
            yield mention
    yield from _each(_handle_pattern(lexicon.handle_prefixes, lexicon.handles), text, _handle)
    for pattern, build in _BUILDERS:
        yield from _each(pattern, text, build)
    yield from _port_lists(text)
    for start, end, kind, key in lexicon.find(text):
        yield Mention("service" if kind == "service" else "host", start, end, key)
    if bare_ports:
        yield from _each(_BARE_PORT, text, _port)


def _port_lists(text: str) -> Iterator[Mention]:
    """Ports in a row ("ports 8100, 8101 and 8102", "8100/8101"), and numbers that a verb makes ports."""
    for first in (*_WORD_PORT.finditer(text), *_SPOKEN_PORT.finditer(text)):
        at = first.end()
        if first.re is _SPOKEN_PORT:
            yield Mention("port", first.start("port"), at, first["port"], port=int(first["port"]))
        while (match := _NEXT_PORT.match(text, at)) is not None:
            mention = _port(match)
            if mention is not None:
                yield mention
            at = match.end()


def _each(pattern: re.Pattern[str], text: str, build: Callable[[re.Match[str]], Mention | None]) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        mention = build(match)
        if mention is not None:
            yield mention


def _url(match: re.Match[str]) -> Mention:
    scheme = match["scheme"].lower()
    path = (match["path"] or "").rstrip(".,:;!?*")
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    end = match.end() - (len(match["path"] or "") - len(path))
    return Mention("url", match.start(), end, normal_address(match["host"]), port=port, scheme=scheme, path=path)


def _socket(match: re.Match[str], lexicon: Lexicon) -> Mention | None:
    host, port = match["host"], int(match["port"])
    if port > 65535:
        return None
    if host[0].isalpha() and host.lower() != "localhost":
        if host.lower() in lexicon.hosts:
            host = lexicon.hosts[host.lower()]
        elif "." not in host or host.endswith(".py"):
            return None
    return Mention(
        "socket", match.start(), match.end(), normal_address(host), port=port, path=(match["path"] or "").rstrip(".")
    )


def _address(match: re.Match[str]) -> Mention:
    return Mention("address", match.start(), match.end(), normal_address(match.group()))


def _range(match: re.Match[str]) -> Mention | None:
    first, last = int(match["first"]), int(match["last"])
    if not 1000 <= first < last <= 65535 or last - first > 5000:
        return None
    return Mention("range", match.start(), match.end(), f"{first}-{last}", ports=PortRange(first, last))


def _port(match: re.Match[str]) -> Mention | None:
    port = int(match["port"])
    if port > 65535:
        return None
    start = match.start("port") if match.re is _NEXT_PORT else match.start()
    return Mention("port", start, match.end(), str(port), port=port)


def _named(kind: MentionKind, group: str) -> Callable[[re.Match[str]], Mention]:
    def build(match: re.Match[str]) -> Mention:
        return Mention(kind, match.start(group), match.end(group), match[group])

    return build


def _http_path(match: re.Match[str]) -> Mention:
    path = match["path"].rstrip(".")
    return Mention("path", match.start(), match.start() + len(path), path)


def _handle(match: re.Match[str]) -> Mention:
    value = match.group().rstrip(".")
    return Mention("handle", match.start(), match.start() + len(value), value)


def _status(match: re.Match[str]) -> Mention:
    return Mention("status", match.start("code"), match.end("code"), match["code"])


@lru_cache(maxsize=64)
def _handle_pattern(prefixes: tuple[str, ...], handles: frozenset[str]) -> re.Pattern[str]:
    known = [re.escape(handle) for handle in sorted(handles, key=lambda handle: (-len(handle), handle))]
    prefixed = [re.escape(prefix) + _HANDLE_TAIL for prefix in prefixes]
    return re.compile(rf"(?<![\w/.-])(?:{'|'.join([*known, *prefixed]) or '(?!)'})(?![\w/-])")


# In order of precedence, after URLs, files, sockets and handles.
_BUILDERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Mention | None]], ...] = (
    (_UNIT, _named("unit", "name")),
    (_LABEL, _named("unit", "name")),
    (_RANGE, _range),
    (_ADDRESS, _address),
    (_FLAG_PORT, _port),
    (_WORD_PORT, _port),
    (_COLON_PORT, _port),
    (_STATUS_NAMED, _status),
    (_STATUS, _status),
    (_STATUS_REMARK, _status),
    (_HTTP_PATH, _http_path),
)
