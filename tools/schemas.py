"""Write schemas/*.json, the published JSON schemas, as `trueup schema` prints them."""

from __future__ import annotations

import json
from pathlib import Path

from trueup.schemas import SCHEMAS, schema_of

FOLDER = Path(__file__).resolve().parents[1] / "schemas"


def files() -> dict[Path, str]:
    """Return the content of every file in schemas/."""
    return {FOLDER / f"{name}.json": json.dumps(schema_of(name), indent=2) + "\n" for name in SCHEMAS}


if __name__ == "__main__":
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
