"""launchd jobs, from bytes in the formats that others' captures show: no macOS printed them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors import launchd
from trueup.evidence.collectors.launchctl import (
    Listed,
    Plist,
    read_disabled,
    read_list,
    read_plist,
    read_print,
    read_services,
)
from trueup.evidence.collectors.launchd import JOBS, SECTIONS, follow_up, read_jobs
from trueup.evidence.collectors.look import Look
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Unit

from .captures import capture

UNKNOWN = Output(status=113, stderr=b'Bad request.\nCould not find service "com.studio.gone" in domain for system\n')
DAEMONS, AGENTS, OWN = "/Library/LaunchDaemons", "/Library/LaunchAgents", "/Users/studio/Library/LaunchAgents"


def built(name: str, *, as_root: bool = False) -> Output:
    return Output(stdout=capture(f"launchd/built_{name}"), as_root=as_root)


def first(**changed: Output) -> dict[str, Output]:
    outputs = {
        "user": Output(stdout=b"501\n"),
        "launchctl-system": built("print_system"),
        "launchctl-own": built("print_gui"),
        "launchctl-disabled": built("print_disabled"),
        "launchctl-disabled-own": built("print_disabled_old"),
        "launchd-files": built("files"),
    }
    return outputs | {name.replace("_", "-"): output for name, output in changed.items()}


def second() -> dict[str, Output]:
    return {
        "launchctl print system/com.studio.mlx.8100": built("print_job"),
        "launchctl print system/com.studio.optillm": built("print_job_exited"),
        "launchctl print system/com.studio.socket": built("print_job_never"),
        "launchctl print gui/501/org.example.agent": UNKNOWN,
        "launchctl print gui/501/homebrew.mxcl.ollama": Output(status=5),
        f"plutil {DAEMONS}/com.studio.mlx.8100.plist": built("plist_mlx"),
        f"plutil {DAEMONS}/com.studio.socket.plist": built("plist_socket"),
        f"plutil {AGENTS}/org.example.agent.plist": built("plist_renamed"),
        f"plutil {OWN}/homebrew.mxcl.ollama.plist": built("plist_ollama"),
    }


def jobs(look: Look) -> dict[str, Unit]:
    return {seen.fact.name: seen.fact for seen in look.seen if isinstance(seen.fact, Unit)}


def read(units: tuple[str, ...] = (), **changed: Output) -> Look:
    return read_jobs({**first(**changed), **second()}, units)


# ---------------------------------------------------------------- jobs


def test_a_job_that_runs() -> None:
    look = read()
    assert jobs(look)["com.studio.mlx.8100"] == Unit(
        name="com.studio.mlx.8100",
        manager="launchd",
        scope="system",
        path=f"{DAEMONS}/com.studio.mlx.8100.plist",
        command=(
            "/opt/mlx/bin/python3.11",
            "-m",
            "mlx_lm",
            "server",
            "--model",
            "/Users/studio/models/gpt oss 120b",
            "--port",
            "8100",
            "--api-key",
            "[redacted]",
        ),
        environment=("HF_HUB_OFFLINE", "HF_TOKEN", "MLX_METAL_JIT"),
        load="loaded",
        active="running",
        enabled="enabled",
        exit="signal Killed: 9",
    )
    by = {seen.fact.name: seen.by for seen in look.seen if isinstance(seen.fact, Unit)}
    assert by["com.studio.mlx.8100"] == "launchctl print system/com.studio.mlx.8100"


def test_no_value_of_the_environment_is_kept() -> None:
    kept = msgspec.json.encode([(seen.fact, seen.by, seen.raw) for seen in read().seen]).decode()
    assert "hf_" not in kept
    assert "hunter2" not in kept
    assert "correct-horse" not in kept


def test_jobs_at_rest() -> None:
    found = jobs(read())
    optillm = found["com.studio.optillm"]
    assert (optillm.active, optillm.enabled, optillm.exit) == ("spawn scheduled", "disabled", "exit code 78: EX_CONFIG")
    assert optillm.command == ("/opt/optillm/bin/optillm",), "from launchctl, where the file was not read"
    assert (found["com.studio.socket"].active, found["com.studio.socket"].exit) == ("not running", None)
    assert found["com.studio.socket"].listens == ("127.0.0.1:8200", "[::1]:8201", "*:8203")


def test_a_file_that_is_not_loaded_goes_by_the_label_within() -> None:
    """Its name promised another label, so nothing that was asked under that name is its own."""
    renamed = jobs(read())["org.example.renamed"]
    assert "org.example.agent" not in jobs(read())
    assert (renamed.scope, renamed.load, renamed.active, renamed.enabled) == (
        "user",
        "not-loaded",
        "not running",
        "disabled",
    )
    unlisted = jobs(read(launchctl_own=Output(status=125)))["org.example.renamed"]
    assert (unlisted.load, unlisted.active) == (None, None), "nobody could say"
    assert renamed.command == ("/usr/local/bin/agent", "--password", "[redacted]")


def test_a_job_that_launchctl_print_failed_for_is_known_by_file_and_list() -> None:
    ollama = jobs(read())["homebrew.mxcl.ollama"]
    assert (ollama.scope, ollama.load, ollama.active, ollama.enabled) == ("user", "loaded", "running", "enabled")
    assert ollama.command == ("/opt/homebrew/opt/ollama/bin/ollama", "serve")


def test_jobs_without_a_file_by_the_lists() -> None:
    look = read()
    found = jobs(look)
    assert found["com.vendor.helper"] == Unit(
        name="com.vendor.helper", manager="launchd", load="loaded", active="running"
    )
    assert found["com.example.ondemand"].active == "not running"
    assert found["org.pqrs.helper"].scope == "user"
    raw = {seen.fact.name: seen.raw for seen in look.seen if isinstance(seen.fact, Unit)}
    assert raw["com.vendor.helper"] == "511 (pe) com.vendor.helper"
    others = [name for name in found if name.startswith(("com.apple.", "application.", "com.openssh."))]
    assert not others, "Apple's own, and what has another label each time"


def test_a_job_asked_for_by_name() -> None:
    gone = {f"launchctl print {domain}/com.studio.gone": UNKNOWN for domain in ("system", "gui/501")}
    outputs = {**first(), **second(), **gone}
    assert jobs(read_jobs(outputs, ("com.studio.gone",)))["com.studio.gone"].load == "not-found"
    outputs["launchctl print gui/501/com.studio.gone"] = Output(status=None, problem="launchctl did not end within 5 s")
    assert jobs(read_jobs(outputs, ("com.studio.gone",)))["com.studio.gone"].load == "not-found", "not in the list"
    unlisted = {**outputs, "launchctl-own": Output(status=125)}
    assert "com.studio.gone" not in jobs(read_jobs(unlisted, ("com.studio.gone",))), "not looked for everywhere"
    outputs["launchctl print gui/501/com.studio.gone"] = built("print_job_never")
    assert jobs(read_jobs(outputs, ("com.studio.gone",)))["com.studio.gone"].scope == "user"
    assert jobs(read_jobs(outputs, ("com.apple.mDNSResponder",)))["com.apple.mDNSResponder"].active == "running"


# ---------------------------------------------------------------- coverage


def test_partly_where_a_file_was_not_read() -> None:
    assert (read().extent, read().reason) == ("partial", "1 of 5 files of jobs were not read")


def whole(**changed: Output) -> Look:
    outputs = {**first(**changed), **second()}
    return read_jobs({**outputs, f"plutil {DAEMONS}/com.studio.optillm.plist": built("plist_mlx")})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"launchd_files": built("files_two_users")}, "jobs of other users are not looked at"),
        ({"launchctl_system": Output(status=1)}, "jobs of the system that have no file in /Library are not shown"),
        ({"launchctl_system": Output(stdout=b"system = {\n}\n")}, "jobs of the system that have no file"),
        ({"launchctl_own": Output(status=125)}, "one's own jobs that have no file are not shown"),
        ({"launchd_files": Output(status=None, problem="late")}, "files of jobs: late"),
    ],
)
def test_extent(changed: dict[str, Output], reason: str | None) -> None:
    look = whole(**changed)
    assert look.extent == ("partial" if reason else "complete")
    assert (look.reason or "").startswith(reason or "")


def test_the_list_stands_in_for_the_print() -> None:
    failed = Output(status=1)
    system = whole(launchctl_system=failed, launchctl_list=built("list", as_root=True))
    assert system.extent == "complete"
    assert jobs(system)["com.example.ondemand"] == Unit(
        name="com.example.ondemand", manager="launchd", load="loaded", active="not running", exit="exit code 78"
    )
    own = whole(launchctl_system=failed, launchctl_own=failed, launchctl_list=built("list"))
    assert own.extent == "partial"
    assert jobs(own)["com.example.ondemand"].scope == "user", "without root the list is one's own"


def test_nothing_told() -> None:
    assert read_jobs({}) == Look((), "none", "launchctl was not run")


# ---------------------------------------------------------------- commands


def test_what_is_asked_of_single_jobs() -> None:
    asked = follow_up(first(), ("com.studio.gone", "com.studio.optillm"))
    assert [section.shown for section in asked] == [
        "launchctl print system/com.studio.gone",
        "launchctl print gui/501/com.studio.gone",
        "launchctl print system/com.studio.optillm",
        f"plutil -convert xml1 -o - -- {DAEMONS}/com.studio.optillm.plist",
        "launchctl print system/com.studio.mlx.8100",
        f"plutil -convert xml1 -o - -- {DAEMONS}/com.studio.mlx.8100.plist",
        "launchctl print system/com.studio.socket",
        f"plutil -convert xml1 -o - -- {DAEMONS}/com.studio.socket.plist",
        "launchctl print gui/501/org.example.agent",
        f"plutil -convert xml1 -o - -- {AGENTS}/org.example.agent.plist",
        "launchctl print gui/501/homebrew.mxcl.ollama",
        f"plutil -convert xml1 -o - -- {OWN}/homebrew.mxcl.ollama.plist",
    ]
    assert asked[1].unless == asked[0].name
    assert all(section.argv and not section.script for section in asked), "no name of the host gets into a script"
    assert follow_up({}) == ()


def test_root_has_no_agents_of_its_own() -> None:
    asked = follow_up(first(user=Output(stdout=b"0\n")), ("com.studio.gone",))
    assert not [section for section in asked if "gui/" in section.name]
    assert [section for section in asked if section.name.startswith("plutil /Library/LaunchAgents")]


def test_a_host_with_a_thousand_files_is_not_asked_for_all() -> None:
    files = "".join(f"{DAEMONS}/com.example.j{at}.plist\n" for at in range(1000))
    asked = follow_up(first(launchd_files=Output(stdout=files.encode())), ("com.example.j900", "x"))
    assert len(asked) == 2 * JOBS
    assert asked[2].shown == "launchctl print system/com.example.j900"
    reason = read_jobs(first(launchd_files=Output(stdout=files.encode()))).reason
    assert reason == "1000 of 1000 files of jobs were not read"


def test_only_commands_that_read() -> None:
    for section in (*SECTIONS, *follow_up(first(), ("x",))):
        words = section.argv or tuple(section.script.split())
        if words[0] == "plutil":
            assert words[1:6] == ("-convert", "xml1", "-o", "-", "--"), "else it would write the file anew"
        elif words[0] == "launchctl":
            assert words[1] in ("print", "print-disabled", "list")
    assert all(section.system == "macos" for section in SECTIONS)


def test_script_that_lists_files(tmp_path: Path) -> None:
    """Run here, where there is no /Library: the user's own folder and the homes of others."""
    own = tmp_path / "home with blanks" / "Library" / "LaunchAgents"
    own.mkdir(parents=True)
    (own / "a b.plist").touch()
    (own / "folder.plist").mkdir()
    (own / "note.txt").touch()
    section = launchd.FILES
    home = str(own.parent.parent)
    ran = subprocess.run(["/bin/sh", "-c", section.script], env={"HOME": home}, capture_output=True, check=True)
    assert ran.stdout.decode() == f"{own}/a b.plist\n"


