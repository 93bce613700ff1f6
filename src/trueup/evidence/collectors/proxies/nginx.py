"""nginx: servers, where they listen, the names they answer to, and what they pass on to.

`nginx -T` would print all of it, but opens log files for writing and needs root, so the files themselves are read, as
nginx reads them: https://nginx.org/en/docs/ (core, http_core, http_upstream, stream_core).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from trueup.evidence.collectors.proxies.reading import MOST, Files, Gathering, Place, Reading, places

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<mark>[{};])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<bare>(?:\\.|\$\{\w{0,64}\}|[^\s;{\\])+)|(?P<odd>.)""",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\$\{?(\w{1,64})\}?")
# The place ends where the path starts, be it that of the request.
_TARGET = re.compile(r"((?:\w{1,20}://)?)((?:(?!\$(?:request_uri|uri|is_args|args)\b)[^/?])*)(.*)", re.DOTALL)
_PASSES = ("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass")
# What is included for its types and parameters alone.
_HARMLESS = re.compile(r"(?:.*/)?(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)_params|options-ssl-nginx\.conf)")
_DEEPEST = 20
_LONGEST = 30_000


class _Directive(NamedTuple):
    words: tuple[str, ...]
    block: list[_Directive] | None = None


class _Server(NamedTuple):
    """A server with where it stands: its own file, and the upstreams that it may name."""

    block: list[_Directive]
    upstreams: Mapping[str, list[str]]
    file: str
    stream: bool


def read(main: str, files: Files) -> Reading:
    """Read the servers that the main file and what it includes define."""
    return _Nginx(main, files).read()


