"""The other tools that can check ports and endpoints: how each is installed, told what to check, and run once.

Each is brought into a folder of its own outside the repository, `~/.cache/trueup-bench` or what TRUEUP_BENCH_CACHE
names, and byte-compiled. Each is told its checks in the way its own documentation shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.rig.services import Check
from bench.rig.turns import Command

CACHE = Path(os.environ.get("TRUEUP_BENCH_CACHE") or Path.home() / ".cache" / "trueup-bench")
VERSIONS = {
    "testinfra": ("pytest-testinfra==10.2.2", "pytest==8.4.2"),
    "pyinfra": ("pyinfra==3.10.0",),
    "ansible": ("ansible-core==2.19.14",),
}


class NotHereError(Exception):
    """A tool cannot be had on this machine; the text says why."""


def monit(checks: Sequence[Check], folder: Path) -> Command:
    """Without `set daemon` it reads its file, does one cycle of all checks and ends, with 0 whatever it found."""
    lines = [f"set {kept}file {folder}/monit.{kept}" for kept in ("pid", "state", "id")]
    for check in checks:
        lines += [
            f"check host {check.kind} with address 127.0.0.1",
            f"  if failed port {check.port} type tcp then alert",
            f'  if failed port {check.port} protocol http request "{check.path}" status = 200 then alert',
        ]
    control = _written(folder / "monitrc", "\n".join((*lines, "")))
    control.chmod(0o600)
    return Command([_monit_program(), "-c", str(control)], complaint=b"failed")


def bare(checks: Sequence[Check], _: Path) -> Command:
    """The script in `rig/bare.py`, with the Python that runs trueup."""
    script = Path(__file__).with_name("bare.py")
    return Command([sys.executable, str(script), *(f"{check.port}{check.path}" for check in checks)])


def testinfra(checks: Sequence[Check], folder: Path) -> Command:
    """One test a check: its socket resource for ports; it has none for HTTP, so curl, through its own backend."""
    text = f"""import pytest

@pytest.mark.parametrize("port", {[check.port for check in checks]})
def test_listens(host, port):
    assert host.socket(f"tcp://127.0.0.1:{{port}}").is_listening

@pytest.mark.parametrize("url", {[check.url for check in checks]})
def test_answers(host, url):
    assert host.check_output(f"curl -s -o /dev/null -w '%{{{{http_code}}}}' {{url}}") == "200"
"""
    tests = _written(folder / "testinfra" / "test_nine.py", text)
    python = _environment("testinfra") / "bin" / "python"
    _needs("curl", "ss")
    return Command(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tests.parent), str(tests)]
    )


def pyinfra(checks: Sequence[Check], folder: Path) -> Command:
    """One operation a check: it has no resource for either, so a shell command each, on its local connector."""
    commands = [f"ss -H -tln sport = :{check.port} | grep -q ." for check in checks]
    commands += [f'test "$(curl -s -o /dev/null -w "%{{http_code}}" {check.url})" = 200' for check in checks]
    operations = [
        f"server.shell(name='check {number}', commands=[{command!r}])" for number, command in enumerate(commands)
    ]
    deploy = _written(
        folder / "pyinfra" / "deploy.py", "\n".join(("from pyinfra.operations import server", *operations, ""))
    )
    _needs("curl", "ss")
    return Command(
        [str(_environment("pyinfra") / "bin" / "pyinfra"), "-y", "@local", str(deploy)], {"HOME": str(folder)}
    )


def ansible(checks: Sequence[Check], folder: Path) -> Command:
    """`wait_for` for ports and `uri` for endpoints, on the local connection, without gathering facts."""
    environment = _environment("ansible")
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": str(environment / "bin" / "python")},
        "tasks": [
            {
                "name": "ports",
                "ansible.builtin.wait_for": {"host": "127.0.0.1", "port": "{{ item }}", "timeout": 2},
                "loop": [check.port for check in checks],
            },
            {
                "name": "endpoints",
                "ansible.builtin.uri": {"url": "{{ item }}", "status_code": 200},
                "loop": [check.url for check in checks],
            },
        ],
    }
    playbook = _written(folder / "ansible" / "nine.json", json.dumps([play], indent=1))
    quiet = {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return Command([str(environment / "bin" / "ansible-playbook"), "-i", "localhost,", str(playbook)], quiet)


TOOLS: Mapping[str, Callable[[Sequence[Check], Path], Command]] = {
    "monit": monit,
    "a bare asyncio script": bare,
    "pytest-testinfra": testinfra,
    "pyinfra": pyinfra,
    "ansible-core": ansible,
}


def bring_all() -> None:
    """Install what is not installed yet; a tool that cannot be had is told of when it is wanted."""
    brought: list[Callable[[], object]] = [_monit_program, *(partial(_environment, name) for name in VERSIONS)]
    for bring in brought:
        try:
            bring()
        except NotHereError as error:
            print(f"not measured: {error}", file=sys.stderr)


def _environment(name: str) -> Path:
    folder = CACHE / name
    ready = folder / ".ready"
    if ready.exists() and ready.read_text() == repr(VERSIONS[name]):
        return folder
    print(f"installing {' '.join(VERSIONS[name])} into {folder}", file=sys.stderr, flush=True)
    _did([sys.executable, "-m", "venv", "--clear", str(folder)], name)
    pip = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--compile",
    ]
    _did([*pip, *VERSIONS[name]], name)
    ready.write_text(repr(VERSIONS[name]))
    return folder


def _monit_program() -> str:
    """Take an installed monit, or unpack Debian's package without installing it."""
    if found := shutil.which("monit"):
        return found
    folder = CACHE / "monit"
    program = folder / "usr" / "bin" / "monit"
    if not program.exists():
        _needs("apt-get", "dpkg")
        folder.mkdir(parents=True, exist_ok=True)
        _did(["apt-get", "download", "monit"], "monit", folder)
        (package,) = folder.glob("*.deb")
        _did(["dpkg", "-x", str(package), str(folder)], "monit")
    return str(program)


def _needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise NotHereError(f"{program} is not installed")


def _did(argv: Sequence[str], name: str, folder: Path | None = None) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    try:
        done = subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHereError(f"{name} does not install here: {error}") from error
    if done.returncode:
        raise NotHereError(f"{name} does not install here: {' '.join(done.stderr.split())[-300:]}")


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
