"""Stable names: what is the same thing has the same id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from trueup.vocabulary.evidence import Observation
from trueup.vocabulary.facts import Fact


def fingerprint(prefix: str, *parts: object) -> str:
    """Return a short stable name, `<prefix>-<16 hex>`, for JSON-encodable parts."""
    encoded = msgspec.json.encode(parts, order="deterministic")
    return f"{prefix}-{hashlib.sha256(encoded).hexdigest()[:16]}"


def observe(
    host: str,
    fact: Fact,
    *,
    by: str,
    service: str | None = None,
    raw: str | None = None,
    source: str | None = None,
) -> Observation:
    """Make an observation with its id (what is the same observation: same host, same service, same fact)."""
    ident = fingerprint("o", host, service, fact)
    return Observation(id=ident, host=host, fact=fact, by=by, service=service, raw=raw, source=source)


def unique(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Drop repeated observations, keeping the first of each id and the order."""
    seen: dict[str, Observation] = {}
    for observation in observations:
        seen.setdefault(observation.id, observation)
    return tuple(seen.values())
