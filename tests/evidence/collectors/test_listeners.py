"""Listening sockets from the bytes of `ss`, `/proc/net/tcp` and `lsof`."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.listeners import (
    EITHER,
    LSOF,
    PROC_TCP,
    PROC_TCP6,
    SS,
    USER,
    read_listeners,
    split_socket,
)
from trueup.evidence.collectors.look import Look
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Listener

from .captures import capture

ROOT = Output(stdout=b"0\n")
NOBODY = Output(stdout=b"65534\n")
DARWIN = Output(stdout=b"Darwin studio.local 24.3.0\n")


def sockets(look: Look) -> list[tuple[str, int]]:
    return [(seen.fact.address, seen.fact.port) for seen in look.seen if isinstance(seen.fact, Listener)]


def by_port(look: Look) -> dict[int, Listener]:
    return {seen.fact.port: seen.fact for seen in look.seen if isinstance(seen.fact, Listener)}


def lsof(name: str, *, user: Output = ROOT, status: int = 0, macos: bool = False) -> Look:
    outputs = {LSOF.name: Output(stdout=capture(name), status=status), USER.name: user}
    return read_listeners({**outputs, "uname": DARWIN} if macos else outputs)


EVERYWHERE = [
    ("0.0.0.0", 2024),
    ("127.0.0.1", 4000),
    ("127.0.0.53", 5353),
    ("*", 8100),
    ("::", 8101),
    ("::1", 8102),
    ("127.0.0.1", 8103),
    ("fe80::fc:ff:fe00:1", 8104),
    ("0.0.0.0", 9000),
    ("192.0.2.2", 9091),
]


def test_ss_as_root() -> None:
    look = read_listeners({SS.name: Output(stdout=capture("listeners/captured_ss_root")), USER.name: ROOT})
    assert (look.extent, look.reason) == ("complete", None)
    assert sockets(look) == EVERYWHERE
    found = by_port(look)
    assert (found[4000].process, found[4000].pid) == ('od"d (na', 7083), "the oldest of the forked processes"
    assert found[2024].process is None
    assert look.seen[1].by == "ss -H -tlnpe"
    assert (look.seen[1].raw or "").startswith("LISTEN 0 128 127.0.0.1:4000 0.0.0.0:* users:((")


def test_ss_without_root_sees_every_socket_and_no_process() -> None:
    look = read_listeners({SS.name: Output(stdout=capture("listeners/captured_ss_nobody")), USER.name: NOBODY})
    assert look.extent == "complete"
    assert "other users" in (look.reason or "")
    assert sockets(look) == EVERYWHERE
    assert {listener.process for listener in by_port(look).values()} == {None}


def test_units_by_control_group() -> None:
    found = by_port(read_listeners({SS.name: Output(stdout=capture("listeners/built_ss_units")), USER.name: ROOT}))
    assert {port: listener.unit for port, listener in found.items()} == {
        4000: "litellm-orch.service",
        9000: "ov-server@gpu.service",
        3001: "grafana-server.service",
        8080: "docker.service",
        6010: None,
        7777: "notes.service",
        7778: None,
        9090: None,
    }
    assert found[4000] == Listener("127.0.0.1", 4000, process="litellm", pid=901, unit="litellm-orch.service")
    assert found[3001].process is None, "the unit shows even where the process does not"


def test_units_on_a_real_machine() -> None:
    found = by_port(read_listeners({SS.name: Output(stdout=capture("listeners/captured_ss_units")), USER.name: ROOT}))
    assert {port: listener.unit for port, listener in found.items()} == {
        4000: "litellm-orch.service",
        9001: "ov-server@1.service",
    }


def test_no_listener_at_all_is_complete() -> None:
    assert read_listeners({SS.name: Output(), USER.name: ROOT}) == Look((), "complete")


def test_line_that_makes_no_sense_takes_completeness_away() -> None:
    content = capture("listeners/captured_ss_root") + b"LISTEN 0 128 nowhere 0.0.0.0:*\nError: out of memory\n"
    look = read_listeners({SS.name: Output(stdout=content), USER.name: ROOT})
    assert look.extent == "partial"
    assert look.reason == "2 lines were not understood"
    assert sockets(look) == EVERYWHERE


def test_process_name_cannot_forge_a_line() -> None:
    content = b'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("x\nLISTEN 0 0 *:22",pid=3,fd=3)) ino:1\n'
    look = read_listeners({SS.name: Output(stdout=content), USER.name: ROOT})
    assert sockets(look) == [("127.0.0.1", 5)]
    assert look.extent == "partial"


def test_raw_line_is_fit_to_keep() -> None:
    content = b'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("\x1b[2J\xff",pid=3,fd=3)) token=hunter2\n'
    seen = read_listeners({SS.name: Output(stdout=content)}).seen[0]
    assert seen.raw == r'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("\x1b[2J\xff",pid=3,fd=3)) token=[redacted]'
    assert isinstance(seen.fact, Listener)
    assert seen.fact.process == r"\x1b[2J\xff"


def proc(**changed: Output) -> Look:
    outputs = {
        SS.name: Output(status=None, problem="ss is not installed"),
        PROC_TCP.name: Output(stdout=capture("listeners/captured_proc_net_tcp")),
        PROC_TCP6.name: Output(stdout=capture("listeners/captured_proc_net_tcp6")),
    }
    return read_listeners({**outputs, **{name.replace("_", "-"): output for name, output in changed.items()}})


def test_proc_net_tcp() -> None:
    look = proc()
    assert look.extent == "complete"
    assert look.reason == "/proc/net/tcp does not name processes"
    assert sorted(sockets(look)) == sorted(("::" if address == "*" else address, port) for address, port in EVERYWHERE)


def test_proc_without_ipv6_is_partial() -> None:
    look = proc(proc_net_tcp6=Output(status=1))
    assert look.extent == "partial"
    assert (look.reason or "").startswith("IPv4 only")


def test_cut_ss_output_is_not_believed() -> None:
    look = proc(ss=Output(stdout=capture("listeners/captured_ss_root"), status=None, truncated=True))
    assert look.seen[0].by == "cat /proc/net/tcp"


def test_lsof_on_linux() -> None:
    look = lsof("listeners/captured_lsof_linux_root")
    assert look.extent == "partial", "here it did not show the process of another namespace that listens on 2024"
    hidden = {("*", 8100): ("::", 8100), ("0.0.0.0", 2024): None}
    assert sockets(look) == [hidden.get(socket, socket) for socket in EVERYWHERE if socket != ("0.0.0.0", 2024)]
    assert by_port(look)[4000] == Listener("127.0.0.1", 4000, process='od"d (na)me', pid=7083)


def test_lsof_on_linux_without_types() -> None:
    assert ("*", 9000) in sockets(lsof("listeners/captured_lsof_linux_pcfn"))


def test_lsof_without_file_lines() -> None:
    look = lsof("listeners/built_lsof_no_f_lines")
    assert sockets(look) == [("::1", 4020), ("*", 8100), ("*", 8101)]
    assert by_port(look)[8101].process == "python3.1"


def test_lsof_on_macos_as_root() -> None:
    look = lsof("listeners/built_lsof_macos_root", macos=True)
    assert (look.extent, look.reason) == ("complete", None)
    assert sockets(look) == [("::1", 3000), ("::", 7000), ("fe80::1", 7001), ("0.0.0.0", 8100), ("127.0.0.1", 8101)]
    assert by_port(look)[3000].process == "Open WebUI"
    assert look.seen[3].raw == "p412 cpython3.11 n*:8100"


def test_lsof_on_macos_without_root_is_partial() -> None:
    look = lsof("listeners/built_lsof_macos_root", user=NOBODY, macos=True)
    assert look.extent == "partial"
    assert len(look.seen) == 5


def test_lsof_that_finds_nothing() -> None:
    for user in (NOBODY, ROOT):
        look = lsof("listeners/captured_lsof_nobody", user=user, status=1)
        assert look.extent == "none"
        assert "does not mean" in (look.reason or "")
    assert lsof("listeners/captured_lsof_nobody", status=1, macos=True) == Look((), "complete")


def test_nothing_that_lists_sockets() -> None:
    assert read_listeners({}) == Look((), "none", "ss was not run")
    assert read_listeners({SS.name: Output(status=None, problem="ss is not installed")}).reason == "ss is not installed"


def test_split_socket() -> None:
    assert split_socket("127.0.0.53%lo:53") == ("127.0.0.53", 53)
    assert split_socket("[fe80::1]%eth0:80") == ("fe80::1", 80)
    assert split_socket("[fe80::1%en0]:80") == ("fe80::1", 80)
    assert split_socket("[::ffff:127.0.0.1]:80") == ("127.0.0.1", 80)
    assert split_socket("*%eth0:80") == ("*", 80)
    assert [split_socket(text) for text in ("", ":", "80", "a:b", "a:0", "a:65536", ":80", "a:²")] == [None] * 8


LINES = st.lists(
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from(
            b"".join(capture(f"listeners/{name}") for name in ("captured_ss_root", "captured_proc_net_tcp6"))
            .replace(b"\n", b"\0\n")
            .split(b"\n")
        ),
        st.sampled_from(
            [b"p1", b"p" + "²".encode(), b"p99999999999999999999", b"c\\x20", b"n*:1", b"tIPv6", b"n", b"p"]
        ),
    )
).map(b"\n".join)


@given(
    st.dictionaries(
        st.sampled_from([section.name for section in EITHER]),
        st.builds(
            Output,
            stdout=LINES,
            status=st.sampled_from([0, 1, None]),
            truncated=st.booleans(),
            problem=st.sampled_from([None, None, "broke"]),
        ),
    ),
    st.booleans(),
)
def test_any_bytes(outputs: dict[str, Output], macos: bool) -> None:
    look = read_listeners({**outputs, "uname": DARWIN} if macos else outputs)
    msgspec.json.encode([seen.fact for seen in look.seen])
    assert all(0 < port < 65536 for _, port in sockets(look))
    assert look.extent == "complete" or look.reason