# ---------------------------------------------------------------- formats


def test_lists() -> None:
    assert read_list(capture("launchd/built_list").decode()) == {
        "com.studio.mlx.8100": Listed("412\t0\tcom.studio.mlx.8100", is_running=True, status=0),
        "com.studio.optillm": Listed("-\t-15\tcom.studio.optillm", is_running=False, status=-15),
        "com.example.ondemand": Listed("-\t78\tcom.example.ondemand", is_running=False, status=78),
        "com.apple.Spotlight": Listed("-\t0\tcom.apple.Spotlight", is_running=False, status=0),
    }
    services = read_services(capture("launchd/built_print_system").decode())
    assert {label: (row.is_running, row.status) for label, row in services.items()} == {
        "com.studio.mlx.8100": (True, None),
        "com.studio.optillm": (False, -15),
        "com.example.ondemand": (False, None),
        "com.apple.mDNSResponder": (True, 0),
        "com.openssh.sshd.4C1E6B7E-93A1-4C6F-9A31-6E1D6C7D2A10": (True, None),
        "com.vendor.helper": (True, None),
    }


def test_disabled_in_both_spellings() -> None:
    now, before = (
        read_disabled(capture(f"launchd/built_{name}").decode()) for name in ("print_disabled", "print_disabled_old")
    )
    assert (now["com.studio.optillm"], now["com.studio.mlx.8100"]) == (True, False)
    assert before == {"com.studio.optillm": True, "com.studio.mlx.8100": False}


