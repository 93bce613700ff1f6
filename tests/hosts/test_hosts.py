"""The hosts that other tests are given: they are what they claim to be, and they are gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.hosts.claim import Claim
from tests.hosts.files import Files, enabled
from tests.hosts.fleet import fleet
from tests.hosts.host import Host, ssh_config
from tests.hosts.needs import cgroup_root, need_namespaces
from tests.hosts.network import network
from tests.hosts.systemd_host import systemd_host

_ROOT = Path(__file__).resolve().parents[2]
_LANE = "/home/ops/.config/systemd/user/lane.service"
_UNITS: Files = {
    "/etc/systemd/system/gateway.service": "[Service]\nExecStart=/usr/bin/sleep infinity\n",
    "/etc/systemd/system/gateway.service.d/name.conf": "[Service]\nEnvironment=NAME=one\n",
    "/etc/systemd/system/web.service": "[Service]\nExecStart=/usr/bin/cat\nStandardInput=socket\n",
    "/etc/systemd/system/web.socket": "[Socket]\nListenStream=127.0.0.1:8080\n",
    _LANE: "[Service]\nExecStart=/usr/bin/sleep infinity\n",
    **enabled("/etc/systemd/system/gateway.service", "/etc/systemd/system/web.socket", _LANE),
}


def _ssh(host: Host, folder: Path, command: str, user: str = "root") -> str:
    """Run a command on the host as a person would."""
    config = ssh_config([host], folder, user=user)
    argv = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", host.name, command]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _left(claim: Claim, group: Path) -> list[str]:
    """Return what is there of a claim."""
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(claim.folder) in line]
    spaces = [each.name for each in Path("/run/netns").iterdir() if each.name.startswith(claim.named(""))]
    paths = [claim.folder, group, Path("/sys/class/net", claim.link)]
    return mounts + spaces + [str(path) for path in paths if path.exists()]


@pytest.mark.slow
def test_a_real_systemd_boots_answers_ssh_and_is_gone(tmp_path: Path) -> None:
    scope = Path("/proc/self/cgroup").read_text()
    with network() as net, systemd_host(net, "mini", _UNITS) as mini:
        told = _ssh(mini, tmp_path, "hostname; systemctl is-active gateway web.socket; ps --no-headers -o comm= -p 1")
        assert told.split() == ["mini", "active", "active", "systemd"]
        mine = "id -un; XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user is-active lane; sudo -n true || echo no"
        assert _ssh(mini, tmp_path, mine, "ops").split() == ["ops", "active", "no"]
        assert (mini.logins(), mini.executions()) == (2, 2)
        assert "NAME=one" in mini.run(["systemctl", "show", "--property=Environment", "gateway"])
        assert sum("sleep infinity" in line for line in mini.processes().values()) == 2
        pids = tuple(mini.processes())
        assert _left(net.claim, net.claim.group)
    assert _left(net.claim, net.claim.group) == []
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    # Had systemd seen this machine's own control groups, we would be in a scope of its making now.
    assert Path("/proc/self/cgroup").read_text() == scope


@pytest.mark.slow
def test_what_a_host_takes_of_the_processor_is_counted_from_outside(tmp_path: Path) -> None:
    with network() as net, systemd_host(net, "mini") as mini:
        before = mini.cpu_seconds()
        _ssh(mini, tmp_path, "timeout 0.5 sh -c 'while :; do :; done' || true")
        assert 0.2 < mini.cpu_seconds() - before < 1.5


@pytest.mark.slow
def test_each_host_of_a_fleet_sees_itself_only(tmp_path: Path) -> None:
    with network() as net, fleet(net, 10) as hosts:
        assert len({host.host_key for host in hosts}) == 10
        for host in hosts[:3]:
            told = _ssh(host, tmp_path, "hostname; ps -A -o comm= | grep -c sshd; ss -Htln | grep -Eoc ':(4000|9090) '")
            assert told.split() == [host.name, "2", "2"]
            assert (host.logins(), host.executions()) == (1, 1)
            with urllib.request.urlopen(f"http://{host.address}:4000/health/readiness", timeout=10) as answer:
                assert answer.read() == b'{"status":"healthy","db":"Not connected"}'
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"http://{host.address}:4000/v1/models", timeout=10)
        assert (hosts[3].logins(), hosts[3].executions()) == (0, 0)
        pids = tuple(pid for host in hosts for pid in host.processes())
    assert _left(net.claim, net.claim.group) == []
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.slow
def test_a_long_way_takes_its_time_each_way_and_loses_nothing(tmp_path: Path) -> None:
    with network() as net, fleet(net, 1, delay=0.025) as (far,), fleet(net, 1, prefix="near") as (near,):
        shortest = {}
        for host in (far, near):
            url = f"http://{host.address}:9090/-/ready"
            taken = []
            for _ in range(3):
                start = time.monotonic()
                urllib.request.urlopen(url, timeout=10).close()
                taken.append(time.monotonic() - start)
            shortest[host] = min(taken)
        # Two round trips: one to connect, one to ask.
        assert shortest[far] - shortest[near] == pytest.approx(0.1, abs=0.04)
        assert _ssh(far, tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x") == "x" * 3_000_000


@pytest.mark.slow
def test_hosts_of_one_network_come_and_go(tmp_path: Path) -> None:
    with network() as net, fleet(net, 1, prefix="stays") as (stays,):
        for _ in range(2):
            with fleet(net, 1, delay=0.001) as (goes,):
                assert _ssh(goes, tmp_path, "hostname").strip() == goes.name
            assert not goes.group.exists()
            assert not goes.place.path.exists()
        assert _ssh(stays, tmp_path, "hostname").strip() == stays.name


@pytest.mark.slow
def test_two_networks_at_once_have_nothing_in_common() -> None:
    with network() as one, network() as other:
        assert not one.claim.addresses.overlaps(other.claim.addresses)
        assert {one.claim.group.exists(), other.claim.group.exists()} == {True}
    assert _left(one.claim, one.claim.group) + _left(other.claim, other.claim.group) == []


_HELD = """
from tests.hosts.fleet import fleet
from tests.hosts.network import network
import time
with network() as net, fleet(net, 2):
    print(net.claim.number, flush=True)
    time.sleep(600)
