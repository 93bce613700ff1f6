"""What a measurement reads from a snapshot, and how it tells whether an aim was met."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def newest(root: Path) -> dict[str, Any]:
    """Return the snapshot that was written last below a root, as it stands in its file."""
    path = max((root / "evidence").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    snapshot: dict[str, Any] = json.loads(path.read_text())
    return snapshot


def held(it: bool) -> str:
    """Say whether an aim was met."""
    return "holds" if it else "does not hold"
