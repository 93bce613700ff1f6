"""Captured and hand-built bytes of hosts, by name (see captures/README.md)."""

from __future__ import annotations

from pathlib import Path

CAPTURES = Path(__file__).parent.parent / "captures"


def capture(name: str) -> bytes:
    """Return the bytes of `captures/<name>.txt`."""
    return (CAPTURES / f"{name}.txt").read_bytes()
