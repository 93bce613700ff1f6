"""Who a host says it is, from captured bytes."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.identity import SECTIONS, is_macos, read_identity
from trueup.evidence.collectors.look import Look, Seen
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Identity

from .captures import capture


def read(**captures: str) -> Look:
    return read_identity({name.replace("_", "-"): Output(stdout=capture(path)) for name, path in captures.items()})


DEBIAN = Identity(hostname="vm", os="Debian GNU/Linux 12 (bookworm)", addresses=("192.0.2.2", "fd00::2"))


def test_linux() -> None:
    look = read(
        uname="identity/captured_uname", os_release="identity/captured_os_release", ip="identity/captured_ip_addr"
    )
    assert look == Look((Seen(DEBIAN, "uname -snr"),), "complete")


def test_linux_without_ip() -> None:
    ifconfig = "identity/captured_ifconfig_linux"
    look = read(uname="identity/captured_uname", os_release="identity/captured_os_release", ifconfig=ifconfig)
    assert look.seen[0].fact == DEBIAN


def test_macos() -> None:
    look = read(
        uname="identity/built_uname_macos", sw_vers="identity/built_sw_vers", ifconfig="identity/built_ifconfig_macos"
    )
    addresses = ("192.0.2.20", "100.64.0.7", "fd7a:115c:a1e0::7")
    assert look.seen[0].fact == Identity(hostname="studio.local", os="macOS 15.3", addresses=addresses)
    assert look.extent == "complete"
    assert is_macos({"uname": Output(stdout=capture("identity/built_uname_macos"))})


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("ip", "captured_ip_6_15"),
        ("ip_text", "captured_ip_text_6_15"),
        ("ip_text", "captured_ip_busybox"),
        ("ifconfig", "captured_ifconfig_busybox"),
    ],
)
def test_one_host_asked_in_every_way(section: str, name: str) -> None:
    """Loopback and link-local addresses are left out; ifconfig shows the second address as an interface of its own."""
    look = read(uname="identity/captured_uname", **{section: f"identity/{name}"})
    assert look.extent == "complete"
    assert isinstance(look.seen[0].fact, Identity)
    assert sorted(look.seen[0].fact.addresses) == ["10.9.8.7", "192.0.2.2", "fd00::2"]


def tables() -> bytes:
    """The kernel's two tables as `grep -z` prints them beside the command lines of processes."""
    both = capture("identity/captured_proc_addresses")
    at = both.index(b"00000000000000000000000000000001")
    trie, six = b"/proc/net/fib_trie:" + both[:at], b"/proc/net/if_inet6:" + both[at:]
    return b"\0".join((trie, six, b"/proc/1/cmdline:/sbin/init", b""))


def test_linux_tells_its_addresses_by_files() -> None:
    outputs = {"uname": Output(stdout=b"Linux vm 6.1\n"), "cmdlines": Output(stdout=tables())}
    (seen,) = read_identity(outputs).seen
    assert isinstance(seen.fact, Identity)
    assert sorted(seen.fact.addresses) == ["10.9.8.7", "192.0.2.2", "fd00::2"]


@pytest.mark.parametrize("name", ["(none)", "localhost", "localhost.localdomain"])
def test_a_name_that_every_host_has_is_none(name: str) -> None:
    look = read_identity({"uname": Output(stdout=f"Linux {name} 6.1\n".encode())})
    assert look.reason == "unknown: hostname, addresses"


@pytest.mark.parametrize(
    ("told", "ahead"),
    [
        (b"1770638400\n", None),
        (b"1770638404\n", None),
        (b"1770638395\n", None),
        (b"1770638406\n", 6),
        (b"1770638394\n", -6),
        (b"0\n", -1770638400),
        (b"", None),
        (b"soon\n", None),
        (b"9" * 400, None),
        ("²".encode(), None),
    ],
)
def test_clock(told: bytes, ahead: int | None) -> None:
    """Up to five seconds are agreement: the answer was under way for some time."""
    outputs = {"uname": Output(stdout=b"Linux vm 6.1\n"), "clock": Output(stdout=told, at=1770638400.5)}
    assert [seen.fact for seen in read_identity(outputs).seen] == [
        Identity(hostname="vm", os="Linux 6.1", clock_ahead=ahead)
    ]
    timeless = read_identity({**outputs, "clock": Output(stdout=told)})
    assert timeless.seen[0].fact == Identity(hostname="vm", os="Linux 6.1"), "without a time to compare"


def test_what_is_missing_is_named() -> None:
    look = read(uname="identity/captured_uname")
    assert look.extent == "partial"
    assert look.reason == "unknown: addresses"
    assert look.seen[0].fact == Identity(hostname="vm", os="Linux 6.18.44-fc-v669")


def test_silent_host() -> None:
    assert read_identity({}).extent == "none"


def test_hostile_names_are_made_harmless() -> None:
    outputs = {
        "uname": Output(stdout=b"Linux vm\x1b[31m 6"),
        "os-release": Output(stdout=b'PRETTY_NAME="a\x07 --api-key hunter2"\n'),
        "ip": Output(stdout=b"[" * 100_000),
    }
    identity = read_identity(outputs).seen[0].fact
    assert identity == Identity(hostname=r"vm\x1b[31m", os=r"a\x07 --api-key [redacted]")


@pytest.mark.parametrize("content", [b"\n", b" ", b" \n", b'A="\n', b"a: \n", b'" ', b"   |-- 1.1.1.1\n"])
@pytest.mark.parametrize("end", [b"", b"x"])
def test_hostile_output_is_read_in_linear_time(content: bytes, end: bytes) -> None:
    """A square of these sizes would take minutes."""
    outputs = {section.name: Output(stdout=b"a:" + content * 60_000 + end) for section in SECTIONS}
    began = time.process_time()
    read_identity(outputs)
    assert time.process_time() - began < 2


@given(
    st.dictionaries(
        st.sampled_from([section.name for section in SECTIONS]),
        st.one_of(
            st.binary(),
            st.sampled_from(
                [
                    b'[{"addr_info": [{"local": 3}]}]',
                    b"[[1]]",
                    b"{}",
                    b"  inet6 :::::\n   |-- 999.1.1.1\n      /32 host LOCAL\n",
                    capture("identity/captured_ip_addr"),
                    tables(),
                ]
            ),
        ),
    )
)
def test_any_bytes(captures: dict[str, bytes]) -> None:
    look = read_identity({name: Output(stdout=content, at=1e9) for name, content in captures.items()})
    msgspec.json.encode([seen.fact for seen in look.seen])