def test_only_a_jobs_own_lines_are_its_state() -> None:
    printed = read_print(capture("launchd/built_print_job_never").decode())
    assert printed.fields["state"] == "not running", "its socket has a state, too"
    assert printed.command == ("/opt/socket",)
    assert read_print(capture("launchd/built_print_job").decode()).environment == ("HF_TOKEN", "HF_HUB_OFFLINE")


def test_plist() -> None:
    assert read_plist(capture("launchd/built_plist_mlx")) == Plist(
        label="com.studio.mlx.8100",
        command=("/opt/mlx/bin/python3.11", "-m", "mlx_lm"),
        environment=("HF_TOKEN", "MLX_METAL_JIT"),
        starts_by_itself=True,
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<?xml",
        b"<plist><array/></plist>",
        b"<plist><dict><key>Label</key></dict></plist>",
        b"<plist><dict><string>x</string></dict></plist>",
        b"<plist></dict></plist>",
        b"<plist><integer>x</integer></plist>",
        b"<plist><date>9999999</date></plist>",
        b"<plist><data>x</data></plist>",
        b"bplist00" + bytes(40),
        b"<plist>" + b"<array>" * 20_000,
    ],
)
def test_what_is_no_job(content: bytes) -> None:
    assert read_plist(content) in (None, Plist(label=None))


