"""Measure a whole `trueup snapshot` against tools that check the same nine ports and nine HTTP endpoints.

    python -m bench.peers

All run as whole processes on the same services on loopback, in turns. Before that, each is shown a port that does not
listen and an endpoint that answers 503, and has to end with an error. Trueup is told nothing of what to expect: it
lists what is there, recognises it, asks every path that the catalogue knows, and writes a snapshot; it has to hold
all nine sockets and answers. Prints medians of wall and CPU time, and what was aimed at beside what was measured.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rig.alone import alone
from bench.rig.records import held, newest
from bench.rig.services import Check, manifest_of, nine_checks, serving
from bench.rig.tools import TOOLS, VERSIONS, NotHereError, bring_all
from bench.rig.turns import Command, Medians, in_turns, is_content

ROUNDS = 21
SELDOM = {"ansible-core": 3, "pyinfra": 9, "pytest-testinfra": 9}
TRUEUP = "trueup snapshot"


def main() -> None:
    """Bring the tools, then measure in a network of one's own where that can be had."""
    bring_all()
    print(f"9 ports and 9 HTTP endpoints on loopback, {alone()}; medians of whole processes, in turns")
    checks = nine_checks()
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
        commands = _commands(checks, Path(folder))
        _have_to_notice(commands, checks)
        with serving(checks):
            if unhappy := [name for name, command in commands.items() if not is_content(command)]:
                raise RuntimeError(f"all is well, but these say otherwise: {', '.join(unhappy)}")
            medians = in_turns(commands, ROUNDS, seldom=SELDOM)
        requests = _has_all(Path(folder) / "trueup", checks)
    _print(medians, requests)


def _commands(checks: Sequence[Check], folder: Path) -> dict[str, Command]:
    root = folder / "trueup"
    root.mkdir()
    (root / "trueup.toml").write_text(manifest_of(checks))
    commands = {TRUEUP: Command([str(Path(sys.executable).with_name("trueup")), "snapshot", "--root", str(root)])}
    for name, tell in TOOLS.items():
        try:
            commands[name] = tell(checks, folder)
        except NotHereError as error:
            print(f"{name}: skipped, {error}")
    return commands


def _have_to_notice(commands: Mapping[str, Command], checks: Sequence[Check]) -> None:
    last = checks[-1].kind
    for what, there, failing in (("a port that does not listen", checks[:-1], ""), ("a 503", checks, last)):
        with serving(there, failing=failing):
            for name, command in commands.items():
                if name != TRUEUP and is_content(command):
                    raise RuntimeError(f"{name} did not notice {what}, so its time is not that of the same checks")


def _has_all(root: Path, checks: Sequence[Check]) -> int:
    """Return how many requests the newest snapshot tells of; every check has to be answered in it."""
    snapshot = newest(root)
    seen = [(each["service"], each["fact"]) for each in snapshot["observations"] if each.get("service")]
    for check in checks:
        if not any(kind == check.kind and fact.get("port") == check.port for kind, fact in seen):
            raise RuntimeError(f"trueup saw no socket of {check.kind} on port {check.port}")
        if not any(fact.get("url") == check.url and fact.get("status") == 200 for _, fact in seen):
            raise RuntimeError(f"trueup saw no good answer of {check.url}")
    return int(snapshot["costs"][0]["requests"])


def _print(medians: Mapping[str, Medians], requests: int) -> None:
    own = medians[TRUEUP]
    print(f"{'':24}{'wall ms':>9}{'least':>9}{'CPU ms':>9}{'runs':>6}   wall, trueup = 1")
    for name, each in sorted(medians.items(), key=lambda pair: pair[1].wall):
        times = f"{each.wall * 1000:9.0f}{each.least * 1000:9.0f}{each.cpu * 1000:9.0f}{each.runs:6}"
        print(f"{name:24}{times}   {each.wall / own.wall:.2f}")
    print(f"trueup asked {requests} paths, the others 9; versions: {', '.join(v[0] for v in VERSIONS.values())}")
    for name, least in (("pytest-testinfra", 3), ("ansible-core", 20)):
        if name in medians:
            ratio = medians[name].wall / own.wall
            print(f"aim: at least {least} times as fast as {name}: {ratio:.1f} times, {held(ratio >= least)}")
    if "monit" in medians:
        ratio = own.wall / medians["monit"].wall
        print(f"aim: within 3 times monit: {ratio:.1f} times, {held(ratio <= 3)}")


if __name__ == "__main__":
    main()
