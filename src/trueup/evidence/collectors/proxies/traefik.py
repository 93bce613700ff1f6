"""Traefik: entry points, and the routers and services of its files.

TOML is read whole. Of YAML, for which there is no reader at hand, only the entry points' addresses are, line by line,
so it is never all. Routes from containers' labels and other providers stand in no file.
Source: https://doc.traefik.io/traefik/ (entry points, routers, services, the file provider), version 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from trueup.evidence.collectors.proxies.reading import MOST, Files, Gathering, Place, Reading, places

_HOST = re.compile(r"Host(?:SNI)?\(([^()]*)\)")
_PREFIX = re.compile(r"Path(?:Prefix)?\(([^()]*)\)")
_QUOTED = re.compile(r"[`\"']([^`\"']*)[`\"']")
_YAML_KEY = re.compile(r"( *)([\"']?)([\w.-]{1,100})\2\s*:(?:\s+(.*))?")
_DEEP = re.compile(r"[\[{]")
_MOST_BRACKETS = 5000
_Entries = dict[str, list[Place]]


def read(main: str, files: Files) -> Reading:
    """Read the entry points of the main file, and the routes of the files that it names."""
    gathering = Gathering("traefik")
    if main.endswith(".toml"):
        static = _toml(main, files, gathering)
        entries = _entries(static, gathering)
        _routes(static, main, entries, gathering)
        _providers(_table(static, "providers"), main, files, entries, gathering)
    else:
        entries = _yaml_entries(files.texts[main], gathering)
        gathering.doubt(f"of {main} the entry points alone are read")
        for name, each in entries.items():
            for place in each:
                gathering.forward(place, (main, f"entryPoints.{name}"))
    return gathering.result


def _toml(path: str, files: Files, gathering: Gathering) -> Mapping[str, Any]:
    import tomllib

    text = files.texts[path]
    # Nesting costs the parser a frame a level; no configuration comes near this.
    if len(_DEEP.findall(text)) > _MOST_BRACKETS:
        gathering.doubt(f"{path} was not understood")
        return {}
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        gathering.doubt(f"{path} was not understood")
        return {}


def _entries(static: Mapping[str, Any], gathering: Gathering) -> _Entries:
    """Return where each entry point listens; Traefik has one on port 80 where none is named."""
    found = {name: _listens(_text(entry, "address"), gathering) for name, entry in _tables(static, "entryPoints")}
    if not found:
        found["http"] = [Place("*", 80)]
    if _table(static, "api").get("insecure") is True:
        found.setdefault("traefik", [Place("*", 8080)])
    return found


def _listens(text: str, gathering: Gathering) -> list[Place]:
    address, _, protocol = text.partition("/")
    if protocol == "udp":
        return []
    found = list(places(address))
    if not found:
        gathering.doubt(f"the address `{text}` was not understood")
    return found


def _routes(dynamic: Mapping[str, Any], path: str, entries: _Entries, gathering: Gathering) -> None:
    for kind in ("http", "tcp"):
        section = _table(dynamic, kind)
        services = dict(_tables(section, "services"))
        for name, router in _tables(section, "routers"):
            named = router.get("entryPoints")
            chosen = [each for each in named if isinstance(each, str)] if isinstance(named, list) else list(entries)
            rule = _text(router, "rule")
            targets = list(_targets(_text(router, "service").partition("@")[0], services, 0))
            if not targets:
                gathering.doubt(f"what the router `{name}` leads to is not in its file")
            listens = [place for each in chosen for place in entries.get(each, ())]
            every = product(listens, _quoted(_HOST, rule), _quoted(_PREFIX, rule), targets or [""])
            for place, host, prefix, target in islice(every, MOST + 1) if not gathering.full else ():
                source = (path, f"{kind}.routers.{name}")
                gathering.forward(place, source, name=host if host != "*" else "", path=prefix, target=target)


def _quoted(pattern: re.Pattern[str], rule: str) -> list[str]:
    return [word for found in pattern.findall(rule) for word in _QUOTED.findall(found)] or [""]


def _targets(name: str, services: Mapping[str, Mapping[str, Any]], depth: int) -> Iterator[str]:
    service = services.get(name, {})
    servers = _table(service, "loadBalancer").get("servers")
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, dict) and (target := _text(server, "url") or _text(server, "address")):
            yield target
    weighted = _table(service, "weighted").get("services")
    for each in weighted if isinstance(weighted, list) and depth < 3 else ():
        if isinstance(each, dict):
            yield from _targets(_text(each, "name"), services, depth + 1)


def _providers(providers: Mapping[str, Any], main: str, files: Files, entries: _Entries, gathering: Gathering) -> None:
    for name in providers:
        if name == "file":
            _from_files(_table(providers, name), main, files, entries, gathering)
        elif isinstance(providers[name], dict):
            gathering.doubt(f"routes of the provider `{name}` stand in no file")


def _from_files(provider: Mapping[str, Any], main: str, files: Files, entries: _Entries, gathering: Gathering) -> None:
    named, folder = _text(provider, "filename"), _text(provider, "directory").rstrip("/")
    pattern = named or (f"{folder}/*" if folder else "")
    if not pattern.startswith("/"):
        gathering.doubt("the file provider names no path from the root")
        return
    if not files.covers(pattern):
        gathering.want(pattern)
    for path in files.matching(pattern):
        if path.endswith(".toml"):
            if path != main:
                _routes(_toml(path, files, gathering), path, entries, gathering)
        elif path.endswith((".yml", ".yaml")):
            gathering.doubt(f"the routes in {path} are not read")


def _yaml_entries(text: str, gathering: Gathering) -> _Entries:
    """Read `entryPoints:` / name / `address: ":443"` by their indentation, and nothing else."""
    found: _Entries = {}
    inside, name, depth = False, "", 0
    for line in text.split("\n")[:20_000]:
        key = _YAML_KEY.fullmatch(line.rstrip()[:1000])
        if key is None:
            continue
        indent, word, value = len(key[1]), key[3], (key[4] or "").partition(" #")[0].strip().strip("\"'")
        if indent == 0:
            inside, name, depth = word == "entryPoints", "", 0
        elif inside and (not name or indent <= depth):
            name, depth = word, indent
        elif inside and word == "address" and value:
            found.setdefault(name, _listens(value, gathering))
    return found


def _table(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _tables(value: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in _table(value, key).items():
        if isinstance(each, dict):
            yield name, each


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
