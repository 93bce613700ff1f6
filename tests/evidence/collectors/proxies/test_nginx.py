"""nginx: what a server block comes to, in the shapes that people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.proxies import nginx
from trueup.evidence.collectors.proxies.reading import MOST, Reading
from trueup.vocabulary import Reach

from .reading import read_text, shorts

MAIN = "/etc/nginx/nginx.conf"


def read(text: str, **others: str) -> Reading:
    files = {f"/etc/nginx/{name.replace('_', '.')}": content for name, content in others.items()}
    return read_text(nginx.read, MAIN, text, files)


def server(*lines: str) -> Reading:
    return read("http { server { " + " ".join(lines) + " } }")


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        ("80", ["0.0.0.0:80 ->"]),
        ("*:8080 default_server", ["0.0.0.0:8080 ->"]),
        ("127.0.0.1:81", ["127.0.0.1:81 ->"]),
        ("127.0.0.1", ["127.0.0.1:80 ->"]),
        ("localhost:82", ["127.0.0.1:82 ->"]),
        ("[::]:80", [":::80 ->"]),
        ("[::1]", ["::1:80 ->"]),
        ("100.64.1.2:443 ssl http2", ["100.64.1.2:443 ->"]),
        ("unix:/run/x.sock", []),
        ("443 quic reuseport", []),
    ],
)
def test_listen(listen: str, expected: list[str]) -> None:
    reading = server(f"listen {listen};")
    assert shorts(reading) == expected
    assert reading.doubts == ()


def test_reach_is_of_the_address() -> None:
    reading = server("listen 80; listen 127.0.0.1:81; listen 192.168.7.10:82; listen 100.64.1.2:83;")
    assert [found.forward.reach for found in reading.found] == [Reach.ANY, Reach.LOOPBACK, Reach.LAN, Reach.TAILNET]


def test_a_server_without_listen_takes_port_80() -> None:
    assert shorts(server("server_name a.example.test;")) == ["0.0.0.0:80 a.example.test ->"]


def test_upstreams_stand_before_or_after_and_are_followed() -> None:
    text = """http {
        server { listen 80; location / { proxy_pass http://gateway/v1; } }
        upstream gateway { server 127.0.0.1:4000 weight=2; server backend.example.test; server unix:/run/g; }
    }"""
    assert shorts(read(text)) == [
        "0.0.0.0:80 / -> http://127.0.0.1:4000/v1",
        "0.0.0.0:80 / -> http://backend.example.test:80/v1",
        "0.0.0.0:80 / -> http://unix:/run/g/v1",
    ]


def test_comments_quotes_and_braces_in_texts() -> None:
    reading = server(
        "listen 80; # listen 81;\n",
        'location "/a b" { proxy_pass "http://127.0.0.1:1"; add_header X "}; listen 82; {"; }',
        "location /${slug}x { return 200 'it\\'s { fine'; }",
    )
    assert shorts(reading) == ["0.0.0.0:80 /a b -> http://127.0.0.1:1"]
    assert reading.doubts == ()


def test_variables() -> None:
    known = server("listen 80; set $up 127.0.0.1:3000; location / { proxy_pass http://$up$request_uri; }")
    assert (shorts(known), known.doubts) == (["0.0.0.0:80 / -> http://127.0.0.1:3000"], ())
    unknown = server("listen 80; location / { proxy_pass http://$backend; }")
    assert shorts(unknown) == ["0.0.0.0:80 / -> http://$backend"]
    assert unknown.doubts == ("nginx: what `http://$backend` leads to is decided by request",)


def test_includes() -> None:
    text = "http { include mime.types; include site.conf; include /srv/more/*.conf; include fastcgi_params; }"
    reading = read(text, site_conf="server { listen 80; }")
    assert shorts(reading) == ["0.0.0.0:80 ->"]
    assert reading.wanted == ("/srv/more/*.conf",)
    circle = read("http { include a.conf; }", a_conf="include a.conf; server { listen 80; }")
    assert circle.doubts[0] == "nginx: files include each other"


@pytest.mark.parametrize("text", ["http { server {", "http }", "{", 'listen "80', "listen 80", "} http { }"])
def test_what_is_not_well_formed_is_a_doubt(text: str) -> None:
    assert read(text).doubts == (f"nginx: {MAIN} was not understood",)


def test_it_stays_within_bounds() -> None:
    names = " ".join(f"n{number}" for number in range(3000))
    passes = " ".join(f"location /{number} {{ proxy_pass http://127.0.0.1:{number}; }}" for number in range(1, 3000))
    reading = server(f"listen 80; server_name {names}; {passes}")
    assert len(reading.found) == MOST
    assert reading.doubts == ("nginx: more forwards than are kept",)
    deep = read("http { server { listen 80; " + "location / {" * 500 + "}" * 500 + " } }")
    assert deep.doubts == ("nginx: its blocks are deeper than is read",)
    doubling = {f"f{number}_conf": f"include f{number + 1}.conf; " * 2 for number in range(19)}
    assert read("http { include f0.conf; }", **doubling).doubts == ("nginx: its files are longer than is read",)


PIECES = (
    "http stream server { } ; listen 80 location / proxy_pass http://u ${ \\ upstream u \" ' # include nginx.conf set "
    "$a 8000-8010 unix:/x if"
)
WORDS = st.lists(st.sampled_from([*PIECES.split(), "\n"])).map(" ".join)


@given(st.text() | WORDS)
def test_any_text(text: str) -> None:
    for found in read(text).found:
        assert 0 < found.forward.port < 65536
    assert len(read(f"http {{ server {{ {text} }} }}").found) <= MOST
