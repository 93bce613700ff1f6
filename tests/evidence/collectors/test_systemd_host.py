"""A real systemd is asked: what is edited, what runs, and what belongs to whom."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from tests.hosts.files import Files, enabled
from tests.hosts.host import Host
from tests.hosts.network import network
from tests.hosts.systemd_host import systemd_host

from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.systemd import follow_up, read_units, sections
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

_SLEEPS = "[Service]\nExecStart=/usr/bin/sleep infinity\n"
_GATEWAY, _EDITED, _RELOADED = (f"/etc/systemd/system/{name}.service" for name in ("gateway", "edited", "reloaded"))
_LANE = "/home/ops/.config/systemd/user/lane.service"
_WEB = "/etc/systemd/system/web.socket"
_FILES: Files = {
    _GATEWAY: f"{_SLEEPS}Environment='KEY=not-for-print'\nEnvironmentFile=/etc/gateway.env\n",
    "/etc/gateway.env": "OTHER=not-for-print\n",
    _EDITED: _SLEEPS,
    _RELOADED: _SLEEPS,
    "/etc/systemd/system/web.service": _SLEEPS,
    _WEB: "[Socket]\nListenStream=127.0.0.1:8080\n",
    _LANE: _SLEEPS,
    "/home/ops/.config/systemd/user/rests.service": _SLEEPS,
    **enabled(_GATEWAY, _EDITED, _RELOADED, _WEB, _LANE),
}
_BARE = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C")


def _outputs(host: Host, asked: Sequence[Section]) -> dict[str, Output]:
    """Run the sections that apply to root, who has no manager here."""
    outputs = {}
    for section in asked:
        if "user-" not in section.name:
            argv = section.argv or ("sh", "-c", section.script)
            outputs[section.name] = Output(stdout=host.run((*_BARE, *argv)).encode())
    return outputs


def _look(host: Host) -> Look:
    outputs = _outputs(host, sections())
    return read_units(outputs | _outputs(host, follow_up(outputs)))


def _units(look: Look) -> dict[str, Unit]:
    found = (seen.fact for seen in look.seen if isinstance(seen.fact, Unit))
    return {unit.name: unit for unit in found if unit.owner in (None, "ops")}


def _older(look: Look) -> set[str]:
    return {name for name, unit in _units(look).items() if unit.runs_older_files}


@pytest.mark.slow
def test_what_runs_is_told_from_what_is_configured() -> None:
    with network() as net, systemd_host(net, "mini", _FILES) as mini:
        loaded = mini.run((*_BARE, "systemctl", "list-units", "--all", "--plain", "--no-legend"))
        processes = sorted(mini.processes().values())
        before = _look(mini)
        assert (before.extent, before.reason) == ("complete", None)
        found = _units(before)
        assert (found["gateway.service"].environment, found["gateway.service"].environment_files) == (
            ("KEY",),
            ("/etc/gateway.env",),
        )
        assert "not-for-print" not in str(before)
        assert (found["web.socket"].listens, found["web.socket"].triggers) == (
            ("127.0.0.1:8080 (Stream)",),
            ("web.service",),
        )
        assert found["web.service"].active == "inactive", "looking wakes nothing"
        lane = found["lane.service"]
        assert (lane.scope, lane.owner, lane.path, lane.active) == ("user", "ops", _LANE, "active")
        assert (found["rests.service"].owner, found["rests.service"].active) == ("ops", "inactive")
        assert not _older(before) & {"gateway.service", "edited.service", "reloaded.service", "lane.service"}
        after = mini.run((*_BARE, "systemctl", "list-units", "--all", "--plain", "--no-legend"))
        assert (sorted(mini.processes().values()), after) == (processes, loaded), "looking starts and loads nothing"

        time.sleep(1.1)  # systemd tells seconds
        mini.run(["sh", "-c", f"echo OTHER=2 > /etc/gateway.env; echo >> {_RELOADED}; systemctl daemon-reload"])
        mini.run(["sh", "-c", f"echo >> {_EDITED}; echo >> {_LANE}"])
        edited = _look(mini)
        changed = {"gateway.service", "edited.service", "reloaded.service", "lane.service"}
        assert _older(edited) == _older(before) | changed
        assert {name for name, unit in _units(edited).items() if unit.needs_reload} == {
            "edited.service",
            "lane.service",
        }

        mini.run(["systemctl", "daemon-reload"])
        mini.run(["systemctl", "restart", "gateway", "edited", "reloaded"])
        mini.run(["systemctl", "--user", "daemon-reload"], user="ops")
        mini.run(["systemctl", "--user", "restart", "lane"], user="ops")
        again = _look(mini)
        assert not _older(again) & changed
        assert not [name for name, unit in _units(again).items() if unit.needs_reload]
