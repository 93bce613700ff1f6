"""Write schemas/*.json, the published JSON schemas (draft 2020-12), from the types that read and write the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from trueup.manifest import ManifestFile
from trueup.manifest.tables import MANIFEST_SCHEMA
from trueup.report.rows import Report
from trueup.vocabulary import REPORT_SCHEMA, SNAPSHOT_SCHEMA, Claim, Snapshot

FOLDER = Path(__file__).resolve().parents[1] / "schemas"

PUBLISHED: dict[str, tuple[str, type[msgspec.Struct], str]] = {
    "snapshot": (SNAPSHOT_SCHEMA, Snapshot, "A snapshot as `trueup snapshot` and `trueup import` keep it."),
    "report": (REPORT_SCHEMA, Report, "What `trueup check --format json` prints."),
    "manifest": (MANIFEST_SCHEMA, ManifestFile, "`trueup.toml`, read as JSON."),
    "claim": ("https://trueup.dev/schemas/claim/1", Claim, "One checkable statement of the canon."),
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of one kind of file."""
    uri, record, title = PUBLISHED[name]
    schema = msgspec.json.schema(record)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": uri, "title": title, **schema}


def files() -> dict[Path, str]:
    """Return the content of every file in schemas/."""
    return {FOLDER / f"{name}.json": json.dumps(schema_of(name), indent=2) + "\n" for name in PUBLISHED}


if __name__ == "__main__":
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
