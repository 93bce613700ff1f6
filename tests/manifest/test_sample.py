from __future__ import annotations

import typing
from typing import Any

import msgspec

from trueup.manifest import Manifest, ManifestFile, parse_manifest, sample_manifest
from trueup.manifest.load import _fields
from trueup.manifest.sample import SAMPLE, described_keys


def _tables(table: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    found = {table}
    for hint in typing.get_type_hints(table).values():
        for inner in (hint, *typing.get_args(hint)):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                found |= _tables(inner)
    return found


def _rows(value: Any) -> set[tuple[type[msgspec.Struct], str]]:
    """Name every key of every table that holds something in a manifest."""
    if isinstance(value, msgspec.Struct):
        filled = {name: item for name, item in _fields(value).items() if item not in (None, (), {})}
        return {(type(value), name) for name in filled} | set().union(*(_rows(item) for item in filled.values()))
    children = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return set().union(*(_rows(child) for child in children))


def test_every_key_is_documented() -> None:
    for table in _tables(ManifestFile):
        assert table.__doc__
        for key, description in described_keys(table):
            assert description.endswith("."), f"{table.__name__}.{key}"


def test_the_sample_uses_every_key() -> None:
    every = {(table, field.name) for table in _tables(ManifestFile) for field in msgspec.structs.fields(table)}
    assert _rows(SAMPLE) == every


def test_the_sample_is_the_manifest_that_it_was_written_from() -> None:
    parsed = parse_manifest(sample_manifest(), "sample")
    assert isinstance(parsed, Manifest)
    assert {host.name: host.names for host in parsed.hosts} == {name: host.names for name, host in SAMPLE.hosts.items()}
    for name in ("schema", "services", "lanes", "documents", "evidence", "check"):
        assert getattr(parsed, name) == getattr(SAMPLE, name)


def test_each_key_is_explained_once() -> None:
    comments = "".join(line[2:] + " " for line in sample_manifest().splitlines() if line.startswith("# "))
    for table in _tables(ManifestFile) - {ManifestFile}:
        for _, description in described_keys(table):
            assert comments.count(description) == 1
