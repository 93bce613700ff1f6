"""The verbs of `trueup snapshot` on a folder of stored snapshots."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import tarfile
import termios
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cli.stack import MANIFEST, snapshot
from tests.evidence.store.folders import hour

from trueup.cli import main
from trueup.cli.snapshot import SNAPSHOT_VERBS
from trueup.evidence import store
from trueup.evidence.diff import Changes
from trueup.evidence.store.listing import Snapshots

Captured = pytest.CaptureFixture[str]
MOVED = "LiteLLM on mini moved from loopback to every interface (127.0.0.1:4000 → *:4000)"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root whose evidence folder holds two snapshots: the listeners moved from loopback to every interface."""
    (tmp_path / "trueup.toml").write_text(MANIFEST)
    for number, address in enumerate(("127.0.0.1", "0.0.0.0")):
        store.write(snapshot(hour(number), address), tmp_path / "evidence")
    return tmp_path


def run(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    status = main(["snapshot", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def stored(root: Path) -> list[Path]:
    return sorted(path for path in (root / "evidence").glob("*.json") if not path.name.endswith(".dsse.json"))


def test_list(root: Path, capsys: Captured) -> None:
    (root / "evidence" / "2026-02-08-\x1b[31mnone.json").write_text("{}")
    status, out, err = run(capsys, "list", "--root", str(root))
    newest, oldest = (store.load(path).digest[:12] for path in reversed(stored(root)[1:]))
    assert out.splitlines() == [
        f"2026-02-09T13:00:00Z  {newest}      2  -       observed  mini",
        f"2026-02-09T12:00:00Z  {oldest}      2  -       observed  mini",
        r"2026-02-08-\x1b[31mnone.json  unknown schema None",
    ]
    assert (status, err) == (0, "")


def test_list_as_json(root: Path, capsys: Captured) -> None:
    status, out, _ = run(capsys, "list", "--in", str(root / "evidence"), "--json")
    listed = msgspec.json.decode(out, type=Snapshots)
    assert status == 0
    assert [each.file for each in listed.snapshots] == [path.name for path in reversed(stored(root))]
    assert listed.snapshots[0].previous == listed.snapshots[1].digest


def test_show(root: Path, capsys: Captured) -> None:
    older, newer = stored(root)
    assert run(capsys, "show", "--root", str(root))[1] == run(capsys, "show", newer.stem, "--root", str(root))[1]
    status, out, _ = run(capsys, "show", "latest~1", "--root", str(root))
    assert status == 0
    assert "`127.0.0.1:4000` (litellm)" in out
    assert run(capsys, "show", str(older), "--json", "--root", str(root))[1] == older.read_text()
    newer.write_text(newer.read_text().replace("4000", "4001"))
    status, out, err = run(capsys, "show", "--root", str(root))
    assert (status, out) == (3, "")
    assert "does not match its digest" in err


def test_show_what_a_person_wrote(root: Path, capsys: Captured) -> None:
    notes = root / "notes.md"
    notes.write_text("# 2026-02-09 reality\n\n## Mini (Debian)\n\nLiteLLM listens on `127.0.0.1:4000`.\n")
    status, out, _ = run(capsys, "show", str(notes), "--root", str(root))
    assert status == 0
    assert "`127.0.0.1:4000` (litellm)" in out
    assert MOVED in run(capsys, "diff", str(notes), "latest", "--root", str(root))[1]


def test_diff(root: Path, capsys: Captured) -> None:
    status, out, err = run(capsys, "diff", "--root", str(root))
    assert (status, err) == (0, "")
    assert MOVED in out.splitlines()
    assert run(capsys, "diff", "--root", str(root), "--exit-code")[0] == 1
    assert run(capsys, "diff", "latest", "latest", "--exit-code", "--root", str(root))[:2] == (0, "nothing changed\n")


def test_diff_as_json(root: Path, capsys: Captured) -> None:
    status, out, _ = run(capsys, "diff", "--root", str(root), "--json")
    changes = msgspec.json.decode(out, type=Changes)
    assert status == 0
    assert changes.schema == "https://trueup.dev/schemas/changes/1"
    assert [changes.before.digest, changes.after.digest] == [store.load(path).digest for path in stored(root)]
    found = next(change for change in changes.changes if change.service == "litellm")
    assert (found.says, found.before, found.after, found.host) == (MOVED, "127.0.0.1:4000", "*:4000", "mini")


def test_verify(root: Path, capsys: Captured) -> None:
    status, out, _ = run(capsys, "verify", "--root", str(root))
    assert (status, out.splitlines()[-1]) == (0, "2 snapshots, 0 not intact")
    older = stored(root)[0]
    older.write_text(older.read_text().replace("4000", "4001"))
    status, out, _ = run(capsys, "verify", "--root", str(root))
    assert status == 3
    assert out.splitlines() == [
        f"NOT INTACT  {older}",
        "  problem: content does not match its digest",
        f"intact  {stored(root)[1]}",
        "2 snapshots, 1 not intact",
    ]
    assert run(capsys, "verify", "latest", "--root", str(root))[0] == 0


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
def test_sign_and_verify(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    key = root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@test", "-f", key], check=True)
    status, out, _ = run(capsys, "sign", "latest", "--key", str(key), "--root", str(root))
    assert (status, out) == (0, f"{stored(root)[1].with_suffix('')}.dsse.json\n")
    named = ("--key", f"{key}.pub", "--root", str(root))
    status, out, _ = run(capsys, "verify", "latest", *named)
    assert status == 0
    assert "(me@test)" in out
    assert run(capsys, "verify", *named)[0] == 3
    (root / "signers").write_text(f"me@test {(root / 'key.pub').read_text()}")
    assert run(capsys, "verify", "latest", "--allowed-signers", str(root / "signers"), "--root", str(root))[0] == 0
    assert "signed" in run(capsys, "list", "--root", str(root))[1].splitlines()[0]
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for arguments, says in (
        (("--agent",), "no ssh-agent is known"),
        ((), "one of --key and --agent"),
        (("--agent", "--key", str(key)), "one of --key and --agent"),
        (("--key", str(root / "none")), "cannot read the key"),
    ):
        status, _, err = run(capsys, "sign", "latest", "--root", str(root), *arguments)
        assert status == 2
        assert says in err
    monkeypatch.setenv("SSH_AUTH_SOCK", str(root / "no agent"))
    assert "cannot ask the agent" in run(capsys, "sign", "latest", "--root", str(root), "--agent", "SHA256:x")[2]


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
def test_a_passphrase_is_asked_for_on_a_terminal_only(root: Path, capsys: Captured, monkeypatch: Any) -> None:
    key = root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "plum tree", "-f", key], check=True)
    monkeypatch.setattr("sys.stdin", io.StringIO("plum tree\n"))
    status, _, err = run(capsys, "sign", "latest", "--key", str(key), "--root", str(root))
    assert status == 2
    assert "the key has a passphrase" in err
    assert "plum" not in err


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
def test_a_passphrase_is_asked_for_on_a_terminal(root: Path) -> None:
    key = root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "plum tree", "-f", key], check=True)
    signing = ["-m", "trueup", "snapshot", "sign", "latest", "--key", str(key), "--root", str(root)]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, *signing])
    printed = b""
    while b"Passphrase of" not in printed:
        printed += os.read(terminal, 1000)
    # The prompt is there before the terminal stops showing what is typed; what comes too soon would be dropped.
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        os.sched_yield()
    os.write(terminal, b"plum tree\n")
    with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
        while part := os.read(terminal, 1000):
            printed += part
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, printed
    assert b"plum" not in printed
    assert list((root / "evidence").glob("*.dsse.json"))
    os.close(terminal)


