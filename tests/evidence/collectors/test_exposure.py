"""Forwards from the bytes of `tailscale` and of the proxies' configuration files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors import exposure
from trueup.evidence.collectors.exposure import FILES, SECTIONS, SERVE, STATUS, follow_up, read_forwards
from trueup.evidence.collectors.look import NOT_HERE, Look
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Forward, Reach, bind_of

from .captures import capture
from .proxies.reading import short

SERVED = capture("exposure/built_serve_status")
UP = capture("exposure/built_status")
STACK = capture("exposure/captured_files_stack")
INCLUDES = capture("exposure/captured_files_includes")
NO_PROXY = Output(status=None, problem=NOT_HERE)
NO_TAILSCALE = Output(status=None, problem="tailscale is not installed")


def read(files: Output = NO_PROXY, serve: Output = NO_TAILSCALE, **more: Output) -> Look:
    status = Output(stdout=UP)
    return read_forwards({FILES.name: files, SERVE.name: serve, STATUS.name: status, **more})


def shorts(look: Look) -> list[str]:
    return [short(seen.fact) for seen in look.seen if isinstance(seen.fact, Forward)]


# ---------------------------------------------------------------- tailscale


def test_what_tailscale_serves() -> None:
    look = read(serve=Output(stdout=SERVED))
    assert (look.extent, look.reason) == ("complete", None)
    assert shorts(look) == [
        "*:443 mini.tail0a1b2.ts.net -> http://127.0.0.1:3000",
        "*:443 mini.tail0a1b2.ts.net /gateway -> http://127.0.0.1:4000",
        "*:443 mini.tail0a1b2.ts.net /files ->",
        "*:8443 mini.tail0a1b2.ts.net -> https+insecure://localhost:9443",
        "*:80 mini ->",
        "*:2222 -> 127.0.0.1:22",
        "*:5432 mini.tail0a1b2.ts.net -> 127.0.0.1:5432",
        "*:10000 mini.tail0a1b2.ts.net -> http://127.0.0.1:8100",
        "*:443 chat.tail0a1b2.ts.net -> http://127.0.0.1:3001",
    ]
    funnels = [seen.fact for seen in look.seen if isinstance(seen.fact, Forward) and "funnel" in seen.fact.via]
    assert [(forward.port, forward.reach) for forward in funnels] == [(8443, Reach.ANY), (10000, Reach.ANY)]
    assert look.seen[0].fact == Forward(
        via="tailscale serve",
        port=443,
        reach=Reach.TAILNET,
        name="mini.tail0a1b2.ts.net",
        target="http://127.0.0.1:3000",
    )
    assert look.seen[0].by == "tailscale serve status --json"


@pytest.mark.parametrize("answer", [b"{}\n", b"null\n", b'{"TCP":{},"Web":null,"Foreground":{"x":null}}'])
def test_nothing_served_is_complete(answer: bytes) -> None:
    assert read(serve=Output(stdout=answer)) == Look((), "complete")


@pytest.mark.parametrize(
    ("serve", "status", "reason"),
    [
        (NO_TAILSCALE, Output(), "tailscale is not installed"),
        (
            Output(stderr=b"failed to connect to local tailscaled; it doesn't appear to be running", status=1),
            Output(status=1),
            "tailscaled does not run here",
        ),
        (Output(stdout=SERVED), Output(stdout=b'{"BackendState":"Stopped"}'), "tailscale is not up here (Stopped)"),
        (
            Output(stdout=b"{}"),
            Output(stdout=b'{"BackendState":"NeedsLogin"}'),
            "tailscale is not up here (NeedsLogin)",
        ),
        (Output(stdout=SERVED), Output(status=1), "tailscale is not up here (unknown)"),
        (Output(stdout=b"{"), Output(stdout=UP), "the answer of tailscale was not understood"),
        (Output(stdout=SERVED, truncated=True), Output(stdout=UP), "tailscale printed more than is read"),
    ],
)
def test_without_an_answer_it_is_not_said_that_nothing_is_served(serve: Output, status: Output, reason: str) -> None:
    outputs = {FILES.name: NO_PROXY, SERVE.name: serve, STATUS.name: status}
    assert read_forwards(outputs) == Look((), "none", reason)


def test_a_proxy_leaves_it_partial_where_tailscale_gave_no_answer() -> None:
    look = read(Output(stdout=capture("exposure/captured_files_debian")))
    assert (look.extent, look.reason) == ("partial", "tailscale is not installed")
    assert read() == Look((), "none", "tailscale is not installed")


# ---------------------------------------------------------------- files


def test_proxies_as_debian_installs_them() -> None:
    look = read(Output(stdout=capture("exposure/captured_files_debian")), Output(stdout=b"{}"))
    assert (look.extent, look.reason) == ("complete", None)
    assert shorts(look) == ["0.0.0.0:80 ->", ":::80 ->", "*:80 ->"]
    assert look.seen[0].by == "read /etc/nginx/sites-enabled/default"
    assert look.seen[0].raw == "listen 80 default_server"


def both() -> Look:
    return read(Output(stdout=STACK), Output(stdout=b"{}"), **{"proxy-includes": Output(stdout=INCLUDES)})


def test_a_whole_stack() -> None:
    look = both()
    assert (look.extent, look.reason) == ("complete", None)
    found = shorts(look)
    for expected in (
        "192.0.2.10:443 chat.example.test /v1/ -> http://127.0.0.1:9000",
        "::1:8443 llm.example.test ~ ^/gateway/(?<rest>[a-z]{1,5})$ -> http://127.0.0.1:4001/",
        ":::8010 /elsewhere -> http://192.0.2.30:8100/",
        "127.0.0.1:6001 -> 127.0.0.1:5432",
        "192.0.2.10:2222 -> 192.0.2.40:22",
        "*:8444 site.example.test -> 127.0.0.1:4100",
        "127.0.0.1:5000 -> localhost:5001",
    ):
        assert expected in found


def test_forwards_are_where_the_real_proxies_listen() -> None:
    """The same files, with nginx and HAProxy started on them: what `ss` showed is what was read."""
    real = set()
    for line in capture("exposure/captured_listening").decode().splitlines():
        socket, process = line.split()
        address, _, port = socket.rpartition(":")
        real.add((process.split('"')[1], bind_of(address), int(port)))
    read_from_files = {
        (seen.fact.via, bind_of(seen.fact.address), seen.fact.port)
        for seen in both().seen
        if isinstance(seen.fact, Forward) and seen.fact.via in ("nginx", "haproxy")
    }
    assert read_from_files == real


def test_no_secret_of_a_configuration_is_kept() -> None:
    assert STACK.count(b"not-for-print") == 3
    assert b"not-for-print" not in msgspec.json.encode([(seen.fact, seen.raw, seen.by) for seen in both().seen])


def test_what_is_included_from_elsewhere_is_asked_for_once() -> None:
    outputs = {FILES.name: Output(stdout=STACK)}
    (section,) = follow_up(outputs)
    assert section.argv[3:] == ("sh", "/srv/proxy/outside*.conf")
    assert read(Output(stdout=STACK), Output(stdout=b"{}")).reason == "/srv/proxy/outside*.conf was not read"
    nothing = read(Output(stdout=STACK), Output(stdout=b"{}"), **{"proxy-includes": Output()})
    assert nothing.extent == "complete", "nginx takes a pattern that names no file, too"
    broken = read(Output(stdout=STACK), Output(stdout=b"{}"), **{"proxy-includes": Output(status=1)})
    assert broken.extent == "partial"
    assert follow_up({FILES.name: Output(stdout=capture("exposure/captured_files_debian"))}) == ()
    assert follow_up({}) == ()


@pytest.mark.parametrize("path", ["/etc/x;reboot", "/a/$(id)", "/a/../../etc/shadow", "relative/../x", "/a b"])
def test_odd_paths_are_not_asked_for(path: str) -> None:
    main = f'file\t/etc/nginx/nginx.conf\n/etc/nginx/nginx.conf\thttp {{ include "{path}"; }}\n'.encode()
    assert follow_up({FILES.name: Output(stdout=main)}) == ()
    assert read(Output(stdout=main), Output(stdout=b"{}")).extent == "partial"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (Output(stdout=STACK, truncated=True), "printed more than is read"),
        (Output(status=None, problem="it did not end within 5 s"), "it did not end"),
        (Output(stdout=b"closed\t/etc/haproxy/haproxy.cfg\n"), "may not be read by this user"),
        (Output(stdout=b"odd\t\n"), "odd name"),
    ],
)
def test_files_that_were_not_read_take_completeness_away(files: Output, words: str) -> None:
    look = read(files, Output(stdout=b"{}"), **{"proxy-includes": Output(stdout=INCLUDES)})
    assert look.extent == "partial"
    assert words in (look.reason or "")


def test_a_file_cannot_pass_for_another() -> None:
    text = b"file\t/etc/caddy/Caddyfile\n/etc/caddy/Caddyfile\t# x\n/etc/nginx/nginx.conf\thttp { server { } }\n"
    assert shorts(read(Output(stdout=text), Output(stdout=b"{}"))) == [], "nginx.conf was not announced"


def run(script: str, *arguments: str) -> list[str]:
    done = subprocess.run(["/bin/sh", "-c", script, "sh", *arguments], capture_output=True, timeout=10, check=True)
    return done.stdout.decode("utf-8", "backslashreplace").split("\n")


def test_the_script_frames_whatever_stands_in_files(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_bytes(b"one\nfile\t/etc/shadow\nlast line without an end")
    (tmp_path / "empty.conf").touch()
    (tmp_path / "b c.conf").write_text("odd")
    os.mkfifo(tmp_path / "waits.conf")
    (tmp_path / "x.conf").mkdir()
    (section,) = follow_up({FILES.name: Output(stdout=STACK)})
    a, empty = (f"{tmp_path}/{name}.conf" for name in ("a", "empty"))
    assert run(section.argv[2], f"{tmp_path}/*.conf", "/nonexistent/*") == [
        f"file\t{a}",
        "odd\t",
        f"file\t{empty}",
        f"{a}\tone",
        f"{a}\tfile\t/etc/shadow",
        f"{a}\tlast line without an end",
        "",
    ]
    assert run(section.argv[2], "/nonexistent/*") == [""]


PIECES = st.sampled_from(
    [*STACK.split(b"\n"), *SERVED.split(b"\n"), *INCLUDES.split(b"\n"), b"file\t/etc/caddy/Caddyfile"]
)
BYTES = st.builds(
    lambda lines, noise: b"\n".join(lines) + noise, st.lists(PIECES | st.binary(max_size=40)), st.binary()
)


@given(
    st.dictionaries(
        st.sampled_from([*(section.name for section in SECTIONS), "proxy-includes"]),
        st.builds(Output, stdout=BYTES | st.just(STACK) | st.just(SERVED), status=st.sampled_from([0, 0, 1, None])),
    )
)
def test_any_bytes(outputs: dict[str, Output]) -> None:
    look = read_forwards(outputs)
    content = msgspec.json.encode([(seen.fact, seen.raw) for seen in look.seen])
    assert b"not-for-print" not in content
    assert look.extent == "complete" or look.reason
    for section in follow_up(outputs):
        assert all(exposure._PATTERN.fullmatch(word) for word in section.argv[4:])


def test_a_host_without_proxies_does_not_pay_for_their_readers() -> None:
    code = (
        "import sys; from trueup.evidence.collectors import containers, exposure; "
        "exposure.read_forwards({}); print(*(name for name in sys.modules if 'proxies' in name or 'engines' in name))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.split() == []
