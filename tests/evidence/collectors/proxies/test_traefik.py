"""Traefik: entry points and the routers of TOML files; of YAML the entry points only, and that is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.collectors.captures import capture

from trueup.evidence.collectors.proxies import traefik
from trueup.evidence.collectors.proxies.reading import Files, Reading

from .reading import read_text, shorts

MAIN = "/etc/traefik/traefik.toml"
STATIC = capture("exposure/built_traefik_static").decode()
DYNAMIC = capture("exposure/built_traefik_dynamic").decode()


def read(text: str, main: str = MAIN) -> Reading:
    return read_text(traefik.read, main, text)


def test_entry_points_and_routers() -> None:
    files = Files({MAIN: STATIC, "/etc/traefik/dynamic/stack.toml": DYNAMIC}, ["/etc/traefik/dynamic/*"])
    reading = traefik.read(MAIN, files)
    assert (reading.doubts, reading.wanted) == ((), ())
    assert shorts(reading) == [
        "192.0.2.10:443 chat.example.test /v1 -> http://127.0.0.1:3000",
        *(
            f"{place} {name} -> http://127.0.0.1:3000"
            for place in ("*:80", "192.0.2.10:443", "*:8080")
            for name in ("a.example.test", "b.example.test")
        ),
        "*:80 -> 127.0.0.1:5432",
    ]
    assert reading.found[0].path == "/etc/traefik/dynamic/stack.toml"


def test_routes_that_stand_elsewhere_are_a_doubt() -> None:
    assert read("[providers.docker]\n").doubts == ("traefik: routes of the provider `docker` stand in no file",)
    assert read('[providers.file]\ndirectory = "/srv/routes"\n').wanted == ("/srv/routes/*",)
    yaml = Files({MAIN: '[providers.file]\ndirectory = "/etc/traefik"\n', "/etc/traefik/a.yml": ""}, ["/etc/traefik/*"])
    assert traefik.read(MAIN, yaml).doubts == ("traefik: the routes in /etc/traefik/a.yml are not read",)
    orphan = '[http.routers.x]\nrule = "Host(`a`)"\nservice = "api@internal"\n'
    assert (shorts(read(orphan)), len(read(orphan).doubts)) == (["*:80 a ->"], 1)
    assert read("[").doubts == (f"traefik: {MAIN} was not understood",)
    assert read("a = " + "[" * 100_000).doubts == (f"traefik: {MAIN} was not understood",)


YAML = """\
log:
  level: INFO
# entryPoints:
entryPoints:
  web:
    address: ":80"   # all
    http:
      redirections:
        entryPoint:
          to: websecure
  websecure:
    address: '192.0.2.10:443'
  voice:
    address: ":5060/udp"
providers:
  file:
    address: ":1"
"""


def test_yaml_gives_the_entry_points_and_is_never_all() -> None:
    reading = read(YAML, "/etc/traefik/traefik.yml")
    assert shorts(reading) == ["*:80 ->", "192.0.2.10:443 ->"]
    assert reading.doubts == ("traefik: of /etc/traefik/traefik.yml the entry points alone are read",)


LINES = st.sampled_from([*STATIC.split("\n"), *DYNAMIC.split("\n"), *YAML.split("\n")])
TEXTS = st.text() | st.lists(LINES).map("\n".join)


@given(TEXTS, st.sampled_from([MAIN, "/etc/traefik/traefik.yml"]))
def test_any_text(text: str, main: str) -> None:
    for found in read(text, main).found:
        assert 0 < found.forward.port < 65536
