"""What a snapshot over ssh tells of a real systemd host: as root, as nobody special, and with `sudo -n`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hosts.files import File, Files, enabled
from tests.hosts.host import Host
from tests.hosts.network import network
from tests.hosts.systemd_host import systemd_host
from tests.real.looking import Look, look, prepare

from trueup.vocabulary import Answer, Identity, Listener, Reach, Unit

pytestmark = pytest.mark.slow

SECRETS = {
    "in an Environment= line": "sk-7f3a9c2e8b1d4f60a5e7",
    "in an Environment= line of a drop-in": "hf_QwErTyUiOpAsDfGhJkLz7391",
    "in an environment file": "sk-0d9e8c7b6a5f4e3d2c1b",
    "after a flag": "Wq7-correct-horse-staple-93",
    "in a URL": "n0tForYourEyes-55121",
    "in a user unit": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "in an answer": "glpat-Xy3kLmN8pQrStUvW9zAb",
}
_ENVIRONMENT, _DROP_IN, _FILE, _FLAG, _URL, _USER, _ANSWER = SECRETS.values()

_ANSWERING = f"""
import socket, sys
server = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen(64)
body = b'{{"status":"healthy","db":"Not connected","key":"{_ANSWER}"}}'
while True:
    connection, _ = server.accept()
    connection.settimeout(10)
    try:
        asked = connection.recv(65536)
        known = b" /health/readiness " in asked
        head = b"200 OK" if known else b"401 Unauthorized"
        connection.sendall(b"HTTP/1.1 %s\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n\\r\\n" % head)
        connection.sendall(body if known else b'{{"error":"no key"}}')
    except OSError:
        pass
    connection.close()
"""
_SYSTEM = "/etc/systemd/system"
_USER_UNIT = "/home/ops/.config/systemd/user/lane.service"
_PYTHON = "/usr/bin/python3 /opt/answering.py"
UNITS: Files = {
    "/opt/answering.py": _ANSWERING,
    f"{_SYSTEM}/litellm.service": f"""
[Service]
Environment=LITELLM_MASTER_KEY={_ENVIRONMENT} LITELLM_LOG=INFO
EnvironmentFile=/etc/litellm/litellm.env
ExecStart={_PYTHON} :: 4000 --api-key {_FLAG} --database postgres://llm:{_URL}@db.example/litellm
""",
    f"{_SYSTEM}/litellm.service.d/10-hub.conf": f"[Service]\nEnvironment=HF_TOKEN={_DROP_IN}\nRestart=always\n",
    "/etc/litellm/litellm.env": File(f"OPENAI_API_KEY={_FILE}\n", 0o600),
    f"{_SYSTEM}/web.socket": "[Socket]\nListenStream=127.0.0.1:8080\n",
    f"{_SYSTEM}/web.service": f"[Service]\nExecStart={_PYTHON} 127.0.0.1 8081\n",
    f"{_SYSTEM}/broken.service": "[Service]\nExecStart=/usr/bin/false\n",
    _USER_UNIT: f"[Service]\nEnvironment=GITHUB_TOKEN={_USER}\nExecStart={_PYTHON} 127.0.0.1 8100\n",
    **enabled(f"{_SYSTEM}/litellm.service", f"{_SYSTEM}/web.socket", f"{_SYSTEM}/broken.service", _USER_UNIT),
}
_SERVICES = """
[[services]]
kind = "litellm"
host = "mini"
listen = ["*:4000"]
unit = "litellm.service"

