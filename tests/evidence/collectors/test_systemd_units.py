"""One systemd unit from its properties, and when the files changed that it was made from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trueup.evidence.collectors.systemd import follow_up, read_units
from trueup.evidence.transports.base import Output
from trueup.vocabulary import Unit


def one(*lines: str, files: dict[str, int] | None = None, stderr: str = "", name: str = "x.service") -> Unit:
    """Read one unit with these properties, and these files with the seconds at which they changed."""
    show = "\n".join((f"Id={name}", *lines)).encode()
    dated = "".join(f"{at} {path}\n" for path, at in (files or {}).items()).encode()
    outputs = {"systemd-units": Output(stdout=show), "systemd-files": Output()}
    outputs["systemd-dates"] = Output(stdout=dated, stderr=stderr.encode())
    (seen,) = read_units(outputs).seen
    assert isinstance(seen.fact, Unit)
    assert seen.fact.name == name
    return seen.fact


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("", ()),
        ("A=1 B=2 A=3", ("A", "B")),
        ('"A=two words" B=', ("A", "B")),
        ('"A=x \\" SECRET=y" B=1', ("A", "B")),
        ('"A=\\\\" B=1', ("A", "B")),
        ("$'A=it\\'s SECRET=1' B=2", ("A", "B")),
        ('"A=cut SECRET=1', ("A",)),
        ('"A=cut SECRET=1\\', ("A",)),
        ("A=Basic dXNlcjpwYXNzdw==", ("A",)),
        ("A=Basic dXNlcjpwYXNzdw0=", ("A",)),
        ("NAMES= lower_case= ghp_0123456789abcdefghij0123=1 1A=x A-B=y =z Ä=1", ("NAMES", "lower_case", "[redacted]")),
    ],
)
def test_of_the_environment_names_are_kept_and_no_value(printed: str, names: tuple[str, ...]) -> None:
    assert one(f"Environment={printed}").environment == names


def test_line_ends_in_a_command_start_no_property() -> None:
    shown = one(
        "ExecStart={ path=/bin/sh ; argv[]=/bin/sh -c first",
        "Id=other.service",
        "Environment=SECRET=1",
        "",
        "Id=third.service",
        "last ; ignore_errors=no ; pid=0 ; status=0/0 }",
        "SubState=running",
    )
    assert (shown.sub, shown.environment) == ("running", ())
    assert shown.command[:4] == ("/bin/sh", "-c", "first", "Id=other.service")


RUNS = ("MainPID=7", "ExecMainStartTimestamp=Wed 2026-11-25 03:29:29 UTC", "FragmentPath=/etc/x.service")
STARTED = datetime(2026, 11, 25, 3, 29, 29, tzinfo=UTC)
BEFORE, AFTER = int(STARTED.timestamp()) - 60, int(STARTED.timestamp()) + 60
GONE = "stat: cannot statx '/etc/x.env': No such file or directory\n"
FORBIDDEN = "stat: cannot statx '/etc/x.env': Permission denied\n"
ENV = "EnvironmentFiles=/etc/x.env (ignore_errors=yes)"


def test_a_process_older_than_its_files_is_told() -> None:
    assert one(*RUNS, files={"/etc/x.service": AFTER}).runs_older_files
    before = one(*RUNS, files={"/etc/x.service": BEFORE})
    assert (before.started_at, before.changed_at) == (STARTED, datetime.fromtimestamp(BEFORE, UTC))
    assert not before.runs_older_files
    assert not one(*RUNS, files={"/etc/x.service": int(STARTED.timestamp())}).runs_older_files
    drop_in = "DropInPaths=/etc/x.service.d/1.conf"
    assert one(*RUNS, drop_in, files={"/etc/x.service": BEFORE, "/etc/x.service.d/1.conf": AFTER}).runs_older_files
    assert one(*RUNS, ENV, files={"/etc/x.service": BEFORE, "/etc/x.env": AFTER}).runs_older_files


def test_a_file_of_unknown_date_leaves_the_newest_open() -> None:
    dated = {"/etc/x.service": BEFORE}
    assert one(*RUNS).changed_at is None
    assert one(*RUNS, ENV, files=dated).changed_at is None
    assert one(*RUNS, ENV, files=dated, stderr=FORBIDDEN).changed_at is None
    assert one(*RUNS, ENV, files=dated, stderr=GONE).changed_at == datetime.fromtimestamp(BEFORE, UTC)
    assert one(*RUNS, ENV, files={"/etc/x.service": AFTER}, stderr=FORBIDDEN).runs_older_files


@pytest.mark.parametrize(
    "made", ["/run/systemd/generator/x.service", "/run/systemd/generator.late/x.service", "/run/systemd/transient/x"]
)
def test_what_systemd_writes_itself_dates_nothing(made: str) -> None:
    runs = (*RUNS[:2], f"FragmentPath={made}")
    control = "DropInPaths=/etc/systemd/system.control/x.service.d/50-CPUQuota.conf"
    assert one(*runs, files={made: AFTER}).changed_at is None
    source = one(*runs, control, "SourcePath=/etc/x.container", files={made: AFTER, "/etc/x.container": BEFORE})
    assert (source.path, source.changed_at) == (made, datetime.fromtimestamp(BEFORE, UTC))
    assert source.drop_ins == ("/etc/systemd/system.control/x.service.d/50-CPUQuota.conf",)


@pytest.mark.parametrize(
    ("lines", "started"),
    [
        (("MainPID=0", "SubState=exited", RUNS[1]), None),
        (("MainPID=0", "SubState=auto-restart", RUNS[1]), None),
        (("MainPID=0", "SubState=running", "ActiveEnterTimestamp=Wed 2026-11-25 03:29:29 UTC"), STARTED),
        (("MainPID=7", "ExecMainStartTimestamp=Wed 2026-11-25 03:29:29 CET"), None),
        (("MainPID=7", "ExecMainStartTimestamp=Wed 2026-02-31 03:29:29 UTC"), None),
        (("MainPID=7", "ExecMainStartTimestamp=n/a"), None),
        (("MainPID=7",), None),
    ],
)
def test_since_when_it_runs(lines: tuple[str, ...], started: datetime | None) -> None:
    assert one(*lines).started_at == started


def test_socket() -> None:
    listening = one(
        "ActiveState=active",
        "ActiveEnterTimestamp=Wed 2026-11-25 03:29:29 UTC",
        "FragmentPath=/etc/x.socket",
        "Listen=127.0.0.1:4000 (Stream)",
        "Listen=/run/my sock (Stream)",
        "Triggers=x.service",
        name="x.socket",
        files={"/etc/x.socket": AFTER},
    )
    assert (listening.listens, listening.triggers) == (
        ("127.0.0.1:4000 (Stream)", "/run/my sock (Stream)"),
        ("x.service",),
    )
    assert listening.runs_older_files, "it listens where it was told before"
    resting = one("ActiveState=inactive", "ActiveEnterTimestamp=Wed 2026-11-25 03:29:29 UTC", name="x.socket")
    assert resting.started_at is None


@pytest.mark.parametrize(
    ("result", "status", "told"),
    [
        ("success", "0", None),
        ("exit-code", "203", "exit-code 203"),
        ("signal", "9", "signal 9"),
        ("resources", "0", "resources"),
        ("", "", None),
    ],
)
def test_how_it_ended(result: str, status: str, told: str | None) -> None:
    assert one(f"Result={result}", f"ExecMainStatus={status}").exit == told


def test_files_changed_that_the_manager_has_not_read() -> None:
    assert [one(f"NeedDaemonReload={said}").needs_reload for said in ("yes", "no", "")] == [True, False, None]


def asked_for(*paths: str) -> tuple[str, ...]:
    lines = (f"EnvironmentFiles={path} (ignore_errors=no)" for path in paths)
    show = "\n".join(("Id=x.service", *RUNS[:2], *lines)).encode("utf-8", "surrogateescape")
    found = follow_up({"systemd-units": Output(stdout=show)})
    assert all(section.root and section.argv[:4] == found[0].argv[:4] for section in found)
    return found[0].argv[4:] if found else ()


def test_only_files_of_what_runs_are_asked_for_each_once() -> None:
    assert asked_for("/etc/a b.env", "/etc/c.env", "/etc/c.env") == ("/etc/a b.env", "/etc/c.env")
    rests = b"Id=x.service\nMainPID=0\nFragmentPath=/etc/x.service\n"
    assert follow_up({"systemd-units": Output(stdout=rests)}) == ()


@pytest.mark.parametrize("path", ["relative", "-L", "/etc/*.env", "/etc/\x1b[2J", "/etc/\u202egnp", "/" + "a" * 500])
def test_paths_that_are_not_fit_are_not_asked_for(path: str) -> None:
    assert asked_for(path) == ()
