"""systemd's services and sockets from the bytes of `systemctl` (real ones: test_systemd_captured)."""

from __future__ import annotations

import pytest

from trueup.evidence.collectors.look import Look
from trueup.evidence.collectors.systemd import follow_up, full_name, read_units, sections
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Unit

from .captures import capture

FILES = Output(stdout=capture("systemd/built_files"))
SHOW = capture("systemd/built_show")
WANTED = ("litellm-orch", "optillm-proxy.service")


def read(show: bytes = SHOW, files: Output = FILES) -> Look:
    return read_units({"systemd-units": Output(stdout=show), "systemd-files": files}, WANTED)


def units(look: Look) -> dict[str, Unit]:
    return {seen.fact.name: seen.fact for seen in look.seen if isinstance(seen.fact, Unit)}


def test_wanted_units_are_asked_for_by_name() -> None:
    asked = {section.name: section for section in sections(WANTED)}
    show, own = asked["systemd-units"].argv, asked["systemd-user-units"].argv
    assert show[-4:] == own[-4:] == ("*.service", "*.socket", "litellm-orch.service", "optillm-proxy.service")
    assert show[:4] == ("env", "TZ=UTC", "systemctl", "show")
    assert own[:5] == ("env", "TZ=UTC", "systemctl", "--user", "show")
    assert full_name("docker.socket") == "docker.socket"
    assert all(section.only_if for section in asked.values()), "nothing is run where systemd is not"
    assert [section.name for section in asked.values() if section.root] == ["systemd-users"]


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


def test_only_services_and_sockets_and_of_the_not_found_ones_those_asked_for() -> None:
    found = units(read())
    assert set(found) == {
        "getty@.service",
        "grafana-server.service",
        "litellm-orch.service",
        "open-webui.service",
        "optillm-proxy.service",
        "ov-server.service",
        "ssh.socket",
    }
    assert found["optillm-proxy.service"].load == "not-found"


def test_unit_at_rest_is_known_by_its_file() -> None:
    look = read()
    resting = Unit("ov-server.service", path="/etc/systemd/system/ov-server.service", active="inactive")
    assert units(look)["ov-server.service"] == resting
    seen = next(seen for seen in look.seen if seen.fact == resting)
    assert (seen.by, seen.raw) == ("systemd-files", "file /etc/systemd/system/ov-server.service")


def test_the_first_folder_counts() -> None:
    masked = Unit(
        "open-webui.service", path="/etc/systemd/system/open-webui.service", active="inactive", enabled="masked"
    )
    assert units(read())["open-webui.service"] == masked


def test_unit_in_memory_stands_under_its_other_names_too() -> None:
    show = b"Id=ssh.service\nNames=ssh.service sshd.service openssh.service boot.service\nActiveState=active\n"
    files = Output(stdout=b"UnitPath=/etc\nfile /etc/sshd.service\nfile /etc/ssh.service\n")
    look = read_units({"systemd-units": Output(stdout=show), "systemd-files": files}, ("openssh",))
    assert {name: unit.active for name, unit in units(look).items()} == dict.fromkeys(
        ("ssh.service", "sshd.service", "openssh.service"), "active"
    )
    assert [seen.by for seen in look.seen][-1] == "systemctl show sshd.service"


def test_without_the_files_it_is_partial() -> None:
    assert read(files=Output(status=1)).extent == "partial"
    odd = read(files=Output(stdout=b'UnitPath=/etc/systemd/system "/srv/my units"\n'))
    assert (odd.extent, odd.reason) == ("partial", "units in folders with unusual names are not looked at")


MANAGER = b"\nId=user@1000.service\nLoadState=loaded\nActiveState=%s\n"
OWN = b"Id=optillm-proxy.service\nLoadState=loaded\nActiveState=active\n\nId=gone.service\nLoadState=not-found\n"


def test_managers_of_other_users_are_not_looked_at() -> None:
    assert read(SHOW + MANAGER % b"active").reason == "units of other users' own managers are not looked at"
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
    look = with_own_manager(b"1000\n", Output(stdout=b"UnitPath=/u\nfile /u/notes.service\n"))
    assert (look.extent, look.reason) == ("complete", None)
    proxies = [seen.fact for seen in look.seen if isinstance(seen.fact, Unit) and seen.fact.name == WANTED[1]]
    assert [(unit.scope, unit.load) for unit in proxies] == [("user", "loaded")], "found there, so not missing"
    assert units(look)["notes.service"] == Unit(
        "notes.service", scope="user", path="/u/notes.service", active="inactive"
    )
    assert "gone.service" not in units(look)
    assert look.seen[-1].by == "systemctl --user show optillm-proxy.service"
    assert with_own_manager(b"1001\n", Output()).extent == "partial"
    assert with_own_manager(b"1000\n", Output(status=1)).extent == "partial"


