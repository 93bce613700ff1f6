"""Whatever happens at whichever call of a write: no snapshot is lost or half there, and the next write works."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.evidence.store.faults import FAULTS, Fault, faulty, killed
from tests.evidence.store.folders import a_snapshot, chain_in, hour, leftovers, names_in, snapshots_in

from trueup.errors import EvidenceError
from trueup.evidence.store import write
from trueup.evidence.store.envelope import parse
from trueup.evidence.store.signing import sign

MOST_CALLS = 200


@pytest.fixture(params=["links", "no links"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a file system with hard links, or of one without."""

    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "no links":
        monkeypatch.setattr(os, "link", refused)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("before", [0, 2])
def test_a_fault_at_every_call(fault: Fault, before: int, folder: Path) -> None:
    for at in count(1):
        here = folder / str(at)
        for number in range(before):
            write(a_snapshot(hour(number)), here)
        met = meet(fault, at, here)
        if not met:
            break
        assert at < MOST_CALLS, f"no end of calls: {met}"
        survives(here, before, met)
    assert at > 25, "so few calls: they are not counted any more"


def meet(fault: Fault, at: int, here: Path) -> str:
    """Write one snapshot with a fault at its Nth call; return where that was, nothing when it was not met."""
    if fault == "kill":
        return f"call {at}" if killed(at, partial(write, a_snapshot(hour(50)), here)) else ""
    with faulty(at, fault) as counter:
        failed = False
        try:
            write(a_snapshot(hour(50)), here)
        except (EvidenceError, KeyboardInterrupt):
            failed = True
    assert counter.met or not failed, "failed without a fault"
    return counter.met and f"call {at}, {counter.met}"


def survives(here: Path, before: int, met: str) -> None:
    """What was there is there, whole; what came is whole or not there; the next write mends the rest."""
    if here.exists():
        there = snapshots_in(here).values()  # reads and verifies every one
        assert {hour(number) for number in range(before)} <= {each.taken_at for each in there}, met
        assert len(there) in (before, before + 1), met
        rendered = {name.removesuffix(".md") for name in names_in(here) if name.endswith(".md")}
        assert rendered <= {name.removesuffix(".json") for name in names_in(here)}, met
    write(a_snapshot(hour(60)), here)
    write(a_snapshot(hour(50)), here)
    assert len(chain_in(here)) == before + 2, met
    assert len(names_in(here)) == 2 * (before + 2), met
    assert leftovers(here) == [], met


def test_a_fault_that_is_brought_is_met() -> None:
    """What these tests stand on: an error comes where it is asked for, and a child is really killed."""
    with faulty(2, "EIO") as counter, pytest.raises(OSError, match="Input/output"):
        os.close(os.open("/", os.O_RDONLY))
    assert counter.met == "close"
    assert killed(1, Path.cwd().exists)
    assert not killed(2, Path.cwd().exists)


def test_a_name_that_cannot_be_given_takes_the_other_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, given = os.link, list[str]()

    def second_refused(source: Path, target: Path) -> None:
        given.append(str(target))
        if str(target).endswith(".md"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    write(a_snapshot(), tmp_path)
    before = names_in(tmp_path)
    monkeypatch.setattr(os, "link", second_refused)
    with pytest.raises(EvidenceError, match="No space left"):
        write(a_snapshot(hour(1)), tmp_path)
    assert [name.rpartition(".")[2] for name in given[-2:]] == ["json", "md"]
    assert names_in(tmp_path) == before


def test_what_is_on_the_disk_before_a_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order for a machine that stops: both contents, then both names, then the folder that holds the names."""
    write(a_snapshot(), tmp_path)
    order = list[str]()
    fsync, link = os.fsync, os.link

    def flushed(descriptor: int) -> None:
        order.append("flush the folder" if Path(f"/dev/fd/{descriptor}").is_dir() else "flush a file")
        fsync(descriptor)

    def named(source: Path, target: Path) -> None:
        order.append(f"name {target.suffix}")
        link(source, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "link", named)
    write(a_snapshot(hour(1)), tmp_path)
    assert order == ["flush a file", "flush a file", "name .json", "name .md", "flush the folder"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_call_of_signing(fault: Fault, tmp_path: Path) -> None:
    first, second = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
    for at in count(1):
        path = write(a_snapshot(), tmp_path / str(at))[0]
        before = sign(path, Holder(first)).read_bytes()
        if fault == "kill":
            met = killed(at, partial(sign, path, Holder(second)))
        else:
            with faulty(at, fault) as counter, suppress(EvidenceError, KeyboardInterrupt):
                sign(path, Holder(second))
            met = bool(counter.met)
        if not met:
            break
        envelope = path.with_name(f"{path.stem}.dsse.json")
        assert envelope.read_bytes() == before or len(parse(envelope.read_bytes()).signatures) == 2
        assert len(parse(sign(path, Holder(second)).read_bytes()).signatures) == 2
        assert leftovers(path.parent) == []
        assert at < MOST_CALLS
    assert at > 15


class Holder:
    """Signs with a key that is at hand."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)
