"""A look at the machine that the tests run on, with real listeners and a real web server."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from trueup.catalog import load_catalog
from trueup.evidence.collect import SECONDS, take_snapshot
from trueup.manifest import Host, Manifest, Service
from trueup.vocabulary import Answer, Listener, ModelId, Models, Reach, reach_of

NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
CATALOG = load_catalog()
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the sockets of a Linux machine")


@pytest.fixture
def web_server(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A real `python -m http.server` on loopback: its pid and port."""
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "models").write_text('{"object": "list", "data": [{"id": "/models/x"}]}')
    (tmp_path / "status.json").write_text('{"status": "ok", "token": "hunter2"}')
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().split(" port ")[1].split()[0])
        yield server.pid, port
        server.kill()


@on_linux
def test_real_listeners_are_seen_with_process_and_reach(web_server: tuple[int, int]) -> None:
    pid, port = web_server
    with closing(socket.socket(socket.AF_INET6)) as both, closing(socket.socket()) as loopback:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        both.listen()
        loopback.bind(("127.0.0.2", 0))
        loopback.listen()
        taken = take_snapshot(Manifest(), CATALOG, now=NOW)
        own = {"both": both.getsockname()[1], "loopback": loopback.getsockname()[1]}
    found = {seen.fact.port: seen.fact for seen in taken.observations if isinstance(seen.fact, Listener)}
    assert found[port].address == "127.0.0.1"
    assert found[port].pid == pid
    assert (found[port].process or "").startswith("python")
    assert reach_of(found[port].address) is Reach.LOOPBACK
    assert found[own["both"]].address == "*"
    assert reach_of(found[own["both"]].address) is Reach.ANY
    assert found[own["loopback"]].address == "127.0.0.2"
    assert [each.extent for each in taken.coverages if each.collector == "listeners"] == ["complete"]
    assert taken.hosts == (socket.gethostname().partition(".")[0],)
    cost = taken.costs[0]
    assert cost.commands >= 6
    assert 0 < cost.wall_seconds < 2 * SECONDS
    assert cost.cpu_seconds > 0


@on_linux
def test_real_service_of_the_manifest_is_asked(web_server: tuple[int, int]) -> None:
    _, port = web_server
    served = Service(
        kind="own", host="here", listen=(f"127.0.0.1:{port}",), probes=("/v1/models", "/status.json", "/no")
    )
    manifest = Manifest(hosts=(Host(name="here", via="local"),), services=(served,))
    taken = take_snapshot(manifest, CATALOG, now=NOW)
    url = f"http://127.0.0.1:{port}"
    # Other services of this machine, whatever they are, may have been asked too.
    own = [
        seen
        for seen in taken.observations
        if isinstance(seen.fact, Answer | Models) and seen.fact.url.startswith(f"{url}/")
    ]
    answers = {seen.fact.url: seen.fact for seen in own if isinstance(seen.fact, Answer)}
    assert answers[f"{url}/status.json"].scalars == (("status", "ok"),)
    assert answers[f"{url}/status.json"].shape == ("status", "token")
    assert answers[f"{url}/no"].status == 404
    listed = [seen.fact for seen in own if isinstance(seen.fact, Models)]
    assert listed == [Models(url=f"{url}/v1/models", ids=(ModelId("/models/x", "path"),))]
    assert {seen.service for seen in own} == {"own"}
    assert "hunter2" not in msgspec.json.encode(taken).decode()


@on_linux
def test_real_look_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    take_snapshot(Manifest(), CATALOG, now=NOW)
    assert list(tmp_path.iterdir()) == []