def test_entities_are_refused() -> None:
    assert read_plist(capture("launchd/built_plist_entities")) is None


@pytest.mark.parametrize("content", [b"\n", b"\t\tx = {\n", b'\t"a" => ', b"\t", b"1 ", b"\t\t1 - x\n", b"/a.plist\n"])
@pytest.mark.parametrize("begin", [b"", b"\tservices = {\n", b"\targuments = {\n", b"<plist>"])
def test_hostile_output_is_read_in_linear_time(begin: bytes, content: bytes) -> None:
    """A square of these sizes would take minutes."""
    text = (begin + content * 30_000).decode()
    began = time.process_time()
    for reader in (read_list, read_services, read_disabled, read_print):
        reader(text)
    read_plist(text.encode())
    assert time.process_time() - began < 2


PARTS = st.sampled_from(
    [
        capture(f"launchd/built_{name}")
        for name in ("print_system", "list", "print_job", "plist_socket", "files", "print_disabled")
    ]
)
CONTENT = st.one_of(
    st.binary(max_size=60),
    PARTS,
    st.builds(
        lambda part, cut, junk: part[:cut] + junk + part[cut:], PARTS, st.integers(0, 2000), st.binary(max_size=9)
    ),
    st.sampled_from([b"501\n", b"\xff\n", "²".encode()]),
)
NAMES = [section.name for section in SECTIONS] + [section.name for section in follow_up(first(), ("x",))] + ["user"]


@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.builds(
            Output,
            stdout=CONTENT,
            status=st.sampled_from([0, 0, 1, 113, None]),
            truncated=st.booleans(),
            as_root=st.booleans(),
        ),
    ),
    st.lists(st.sampled_from(["x", "com.studio.mlx.8100", ""]), max_size=2),
)
def test_any_bytes(outputs: dict[str, Output], units: list[str]) -> None:
    for section in follow_up(outputs, units):
        assert isinstance(section, Section)
    look = read_jobs(outputs, units)
    msgspec.json.encode([(seen.fact, seen.by, seen.raw) for seen in look.seen])
    assert look.extent == "complete" or look.reason
