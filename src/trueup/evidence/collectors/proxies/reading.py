"""What the readers of proxies' configuration share: the files at hand, and what comes of reading them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from trueup.evidence.redact import clean
from trueup.vocabulary import Forward, normal_address, reach_of

MOST = 1000
"""How many forwards of one proxy are kept."""

Proxy = Literal["nginx", "caddy", "traefik", "haproxy"]


class Found(NamedTuple):
    """One forward, the file that states it, and the words that do."""

    forward: Forward
    path: str
    words: str


class Reading(NamedTuple):
    """What one proxy's files say; `doubts` are why that may not be all, `wanted` the files that they include."""

    found: tuple[Found, ...] = ()
    doubts: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where a proxy listens."""

    address: str
    port: int


class Files:
    """The texts that were read, by path, and the patterns that were looked for in vain or not."""

    def __init__(self, texts: Mapping[str, str], patterns: Iterable[str]) -> None:
        self.texts = texts
        self._patterns = tuple(patterns)

    def matching(self, pattern: str) -> list[str]:
        """Return the files that a pattern names, in order; `*` and `?` do not cross a slash."""
        if pattern in self.texts:
            return [pattern]
        return sorted(path for path in self.texts if _matches(path, pattern))

    def covers(self, pattern: str) -> bool:
        """Tell whether every file that a pattern can name was looked for."""
        return any(pattern == known or _within(pattern, known) for known in self._patterns)


def _matches(path: str, pattern: str) -> bool:
    names, globs = path.split("/"), pattern.split("/")
    return len(names) == len(globs) and all(map(fnmatchcase, names, globs))


def _within(pattern: str, known: str) -> bool:
    """`/etc/x/*` holds every file of that folder, `/etc/x/*.conf` those with that ending."""
    folder, _, name = pattern.rpartition("/")
    known_folder, _, known_name = known.rpartition("/")
    return folder == known_folder and known_name.startswith("*") and name.endswith(known_name[1:])


class Gathering:
    """Forwards, doubts and wanted files while they are gathered, without repetition and within bounds."""

    def __init__(self, via: Proxy) -> None:
        self._via = via
        self._found: dict[Forward, Found] = {}
        self._doubts: dict[str, None] = {}
        self._wanted: dict[str, None] = {}

    @property
    def full(self) -> bool:
        """True where no more is kept."""
        return len(self._found) >= MOST

    def forward(
        self, place: Place, source: tuple[str, str], *, name: str = "", path: str = "", target: str = ""
    ) -> None:
        """Keep one forward; `source` is the file and its words."""
        if self.full:
            self.doubt("more forwards than are kept")
            return
        forward = Forward(
            via=self._via,
            port=place.port,
            reach=reach_of(place.address),
            address=clean(place.address, 100),
            name=clean(name, 255) or None,
            path=clean(path, 500) or None,
            target=clean(target, 500) or None,
        )
        self._found.setdefault(forward, Found(forward, clean(source[0], 300), clean(source[1], 500)))

    def doubt(self, words: str) -> None:
        """Say why the forwards may not be all."""
        if len(self._doubts) < 10:
            self._doubts[f"{self._via}: {clean(words, 200)}"] = None

    def want(self, pattern: str) -> None:
        """Say that files are included which were not looked for."""
        if len(self._wanted) < 50:
            self._wanted[pattern] = None
        else:
            self.doubt("more includes than are followed")

    @property
    def result(self) -> Reading:
        """All of it."""
        return Reading(tuple(self._found.values()), tuple(self._doubts), tuple(self._wanted))


_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def places(text: str, port: int | None = None) -> Iterator[Place]:
    """Yield where `80`, `:80`, `127.0.0.1:80`, `[::]:80`, `*:8000-8010` listen; nothing where it makes no sense.

    `port` is the one that is meant where the text has only an address.
    """
    address, colon, number = text.rpartition(":")
    if not colon or number.endswith("]"):
        lone = _PORTS.fullmatch(text)
        address, number = ("", text) if lone else (text, str(port or ""))
    found = _PORTS.fullmatch(number)
    if found is None:
        return
    first, last = int(found[1]), int(found[2] or found[1])
    if not 0 < first <= last < 65536:
        return
    for each in range(first, min(last, first + MOST) + 1):
        yield Place(normal_address(address), each)