class _Nginx:
    def __init__(self, main: str, files: Files) -> None:
        self._main = main
        self._files = files
        self._left = _LONGEST
        self._parsed: dict[str, list[_Directive]] = {}
        self._gathering = Gathering("nginx")

    def read(self) -> Reading:
        for directive, file in self._walk(self._file(self._main), self._main):
            name = directive.words[0]
            if name in ("http", "stream") and directive.block is not None:
                for server in self._servers(directive.block, file, stream=name == "stream"):
                    if not self._gathering.full:
                        self._server(server)
        return self._gathering.result

    def _file(self, path: str) -> list[_Directive]:
        if path not in self._parsed:
            parsed, whole = _parse(self._files.texts[path])
            self._parsed[path] = parsed
            if not whole:
                self._gathering.doubt(f"{path} was not understood")
        return self._parsed[path]

    def _walk(self, block: list[_Directive], file: str, depth: int = 0) -> Iterator[tuple[_Directive, str]]:
        """Yield a block's directives with those of the files that it includes in their place."""
        for directive in block:
            self._left -= 1
            if self._left < 0:
                self._gathering.doubt("its files are longer than is read")
                return
            if directive.words[0] != "include":
                yield directive, file
            elif len(directive.words) > 1 and not _HARMLESS.fullmatch(directive.words[1]):
                yield from self._included(directive.words[1], depth)

    def _included(self, pattern: str, depth: int) -> Iterator[tuple[_Directive, str]]:
        if not pattern.startswith("/"):
            pattern = f"{self._main.rpartition('/')[0]}/{pattern}"
        if not self._files.covers(pattern):
            self._gathering.want(pattern)
        elif depth > _DEEPEST:
            self._gathering.doubt("files include each other")
        for path in self._files.matching(pattern) if depth <= _DEEPEST else ():
            yield from self._walk(self._file(path), path, depth + 1)

    def _servers(self, block: list[_Directive], file: str, *, stream: bool) -> list[_Server]:
        upstreams: dict[str, list[str]] = {}
        servers = []
        for directive, where in self._walk(block, file):
            name, inner = directive.words[0], directive.block
            if name == "upstream" and inner is not None and len(directive.words) > 1:
                members = [each.words[1] for each, _ in self._walk(inner, where) if _is(each, "server")]
                upstreams[directive.words[1]] = members
            elif name == "server" and inner is not None:
                servers.append(_Server(inner, upstreams, where, stream))
        return servers

    def _server(self, server: _Server) -> None:
        lines = [directive for directive, _ in self._walk(server.block, server.file)]
        names = [name for each in lines if _is(each, "server_name") for name in each.words[1:] if name not in ("_", "")]
        listens = [
            (place, " ".join(each.words)) for each in lines if _is(each, "listen") for place in self._listen(each)
        ]
        if not any(_is(each, "listen") for each in lines):
            listens.append((Place("0.0.0.0", 80), "server without listen"))  # noqa: S104 - read, not bound
        passes = list(self._passes(server, server.block, "", {}, 0)) or [("", "")]
        every = product(listens, names or [""], passes)
        for (place, words), name, (path, target) in islice(every, MOST + 1):
            self._gathering.forward(place, (server.file, words), name=name, path=path, target=target)

    def _listen(self, directive: _Directive) -> Iterator[Place]:
        where, *options = directive.words[1:]
        if where.startswith("unix:") or "udp" in options or "quic" in options:
            return
        found = list(places(where, 80))
        if not found:
            self._gathering.doubt(f"`listen {where}` was not understood")
        for place in found:
            # Without an address, and with `*`, nginx takes IPv4.
            yield place if place.address != "*" else Place("0.0.0.0", place.port)  # noqa: S104 - read, not bound

    def _passes(
        self, server: _Server, block: list[_Directive], path: str, known: Mapping[str, str], depth: int
    ) -> Iterator[tuple[str, str]]:
        """Yield path and target of every pass in a block and those within it."""
        known = dict(known)
        for directive, _ in self._walk(block, server.file):
            name, *words = directive.words
            if name == "set" and len(words) == 2:
                known[words[0].removeprefix("$")] = words[1]
            elif name in _PASSES and words:
                for target in self._targets(words[0], server, known):
                    yield path, target
            elif directive.block is not None and depth > _DEEPEST:
                self._gathering.doubt("its blocks are deeper than is read")
            elif directive.block is not None:
                inner = _location(words) if name == "location" else path
                yield from self._passes(server, directive.block, inner, known, depth + 1)

    def _targets(self, text: str, server: _Server, known: Mapping[str, str]) -> Iterator[str]:
        text = _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)[:2000]
        parts = _TARGET.fullmatch(text)
        if parts is None or "$" in parts[2]:
            self._gathering.doubt(f"what `{text}` leads to is decided by request")
            yield text
            return
        scheme, place, rest = parts[1], parts[2], parts[3].partition("$")[0]
        for member in server.upstreams.get(place) or [place]:
            port = ":80" if place in server.upstreams and not server.stream and _has_no_port(member) else ""
            yield f"{scheme}{member}{port}{rest}"


def _is(directive: _Directive, name: str) -> bool:
    return directive.words[0] == name and len(directive.words) > 1


def _has_no_port(member: str) -> bool:
    return not member.startswith("unix:") and not re.search(r":\d+$", member)


def _location(words: list[str]) -> str:
    """`location /x`, `= /x` and `^~ /x` are prefixes; a pattern stays with its mark, and a named one has no path."""
    if not words or words[-1].startswith("@"):
        return ""
    return " ".join(words) if words[0] in ("~", "~*") else words[-1]


def _parse(text: str) -> tuple[list[_Directive], bool]:
    """Return the directives of a text, and whether it was well formed."""
    top: list[_Directive] = []
    stack = [top]
    words: list[str] = []
    whole = True
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind is None:
            continue
        if kind != "mark":
            whole = whole and kind != "odd"
            words.append(token[kind])
            continue
        mark = token["mark"]
        if words and mark != "}":
            block: list[_Directive] | None = [] if mark == "{" else None
            stack[-1].append(_Directive(tuple(words), block))
            if block is not None:
                stack.append(block)
        elif mark == "}" and len(stack) > 1 and not words:
            stack.pop()
        else:
            whole = False
        words = []
    return top, whole and len(stack) == 1 and not words
