"""`trueup.toml`: hosts, services, lanes and documents, declared."""

from __future__ import annotations

from typing import Literal

import msgspec

from trueup.vocabulary import Severity, Word


class Host(Word, frozen=True, kw_only=True):
    """A machine. `names` are what documents call it besides its `name`; `via` how to reach it."""

    name: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    os: Literal["linux", "macos"] | None = None
    via: Literal["local", "ssh"] | None = None
    ssh: str | None = None


class Service(Word, frozen=True, kw_only=True):
    """A service on a host. `kind` is a catalogue key, or any word for a kind of your own."""

    kind: str
    host: str
    names: tuple[str, ...] = ()
    listen: tuple[str, ...] = ()
    unit: str | None = None
    probes: tuple[str, ...] = ()


class Lane(Word, frozen=True, kw_only=True):
    """One model on one port of a host, with its canonical handle."""

    handle: str
    host: str
    port: int
    kind: str = "mlx"


class Documents(Word, frozen=True, kw_only=True):
    """Globs, relative to the manifest: which documents are canonical, historical, or not read at all."""

    canonical: tuple[str, ...] = ("**/*.md",)
    historical: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Evidence(Word, frozen=True, kw_only=True):
    """Where snapshots are kept, and how old the newest may be (`30d`, `12h`) before claims judged by it are stale."""

    directory: str = "evidence"
    max_age: str | None = None


class Check(Word, frozen=True, kw_only=True):
    """How findings count: the severity at which `check` exits with 1, and severities of your own by rule."""

    fail_on: Severity = Severity.LOW
    severity: dict[str, Severity] = msgspec.field(default_factory=dict)


class Manifest(Word, frozen=True, kw_only=True):
    """The whole manifest; every table may be left out."""

    schema: str | None = None
    hosts: tuple[Host, ...] = ()
    services: tuple[Service, ...] = ()
    lanes: tuple[Lane, ...] = ()
    documents: Documents = Documents()
    evidence: Evidence = Evidence()
    check: Check = Check()
