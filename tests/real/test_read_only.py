"""Looking at a host writes nothing there, ends nobody, and asks services for nothing but answers.

Read-only is a test: everything that a look starts runs under strace, and real servers record every byte they get.

One program cannot be asked without writing: every command of Podman opens its locks and its database for writing, and
writes who was last into a lock. So its own files may be opened by it, and of them only locks may be other than before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from bench.rig.services import REPOSITORY, Check, manifest_of, nine_checks, server_of, services_of, serving
from tests.hosts.fleet import fleet
from tests.hosts.host import Host
from tests.hosts.network import network
from tests.real.looking import look, prepare
from tests.real.tracing import Offence, Trace, need_strace, trace, tracing

pytestmark = pytest.mark.slow

_REQUEST = re.compile(r"(GET|HEAD|OPTIONS) /\S* HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")
_PODMANS_FILES = re.compile(
    r'"(/var/lib/containers/|/run/(user/\d+/)?(containers|libpod)/|/dev/shm/libpod_|/etc/cni/net\.d/cni\.lock")'
)
_PODMANS_FOLDERS = ("/var/lib/containers", "/run/containers", "/run/libpod")
_WRITERS = {
    "a file made": "true > {there}",
    "a file made in a subshell": "(true >> {there})",
    "a folder": "mkdir {there}",
    "a file renamed": "mv {here} {there}",
    "times changed": "touch {here}",
    "a mode": "chmod 600 {here}",
    "a file removed": "rm {here}",
    "a refused write": "true > /proc/version/{there} || true",
    "another's process ended": "kill -CONT {other}",
}


def _look(folder: Path, *, path: str = "") -> Trace:
    """Take a snapshot of this machine under strace."""
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    argv = [str(Path(sys.executable).with_name("trueup")), "snapshot", "--root", str(folder / "root")]
    return trace(argv, folder / "trace", environment)


def _look_over_ssh(host: Host, folder: Path, more: str = "") -> Trace:
    """Take a snapshot of a host whose ssh server, with all that it starts, is under strace."""
    need_strace()
    (server,) = (pid for pid, said in host.processes().items() if "sshd" in said and "listener" in said)
    with tracing(server, "/usr/sbin/sshd", folder / "trace") as seen:
        taken = look(prepare(folder / "root", [host], more=more))
        assert taken.is_whole(host.name)
    return seen


def _is_podmans_own(offence: Offence) -> bool:
    return offence.program.endswith("/podman") and _PODMANS_FILES.search(offence.call) is not None


def _podmans_files() -> dict[Path, str]:
    """Return a digest of every file that Podman keeps, save for locks."""
    paths = [path for folder in _PODMANS_FOLDERS for path in Path(folder).rglob("*")]
    kept = [path for path in paths if path.is_file() and not path.is_symlink() and path.suffix not in (".lock", ".lck")]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def _wait_for_listeners(host: Host, count: int, *, within: float = 10.0) -> None:
    until = time.monotonic() + within
    while len(host.run(["ss", "-H", "-tln", "src", "127.0.0.1"]).splitlines()) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def _have_been_read(recorded: Path, checks: Sequence[Check]) -> None:
    """Every service was asked, and nothing but read."""
    requests = [json.loads(line) for line in recorded.read_text().splitlines()]
    assert _not_only_read(requests) == []
    asked = {int(port) for each in requests for port in re.findall(r"(?i)\r\nhost: 127\.0\.0\.1:(\d+)\r\n", each)}
    assert asked == {check.port for check in checks}


def _not_only_read(requests: Iterable[str]) -> list[str]:
    """Return what is not exactly one request that reads, without a body."""
    return [each for each in requests if not _REQUEST.fullmatch(each)]


def test_a_look_at_this_machine_only_reads(tmp_path: Path) -> None:
    checks = nine_checks()
    recorded = tmp_path / "requests"
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "trueup.toml").write_text(manifest_of(checks))
    before = _podmans_files()
    with serving(checks, record=recorded):
        seen = _look(tmp_path)
    assert _podmans_files() == before
    assert {Path(each).name for each in seen.commands()} >= {"sh", "ss"}
    assert [each for each in seen.offences() if not _is_podmans_own(each)] == []
    _have_been_read(recorded, checks)


def test_a_look_over_ssh_only_reads(tmp_path: Path) -> None:
    checks = nine_checks()
    recorded = tmp_path / "requests"
    with network() as net, fleet(net, 1, services=()) as (host,):
        served = ["env", "-C", str(REPOSITORY), "ip", "netns", "exec", host.place.namespace]
        net.start("nine", [*served, *server_of(checks, record=recorded)])
        _wait_for_listeners(host, len(checks))
        seen = _look_over_ssh(host, tmp_path, services_of(checks, host.name))
    assert {Path(each).name for each in seen.commands()} >= {"sh", "ss"}
    assert [each for each in seen.offences() if not _is_podmans_own(each)] == []
    _have_been_read(recorded, checks)


def test_a_command_that_writes_on_a_host_over_ssh_is_told_of(tmp_path: Path) -> None:
    there = tmp_path / "there"
    shim = f'#!/bin/sh\ntrue > {there}\nexec /usr/bin/ss "$@"\n'
    with network() as net, fleet(net, 1, services=()) as (host,):
        host.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/local/sbin"])
        host.run(["sh", "-c", "cat >/usr/local/sbin/ss; chmod 755 /usr/local/sbin/ss"], told=shim)
        offences = _look_over_ssh(host, tmp_path).offences()
    assert there.exists()
    assert any(str(there) in offence.call for offence in offences)


@pytest.mark.parametrize("writer", _WRITERS.values(), ids=_WRITERS)
def test_a_command_that_writes_is_told_of(writer: str, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    here, there = tmp_path / "here", tmp_path / "there"
    here.write_text("")
    tools = tmp_path / "tools"
    tools.mkdir()
    shim = tools / "ss"
    shim.write_text(f"#!/bin/sh\n{writer.format(here=here, there=there, other=os.getpid())}\n")
    shim.chmod(0o755)
    offences = _look(tmp_path, path=str(tools)).offences()
    assert any(str(each) in offence.call for each in (here, there, os.getpid()) for offence in offences)


@pytest.mark.parametrize(
    "request_",
    [
        "POST /v1/chat HTTP/1.1\r\nhost: a\r\n\r\n",
        "DELETE / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\n\r\nbody",
        "GET / HTTP/1.1\r\nhost: a\r\n\r\nPOST / HTTP/1.1\r\nhost: a\r\n\r\n",
    ],
)
def test_a_request_that_does_more_than_read_is_told_of(request_: str) -> None:
    assert _not_only_read([request_]) == [request_]
    assert (
        _not_only_read([request_.replace("POST", "GET").split("\r\n\r\n")[0].replace("DELETE", "HEAD") + "\r\n\r\n"])
        == []
    )