def test_machine_without_systemd() -> None:
    stderr = capture("systemd/captured_not_running_stderr")
    outputs = {"systemd-units": Output(stderr=stderr, status=1), "systemd-files": FILES}
    assert read_units(outputs) == Look((), "none", "systemd is not running here")
    skipped = Output(status=None, problem="it does not apply here")
    assert read_units({"systemd-units": skipped}) == Look((), "none", "systemd is not running here")
    assert follow_up({"systemd-units": skipped}) == ()
    unreachable = Output(stderr=b"Failed to connect to bus: Permission denied\n", status=1)
    assert read_units({"systemd-units": unreachable}).reason == "systemctl failed with status 1"
    missing = Output(status=None, problem="systemctl is not installed")
    assert read_units({"systemd-units": missing}) == Look((), "none", "systemctl is not installed")
    assert read_units({}).extent == "none"


def test_strange_commands() -> None:
    show = b"Id=x.service\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a=b ; c ; ignore_errors=no ; pid=0 }\n"
    assert units(read(show, Output()))["x.service"].command == ("/bin/sh", "-c", "a=b", ";", "c")
    assert units(read(b"Id=x.service\nExecStart=\n", Output()))["x.service"].command == ()


MARK = "0b9ac2f5-6a0e-4c4f-9a51-2f1b1f7a2a51"


def of_users(*told: tuple[str, str, str, int]) -> Output:
    """What the managers of users told: head, uid and name, text, status."""
    frames = (f"\n{MARK} {what} {who}\n{text}\n{MARK} ended {status}\n" for what, who, text, status in told)
    return Output(stdout=f"{MARK}\n{''.join(frames)}".encode())


def with_users(users: Output, show: bytes = SHOW + MANAGER % b"active") -> Look:
    outputs = {"user": Output(stdout=b"0\n"), "systemd-units": Output(stdout=show), "systemd-files": FILES}
    return read_units({**outputs, "systemd-users": users}, WANTED)


ALICE = OWN.decode() + "\n"
NOTES = "UnitPath=/u\nfile /u/notes.service\n"


def test_root_looks_at_the_managers_of_others() -> None:
    look = with_users(of_users(("units", "1000 alice", ALICE, 0), ("files", "1000 alice", NOTES, 0)))
    assert (look.extent, look.reason) == ("complete", None)
    theirs = [seen.fact for seen in look.seen if isinstance(seen.fact, Unit) and seen.fact.scope == "user"]
    assert [(unit.name, unit.owner, unit.active) for unit in theirs] == [
        ("notes.service", "alice", "inactive"),
        ("optillm-proxy.service", "alice", "active"),
    ]
    assert {seen.by for seen in look.seen if seen.fact in theirs} == {
        "systemctl --user show optillm-proxy.service",
        "systemd-users",
    }


def test_user_without_a_name_is_a_number() -> None:
    look = with_users(of_users(("units", "1000 UNKNOWN", ALICE, 0)))
    assert units(look)["optillm-proxy.service"].owner == "1000"


@pytest.mark.parametrize(
    "told",
    [
        of_users(),
        of_users(("units", "1000 alice", ALICE, 124)),
        of_users(("units", "1000 alice", ALICE, 0), ("files", "1000 alice", NOTES, 1)),
        of_users(("units", "1001 bob", ALICE, 0), ("files", "1001 bob", NOTES, 0)),
        of_users(("units", "1001 bob", f"\n{MARK[::-1]} files 1000 alice\n{NOTES}", 0)),
    ],
)
def test_manager_that_did_not_tell_everything_is_named(told: Output) -> None:
    assert with_users(told).reason == "these users' own managers did not tell their units: 1000"


def test_cut_short_among_the_users() -> None:
    whole = of_users(("units", "1000 alice", ALICE, 0), ("files", "1000 alice", NOTES, 0)).stdout
    look = with_users(Output(stdout=whole[:-20], status=None, problem="sh did not end within 10 s"))
    assert look.reason == "units of other users' own managers are not looked at"
    assert units(look)["optillm-proxy.service"].owner == "alice"


RUNS = ("MainPID=7", "ExecMainStartTimestamp=Wed 2026-11-25 03:29:29 UTC")


def test_files_of_others_are_asked_for_too() -> None:
    runs = "\n".join(("Id=n.service", *RUNS, "FragmentPath=/home/alice/n.service\n"))
    outputs = {"systemd-users": of_users(("units", "1000 alice", runs, 0))}
    assert follow_up(outputs)[0].argv[4:] == ("/home/alice/n.service",)
