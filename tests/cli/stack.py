"""A small stack of documents and evidence in a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from trueup.evidence import store
from trueup.vocabulary import Coverage, Listener, Snapshot, observe

MANIFEST = """\
[hosts.mini]

[[services]]
kind = "litellm"
host = "mini"
"""
TRUE = "# Mini\n\nLiteLLM on mini listens on `127.0.0.1:4000`.\n"
WRONG = "# Mini\n\nLiteLLM on mini listens on port 4000.\n\nPrometheus on mini listens on `0.0.0.0:9090`.\n"


def snapshot(taken_at: datetime = datetime(2026, 2, 9, tzinfo=UTC), address: str = "127.0.0.1") -> Snapshot:
    """All listeners of mini: LiteLLM on 4000, Prometheus on 9090."""
    return Snapshot(
        taken_at=taken_at,
        title="Mini",
        origin="observed",
        hosts=("mini",),
        observations=tuple(
            observe("mini", Listener(address=address, port=port), by="ss -H -tln", service=service)
            for service, port in (("litellm", 4000), ("prometheus", 9090))
        ),
        coverages=(Coverage(host="mini", collector="listeners", extent="complete"),),
    )


def make_stack(
    root: Path, document: str = WRONG, *, evidence: Snapshot | None = None, manifest: str = MANIFEST
) -> Path:
    """Write a manifest and a document into `root`, and a stored snapshot where one is given; return its path."""
    (root / "docs").mkdir()
    (root / "docs" / "a.md").write_text(document)
    (root / "trueup.toml").write_text(manifest)
    if evidence is None:
        return root / "evidence"
    return store.write(evidence, root / "evidence")[0]
