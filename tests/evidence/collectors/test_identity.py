"""Who a host says it is, from captured bytes."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.identity import EITHER, is_macos, read_identity
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


@given(
    st.dictionaries(
        st.sampled_from([section.name for section in EITHER]),
        st.one_of(
            st.binary(),
            st.sampled_from(
                [b'[{"addr_info": [{"local": 3}]}]', b"[[1]]", b"{}", capture("identity/captured_ip_addr")]
            ),
        ),
    )
)
def test_any_bytes(captures: dict[str, bytes]) -> None:
    look = read_identity({name: Output(stdout=content) for name, content in captures.items()})
    msgspec.json.encode([seen.fact for seen in look.seen])
