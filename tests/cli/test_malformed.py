"""Whatever is wrong with a file: one line on standard error, the right exit status, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.stack import MANIFEST, make_stack, snapshot

from trueup.cli import main

TRUEUP = str(Path(sys.executable).with_name("trueup"))
MIB = 1024 * 1024


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command as a process of its own, so that a traceback would show as one."""
    done = subprocess.run([TRUEUP, *map(str, arguments)], capture_output=True, check=False, timeout=110)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def assert_one_line(result: tuple[int, str, str], status: int, *said: str) -> None:
    code, out, err = result
    assert "Traceback" not in err
    assert err.startswith("trueup: error: ")
    assert err.count("\n") == 1
    assert all(part in err for part in said), err
    assert out == ""
    assert code == status


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def not_utf8(path: Path) -> None:
    path.write_bytes(b"# Mini\n\nLiteLLM h\xf6rt auf 4000.\n")


def huge(path: Path) -> None:
    line = b"LiteLLM on mini listens on port 4000, and Grafana on port 3001.\n\n"
    path.write_bytes(line * (50 * MIB // len(line)))


def a_loop(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path)


def unreadable(path: Path) -> None:
    """A file that opens and then fails to be read, for root too (Linux: no memory is mapped at address 0)."""
    path.unlink(missing_ok=True)
    path.symlink_to("/proc/self/mem")


BAD = [binary, missing, folder, not_utf8, a_loop, unreadable]


@pytest.mark.parametrize("spoil", [*BAD, huge])
def test_a_named_document(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    make_stack(tmp_path, evidence=snapshot())
    document = tmp_path / "docs" / "a.md"
    spoil(document)
    if spoil is folder:
        return  # a folder is a fine thing to name
    assert_one_line(run("check", document, "--root", tmp_path), 2, "a.md")


@pytest.mark.parametrize("spoil", [binary, not_utf8, a_loop, huge])
def test_a_document_that_was_only_found_is_skipped_and_told(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    make_stack(tmp_path, evidence=snapshot())
    spoil(tmp_path / "docs" / "b.md")
    code, out, err = run("check", "--root", tmp_path)
    assert code == 1
    assert "docs/a.md:5:" in out
    assert "note: docs/b.md was not read: " in out
    assert err == ""


@pytest.mark.parametrize(
    "text",
    [
        "> " * 50_000 + "x\n",
        "[" * 100_000 + "\n",
        "".join("  " * depth + "- a\n" for depth in range(300)),
        "LiteLLM on mini listens on port 4000 and " * 5_000 + "\n",
        "127.0.0.1:" + "9" * 100_000 + "\n",
        "&#x1b;&#0;<!--\r" * 10_000,
    ],
    ids=["quotes", "brackets", "lists", "one sentence", "digits", "entities"],
)
def test_text_that_is_meant_to_hurt(text: str, tmp_path: Path) -> None:
    make_stack(tmp_path, text, evidence=snapshot())
    for command in (
        ("check", "--root", tmp_path, "--all"),
        ("import", tmp_path / "docs" / "a.md", "--lines"),
    ):
        code, out, err = run(*command)
        assert code in (0, 1, 3)
        assert "Traceback" not in err
        assert "\x1b" not in out + err
        assert max(map(len, err.splitlines()), default=0) < 1100


@pytest.mark.parametrize("spoil", BAD)
def test_stored_evidence(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    make_stack(tmp_path)
    evidence = tmp_path / "evidence.json"
    spoil(evidence)
    assert_one_line(run("check", "--root", tmp_path, "--evidence", evidence), 3, "evidence.json")


@pytest.mark.parametrize("spoil", [*BAD, huge])
def test_evidence_that_a_person_wrote(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    make_stack(tmp_path)
    evidence = tmp_path / "2026-02-09-mini.md"
    spoil(evidence)
    assert_one_line(run("check", "--root", tmp_path, "--evidence", evidence), 3, "2026-02-09-mini.md")
    assert_one_line(run("import", evidence, "--out", tmp_path / "out"), 3, "2026-02-09-mini.md")
    assert not (tmp_path / "out").exists()


def test_evidence_in_the_evidence_folder_that_is_spoiled_is_not_passed_over(tmp_path: Path) -> None:
    stored = make_stack(tmp_path, evidence=snapshot())
    stored.write_bytes(stored.read_bytes()[:-40])
    assert_one_line(run("check", "--root", tmp_path), 3, stored.name)


@pytest.mark.parametrize("kept", [0, 1, 50, 300])
def test_a_truncated_snapshot(kept: int, tmp_path: Path) -> None:
    stored = make_stack(tmp_path, evidence=snapshot())
    stored.write_bytes(stored.read_bytes()[:kept])
    assert_one_line(run("check", "--root", tmp_path, "--evidence", stored), 3, stored.name)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_snapshot_with_any_changed_byte_is_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("stack")
    stored = make_stack(root, evidence=snapshot())
    content = bytearray(stored.read_bytes())
    visible = [at for at, byte in enumerate(content) if not bytes([byte]).isspace()]
    at = data.draw(st.sampled_from(visible))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    stored.write_bytes(content)
    assert main(["check", "--root", str(root)]) == 3


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"schema": 1}', "[" * 100_000, '{"a": 1e999}', "\ufeff{}"])
def test_json_that_is_no_snapshot(content: str, tmp_path: Path) -> None:
    make_stack(tmp_path)
    evidence = tmp_path / "evidence.json"
    evidence.write_text(content)
    assert_one_line(run("check", "--root", tmp_path, "--evidence", evidence), 3, "evidence.json")


@pytest.mark.parametrize("spoil", [binary, missing, folder, not_utf8, a_loop, unreadable, huge])
def test_a_named_manifest(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    make_stack(tmp_path, evidence=snapshot())
    manifest = tmp_path / "own.toml"
    spoil(manifest)
    assert_one_line(run("check", "--root", tmp_path, "--config", manifest), 2, "own.toml")
    assert_one_line(run("snapshot", "--config", manifest, "--out", tmp_path / "out"), 2, "own.toml")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("[hosts.mini\n", 1),
        (MANIFEST + "\n[hosts.mini]\n", 7),
        (MANIFEST + '\n[documents]\ncanonicle = ["*.md"]\n', 8),
        (MANIFEST + '\n[check]\nfail_on = "dire"\n', 8),
        ("x = " + "[" * 5000, None),
    ],
)
def test_a_broken_manifest_is_refused_with_its_line(content: str, line: int | None, tmp_path: Path) -> None:
    make_stack(tmp_path, manifest=content)
    where = f"trueup.toml:{line}: " if line else "trueup.toml"
    assert_one_line(run("check", "--root", tmp_path), 2, where)


@pytest.mark.parametrize("verb", ["check", "snapshot"])
def test_a_root_that_is_none(verb: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_one_line(run(verb, "--root", tmp_path / "file"), 2, "not a folder")
    assert_one_line(run(verb, "--root", tmp_path / "none"), 2, "no such folder")


def test_an_output_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = run("snapshot", "--out", tmp_path / "file" / "evidence")
    assert (code, out) == (3, "")
    assert err.startswith("trueup: error: ")


def test_an_evidence_folder_that_is_a_file(tmp_path: Path) -> None:
    make_stack(tmp_path)
    (tmp_path / "evidence").write_text("")
    assert_one_line(run("check", "--root", tmp_path), 3, "evidence")


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    make_stack(tmp_path, evidence=snapshot())
    odd = os.fsencode(tmp_path / "docs") + b"/\xff\x1b[31m.md"
    Path(os.fsdecode(odd)).write_bytes((tmp_path / "docs" / "a.md").read_bytes())
    for form in ("terminal", "json", "markdown"):
        code, out, err = run("check", "--root", tmp_path, "--format", form)
        assert code == 1
        assert "Traceback" not in err
        assert "\x1b" not in out
        assert out.count("0.0.0.0:9090") >= 2
