"""The JSON schemas of everything that Trueup reads or writes, taken from the types that do the reading and writing.

JSON Schema 2020-12, see https://json-schema.org/draft/2020-12.
"""

from __future__ import annotations

from typing import Any

import msgspec

from trueup.manifest import ManifestFile
from trueup.report.rows import Report
from trueup.vocabulary import REPORT_SCHEMA, SNAPSHOT_SCHEMA, Claim, Judgement, Snapshot

_BASE = "https://trueup.dev/schemas"
SCHEMAS: dict[str, tuple[str, type[msgspec.Struct]]] = {
    "manifest": (f"{_BASE}/manifest/1", ManifestFile),
    "snapshot": (SNAPSHOT_SCHEMA, Snapshot),
    "report": (REPORT_SCHEMA, Report),
    "claim": (f"{_BASE}/claim/1", Claim),
    "judgement": (f"{_BASE}/judgement/1", Judgement),
}


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema of that name. Raises KeyError for a name that is not in `SCHEMAS`."""
    identifier, kind = SCHEMAS[name]
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identifier}
    return draft | msgspec.json.schema(kind)