def test_export(root: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    def exported(form: str) -> bytes:
        assert main(["snapshot", "export", "latest", "--format", form, "--root", str(root)]) == 0
        return capsysbinary.readouterr().out

    newest = stored(root)[1]
    assert exported("json") == newest.read_bytes()
    assert exported("markdown") == newest.with_suffix(".md").read_bytes()
    lines = [json.loads(line) for line in exported("jsonl").splitlines()]
    assert [(line["host"], line["fact"]["port"], line["taken_at"]) for line in lines] == [
        ("mini", 4000, "2026-02-09T13:00:00Z"),
        ("mini", 9090, "2026-02-09T13:00:00Z"),
    ]
    signatures = newest.with_name(f"{newest.stem}.dsse.json")
    signatures.write_bytes(b"{}")
    archive = exported("tar")
    os.utime(newest)
    assert exported("tar") == archive
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        held = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert held == {path.name: path.read_bytes() for path in (newest, newest.with_suffix(".md"), signatures)}


@pytest.mark.parametrize("verb", SNAPSHOT_VERBS)
def test_without_snapshots_each_verb_ends_well(verb: str, tmp_path: Path, capsys: Captured) -> None:
    arguments = ("latest", "--key", "none") if verb == "sign" else ()
    status, out, err = run(capsys, verb, *arguments, "--root", str(tmp_path))
    if verb in ("list", "verify"):
        assert (status, err) == (0, "")
    else:
        assert (status, out) == (3, "")
        assert "no snapshots (take one with `trueup snapshot`)" in err
    assert run(capsys, verb, *arguments, "--in", str(tmp_path / "none"))[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_options_of_taking_stand_without_a_verb(root: Path, capsys: Captured) -> None:
    status, _, err = run(capsys, "--root", str(root), "list")
    assert status == 2
    assert "belong behind `list`" in err
    status, _, err = run(capsys, "lst")
    assert status == 2
    assert "No such command 'lst'" in err
