"""Caddy: the site addresses of a Caddyfile and what their `reverse_proxy` leads to.

Source: https://caddyserver.com/docs/caddyfile/concepts and …/directives/reverse_proxy; checked with Caddy 2.6. What was
loaded through the administration API instead stands in no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from trueup.evidence.collectors.proxies.reading import MOST, Files, Gathering, Place, Reading, places
from trueup.vocabulary import normal_address

_TOKEN = re.compile(
    r"""[^\S\n]+|\\\n|(?P<line>\n)|\#[^\n]*|"(?P<double>(?:[^"\\]|\\.)*)"|`(?P<raw>[^`]*)`|(?P<bare>[^\s"`\#]\S*|["`]\S*)""",
    re.DOTALL,
)
_ARGUMENT = re.compile(r"\{args(?:\.|\[)(\d)\]?\}")
_FROM_ENVIRONMENT = re.compile(r"\{\$\w{1,100}(?::([^{}]*))?\}")
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\[[^\]]*\]|[^:/\s]*)(?::(?P<port>[^/\s]*))?(?P<path>/.*)?"
)
_DEEPEST = 20
_LONGEST = 50_000


class _Line(NamedTuple):
    """One line of a Caddyfile with the block that it opens."""

    words: tuple[str, ...]
    block: list[_Line] | None = None


def read(main: str, files: Files) -> Reading:
    """Read the sites of the main Caddyfile and of those that it imports."""
    return _Caddyfile(main, files).read()


