"""What makes services reachable from further away than they listen: Tailscale's serve and funnel, reverse proxies.

The proxies' configuration is read from where it usually stands, all files in one command, and what it includes from
elsewhere in a second. It says what is configured; that it is in force shows in the host's listeners.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from trueup.evidence.collectors.look import Extent, Look, Seen, does_not_apply, text_of, trouble, worked
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section

if TYPE_CHECKING:
    from trueup.evidence.collectors.proxies.reading import Reading

SERVE = Section(name="tailscale-serve", argv=("tailscale", "serve", "status", "--json"), limit=1024 * 1024)
STATUS = Section(name="tailscale-status", argv=("tailscale", "status", "--json", "--peers=false"), limit=1024 * 1024)

_FOLDERS = ("/etc", "/usr/local/etc", "/opt/homebrew/etc")
_NGINX = (
    "nginx/*.conf",
    "nginx/conf.d/*",
    "nginx/sites-enabled/*",
    "nginx/snippets/*",
    "nginx/modules-enabled/*",
    "nginx/stream.d/*",
    "nginx/streams-enabled/*",
    "nginx/servers/*",
)
_CADDY = ("caddy/Caddyfile", "Caddyfile", "caddy/*.caddy", "caddy/sites-enabled/*", "caddy/conf.d/*", "caddy/sites/*")
_TRAEFIK = ("traefik/*.toml", "traefik/*.yml", "traefik/*.yaml", "traefik/dynamic/*", "traefik/conf.d/*")
_HAPROXY = ("haproxy/haproxy.cfg", "haproxy.cfg")
_PATTERNS = tuple(f"{folder}/{name}" for folder in _FOLDERS for name in (*_NGINX, *_CADDY, *_TRAEFIK, *_HAPROXY))
_THERE = tuple(
    f"{folder}/{name}"
    for folder in _FOLDERS
    for name in ("nginx", "caddy", "Caddyfile", "traefik", "haproxy", "haproxy.cfg")
)

# Every line of a file comes with its path before it, and paths with odd characters are left out, so that no content
# can pass for another file's. `file`, `closed` and `odd` say what was found, before any content.
_PRINT = r"""do
  [ -f "$file" ] || continue
  case $file in *[!A-Za-z0-9_./@+,=%~-]*) printf 'odd\t\n'; continue;; esac
  if [ -r "$file" ]; then files="$files $file"; printf 'file\t%s\n' "$file"; else printf 'closed\t%s\n' "$file"; fi
done
[ -z "$files" ] || exec awk '{ print FILENAME "\t" $0 }' $files
exit 0"""
_LIMIT = 1024 * 1024
FILES = Section(
    name="proxy-files",
    argv=("sh", "-c", f"files=; for file in {' '.join(_PATTERNS)}; {_PRINT}"),
    only_if=" || ".join(f"[ -e {place} ]" for place in _THERE),
    root=True,
    limit=_LIMIT,
)
_INCLUDES = "proxy-includes"
_PATTERN = re.compile(r"(?!.*/\.\./)/[A-Za-z0-9_./@+,=%~*?-]{1,200}")

SECTIONS = (SERVE, STATUS, FILES)


class _Told(NamedTuple):
    """What a listing of files gave: texts by path, and in words what it could not give."""

    texts: dict[str, str]
    doubts: tuple[str, ...] = ()


def follow_up(outputs: Mapping[str, Output]) -> tuple[Section, ...]:
    """Return the section that reads what the proxies' files include from elsewhere; none where they do not."""
    told = _told(outputs.get(FILES.name))
    wanted = dict.fromkeys(pattern for reading in _readings(told.texts, _PATTERNS) for pattern in reading.wanted)
    patterns = [pattern for pattern in wanted if _PATTERN.fullmatch(pattern)]
    if not patterns:
        return ()
    script = f"files=; for file in $*; {_PRINT}"
    return (Section(name=_INCLUDES, argv=("sh", "-c", script, "sh", *patterns), limit=_LIMIT),)


def read_forwards(outputs: Mapping[str, Output]) -> Look:
    """Read every forward; complete only where Tailscale answered and all files of every proxy were understood."""
    serve = _serve(outputs.get(SERVE.name), outputs.get(STATUS.name))
    told = _told(outputs.get(FILES.name))
    more = _told(outputs[_INCLUDES]) if _INCLUDES in outputs else _Told({})
    followed = [word for section in follow_up(outputs) for word in section.argv[4:]] if _INCLUDES in outputs else []
    readings = _readings({**more.texts, **told.texts}, (*_PATTERNS, *followed))
    doubts = [*told.doubts, *more.doubts, *(doubt for reading in readings for doubt in reading.doubts)]
    doubts += [f"{clean(pattern, 200)} was not read" for reading in readings for pattern in reading.wanted]
    found = tuple(Seen(each.forward, f"read {each.path}", each.words) for reading in readings for each in reading.found)
    reasons = "; ".join(dict.fromkeys([*([serve.reason] if serve.reason else []), *doubts[:10]])) or None
    if serve.extent == "none" and not readings:
        return Look((), "none", reasons)
    extent: Extent = "partial" if reasons else "complete"
    return Look((*serve.seen, *found), extent, reasons)


def _serve(serve: Output | None, status: Output | None) -> Look:
    """Read what is served; `none` where Tailscale is not there, not up, or gave no answer that makes sense."""
    if serve is None or not worked(serve):
        silent = serve is not None and b"tailscaled" in serve.stderr
        return Look((), "none", "tailscaled does not run here" if silent else trouble(serve, "tailscale"))
    from trueup.evidence.collectors.proxies.tailscale import read_serve

    return read_serve(serve, status if worked(status) else None, by=SERVE.shown)


def _told(output: Output | None) -> _Told:
    """Take a listing apart; where none of the proxies is installed there is nothing to tell."""
    if does_not_apply(output):
        return _Told({})
    texts: dict[str, list[str]] = {}
    doubts: dict[str, None] = {}
    for line in text_of(output).split("\n"):
        path, tab, rest = line.partition("\t")
        if path == "file":
            texts.setdefault(rest, [])
        elif path == "closed":
            doubts[f"{clean(rest, 200)} may not be read by this user"] = None
        elif path == "odd":
            doubts["a configuration file with an odd name was not read"] = None
        elif tab and path in texts:
            texts[path].append(rest)
    if not worked(output):
        doubts[f"configuration of proxies: {trouble(output, 'awk')}"] = None
    return _Told({path: "\n".join(lines) for path, lines in texts.items()}, tuple(doubts)[:10])


_MAIN_FILES = (
    ("nginx", "nginx/nginx.conf"),
    ("caddy", "caddy/Caddyfile"),
    ("caddy", "Caddyfile"),
    ("traefik", "traefik/traefik.toml"),
    ("traefik", "traefik/traefik.yml"),
    ("traefik", "traefik/traefik.yaml"),
    ("haproxy", "haproxy/haproxy.cfg"),
    ("haproxy", "haproxy.cfg"),
)


def _readings(texts: Mapping[str, str], patterns: Iterable[str]) -> list[Reading]:
    """Read every proxy whose main file is there; a reader is imported only for a host that has its proxy."""
    mains = [
        (proxy, f"{folder}/{name}") for folder in _FOLDERS for proxy, name in _MAIN_FILES if f"{folder}/{name}" in texts
    ]
    if not mains:
        return []
    from trueup.evidence.collectors.proxies.reading import Files

    files = Files(texts, patterns)
    readings: list[Reading] = [
        import_module(f"trueup.evidence.collectors.proxies.{proxy}").read(main, files) for proxy, main in mains
    ]
    return readings