"""


def _held() -> tuple[subprocess.Popen[str], Claim]:
    """Let another process make a fleet and wait."""
    held = subprocess.Popen([sys.executable, "-c", _HELD], cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    assert held.stdout
    claim = Claim(int(held.stdout.readline()))
    assert _left(claim, claim.group)
    return held, claim


@pytest.mark.slow
def test_an_interrupt_leaves_nothing() -> None:
    with network():
        held, claim = _held()
    held.send_signal(signal.SIGINT)
    held.communicate(timeout=60)
    assert _left(claim, claim.group) == []


@pytest.mark.slow
def test_what_a_killed_run_leaves_goes_when_the_next_one_starts() -> None:
    with network() as ours:
        held, claim = _held()
        held.kill()
        held.communicate(timeout=60)
        assert _left(claim, claim.group)
        with network() as next_one:
            assert next_one.claim.number != ours.claim.number
        assert _left(claim, claim.group) == []
        assert _left(ours.claim, ours.claim.group)


def test_what_is_missing_skips_with_the_reason() -> None:
    need = "no-such-command-here"
    expected = f"{need} is not here" if os.geteuid() == 0 and cgroup_root().exists() else "no hosts to test with"
    with pytest.raises(pytest.skip.Exception, match=expected):
        need_namespaces(need)


def test_a_user_who_is_not_root_gets_the_reason() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    script = "import os; from tests.hosts.needs import need_namespaces as need; os.setuid(65534); need()"
    done = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=False)
    assert "only root may make namespaces" in done.stderr
