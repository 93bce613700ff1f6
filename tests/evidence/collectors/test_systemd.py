"""systemd's services from the bytes of `systemctl`."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.systemd import full_name, read_units, sections
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Unit

from .captures import capture

FILES = Output(stdout=capture("systemd/built_list_unit_files"))
SHOW = capture("systemd/built_show")
WANTED = ("litellm-orch", "optillm-proxy.service")


def read(show: bytes = SHOW, files: Output = FILES) -> Look:
    return read_units({"systemd-units": Output(stdout=show), "systemd-files": files}, WANTED)


def units(look: Look) -> dict[str, Unit]:
    return {seen.fact.name: seen.fact for seen in look.seen if isinstance(seen.fact, Unit)}


def test_wanted_units_are_asked_for_by_name() -> None:
    show, _, own, _ = sections(WANTED)
    assert show.argv[-4:] == own.argv[-4:] == ("--", "*.service", "litellm-orch.service", "optillm-proxy.service")
    assert own.argv[:2] == ("systemctl", "--user")
    assert full_name("docker.socket") == "docker.socket"


def test_effective_command_files_and_state() -> None:
    look = read()
    assert (look.extent, look.reason) == ("complete", None)
    folder = "/etc/systemd/system/litellm-orch.service.d"
    assert units(look)["litellm-orch.service"] == Unit(
        name="litellm-orch.service",
        path="/etc/systemd/system/litellm-orch.service",
        drop_ins=(f"{folder}/10-bind.conf", f"{folder}/override.conf"),
        command=(
            *("/opt/litellm/bin/litellm", "--config", "/etc/litellm/config.yaml", "--host", "127.0.0.1"),
            *("--port", "4000", "--master-key", "[redacted]"),
        ),
        load="loaded",
        active="active",
        sub="running",
        enabled="enabled",
    )
    assert units(look)["grafana-server.service"].active == "inactive"


def test_only_services_and_of_the_not_found_ones_only_those_asked_for() -> None:
    found = units(read())
    assert set(found) == {
        "dbus-org.freedesktop.timedate1.service",
        "getty@.service",
        "grafana-server.service",
        "litellm-orch.service",
        "optillm-proxy.service",
        "ov-server.service",
    }
    assert found["optillm-proxy.service"].load == "not-found"


def test_real_machine() -> None:
    """Captured on a booted Debian 12 with services written for it: drop-in, instance, failed, resting."""
    files = Output(stdout=capture("systemd/captured_list_unit_files"))
    look = read(capture("systemd/captured_show"), files)
    assert (look.extent, look.reason) == ("complete", None)
    found = units(look)
    gateway = found["litellm-orch.service"]
    assert gateway.path == "/etc/systemd/system/litellm-orch.service"
    assert gateway.drop_ins == ("/etc/systemd/system/litellm-orch.service.d/override.conf",)
    assert gateway.command[:6] == ("/bin/sh", "-c", "exec", "python3", "-m", "http.server")
    assert gateway.command[-2:] == ("--master-key", "[redacted]")
    assert (gateway.load, gateway.active, gateway.sub, gateway.enabled) == ("loaded", "active", "running", "enabled")
    instance = found["ov-server@1.service"]
    assert (instance.path, instance.active) == ("/etc/systemd/system/ov-server@.service", "active")
    assert found["ov-server@.service"].enabled == "indirect"
    broken = found["broken.service"]
    assert (broken.active, broken.command, broken.command_partial) == ("failed", ("/bin/true", "one"), True)
    assert found["at-rest.service"] == Unit(name="at-rest.service", enabled="disabled")
    assert found["optillm-proxy.service"].load == "not-found"
    assert "auditd.service" not in found, "others mention it, but nobody installed it"
    assert found["emergency.service"].active == "inactive"
    assert len(found) > 100


def test_service_at_rest_is_known_by_its_file() -> None:
    look = read()
    assert units(look)["ov-server.service"] == Unit(name="ov-server.service", enabled="enabled")
    seen = next(seen for seen in look.seen if seen.fact == Unit(name="ov-server.service", enabled="enabled"))
    assert seen.by.startswith("systemctl list-unit-files")


def test_without_the_files_it_is_partial() -> None:
    assert read(files=Output(status=1)).extent == "partial"


MANAGER = b"\nId=user@1000.service\nLoadState=loaded\nActiveState=%s\n"
OWN = b"Id=optillm-proxy.service\nLoadState=loaded\nActiveState=active\n\nId=gone.service\nLoadState=not-found\n"


def test_managers_of_other_users_are_not_looked_at() -> None:
    assert read(SHOW + MANAGER % b"active").reason == "services of other users' own managers are not looked at"
    assert read(SHOW + MANAGER % b"active").extent == "partial"
    assert read(SHOW + MANAGER % b"inactive").extent == "complete"


def with_own_manager(user: bytes, files: Output) -> Look:
    outputs = {
        "user": Output(stdout=user),
        "systemd-units": Output(stdout=SHOW + MANAGER % b"active"),
        "systemd-files": FILES,
        "systemd-user-units": Output(stdout=OWN),
        "systemd-user-files": files,
    }
    return read_units(outputs, WANTED)


def test_ones_own_manager_is_looked_at() -> None:
    look = with_own_manager(b"1000\n", Output(stdout=b"notes.service enabled enabled\n"))
    assert (look.extent, look.reason) == ("complete", None)
    proxies = [seen.fact for seen in look.seen if isinstance(seen.fact, Unit) and seen.fact.name == WANTED[1]]
    assert [(unit.scope, unit.load) for unit in proxies] == [("user", "loaded")], "found there, so not missing"
    assert units(look)["notes.service"] == Unit(name="notes.service", scope="user", enabled="enabled")
    assert "gone.service" not in units(look)
    assert look.seen[-1].by == "systemctl --user show optillm-proxy.service"
    assert with_own_manager(b"1001\n", Output()).extent == "partial"
    assert with_own_manager(b"1000\n", Output(status=1)).extent == "partial"


def test_machine_without_systemd() -> None:
    stderr = capture("systemd/captured_not_running_stderr")
    outputs = {"systemd-units": Output(stderr=stderr, status=1), "systemd-files": FILES}
    assert read_units(outputs) == Look((), "none", "systemd is not running here")
    unreachable = Output(stderr=b"Failed to connect to bus: Permission denied\n", status=1)
    assert read_units({"systemd-units": unreachable}).reason == "systemctl failed with status 1"
    missing = Output(status=None, problem="systemctl is not installed")
    assert read_units({"systemd-units": missing}) == Look((), "none", "systemctl is not installed")
    assert read_units({}).extent == "none"


def test_strange_commands() -> None:
    show = b"Id=x.service\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a=b ; c ; ignore_errors=no ; pid=0 }\n"
    assert units(read(show, Output()))["x.service"].command == ("/bin/sh", "-c", "a=b", ";", "c")
    assert units(read(b"Id=x.service\nExecStart=\n", Output()))["x.service"].command == ()


@given(st.binary(), st.lists(st.sampled_from(SHOW.split(b"\n")) | st.binary(max_size=20)), st.binary(), st.booleans())
def test_any_bytes(noise: bytes, lines: list[bytes], files: bytes, cut: bool) -> None:
    show = Output(stdout=b"\n".join(lines) + noise, status=None if cut else 0, truncated=cut)
    outputs = {"systemd-units": show, "systemd-user-units": show, "systemd-files": Output(stdout=files)}
    look = read_units(outputs, WANTED)
    content = msgspec.json.encode([seen.fact for seen in look.seen])
    assert b"not-for-print" not in content