[[lanes]]
handle = "mlx-small-4bit"
host = "mini"
port = 8100
"""


@pytest.fixture(scope="module")
def mini() -> Iterator[Host]:
    with network() as net, systemd_host(net, "mini", UNITS) as host:
        edited = f"{_SYSTEM}/litellm.service.d/10-hub.conf"
        # Times are told in whole seconds: a minute later than everything that started, whatever the machine's haste.
        host.run(["sh", "-c", f"echo '# edited' >>{edited} && touch --date='+1 minute' {edited}"])
        yield host


@pytest.fixture(scope="module")
def as_root(mini: Host, tmp_path_factory: pytest.TempPathFactory) -> Look:
    return look(prepare(tmp_path_factory.mktemp("root"), [mini], more=_SERVICES))


@pytest.fixture(scope="module")
def as_ops(mini: Host, tmp_path_factory: pytest.TempPathFactory) -> Look:
    return look(prepare(tmp_path_factory.mktemp("ops"), [mini], user="ops", more=_SERVICES))


def test_one_connection_and_at_most_three_executions_by_the_hosts_own_log(mini: Host, tmp_path: Path) -> None:
    logins, executions = mini.logins(), mini.executions()
    taken = look(prepare(tmp_path, [mini], more=_SERVICES))
    assert mini.logins() - logins == 1 == taken.cost("mini").connections
    assert 1 <= mini.executions() - executions <= 3
    assert mini.executions() - executions == taken.cost("mini").executions


def test_the_host_says_who_it_is(as_root: Look, mini: Host) -> None:
    (itself,) = as_root.facts("mini", Identity)
    assert itself.hostname == "mini"
    assert mini.address in itself.addresses
    assert itself.clock_ahead is None


def test_a_unit_with_drop_ins_and_an_environment_file(as_root: Look) -> None:
    unit = as_root.fact("mini", Unit, name="litellm.service")
    assert (unit.scope, unit.load, unit.active, unit.sub) == ("system", "loaded", "active", "running")
    assert unit.path == f"{_SYSTEM}/litellm.service"
    assert unit.drop_ins == (f"{_SYSTEM}/litellm.service.d/10-hub.conf",)
    assert unit.command[:4] == (*_PYTHON.split(), "::", "4000")
    assert {"LITELLM_MASTER_KEY", "LITELLM_LOG", "HF_TOKEN"} <= set(unit.environment)
    assert unit.environment_files == ("/etc/litellm/litellm.env",)


def test_files_that_changed_since_the_manager_read_them(as_root: Look) -> None:
    unit = as_root.fact("mini", Unit, name="litellm.service")
    assert unit.needs_reload is True
    assert unit.runs_older_files
    assert not as_root.fact("mini", Unit, name="ssh.service").runs_older_files


def test_a_socket_unit_names_what_it_would_start_and_nothing_wakes_it(as_root: Look, mini: Host) -> None:
    unit = as_root.fact("mini", Unit, name="web.socket")
    assert unit.active == "active"
    assert unit.triggers == ("web.service",)
    assert any("127.0.0.1:8080" in listen for listen in unit.listens)
    assert as_root.fact("mini", Listener, port=8080).reach is Reach.LOOPBACK
    assert mini.run(["systemctl", "show", "--property=ActiveState", "web.service"]) == "ActiveState=inactive\n"
    assert "127.0.0.1:8081" not in as_root.everything


def test_a_unit_that_failed(as_root: Look) -> None:
    assert as_root.fact("mini", Unit, name="broken.service").active == "failed"


def test_units_of_a_user_belong_to_that_user(as_root: Look, as_ops: Look) -> None:
    for taken, owners in ((as_root, {"ops"}), (as_ops, {None, "ops"})):
        unit = taken.fact("mini", Unit, name="lane.service")
        assert (unit.scope, unit.active) == ("user", "active")
        assert unit.owner in owners
        assert "GITHUB_TOKEN" in unit.environment


def test_a_dual_stack_listener_is_on_every_interface_once(as_root: Look) -> None:
    listener = as_root.fact("mini", Listener, port=4000)
    assert (listener.address, listener.reach, listener.unit) == ("*", Reach.ANY, "litellm.service")
    assert listener.process == "python3"
    assert as_root.coverage("mini", "listeners").extent == "complete"


def test_a_service_is_asked_from_the_hosts_own_vantage(as_root: Look) -> None:
    answers = {answer.url: answer for answer in as_root.facts("mini", Answer)}
    assert answers["http://127.0.0.1:4000/health/readiness"].status == 200
    assert answers["http://127.0.0.1:4000/v1/models"].status == 401
    assert any(url.startswith("http://127.0.0.1:8100/") for url in answers)


def test_who_is_not_root_sees_every_listener_by_its_unit_and_says_what_is_missing(as_root: Look, as_ops: Look) -> None:
    listener = as_ops.fact("mini", Listener, port=4000)
    assert (listener.unit, listener.pid) == ("litellm.service", None)
    assert as_ops.fact("mini", Listener, port=8100).unit is not None
    listeners, units = as_ops.coverage("mini", "listeners"), as_ops.coverage("mini", "units")
    assert listeners.extent == "complete"
    assert "without root" in (listeners.reason or "")
    assert units.extent == "partial"
    assert "other users" in (units.reason or "")
    assert as_root.coverage("mini", "units").extent == "complete"
    unit = as_ops.fact("mini", Unit, name="litellm.service")
    assert (unit.active, unit.environment_files) == ("active", ("/etc/litellm/litellm.env",))


def test_sudo_is_used_only_where_the_manifest_allows_it(mini: Host, tmp_path: Path) -> None:
    rule = "/etc/sudoers.d/ops"
    mini.run(["sh", "-c", f"echo 'ops ALL=(ALL) NOPASSWD: ALL' >{rule} && chmod 440 {rule}"])
    try:
        used = "journalctl --sync && journalctl --quiet --output=cat --identifier=sudo | grep -c COMMAND= || true"
        without = look(prepare(tmp_path / "without", [mini], user="ops", more=_SERVICES))
        assert mini.run(["sh", "-c", used]).strip() == "0"
        allowed = look(prepare(tmp_path / "with", [mini], user="ops", each="sudo = true", more=_SERVICES))
        assert int(mini.run(["sh", "-c", used])) >= 1
    finally:
        mini.run(["rm", rule])
    assert without.fact("mini", Listener, port=4000).process is None
    assert allowed.fact("mini", Listener, port=4000).process == "python3"
    assert allowed.cost("mini").connections == 1


def test_sudo_that_asks_for_a_password_is_no_obstacle(mini: Host, tmp_path: Path, as_ops: Look) -> None:
    taken = look(prepare(tmp_path, [mini], user="ops", each="sudo = true", more=_SERVICES))
    assert taken.fact("mini", Listener, port=4000) == as_ops.fact("mini", Listener, port=4000)
    assert taken.cost("mini").executions <= 3


def test_a_look_writes_no_file_on_the_host(mini: Host, tmp_path: Path) -> None:
    newer = "find / -xdev -cnewer /marker -not -path '/var/log/*' -not -path /marker -type f"
    mini.run(["sh", "-c", "touch /marker && sleep 0.05"])
    taken = look(prepare(tmp_path, [mini], more=_SERVICES))
    assert taken.is_whole("mini")
    assert mini.run(["sh", "-c", newer]) == ""
    mini.run(["sh", "-c", "echo >/opt/written"])
    assert mini.run(["sh", "-c", newer]) == "/opt/written\n"


@pytest.mark.parametrize("place", SECRETS)
def test_no_secret_comes_out(place: str, as_root: Look, as_ops: Look) -> None:
    for taken in (as_root, as_ops):
        assert "litellm.service" in taken.everything
        assert SECRETS[place] not in taken.everything
