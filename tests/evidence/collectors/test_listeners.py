"""Listening sockets from the bytes of `ss`, `/proc/net/tcp` and `lsof`."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.listeners import (
    LSOF,
    PROC,
    SECTIONS,
    SS,
    Socket,
    read_listeners,
    split_socket,
    unit_of,
)
from trueup.evidence.collectors.look import Look
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Listener, Reach

from .captures import capture

DARWIN = Output(stdout=b"Darwin studio.local 24.3.0\n")


def sockets(look: Look) -> list[tuple[str, int]]:
    return [(seen.fact.address, seen.fact.port) for seen in look.seen if isinstance(seen.fact, Listener)]


def by_port(look: Look) -> dict[int, Listener]:
    return {seen.fact.port: seen.fact for seen in look.seen if isinstance(seen.fact, Listener)}


def ss(content: bytes, *, root: bool = True, stderr: bytes = b"") -> Look:
    return read_listeners({SS.name: Output(stdout=content, stderr=stderr, as_root=root)})


def lsof(content: bytes, *, root: bool = True, status: int = 0, macos: bool = False, stderr: bytes = b"") -> Look:
    outputs = {LSOF.name: Output(stdout=content, status=status, as_root=root, stderr=stderr)}
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

# What `captured_ss_5_10` and `captured_ss_6_15` hold besides the ports from 7000.
TIED = [
    ("127.0.0.53", 53, "lo", Reach.LOOPBACK),
    ("127.0.0.1", 4000, None, Reach.LOOPBACK),
    ("*", 8100, None, Reach.ANY),
    ("::", 8101, None, Reach.ANY),
    ("::1", 8102, None, Reach.LOOPBACK),
    ("127.0.0.1", 8103, None, Reach.LOOPBACK),
    ("fe80::fc:ff:fe00:1", 8104, "eth0", Reach.LAN),
    ("0.0.0.0", 8105, "eth0", Reach.LAN),
    ("0.0.0.0", 8105, "lo", Reach.LOOPBACK),
    ("*", 8106, "eth0", Reach.LAN),
    ("::", 8107, "lo", Reach.LOOPBACK),
    ("192.0.2.2", 8108, None, Reach.LAN),
    ("0.0.0.0", 9000, None, Reach.ANY),
    ("192.0.2.2", 9091, None, Reach.LAN),
]


# ---------------------------------------------------------------- ss


def test_ss_as_root() -> None:
    look = ss(capture("listeners/captured_ss_root"))
    assert (look.extent, look.reason) == ("complete", None)
    assert sockets(look) == EVERYWHERE
    found = by_port(look)
    assert (found[4000].process, found[4000].pid) == ('od"d (na', 7083), "the oldest of the forked processes"
    assert found[2024].process is None
    assert look.seen[1].by == "ss -H -tlnpe"
    assert (look.seen[1].raw or "").startswith("LISTEN 0 128 127.0.0.1:4000 0.0.0.0:* users:((")


def test_ss_without_root_sees_every_socket_and_no_process() -> None:
    look = ss(capture("listeners/captured_ss_nobody"), root=False)
    assert look.extent == "complete"
    assert "other users" in (look.reason or "")
    assert sockets(look) == EVERYWHERE
    assert {listener.process for listener in by_port(look).values()} == {None}


@pytest.mark.parametrize("name", ["captured_ss_5_10", "captured_ss_6_15", "captured_ss_6_15_nobody"])
def test_interfaces_and_their_reach(name: str) -> None:
    look = ss(capture(f"listeners/{name}"))
    found = [seen.fact for seen in look.seen if isinstance(seen.fact, Listener)]
    assert look.extent == "complete"
    assert [
        (listener.address, listener.port, listener.interface, listener.reach)
        for listener in found
        if listener.port not in range(7000, 8000)
    ] == TIED


def test_a_socket_on_each_of_two_interfaces_is_two() -> None:
    raw = [seen.raw for seen in ss(capture("listeners/captured_ss_6_15")).seen if ":8105 " in (seen.raw or "")]
    assert [line.split()[3] for line in raw if line] == ["0.0.0.0%eth0:8105", "0.0.0.0%lo:8105"]


@pytest.mark.parametrize("name", ["captured_ss_5_10", "captured_ss_6_15", "captured_ss_6_15_nobody"])
def test_units_of_users_and_what_is_in_a_container(name: str) -> None:
    found = by_port(ss(capture(f"listeners/{name}")))
    assert {port: found[port].unit for port in range(7001, 7011)} == {
        7001: "notes.service",  # of a user's manager
        7002: None,  # a login
        7003: None,  # docker, by systemd
        7004: None,  # podman, as root
        7005: None,  # a unit within a user's container
        7006: "web.service",  # a quadlet
        7007: "systemd-nspawn@lab.service",  # a unit within a container that is a unit
        7008: None,  # a unit within a container of docker, without systemd
        7009: "ov-server@1.service",
        7010: None,  # systemd itself
    }


def test_old_ss() -> None:
    """Up to 4.11 every IPv4 interface is `*`, and IPv6 addresses have no brackets."""
    look = ss(capture("listeners/built_ss_4_11"))
    assert (look.extent, look.reason) == ("complete", None)
    assert sockets(look) == [("*", 22), ("::", 22), ("127.0.0.1", 25), ("fe80::1", 546), ("127.0.0.1", 8080)]
    assert by_port(look)[546].interface == "eth0"


def test_units_by_control_group() -> None:
    found = by_port(ss(capture("listeners/built_ss_units")))
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
    found = by_port(ss(capture("listeners/captured_ss_units")))
    assert {port: listener.unit for port, listener in found.items()} == {
        4000: "litellm-orch.service",
        9001: "ov-server@1.service",
    }


def test_unit_of() -> None:
    assert unit_of("/system.slice/_cpu.check.service") == "cpu.check.service", "systemd's own escape"
    assert unit_of("/a.service/b.service") == "a.service"
    assert unit_of("/user.slice/user-1.slice/user@1.service") is None, "a user's manager is no service of its own"
    assert [unit_of(group) for group in ("", "/", "/system.slice", "/openrc.sshd", "/x.scope")] == [None] * 5


def test_no_listener_at_all_is_complete() -> None:
    assert ss(b"") == Look((), "complete")


def test_ss_that_only_complains_is_not_believed() -> None:
    look = ss(b"", stderr=b"Cannot open netlink socket: Permission denied\n")
    assert (look.extent, look.reason) == ("none", "ss listed nothing and complained")


def test_line_that_makes_no_sense_takes_completeness_away() -> None:
    content = capture("listeners/captured_ss_root") + b"LISTEN 0 128 nowhere 0.0.0.0:*\nError: out of memory\n"
    look = ss(content)
    assert look.extent == "partial"
    assert look.reason == "2 lines were not understood"
    assert sockets(look) == EVERYWHERE


def test_process_name_cannot_forge_a_line() -> None:
    look = ss(b'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("x\nLISTEN 0 0 *:22",pid=3,fd=3)) ino:1\n')
    assert sockets(look) == [("127.0.0.1", 5)]
    assert look.extent == "partial"


def test_raw_line_is_fit_to_keep() -> None:
    seen = ss(b'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("\x1b[2J\xff",pid=3,fd=3)) token=hunter2\n').seen[0]
    assert seen.raw == r'LISTEN 0 1 127.0.0.1:5 0.0.0.0:* users:(("\x1b[2J\xff",pid=3,fd=3)) token=[redacted]'
    assert isinstance(seen.fact, Listener)
    assert seen.fact.process == r"\x1b[2J\xff"


NAMES = st.sampled_from(["python3", "sk-1234abcd", "nginx", "sk-1234", "tok=hunter22", "-p secret", "Bearer"])
GROUPS = st.sampled_from(["/", "/a/sk-live4567890.service", "/api_key=hunter22.service"])
LINE = st.builds(
    'LISTEN 0 {} {}:{}  0.0.0.0:* users:(("{}",pid={},fd=3),("{}",pid=7,fd=4)) ino:{} sk:{:x} cgroup:{} <->'.format,
    st.integers(0, 9999),
    st.sampled_from(["*", "0.0.0.0%sk-12345678", "[fe80::1]%eth0"]),
    st.integers(1, 65535),
    NAMES,
    st.integers(1, 99999999),
    NAMES,
    st.integers(1, 10**8),
    st.integers(1, 2**31),
    GROUPS,
)


@given(st.lists(LINE, min_size=2, max_size=12))
def test_a_line_that_needs_no_look_is_what_looking_would_have_kept(lines: list[str]) -> None:
    kept = [seen.raw for seen in ss("\n".join(lines).encode()).seen]
    assert set(kept) <= {clean(" ".join(line.split()), 1000) for line in lines}


@pytest.mark.parametrize(
    ("harmless", "secret"),
    [('"python3"', '"sk-1234abcd"'), ("%eth0", "%sk-12345678"), ("/x.service", "/sk-live4567890.service")],
    ids=["process", "interface", "group"],
)
def test_a_harmless_line_does_not_vouch_for_one_with_other_words(harmless: str, secret: str) -> None:
    line = 'LISTEN 0 9 0.0.0.0%eth0:{} 0.0.0.0:* users:(("python3",pid=1,fd=3)) ino:1 sk:1 cgroup:/x.service <->\n'
    lines = line.format(1) + line.format(2).replace(harmless, secret) + line.format(3)
    kept = [seen.raw or "" for seen in ss(lines.encode()).seen]
    assert ["[redacted]" in raw for raw in kept] == [False, True, False]


def many(count: int) -> bytes:
    """What `ss` prints of `count` sockets in 200 units, with the blanks of its columns."""
    return b"".join(
        b'LISTEN 0      128        127.0.%d.1:%d      0.0.0.0:*    users:(("python3",pid=%d,fd=%d)) uid:%d ino:%d '
        b"sk:%x cgroup:/system.slice/svc-%d.service <->     \n"
        % (at % 250, 10000 + at, 1000 + at // 10, at % 500 + 3, at % 3, 25106 + at, at, at % 200)
        for at in range(count)
    )


def test_five_thousand_listeners_cost_little() -> None:
    outputs = {SS.name: Output(stdout=many(5000), as_root=True)}
    spent = []
    for _ in range(3):
        began = time.process_time()
        look = read_listeners(outputs)
        spent.append(time.process_time() - began)
    assert len(look.seen) == 5000
    assert look.extent == "complete"
    # 30 ms on an idle machine; the room is for one that is busy. Looking at every line for secrets took 1,000 ms.
    assert min(spent) < 0.2


# ---------------------------------------------------------------- /proc


def proc(**changed: object) -> Look:
    content = capture("listeners/captured_proc_net_tcp") + capture("listeners/captured_proc_net_tcp6")
    output = Output(**{"stdout": content, **changed})  # type: ignore[arg-type]
    return read_listeners({SS.name: Output(status=None, problem="ss is not installed"), PROC.name: output})


def test_proc_net_tcp() -> None:
    look = proc()
    assert look.extent == "complete"
    assert look.reason == "/proc/net/tcp does not name processes"
    assert sorted(sockets(look)) == sorted(("::" if address == "*" else address, port) for address, port in EVERYWHERE)
    assert look.seen[0].by == "cat /proc/net/tcp /proc/net/tcp6"


def test_proc_without_ipv6_is_partial() -> None:
    only4 = capture("listeners/captured_proc_net_tcp")
    look = proc(stdout=only4, status=1, stderr=b"cat: /proc/net/tcp6: Permission denied\n")
    assert look.extent == "partial"
    assert (look.reason or "").startswith("IPv4 only")


@pytest.mark.parametrize(
    "said",
    [
        b"cat: /proc/net/tcp6: No such file or directory\n",
        b"cat: can't open '/proc/net/tcp6': No such file or directory\n",
    ],
)
def test_a_kernel_without_ipv6_has_no_more_to_show(said: bytes) -> None:
    assert proc(stdout=capture("listeners/captured_proc_net_tcp"), status=1, stderr=said).extent == "complete"


def test_cut_proc_is_partial() -> None:
    look = proc(status=None, truncated=True)
    assert (look.extent, len(look.seen)) == ("partial", len(EVERYWHERE))


def test_cut_ss_output_is_not_believed() -> None:
    cut = Output(stdout=capture("listeners/captured_ss_root"), status=None, truncated=True)
    look = read_listeners({SS.name: cut, PROC.name: Output(stdout=capture("listeners/captured_proc_net_tcp"))})
    assert look.seen[0].by == PROC.shown


# ---------------------------------------------------------------- lsof


def test_lsof_on_linux() -> None:
    look = lsof(capture("listeners/captured_lsof_linux_root"))
    assert look.extent == "partial", "here it did not show the process of another namespace that listens on 2024"
    hidden = {("*", 8100): ("::", 8100), ("0.0.0.0", 2024): None}
    assert sockets(look) == [hidden.get(socket, socket) for socket in EVERYWHERE if socket != ("0.0.0.0", 2024)]
    assert by_port(look)[4000] == Listener("127.0.0.1", 4000, process='od"d (na)me', pid=7083)


def test_lsof_on_linux_does_not_tell_interfaces() -> None:
    look = lsof(capture("listeners/captured_lsof_interfaces"))
    assert look.extent == "partial"
    assert {listener.interface for listener in by_port(look).values()} == {None}
    assert ("0.0.0.0", 8105) in sockets(look)


def test_lsof_on_linux_without_types() -> None:
    assert ("*", 9000) in sockets(lsof(capture("listeners/captured_lsof_linux_pcfn")))


def test_lsof_without_file_lines() -> None:
    look = lsof(capture("listeners/built_lsof_no_f_lines"))
    assert sockets(look) == [("::1", 4020), ("*", 8100), ("*", 8101)]
    assert by_port(look)[8101].process == "python3.1"


def test_lsof_on_macos_as_root() -> None:
    look = lsof(capture("listeners/built_lsof_macos_root"), macos=True)
    assert (look.extent, look.reason) == ("complete", None)
    assert sockets(look) == [("::1", 3000), ("::", 7000), ("fe80::1", 7001), ("0.0.0.0", 8100), ("127.0.0.1", 8101)]
    assert by_port(look)[3000].process == "Open WebUI"
    assert look.seen[3].raw == "p412 cpython3.11 n*:8100"


def test_lsof_on_macos_without_root_is_partial() -> None:
    look = lsof(capture("listeners/built_lsof_macos_root"), root=False, macos=True)
    assert (look.extent, look.reason) == ("partial", "without root, lsof shows one's own only")
    assert len(look.seen) == 5


def test_link_local_addresses_of_macos() -> None:
    found = by_port(lsof(capture("listeners/built_lsof_macos_link_local"), macos=True))
    assert found[49152].address == "fe80::aede:48ff:fe00:1122", "the 4 in the address is its interface's number"
    assert (found[631].address, found[631].interface, found[631].reach) == ("fe80::1", "lo0", Reach.LOOPBACK)


@pytest.mark.parametrize("macos", [True, False])
@pytest.mark.parametrize("root", [True, False])
def test_lsof_that_prints_nothing_means_unknown(macos: bool, root: bool) -> None:
    """Only where root looked on macOS does no output mean that nothing listens."""
    look = lsof(capture("listeners/captured_lsof_nobody"), root=root, status=1, macos=macos)
    if root and macos:
        assert look == Look((), "complete")
    else:
        assert look.extent == "none"
        assert "does not mean" in (look.reason or "")


def test_lsof_that_only_complains_is_not_believed() -> None:
    assert lsof(b"", status=1, macos=True, stderr=b"lsof: unsupported TCP state: LISTEN\n").extent == "none"


def test_lsof_that_did_not_end() -> None:
    late = Output(status=None, problem="lsof did not end within 10 s", as_root=True)
    assert read_listeners({LSOF.name: late, "uname": DARWIN}) == Look((), "none", "lsof did not end within 10 s")
    early = msgspec.structs.replace(late, stdout=capture("listeners/built_lsof_macos_root"))
    look = read_listeners({LSOF.name: early, "uname": DARWIN})
    assert (look.extent, len(look.seen)) == ("partial", 5)


# ---------------------------------------------------------------- all


def test_nothing_that_lists_sockets() -> None:
    assert read_listeners({}) == Look((), "none", "ss was not run")
    assert read_listeners({SS.name: Output(status=None, problem="ss is not installed")}).reason == "ss is not installed"


def test_split_socket() -> None:
    assert split_socket("127.0.0.1:4000") == Socket("127.0.0.1", 4000)
    assert split_socket("127.0.0.53%lo:53") == Socket("127.0.0.53", 53, "lo")
    assert split_socket("[fe80::1]%eth0:80") == Socket("fe80::1", 80, "eth0")
    assert split_socket("[fe80::1%en0]:80") == Socket("fe80::1", 80, "en0")
    assert split_socket("[::ffff:127.0.0.1]:80") == Socket("127.0.0.1", 80)
    assert split_socket("*%eth0:80") == Socket("*", 80, "eth0")
    assert [split_socket(text) for text in ("", ":", "80", "a:b", "a:0", "a:65536", ":80", "a:²")] == [None] * 8


HOSTILE = [
    b'("',
    b'("x",pid=1,fd=3),',
    b" cgroup:/",
    b"%",
    b"[",
    b"\\x20",
    b"\n",
    b"a.service/",
    b"0A ",
    b"\nn*:1",
    b"\nc(",
]


@pytest.mark.parametrize("content", HOSTILE)
@pytest.mark.parametrize(
    "begin", [b"LISTEN 0 0 *:1 *:* ", b"LISTEN 0 0 *:1 *:* users:(", b"LISTEN 0 0 ", b"c", b"p1\nn"]
)
def test_hostile_output_is_read_in_linear_time(begin: bytes, content: bytes) -> None:
    """A square of these sizes would take minutes."""
    output = Output(stdout=b"  sl  rem_address remote_address\n" + begin + content * 100_000 + b"!", as_root=True)
    began = time.process_time()
    for section in SECTIONS:
        read_listeners({section.name: output})
    assert time.process_time() - began < 5


LINES = st.lists(
    st.one_of(
        st.binary(max_size=80),
        st.sampled_from(
            b"".join(
                capture(f"listeners/{name}")
                for name in ("captured_ss_6_15", "captured_proc_net_tcp", "captured_proc_net_tcp6")
            )
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
        st.sampled_from([section.name for section in SECTIONS]),
        st.builds(
            Output,
            stdout=LINES,
            status=st.sampled_from([0, 1, None]),
            truncated=st.booleans(),
            problem=st.sampled_from([None, None, "broke"]),
            as_root=st.booleans(),
        ),
    ),
    st.booleans(),
)
def test_any_bytes(outputs: dict[str, Output], macos: bool) -> None:
    look = read_listeners({**outputs, "uname": DARWIN} if macos else outputs)
    msgspec.json.encode([seen.fact for seen in look.seen])
    assert all(0 < port < 65536 for _, port in sockets(look))
    assert look.extent == "complete" or look.reason


def test_root_learns_units_from_the_processes() -> None:
    """Without `-e`: the control groups of the processes tell, also where a host has both kinds of hierarchies."""
    listening = (
        b'LISTEN 0 128 127.0.0.1:4000 0.0.0.0:* users:(("litellm",pid=901,fd=3))\n'
        b'LISTEN 0 128 127.0.0.1:4001 0.0.0.0:* users:(("systemd",pid=1,fd=40),("optillm",pid=902,fd=3))\n'
        b'LISTEN 0 128 127.0.0.1:4002 0.0.0.0:* users:(("shell",pid=903,fd=3))\n'
        b"LISTEN 0 128 127.0.0.1:4003 0.0.0.0:*\n"
    )
    records = (
        b"/proc/901/cmdline:/opt/litellm\0",
        b"/proc/901/cgroup:0::/system.slice/litellm.service\n\0",
        b"/proc/902/cgroup:1:name=systemd:/system.slice/optillm.service\n2:cpu,cpuacct:/x.service\n0::/\n\0",
        b"/proc/903/cgroup:0::/user.slice/user-0.slice/session-1.scope\n\0",
        b"/proc/1/cgroup:0::/init.scope\n\0",
    )
    outputs = {"ss-root": Output(stdout=listening, as_root=True), "cmdlines": Output(stdout=b"".join(records))}
    look = read_listeners(outputs)
    assert look.extent == "complete"
    assert look.reason is None
    found = [
        (seen.fact.port, seen.fact.process, seen.fact.unit) for seen in look.seen if isinstance(seen.fact, Listener)
    ]
    assert found == [
        (4000, "litellm", "litellm.service"),
        (4001, "optillm", "optillm.service"),
        (4002, "shell", None),
        (4003, None, None),
    ]
    assert {seen.by for seen in look.seen} == {"ss -H -tlnp"}
