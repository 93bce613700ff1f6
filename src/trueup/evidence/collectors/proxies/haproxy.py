"""HAProxy: the binds of its frontends and the servers of the backends that they use.

Source: HAProxy's configuration manual, sections 2 and 4 (`bind`, `use_backend`, `default_backend`, `server`); 2.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trueup.evidence.collectors.proxies.reading import Files, Gathering, Place, Reading, places

_SECTIONS = re.compile(
    r"(?:global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|http-errors|ring"
    r"|log-forward|fcgi-app|traces|crt-store)"
)
_WORD = re.compile(r"""(?:\\.|"[^"]*"|'[^']*'|[^\s\\"'#])+|(?P<end>\#)|["'\\]""")
_OTHER_NETWORKS = ("unix@", "abns@", "fd@", "sockpair@", "/", "uxst@", "uxdg@", "quic4@", "quic6@", "rhttp@")
_LONGEST = 50_000


class _Section:
    def __init__(self, kind: str, name: str, base: _Section | None) -> None:
        self.kind = kind
        self.name = name
        self.binds: list[tuple[Place, str]] = []
        self.servers: list[str] = []
        # What `defaults` say holds until a section says otherwise.
        self.backends: list[str] = list(base.backends) if base and kind in ("frontend", "listen") else []


def read(main: str, files: Files) -> Reading:
    """Read the frontends of the main file; HAProxy's configuration has no includes."""
    gathering = Gathering("haproxy")
    sections: list[_Section] = []
    for words in _lines(files.texts[main], gathering):
        if _SECTIONS.fullmatch(words[0]):
            base = next((each for each in reversed(sections) if each.kind == "defaults"), None)
            sections.append(_Section(words[0], words[1] if len(words) > 1 else "", base))
            if words[0] == "listen" and len(words) > 2:
                _bind(words[2], " ".join(words), sections[-1], gathering)
        elif sections:
            _keyword(words, sections[-1], gathering)
    _gather(sections, main, gathering)
    return gathering.result


def _lines(text: str, gathering: Gathering) -> Iterator[list[str]]:
    """Yield the words of every line that has some, without quotes and comments."""
    for number, line in enumerate(text.split("\n")):
        if number > _LONGEST:
            gathering.doubt("its file is longer than is read")
            return
        words = []
        for found in _WORD.finditer(line):
            if found["end"]:
                break
            words.append(re.sub(r"[\"']|\\(.)", r"\1", found[0]))
        if words and words[0].startswith("."):
            gathering.doubt("conditional blocks (`.if`) are read as if all of them held")
        elif words and words[0]:
            yield words


def _keyword(words: Sequence[str], section: _Section, gathering: Gathering) -> None:
    name, *rest = words
    if not rest:
        return
    if name == "bind":
        for place in rest[0].split(","):
            _bind(place, " ".join(("bind", *rest)), section, gathering)
    elif name == "default_backend":
        section.backends = [each for each in section.backends if each.startswith("?")] + [rest[0]]
    elif name == "use_backend":
        # A mark, so that a later default does not take it away.
        section.backends.append(f"?{rest[0]}")
        if "%" in rest[0]:
            gathering.doubt(f"what `use_backend {rest[0]}` leads to is decided by request")
    elif name == "server" and len(rest) > 1:
        section.servers.append(rest[1])
    elif name == "server-template" and len(rest) > 2:
        section.servers.append(rest[2])


def _bind(text: str, words: str, section: _Section, gathering: Gathering) -> None:
    if text.startswith(_OTHER_NETWORKS):
        return
    bare = re.sub(r"^(?:ipv[46]|tcp[46]?)@", "", text)
    # `:::80` is IPv6's any-address; so many colons are read from the right.
    found = list(places(bare)) if "$" not in bare else []
    if not found:
        gathering.doubt(f"`bind {text}` was not understood")
    # Without an address HAProxy takes IPv4.
    any_of = "::" if text.startswith("ipv6@") else "0.0.0.0"  # noqa: S104 - read, not bound
    section.binds += [(place if place.address != "*" else Place(any_of, place.port), words) for place in found]


def _gather(sections: Sequence[_Section], main: str, gathering: Gathering) -> None:
    by_name = {each.name: each for each in sections if each.kind in ("backend", "listen")}
    for section in sections:
        if section.kind not in ("frontend", "listen"):
            continue
        targets = list(section.servers)
        for name in section.backends:
            backend = by_name.get(name.removeprefix("?"))
            targets += backend.servers if backend else []
        for place, words in section.binds:
            for target in dict.fromkeys(targets) or [""]:
                # HAProxy's own prefix for the address family says nothing about where a server is.
                gathering.forward(place, (main, words), target=re.sub(r"^ipv[46]@", "", target))
