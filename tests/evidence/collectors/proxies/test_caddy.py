"""Caddy: what a Caddyfile comes to, held against what Caddy itself makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.collectors.captures import capture

from trueup.evidence.collectors.proxies import caddy
from trueup.evidence.collectors.proxies.reading import MOST, Files, Reading

from .reading import read_text, short, shorts

MAIN = "/etc/caddy/Caddyfile"


def read(text: str, **others: str) -> Reading:
    return read_text(caddy.read, MAIN, text, {f"/etc/caddy/{name}": content for name, content in others.items()})


def dialled(routes: list[dict[str, Any]], path: str) -> Iterator[tuple[str, str]]:
    """Yield path and upstream of every proxy in Caddy's own JSON."""
    for route in routes:
        here = next((match["path"][0] for match in route.get("match", ()) if "path" in match), path)
        for handler in route["handle"]:
            for upstream in handler.get("upstreams", ()):
                yield here, upstream["dial"].removeprefix("unix/")
            yield from dialled(handler.get("routes", []), here)


def test_it_reads_what_caddy_reads() -> None:
    texts: dict[str, list[str]] = {}
    for line in capture("exposure/captured_files_stack").decode().split("\n"):
        path, _, rest = line.partition("\t")
        texts.setdefault(path, []).append(rest)
    files = Files({path: "\n".join(lines) for path, lines in texts.items()}, ["/etc/caddy/sites/*"])
    reading = caddy.read(MAIN, files)
    assert (reading.doubts, reading.wanted) == ((), ())
    ours = set()
    for found in reading.found:
        forward = found.forward
        target = (forward.target or "").rpartition("://")[2].removeprefix("unix/")
        # Caddy takes its own host for an upstream without one.
        target = ":4020" if target == "localhost:4020" else target
        ours.add((forward.port, forward.name or "", forward.path or "", target))
    theirs = set()
    adapted = json.loads(capture("exposure/captured_caddy_adapt"))
    for server in adapted["apps"]["http"]["servers"].values():
        for listen in server["listen"]:
            for route in server["routes"]:
                name = next((match["host"][0] for match in route.get("match", ()) if "host" in match), "")
                for path, dial in list(dialled([route], "")) or [("", "")]:
                    theirs.add((int(listen.rpartition(":")[2]), name, path, dial))
    assert ours == theirs


def test_addresses() -> None:
    text = "a.example.test, http://b.example.test:81, :82, https:// {\n\treverse_proxy :9000\n}\n"
    assert shorts(read(text)) == [
        "*:443 a.example.test -> localhost:9000",
        "*:81 b.example.test -> localhost:9000",
        "*:82 -> localhost:9000",
        "*:443 -> localhost:9000",
    ]
    assert read("ftp://a {\n}\n").doubts == ("caddy: the site address `ftp://a` was not understood",)


def test_a_loopback_name_is_no_loopback_socket() -> None:
    (found,) = read("127.0.0.1:8080 {\n\treverse_proxy :9000\n}\n").found
    assert (found.forward.address, found.forward.reach.value) == ("*", "any"), "Caddy binds to every interface"
    (bound,) = read("127.0.0.1:8080 {\n\tbind 127.0.0.1\n\treverse_proxy :9000\n}\n").found
    assert bound.forward.reach.value == "loopback"


def test_a_file_of_one_site_without_braces() -> None:
    assert shorts(read("example.test\n\nreverse_proxy /api/* 127.0.0.1:4000\n")) == [
        "*:443 example.test /api/* -> 127.0.0.1:4000"
    ]


def test_global_options() -> None:
    text = "{\n\thttp_port 8080\n\thttps_port 8443\n\tdefault_bind 192.168.7.10\n}\nhttp://a, b {\n\tfile_server\n}\n"
    assert shorts(read(text)) == ["192.168.7.10:8080 a ->", "192.168.7.10:8443 b ->"]
    assert read("{\n\thttp_port 99999\n}\nhttp://a {\n}\n").found[0].forward.port == 80


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("reverse_proxy {$BACKEND}", "filled in"),
        ("reverse_proxy {\n\t\tdynamic a example.test 80\n\t}", "dynamic"),
        ("reverse_proxy {http.request.header.X}", "filled in"),
        ("bind tailscale/chat", "bind"),
    ],
)
def test_what_is_decided_elsewhere_is_a_doubt(site: str, words: str) -> None:
    (doubt,) = read(f":80 {{\n\t{site}\n}}\n").doubts
    assert words in doubt


def test_imports() -> None:
    reading = read("import site.caddy\nimport /srv/*.caddy\nimport ../x\n", **{"site.caddy": ":80 {\n}\n"})
    assert shorts(reading) == ["*:80 ->"]
    assert reading.wanted == ("/srv/*.caddy", "/etc/caddy/../x")
    circle = read("import Caddyfile\n")
    assert circle.doubts == ("caddy: imports go deeper than is read",)


@pytest.mark.parametrize("text", [":80 {\n", "}\n", ":80 {\n\trespond <<END\n\t}\n\tEND\n}\n"])
def test_what_is_not_well_formed_is_a_doubt(text: str) -> None:
    assert f"caddy: {MAIN} was not understood" in read(text).doubts


def test_it_stays_within_bounds() -> None:
    sites = ", ".join(f"s{number}" for number in range(3000))
    proxies = "".join(f"\treverse_proxy /{number} :{number}\n" for number in range(1, 3000))
    reading = read(f"{sites} {{\n{proxies}}}\n")
    assert len(reading.found) == MOST
    snippets = "".join(f"(s{at}) {{\n" + f"\timport s{at + 1} x\n" * 3 + "}\n" for at in range(19))
    assert "its files are longer" in read(f"{snippets}:80 {{\n\timport s0 x\n}}\n").doubts[0]


PIECES = (
    ':80 a.test { } reverse_proxy localhost:1 import Caddyfile (s) s @m path /x bind ::1 handle " ` \\ {args.0} {$X:y} '
    "{$X:y} # , [ ]"
)
WORDS = st.lists(st.sampled_from([*PIECES.split(), "\n"])).map(" ".join)


@given(st.text() | WORDS)
def test_any_text(text: str) -> None:
    for found in (*read(text).found, *read(f":80 {{\n{text}\n}}").found):
        assert 0 < found.forward.port < 65536
        assert short(found.forward).isprintable()
