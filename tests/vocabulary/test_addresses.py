"""One spelling for an address, and who can connect to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trueup.vocabulary import Reach, bind_of, normal_address, reach_of, target_of


@pytest.mark.parametrize(
    ("address", "normal", "reach"),
    [
        ("127.0.0.1", "127.0.0.1", Reach.LOOPBACK),
        ("127.9.9.9", "127.9.9.9", Reach.LOOPBACK),
        ("localhost", "127.0.0.1", Reach.LOOPBACK),
        ("[::1]", "::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", "127.0.0.1", Reach.LOOPBACK),
        ("0.0.0.0", "0.0.0.0", Reach.ANY),
        ("*", "*", Reach.ANY),
        ("[::]", "::", Reach.ANY),
        ("192.168.1.5", "192.168.1.5", Reach.LAN),
        ("fe80::1%eth0", "fe80::1", Reach.LAN),
        ("mini.local", "mini.local", Reach.LAN),
        ("100.64.0.9", "100.64.0.9", Reach.TAILNET),
        ("fd7a:115c:a1e0::5", "fd7a:115c:a1e0::5", Reach.TAILNET),
        ("mini.tail1234.ts.net", "mini.tail1234.ts.net", Reach.TAILNET),
        ("8.8.8.8", "8.8.8.8", Reach.ANY),
    ],
)
def test_normal_form_and_reach(address: str, normal: str, reach: Reach) -> None:
    assert normal_address(address) == normal
    assert reach_of(address) is reach


def test_every_spelling_of_a_bind_is_one() -> None:
    assert {bind_of(address) for address in ("*", "0.0.0.0", "[::]", "")} == {"*"}
    assert {bind_of(address) for address in ("127.0.0.1", "localhost", "::1")} == {"127.0.0.1"}


@example("0\r%")
@given(st.text(max_size=40) | st.ip_addresses().map(str))
def test_the_normal_form_is_stable(address: str) -> None:
    once = normal_address(address)
    assert normal_address(once) == once
    assert reach_of(address) is reach_of(once)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("http://127.0.0.1:3000/x?y", ("127.0.0.1", 3000)),
        ("https+insecure://localhost:9443", ("127.0.0.1", 9443)),
        ("https://example.test", ("example.test", 443)),
        ("http://[::1]:80/", ("::1", 80)),
        ("localhost:22", ("127.0.0.1", 22)),
        ("localhost", None),
        ("gateway", None),
        ("unix:/run/x.sock", None),
        ("http://a:0", None),
        ("http://a:99999", None),
        ("http://a:b", None),
        ("", None),
    ],
)
def test_target(text: str, place: tuple[str, int] | None) -> None:
    assert target_of(text) == place
