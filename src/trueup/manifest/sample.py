"""The commented sample: a manifest that shows every key with what it means."""

from __future__ import annotations

import textwrap
import typing
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from trueup.manifest.tables import (
    MANIFEST_SCHEMA,
    Check,
    Documents,
    Evidence,
    HostTable,
    Lane,
    ManifestFile,
    Service,
)
from trueup.vocabulary import Severity

_WIDTH = 110

_Headed: TypeAlias = tuple[str, msgspec.Struct]

SAMPLE = ManifestFile(
    schema=MANIFEST_SCHEMA,
    hosts={
        "mini": HostTable(
            names=("Mini", "the Mini"),
            addresses=("192.168.1.10", "mini.local"),
            os="linux",
            via="local",
        ),
        "studio": HostTable(
            names=("Studio",),
            addresses=("192.168.1.20",),
            os="macos",
            via="ssh",
            ssh="ops@studio.local",
        ),
    },
    services=(
        Service(
            kind="litellm",
            host="mini",
            names=("the gateway",),
            listen=("127.0.0.1:4000",),
            unit="litellm.service",
            probes=("/health/readiness",),
            key="env:LITELLM_MASTER_KEY",
        ),
        Service(kind="optillm", host="studio", listen=("*:4020",)),
    ),
    lanes=(
        Lane(handle="mlx-small-instruct-4bit", host="studio", port=8100, kind="mlx"),
        Lane(handle="mlx-large-instruct-4bit", host="studio", port=8101),
    ),
    documents=Documents(
        canonical=("README.md", "docs/**/*.md"),
        historical=("docs/archive/**",),
        ignore=("node_modules/**",),
    ),
    evidence=Evidence(directory="evidence", max_age="30d", ssh_config="ssh/config"),
    check=Check(fail_on=Severity.LOW, severity={"ports": Severity.HIGH}),
)


def sample_manifest() -> str:
    """Return a `trueup.toml` of a small stack: every key with its meaning where it first stands."""
    lines = [
        "# trueup.toml: what this stack is meant to be. Every table may be left out.",
        "",
        *_pairs(SAMPLE, explain={"schema"}, only={"schema"}),
    ]
    hosts: list[_Headed] = [(f"[hosts.{name}]", host) for name, host in SAMPLE.hosts.items()]
    services: list[_Headed] = [("[[services]]", service) for service in SAMPLE.services]
    lanes: list[_Headed] = [("[[lanes]]", lane) for lane in SAMPLE.lanes]
    single = [[(f"[{name}]", getattr(SAMPLE, name))] for name in ("documents", "evidence", "check")]
    for tables in (hosts, services, lanes, *single):
        lines += _tables(tables)
    return "\n".join(lines) + "\n"


def _tables(tables: Sequence[_Headed]) -> Iterator[str]:
    unexplained = {name for _, table in tables for name in table.__struct_fields__}
    yield ""
    yield from _comment(first_sentences(type(tables[0][1])))
    for number, (header, table) in enumerate(tables):
        if number:
            yield ""
        yield header
        written = set(_written(table))
        yield from _pairs(table, explain=unexplained & written, only=written)
        unexplained -= written


def _pairs(table: msgspec.Struct, *, explain: set[str], only: set[str]) -> Iterator[str]:
    descriptions = dict(described_keys(type(table)))
    for name in table.__struct_fields__:
        if name not in only:
            continue
        if name in explain:
            yield from _comment(descriptions[name])
        yield f"{name} = {toml_value(getattr(table, name))}"


def _written(table: msgspec.Struct) -> Iterator[str]:
    """Name the keys that hold something."""
    return (name for name in table.__struct_fields__ if getattr(table, name) not in (None, (), {}))


def described_keys(table: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Yield each key of a table with its description, in the order of the table."""
    hints = typing.get_type_hints(table, include_extras=True)
    for field in msgspec.structs.fields(table):
        metas = [meta for meta in typing.get_args(hints[field.name])[1:] if isinstance(meta, msgspec.Meta)]
        yield field.encode_name, next((meta.description for meta in metas if meta.description), "")


def first_sentences(table: type[msgspec.Struct]) -> str:
    """Return the first paragraph of a table's docstring, on one line."""
    return " ".join((table.__doc__ or "").split("\n\n")[0].split())


def toml_value(value: Any) -> str:
    """Write a value as TOML; mappings as inline tables."""
    plain = msgspec.to_builtins(value)
    if isinstance(plain, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in plain.items()) + " }"
    if isinstance(plain, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in plain) + "]"
    # JSON's strings, integers and booleans are TOML's too.
    return msgspec.json.encode(plain).decode()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")
