"""The stack of two hosts that tests of reading and judging share: names, and evidence of what runs there."""

from __future__ import annotations

from datetime import UTC, datetime

from trueup.catalog import load_catalog
from trueup.manifest import Host, Lane, Manifest, Service
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Coverage, Fact, Observation, Snapshot, observe

CATALOG = load_catalog()
MANIFEST = Manifest(
    hosts=(
        Host(name="mini", names=("Mini",), addresses=("192.168.7.10",)),
        Host(name="studio", names=("Studio", "Mac Studio"), addresses=("192.168.7.20",)),
    ),
    services=(
        Service(kind="litellm", host="mini", listen=("127.0.0.1:4000",)),
        Service(kind="optillm", host="studio", listen=("0.0.0.0:4020",)),
    ),
    lanes=(Lane(handle="mlx-small-4bit", host="studio", port=8100),),
)
LEXICON = Lexicon.build(CATALOG, MANIFEST)


def seen(host: str, fact: Fact, service: str | None = None) -> Observation:
    """Make an observation."""
    return observe(host, fact, by="test", service=service)


def snapshot(
    *observations: Observation, coverages: tuple[Coverage, ...] = (), hosts: tuple[str, ...] = ("mini", "studio")
) -> Snapshot:
    """Make a snapshot of both hosts."""
    return Snapshot(
        taken_at=datetime(2026, 2, 9, tzinfo=UTC),
        title="test",
        origin="observed",
        hosts=hosts,
        observations=observations,
        coverages=coverages,
    )


def complete(host: str, *collectors: str) -> tuple[Coverage, ...]:
    """Coverages of collectors that looked at everything."""
    return tuple(Coverage(host=host, collector=each, extent="complete") for each in collectors)  # type: ignore[arg-type]
