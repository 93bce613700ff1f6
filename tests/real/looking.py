"""Run the real `trueup snapshot` on hosts of a test, as an operator does, and keep all that it put out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.hosts.host import Host, ssh_config

from trueup.evidence import store
from trueup.vocabulary import Cost, Coverage, Snapshot, Unreachable

T = TypeVar("T")

_PROGRAM = Path(sys.executable).with_name("trueup")


@dataclass(frozen=True)
class Look:
    """What a run came to: its exit status, what it printed, and every file below its folder."""

    status: int
    printed: str
    errors: str
    seconds: float
    folder: Path

    @property
    def snapshot(self) -> Snapshot:
        """The one snapshot that it wrote."""
        assert self.status == 0, self.errors
        (stored,) = self.folder.joinpath("evidence").glob("*.json")
        return store.load(stored)

    @property
    def everything(self) -> str:
        """All that it put out anywhere."""
        files = (each for each in self.folder.joinpath("evidence").rglob("*") if each.is_file())
        return self.printed + self.errors + "".join(each.read_text(errors="replace") for each in files)

    def facts(self, host: str, kind: type[T]) -> list[T]:
        """Return what was seen of one kind on a host."""
        return [seen.fact for seen in self.snapshot.observations if seen.host == host and isinstance(seen.fact, kind)]

    def fact(self, host: str, kind: type[T], **having: object) -> T:
        """Return the one thing seen of a kind on a host that has these fields."""
        (found,) = (
            fact for fact in self.facts(host, kind) if all(getattr(fact, key) == value for key, value in having.items())
        )
        return found

    def coverage(self, host: str, collector: str) -> Coverage:
        """Return how far a collector saw on a host, in all its ports."""
        (found,) = (
            each
            for each in self.snapshot.coverages
            if (each.host, each.collector) == (host, collector) and not each.ports
        )
        return found

    def cost(self, host: str) -> Cost:
        """Return what looking at a host cost it."""
        (found,) = (each for each in self.snapshot.costs if each.host == host)
        return found

    def is_whole(self, host: str) -> bool:
        """Tell whether it is known who a host is, and every listener of it."""
        return {self.coverage(host, each).extent for each in ("identity", "listeners")} == {"complete"}

    def is_dead(self, host: str) -> Unreachable:
        """Return why a host was not observed; nothing else may be told of it."""
        (only,) = (seen.fact for seen in self.snapshot.observations if seen.host == host)
        assert {each.extent for each in self.snapshot.coverages if each.host == host} == {"none"}
        assert isinstance(only, Unreachable)
        return only


def prepare(folder: Path, hosts: Iterable[Host], *, user: str = "root", each: str = "", more: str = "") -> Path:
    """Write a manifest that declares the hosts, reached over ssh, and an ssh configuration that knows them.

    `each` is added to every host's table, `more` stands at the end of the manifest.
    """
    hosts = tuple(hosts)
    folder.mkdir(exist_ok=True)
    ssh_config(hosts, folder, user=user)
    tables = "".join(f'[hosts.{host.name}]\nvia = "ssh"\naddresses = ["{host.address}"]\n{each}\n' for host in hosts)
    (folder / "trueup.toml").write_text(f'[evidence]\nssh_config = "ssh_config"\n\n{tables}{more}')
    return folder


def look(folder: Path, *options: str, within: float = 90.0) -> Look:
    """Take a snapshot with what was prepared in a folder."""
    started = time.monotonic()
    with looking(folder, *options) as process:
        printed, errors = process.communicate(timeout=within)
    return Look(process.returncode, printed, errors, time.monotonic() - started, folder)


@contextmanager
def looking(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start to take a snapshot; it is killed if it still runs at the end."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    argv = [str(_PROGRAM), "snapshot", "--root", str(folder), "--format", "markdown", *options]
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
