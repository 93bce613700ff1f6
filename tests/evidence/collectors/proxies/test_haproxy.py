"""HAProxy: binds, and the servers of the backends that a frontend uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.proxies import haproxy
from trueup.evidence.collectors.proxies.reading import Reading

from .reading import read_text, shorts

MAIN = "/etc/haproxy/haproxy.cfg"


def read(text: str) -> Reading:
    return read_text(haproxy.read, MAIN, text)


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        (":80", ["0.0.0.0:80 ->"]),
        ("*:80,127.0.0.1:81 ssl crt /etc/x.pem", ["0.0.0.0:80 ->", "127.0.0.1:81 ->"]),
        (":::82 v4v6", [":::82 ->"]),
        ("[::1]:83", ["::1:83 ->"]),
        ("ipv6@:84", [":::84 ->"]),
        ("ipv4@192.168.7.10:85", ["192.168.7.10:85 ->"]),
        ("10.0.0.1:86-88", ["10.0.0.1:86 ->", "10.0.0.1:87 ->", "10.0.0.1:88 ->"]),
        ("/run/x.sock mode 600", []),
        ("abns@x", []),
        ("quic4@:443", []),
    ],
)
def test_bind(bind: str, expected: list[str]) -> None:
    reading = read(f"frontend f\n  bind {bind}\n")
    assert (shorts(reading), reading.doubts) == (expected, ())


def test_backends() -> None:
    text = """
defaults
  default_backend usual
frontend a
  bind :80
  use_backend special if { path_beg /x } # a comment
frontend b
  bind :81
  default_backend special
listen c :82
  server only 127.0.0.1:3
backend usual
  server u1 127.0.0.1:1
backend special
  server s1 "127.0.0.1:2" check
backend unused
  server x 127.0.0.1:9
"""
    assert shorts(read(text)) == [
        "0.0.0.0:80 -> 127.0.0.1:1",
        "0.0.0.0:80 -> 127.0.0.1:2",
        "0.0.0.0:81 -> 127.0.0.1:2",
        "0.0.0.0:82 -> 127.0.0.1:3",
        "0.0.0.0:82 -> 127.0.0.1:1",
    ]


@pytest.mark.parametrize(
    "line", ["bind ${ADDRESS}:80", "bind nowhere", "use_backend %[req.hdr(host)]", ".if defined(X)"]
)
def test_what_is_decided_elsewhere_is_a_doubt(line: str) -> None:
    assert len(read(f"frontend f\n  {line}\n").doubts) == 1


WORDS = st.lists(
    st.sampled_from(["frontend", "backend", "listen", "defaults", "\n", "bind", ":80", "::", "1-99999", "server", "a"])
    | st.sampled_from(["use_backend", "default_backend", '"', "'", "\\", "#", ",", "127.0.0.1:1"])
).map(" ".join)


@given(st.text() | WORDS)
def test_any_text(text: str) -> None:
    for found in read(text).found:
        assert 0 < found.forward.port < 65536
