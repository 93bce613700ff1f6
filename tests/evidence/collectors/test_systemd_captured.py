"""systemd's units from the bytes of real systemds: Debian 11, 12, 13 and unstable, each with the same services."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.systemd import follow_up, read_units
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Unit

from .captures import capture

VERSIONS = (247, 252, 257, 262)
ASKED_FOR = ("front-door", "nowhere")
_ETC = "/etc/systemd/system"


def outputs(version: int) -> Mapping[str, Output]:
    """What root's look at the host gave."""
    return {
        "user": Output(stdout=b"0\n"),
        "systemd-units": Output(stdout=capture(f"systemd/captured_{version}_show")),
        "systemd-files": Output(stdout=capture(f"systemd/captured_{version}_files")),
        "systemd-users": Output(stdout=capture(f"systemd/captured_{version}_users")),
        "systemd-dates": Output(
            stdout=capture(f"systemd/captured_{version}_dates"),
            stderr=capture(f"systemd/captured_{version}_dates_stderr"),
        ),
    }


def units(look: Look, owner: str | None = None) -> dict[str, Unit]:
    found = [seen.fact for seen in look.seen if isinstance(seen.fact, Unit)]
    return {unit.name: unit for unit in found if unit.owner == owner}


@pytest.fixture(params=VERSIONS)
def look(request: pytest.FixtureRequest) -> Look:
    return read_units(outputs(request.param), ASKED_FOR)


def test_everything_was_looked_at(look: Look) -> None:
    assert (look.extent, look.reason) == ("complete", None)


def test_configuration_by_file_drop_ins_command_and_environment(look: Look) -> None:
    gateway = units(look)["gateway.service"]
    assert gateway.path == f"{_ETC}/gateway.service"
    assert gateway.drop_ins == (
        f"{_ETC}/gateway.service.d/10-bind.conf",
        f"{_ETC}/gateway.service.d/20 odd name.conf",
    )
    assert gateway.command == (
        *("/bin/sh", "-c", "exec", "sleep", "infinity", "--host", "127.0.0.1", "--port", "4000"),
        *("--master-key", "[redacted]", "two", "Id=false.service", "lines", "$GATEWAY_PORT"),
    )
    assert gateway.environment == (
        *("GATEWAY_PORT", "GATEWAY_NOTE", "GATEWAY_KEY", "GATEWAY_JSON", "GATEWAY_LINES", "GATEWAY_EMPTY"),
        *("GATEWAY_BACK", "GATEWAY_UTF", "FROM_DROP_IN", "FROM_ODD"),
    )
    assert gateway.environment_files == (
        *("/etc/gateway/gateway.env", "/etc/default/gateway", "/etc/gateway/more files/x.env"),
    )
    assert (gateway.load, gateway.active, gateway.sub, gateway.enabled) == ("loaded", "active", "running", "enabled")
    assert units(look)["front-door.service"] == msgspec.structs.replace(gateway, name="front-door.service")
    once = units(look)["once.service"]
    assert (once.command, once.command_partial, once.sub) == (("/bin/true", "one"), True, "exited")
    assert "false.service" not in units(look)


def test_no_value_of_the_environment_is_kept(look: Look) -> None:
    assert b"not-for-print" not in msgspec.json.encode([(seen.fact, seen.by, seen.raw) for seen in look.seen])


def test_configured_is_not_running(look: Look) -> None:
    older = {name: unit.needs_reload for name, unit in units(look).items() if unit.runs_older_files}
    assert older == {"changed.service": False, "edited.service": True, "env-changed.service": False}
    for name in ("gateway.service", "made.service", "propertied.service", "notes.socket"):
        unit = units(look)[name]
        assert unit.changed_at is not None, name
        assert unit.changed_at.isoformat() == "2026-01-05T10:00:00+00:00", name


def test_sockets(look: Look) -> None:
    notes = units(look)["notes.socket"]
    assert notes.listens == (
        *("127.0.0.1:8090 (Stream)", "[::]:8091 (Stream)", "[::1]:8092 (Datagram)", "/run/notes sock (Stream)"),
        *("/run/notes.fifo (FIFO)", "@notes (Stream)"),
    )
    assert (notes.triggers, notes.sub) == (("notes.service",), "listening")


def test_how_processes_ended(look: Look) -> None:
    ended = {name: (unit.active, unit.sub, unit.exit) for name, unit in units(look).items() if unit.exit}
    assert ended == {
        "broken.service": ("failed", "failed", "exit-code 3"),
        "killed.service": ("activating", "auto-restart", "signal 9"),
    }


def test_at_rest_masked_and_missing(look: Look) -> None:
    found = units(look)
    rests = Unit("at-rest.service", path=f"{_ETC}/at-rest.service", active="inactive")
    assert found["at-rest.service"] == rests
    assert found["at-rest.socket"].path == f"{_ETC}/at-rest.socket"
    assert (found["forbidden.service"].enabled, found["forbidden.service"].active) == ("masked", "inactive")
    assert (found["nowhere.service"].load, found["nowhere.service"].path) == ("not-found", None)
    assert found["worker@1.service"].path == found["worker@.service"].path == f"{_ETC}/worker@.service"


def test_managers_of_two_users(look: Look) -> None:
    for owner in ("alice", "bob"):
        theirs = units(look, owner)
        notes = theirs[f"{owner}-notes.service"]
        assert (notes.scope, notes.active, notes.enabled, notes.environment) == (
            *("user", "active", "enabled"),
            ("OWN_KEY",),
        )
        assert notes.environment_files == (f"/home/{owner}/notes.env",)
        assert notes.changed_at is not None, "root may look into their homes, and that file is not there"
        assert theirs[f"{owner}-own.socket"].path == f"/home/{owner}/.config/systemd/user/{owner}-own.socket"
        assert theirs[f"{owner}-own.socket"].active == "inactive"


def test_one_of_the_users_looks() -> None:
    mine = {
        **outputs(252),
        "user": Output(stdout=b"1000\n"),
        "systemd-users": Output(status=1),
        "systemd-user-units": Output(stdout=capture("systemd/captured_252_own_show")),
        "systemd-user-files": Output(stdout=capture("systemd/captured_252_own_files")),
    }
    look = read_units(mine, ASKED_FOR)
    assert (look.extent, look.reason) == ("partial", "units of other users' own managers are not looked at")
    assert units(look)["alice-notes.service"].scope == "user"
    assert units(look)["alice-own.socket"].path == "/home/alice/.config/systemd/user/alice-own.socket"
    assert "bob-notes.service" not in units(look)


@pytest.mark.parametrize("version", VERSIONS)
def test_files_that_are_asked_for(version: int) -> None:
    (dates,) = follow_up(outputs(version))
    paths = dates.argv[4:]
    assert "/etc/gateway/more files/x.env" in paths
    assert "/etc/made.conf" in paths
    assert "/home/bob/.config/systemd/user/bob-notes.service" in paths
    assert len(paths) == len(set(paths))
    assert not [path for path in paths if "generator" in path or ".control/" in path or "once" in path]