class _Caddyfile:
    def __init__(self, main: str, files: Files) -> None:
        self._main = main
        self._files = files
        self._left = _LONGEST
        self._snippets: dict[str, list[_Line]] = {}
        self._ports = {"http_port": 80, "https_port": 443}
        self._binds: list[str] = []
        self._parsed: dict[str, list[_Line]] = {}
        self._gathering = Gathering("caddy")

    def read(self) -> Reading:
        lines = list(self._walk(self._file(self._main), self._main))
        for line, _ in lines:
            if line.block is not None and not line.words:
                self._options(line.block)
        for addresses, block, file in _sites(lines):
            if not self._gathering.full:
                self._site(addresses, block, file)
        return self._gathering.result

    def _file(self, path: str) -> list[_Line]:
        if path not in self._parsed:
            self._parsed[path], whole = _parse(self._files.texts[path])
            for line in self._parsed[path]:
                if line.block is not None and len(line.words) == 1 and re.fullmatch(r"\(.+\)", line.words[0]):
                    self._snippets[line.words[0][1:-1]] = line.block
            if not whole:
                self._gathering.doubt(f"{path} was not understood")
        return self._parsed[path]

    def _walk(self, block: Sequence[_Line], file: str, depth: int = 0) -> Iterator[tuple[_Line, str]]:
        """Yield a block's lines with what they import in their place."""
        for line in block:
            self._left -= 1
            if self._left < 0:
                self._gathering.doubt("its files are longer than is read")
                return
            if line.words[:1] != ("import",) or len(line.words) < 2:
                yield line, file
            elif depth > _DEEPEST:
                self._gathering.doubt("imports go deeper than is read")
            else:
                yield from self._imported(line.words[1], line.words[2:], file, depth)

    def _imported(self, name: str, arguments: Sequence[str], file: str, depth: int) -> Iterator[tuple[_Line, str]]:
        if name in self._snippets:
            block = self._filled(self._snippets[name], arguments, 0) if arguments else self._snippets[name]
            yield from self._walk(block, file, depth + 1)
            return
        pattern = name if name.startswith("/") else f"{file.rpartition('/')[0]}/{name}"
        if not self._files.covers(pattern):
            self._gathering.want(pattern)
        for path in self._files.matching(pattern):
            yield from self._walk(self._file(path), path, depth + 1)

    def _filled(self, block: Sequence[_Line], arguments: Sequence[str], depth: int) -> list[_Line]:
        """Put an import's arguments into a snippet."""

        def given(found: re.Match[str]) -> str:
            at = int(found[1])
            return arguments[at] if at < len(arguments) else found[0]

        filled = []
        for line in block:
            self._left -= 1
            if self._left < 0:
                break
            inner = self._filled(line.block, arguments, depth + 1) if line.block and depth < _DEEPEST else line.block
            filled.append(_Line(tuple(_ARGUMENT.sub(given, word) for word in line.words), inner))
        return filled

    def _options(self, block: Sequence[_Line]) -> None:
        for line in block:
            name, *words = line.words or ("",)
            if name in self._ports and words:
                self._ports[name] = next((place.port for place in places(words[0])), self._ports[name])
            elif name == "default_bind":
                self._binds = words
            elif name == "layer4":
                self._gathering.doubt("what `layer4` forwards is not read")

    def _site(self, addresses: Sequence[str], block: Sequence[_Line], file: str) -> None:
        lines = list(self._walk(block, file))
        binds = [word for line, _ in lines if line.words[:1] == ("bind",) for word in line.words[1:]] or self._binds
        bound = list(self._bound(binds))[:MOST]
        listens = (
            (Place(bind, port), name, address)
            for address in addresses
            for port, name in self._address(address)
            for bind in bound
        )
        targets = list(dict.fromkeys(self._targets(lines, _matchers(lines), "", 0))) or [("", "")]
        for (place, name, address), (path, target) in islice(product(islice(listens, MOST + 1), targets), MOST + 1):
            self._gathering.forward(place, (file, address), name=name, path=path, target=target)

    def _address(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the port and the name of a site; without a port, `http://` means 80 and all else 443."""
        found = _ADDRESS.fullmatch(self._settled(text))
        if found is None or found["scheme"] not in (None, "http", "https"):
            self._gathering.doubt(f"the site address `{text}` was not understood")
            return
        usual = self._ports["http_port" if found["scheme"] == "http" else "https_port"]
        ports = [place.port for place in places(found["port"])] if found["port"] else [usual]
        if not ports:
            self._gathering.doubt(f"the site address `{text}` was not understood")
        name = found["host"].strip("[]")
        yield from ((port, "" if name == "*" else name) for port in ports)

    def _bound(self, binds: Sequence[str]) -> Iterator[str]:
        for bind in binds or ["*"]:
            address = re.sub(r"^tcp[46]?/", "", bind)
            if "/" not in address and "{" not in address:
                yield normal_address(address)
            elif not address.startswith("unix/"):
                self._gathering.doubt(f"`bind {bind}` was not understood")

    def _targets(
        self, lines: Sequence[tuple[_Line, str]], matchers: Mapping[str, str], path: str, depth: int
    ) -> Iterator[tuple[str, str]]:
        """Yield path and target of every `reverse_proxy` in a block and those within it."""
        for line, file in lines:
            name, *words = line.words or ("",)
            here = _path(words, matchers) or path
            inner = list(self._walk(line.block, file)) if line.block and depth <= _DEEPEST else []
            if line.block and depth > _DEEPEST:
                self._gathering.doubt("its blocks are deeper than is read")
            if name in ("reverse_proxy", "php_fastcgi"):
                matched = bool(words) and words[0].startswith(("/", "@", "*"))
                upstreams = words[1:] if matched else words
                for each, _ in inner:
                    upstreams += each.words[1:] if each.words[:1] == ("to",) else ()
                    if each.words[:1] == ("dynamic",):
                        self._gathering.doubt("what `dynamic` leads to is decided by request")
                for upstream in upstreams:
                    yield here, self._upstream(upstream)
            elif inner and not name.startswith("@"):
                yield from self._targets(inner, matchers, here, depth + 1)

    def _upstream(self, text: str) -> str:
        settled = self._settled(text)
        return f"localhost{settled}" if settled.startswith(":") else settled

    def _settled(self, text: str) -> str:
        """Put in what a text takes from the environment where it has a default; otherwise say that it is unknown."""
        settled = _FROM_ENVIRONMENT.sub(lambda found: found[1] or found[0], text[:2000])
        if "{" in settled:
            self._gathering.doubt(f"`{text}` is filled in where Caddy runs")
        return settled


def _sites(lines: Sequence[tuple[_Line, str]]) -> Iterator[tuple[list[str], Sequence[_Line], str]]:
    """Yield addresses, body and file of every site; a file of one site alone may leave its braces out."""
    for at, (line, file) in enumerate(lines):
        if not line.words or line.words[0].startswith(("(", "&(")):
            continue
        addresses = [word for each in line.words for word in each.split(",") if word]
        if line.block is not None:
            yield addresses, line.block, file
        else:
            yield addresses, [each for each, _ in lines[at + 1 :]], file
            return


def _matchers(lines: Sequence[tuple[_Line, str]]) -> dict[str, str]:
    """Return the path of every named matcher that has one."""
    found = {}
    for line, _ in lines:
        if line.words and line.words[0].startswith("@"):
            for words in (line.words[1:], *(each.words for each in line.block or ())):
                if words[:1] == ("path",) and len(words) == 2:
                    found[line.words[0]] = words[1]
    return found


def _path(words: Sequence[str], matchers: Mapping[str, str]) -> str:
    word = words[0] if words else ""
    return word if word.startswith("/") else matchers.get(word, "")


def _parse(text: str) -> tuple[list[_Line], bool]:
    """Return the lines of a Caddyfile with their blocks, and whether it was well formed."""
    top: list[_Line] = []
    stack = [top]
    words: list[str] = []
    whole = True
    for token in _TOKEN.finditer(text + "\n"):
        kind = token.lastgroup
        if kind is None:
            continue
        value = token[kind]
        if kind == "line":
            # Addresses go on in the next line after a comma.
            if words and not words[-1].endswith(","):
                stack[-1].append(_Line(tuple(words)))
                words = []
        elif kind == "bare" and value == "{":
            block: list[_Line] = []
            stack[-1].append(_Line(tuple(words), block))
            stack.append(block)
            words = []
        elif kind == "bare" and value == "}":
            whole = whole and len(stack) > 1 and not words
            if words:
                stack[-1].append(_Line(tuple(words)))
                words = []
            del stack[max(1, len(stack) - 1) :]
        else:
            # Texts over several lines are of no interest here, but they must not be read as lines.
            whole = whole and not value.startswith("<<")
            words.append(value)
    return top, whole and len(stack) == 1
