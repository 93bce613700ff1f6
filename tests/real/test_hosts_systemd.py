"""What `trueup snapshot` tells of a real systemd over ssh: as root of everybody's units, as a person of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.hosts.files import File, Files, enabled
from tests.hosts.network import network
from tests.hosts.systemd_host import systemd_host
from tests.real.looking import look, prepare

from trueup.vocabulary import Unit

pytestmark = pytest.mark.slow

_SLEEPS = "[Service]\nExecStart=/usr/bin/sleep infinity\n"
_GATEWAY = "/etc/systemd/system/gateway.service"
_LANE = "/home/ops/.config/systemd/user/lane.service"
_FILES: Files = {
    _GATEWAY: f"{_SLEEPS}Environment=KEY=not-for-print\nEnvironmentFile=/etc/gateway.env\n",
    "/etc/gateway.env": "OTHER=not-for-print\n",
    _LANE: _SLEEPS,
    **enabled(_GATEWAY, _LANE),
    "/var/lib/systemd/linger/root": "",
    "/root/.config/systemd/user/roots.service": _SLEEPS,
    "/etc/sudoers.d/ops": File("ops ALL=(ALL) NOPASSWD: ALL\n", 0o440),
}
_OTHERS = "units of other users' own managers are not looked at"


def test_units_of_everybody_and_what_runs_older_files(tmp_path: Path) -> None:
    with network() as net, systemd_host(net, "mini", _FILES) as mini:
        mini.run(["touch", "-d", "1 hour", "/etc/gateway.env"])
        looks = []
        for name, user, each in (("root", "root", ""), ("ops", "ops", ""), ("sudo", "ops", "sudo = true")):
            (tmp_path / name).mkdir()
            looks.append(look(prepare(tmp_path / name, [mini], user=user, each=each)))
    for taken in looks:
        gateway = taken.fact("mini", Unit, name="gateway.service")
        assert gateway.runs_older_files
        assert (gateway.environment, gateway.environment_files) == (("KEY",), ("/etc/gateway.env",))
        assert "not-for-print" not in taken.everything
    root, ops, sudo = looks

    assert root.coverage("mini", "units").reason is None
    lane = root.fact("mini", Unit, name="lane.service")
    assert (lane.scope, lane.owner, lane.active, lane.path) == ("user", "ops", "active", _LANE)
    assert root.fact("mini", Unit, name="roots.service").owner is None

    assert ops.coverage("mini", "units").reason == _OTHERS
    lane = ops.fact("mini", Unit, name="lane.service")
    assert (lane.scope, lane.owner, lane.active, lane.path) == ("user", None, "active", _LANE)
    assert "roots.service" not in ops.everything

    assert sudo.coverage("mini", "units").reason is None
    assert sudo.fact("mini", Unit, name="lane.service") == lane
    assert sudo.fact("mini", Unit, name="roots.service").owner == "root"
