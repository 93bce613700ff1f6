"""The published JSON schemas (draft 2020-12), taken from the types that do the reading and writing."""

from __future__ import annotations

from typing import Any

import msgspec

from trueup.evidence.diff.records import CHANGES_SCHEMA, Changes
from trueup.evidence.store.listing import SNAPSHOTS_SCHEMA, Snapshots
from trueup.manifest import ManifestFile
from trueup.manifest.tables import MANIFEST_SCHEMA
from trueup.report.rows import Report
from trueup.vocabulary import LEDGER_SCHEMA, REPORT_SCHEMA, SNAPSHOT_SCHEMA, Claim, Judgement, Ledger, Snapshot

# name → its URI, the type, and what it describes
SCHEMAS: dict[str, tuple[str, type[msgspec.Struct], str]] = {
    "manifest": (MANIFEST_SCHEMA, ManifestFile, "`trueup.toml`, read as JSON."),
    "snapshot": (SNAPSHOT_SCHEMA, Snapshot, "A snapshot as `trueup snapshot` and `trueup import` keep it."),
    "snapshots": (SNAPSHOTS_SCHEMA, Snapshots, "What `trueup snapshot list --json` prints."),
    "changes": (CHANGES_SCHEMA, Changes, "What `trueup snapshot diff --json` prints."),
    "report": (REPORT_SCHEMA, Report, "What `trueup check --format json` prints."),
    "claim": ("https://trueup.dev/schemas/claim/1", Claim, "One checkable statement of the canon."),
    "judgement": ("https://trueup.dev/schemas/judgement/1", Judgement, "A claim with its verdict and both sides."),
    "ledger": (LEDGER_SCHEMA, Ledger, "What people decided about findings, over time."),
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema of that name. Raises KeyError for a name that is not in `SCHEMAS`."""
    uri, record, title = SCHEMAS[name]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": uri, "title": title}
    return {**head, **msgspec.json.schema(record)}
