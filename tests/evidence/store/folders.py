"""Snapshots to store, and what a folder of them holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from trueup.catalog import load_catalog
from trueup.evidence.store import load, verifying
from trueup.evidence.store.folder import DERIVED, stored_names
from trueup.evidence.store.trust import Trusted
from trueup.evidence.store.verifying import Verified
from trueup.manifest import Manifest
from trueup.sources import read_evidence
from trueup.vocabulary import Coverage, Listener, Snapshot, observe

NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)


def a_snapshot(taken_at: datetime = NOON, port: int = 4000) -> Snapshot:
    return Snapshot(
        taken_at=taken_at,
        title="One listener",
        origin="observed",
        hosts=("mini",),
        observations=(observe("mini", Listener("127.0.0.1", port), by="ss", service="litellm"),),
        coverages=(Coverage(host="mini", collector="listeners", extent="complete"),),
    )


def hour(number: int) -> datetime:
    return NOON + timedelta(hours=number)


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder but for what is derived."""
    return sorted(path.name for path in folder.iterdir() if path.name != DERIVED)


def leftovers(folder: Path) -> list[str]:
    """Return the names of what is derived, but for what always stands there."""
    derived = folder / DERIVED
    return sorted(path.name for path in derived.iterdir() if path.name != ".gitignore") if derived.is_dir() else []


def verify(paths: Iterable[Path], trusted: Trusted | None = None) -> list[Verified]:
    """Test stored snapshots; renderings are read back as the command line does."""
    catalog = load_catalog()
    return verifying.verify(paths, trusted, reading=lambda path: read_evidence(path, Manifest(), catalog))


def snapshots_in(folder: Path) -> dict[str, Snapshot]:
    """Read, and so verify, every stored snapshot: by digest. A file that is not whole raises."""
    loaded = [load(folder / name) for name in stored_names(folder)]
    return {snapshot.digest: snapshot for snapshot in loaded}


def chain_in(folder: Path) -> list[str]:
    """Return the digests in the order of the chain, asserting that there is one chain from first to last."""
    following: dict[str, list[str]] = {}
    for snapshot in snapshots_in(folder).values():
        following.setdefault(snapshot.previous, []).append(snapshot.digest)
    order, at = list[str](), ""
    while at in following:
        (at,) = following.pop(at)
        order.append(at)
    assert not following, f"outside of the chain: {following}"
    return order
