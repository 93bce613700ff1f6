"""Stored snapshots: sealed, whole or not there, never overwritten, every changed byte noticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.evidence.strategies import snapshots

from trueup.errors import EvidenceError, TamperedError
from trueup.evidence.store import SIZE_LIMIT, dump, load, seal, write
from trueup.vocabulary import Coverage, Listener, Snapshot, observe

NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)


def a_snapshot(taken_at: datetime = NOON) -> Snapshot:
    return Snapshot(
        taken_at=taken_at,
        title="One listener",
        origin="observed",
        hosts=("mini",),
        observations=(observe("mini", Listener("127.0.0.1", 4000), by="ss", service="litellm"),),
        coverages=(Coverage(host="mini", collector="listeners", extent="complete"),),
    )


def test_sealing_is_stable_and_covers_every_field() -> None:
    sealed = seal(a_snapshot())
    assert len(sealed.digest) == 64
    assert seal(sealed) == sealed
    assert seal(msgspec.structs.replace(a_snapshot(), title="Another")).digest != sealed.digest


def test_the_same_instant_in_another_zone_has_the_same_digest() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert seal(a_snapshot(there)) == seal(a_snapshot())


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no time zone"):
        seal(a_snapshot(datetime(2026, 2, 9)))  # noqa: DTZ001 (that is the point)


def test_dump_is_indented_and_ends_with_a_newline() -> None:
    text = dump(seal(a_snapshot())).decode()
    assert text.startswith('{\n  "schema": "https://trueup.dev/schemas/snapshot/1",\n')
    assert text.endswith("\n}\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not readable as JSON"),
        (b'{"schema": "https://trueup.dev/sch', "not readable as JSON"),
        (b"\xff\xfe\x00binary\x00", "not readable as JSON"),
        (b"[" * 100_000, "not readable as JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'{"schema": "https://trueup.dev/schemas/snapshot/9"}', "unknown schema"),
        (b'{"schema": "https://trueup.dev/schemas/snapshot/1"}', "no digest"),
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=says) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no such snapshot"):
        load(tmp_path / "none.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(EvidenceError, match="larger than 64 MiB"):
        load(huge)


def test_a_digest_that_matches_unknown_fields_is_still_no_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    fields = json.loads(dump(seal(a_snapshot()))) | {"extra": 1}
    path.write_bytes(json.dumps(fields).encode())
    with pytest.raises(TamperedError):
        load(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=snapshots)
def test_any_snapshot_comes_back_the_same(tmp_path: Path, snapshot: Snapshot) -> None:
    path = tmp_path / "any.json"
    path.write_bytes(dump(seal(snapshot)))
    assert load(path) == seal(snapshot)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=snapshots, data=st.data())
def test_a_changed_byte_is_noticed(tmp_path: Path, snapshot: Snapshot, data: st.DataObject) -> None:
    original = dump(seal(snapshot))
    at = data.draw(st.integers(0, len(original) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != original[at]))
    changed = original[:at] + bytes([value]) + original[at + 1 :]
    path = tmp_path / "changed.json"
    path.write_bytes(changed)
    if same_json(original, changed):
        assert load(path) == seal(snapshot)
    else:
        with pytest.raises(EvidenceError):
            load(path)


def same_json(one: bytes, other: bytes) -> bool:
    """Equal as JSON, with `1`, `1.0` and `true` told apart."""
    try:
        return repr(json.loads(one)) == repr(json.loads(other))
    except ValueError:
        return False


def test_a_changed_fact_is_called_tampered(tmp_path: Path) -> None:
    json_path, _ = write(a_snapshot(), tmp_path)
    json_path.write_bytes(json_path.read_bytes().replace(b"4000", b"4001"))
    with pytest.raises(TamperedError, match="does not match its digest"):
        load(json_path)
