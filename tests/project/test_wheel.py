"""The wheel works on its own: installed with nothing but what it needs to run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from trueup.judge import RULE_NAMES

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    builder = [sys.executable, "-m", "venv", str(out / "builder")]
    subprocess.run(builder, check=True)
    build = [out / "builder/bin/python", "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", out, REPOSITORY]
    subprocess.run(list(map(str, build)), check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of a fresh environment with the wheel in it."""
    environment = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    return environment / "bin"


def run(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(installed / "trueup"), *arguments], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )


def test_nothing_of_the_tests_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"trueup", f"trueup-{wheel.name.split('-')[1]}.dist-info"}
    assert "trueup/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_only_what_it_needs_to_run_comes_along(installed: Path) -> None:
    listed = [str(installed / "python"), "-m", "pip", "list", "--format=freeze"]
    packages = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    ours = {"trueup", "asyncssh", "bcrypt", "click", "cryptography", "h11", "msgspec", "pyromark"}
    # typing_extensions comes with pyromark on Python 3.11 and with asyncssh, cffi with cryptography
    brought = {"pip", "setuptools", "typing_extensions", "cffi", "pycparser"}
    assert {package.split("==")[0] for package in packages} - brought == ours


def test_the_command_works(installed: Path, tmp_path: Path) -> None:
    assert "Verbs:" in run(installed, "--help", cwd=tmp_path).stdout
    assert run(installed, "--version", cwd=tmp_path).stdout.startswith("trueup 0.")
    assert "[[services]]" in run(installed, "init", "--sample", cwd=tmp_path).stdout
    assert '"$id"' in run(installed, "schema", "snapshot", cwd=tmp_path).stdout
    assert all(run(installed, "explain", rule, cwd=tmp_path).returncode == 0 for rule in RULE_NAMES)


def test_a_check_works(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "init", cwd=tmp_path).returncode == 0
    (tmp_path / "a.md").write_text("LiteLLM listens on `127.0.0.1:4000`.\n")
    assert run(installed, "snapshot", cwd=tmp_path).returncode == 0
    done = run(installed, "check", "--format", "json", cwd=tmp_path)
    assert done.stderr == ""
    assert done.returncode in (0, 1)  # a LiteLLM may really run here, on another port
    assert json.loads(done.stdout)["coverage"]["claims"] > 0
