"""Secrets that are known: a service may echo the key that it was sent anywhere, and in other spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from trueup.evidence.redact.marks import MARK

_SHORTEST: Final = 4
_SHORTEST_ENCODED: Final = 6


def hide_known(text: str, known: Sequence[str]) -> str:
    """Return `text` without the `known` values, also where they are escaped for a URL, JSON or HTML or encoded.

    Base64 (also of a longer text that holds the value, such as `user:key`), hexadecimal and the SHA-256 that gateways
    log instead of a key are looked for too. Values shorter than four characters are left: they could be anything.
    """
    for form in _forms(tuple(known)):
        if form in text:
            text = text.replace(form, MARK)
    return text


@lru_cache(maxsize=64)
def _forms(known: tuple[str, ...]) -> tuple[str, ...]:
    """Return every spelling, longest first, so that none is left in halves."""
    forms = {form for value in known if len(value) >= _SHORTEST for form in _spellings(value)}
    return tuple(sorted((form for form in forms if form not in MARK), key=lambda form: (-len(form), form)))


def _spellings(value: str) -> Iterator[str]:
    import hashlib
    import html
    import json
    from urllib.parse import quote, quote_plus

    yield value
    for quoted in (
        quote(value, safe="", errors="surrogatepass"),
        quote(value, errors="surrogatepass"),
        quote_plus(value, errors="surrogatepass"),
    ):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", r"\/")
    yield html.escape(value)
    yield html.escape(value, quote=False)
    raw = value.encode("utf-8", "surrogatepass")
    if len(raw) >= _SHORTEST_ENCODED:
        yield from _base64(raw)
        yield raw.hex()
        yield raw.hex().upper()
    yield hashlib.sha256(raw).hexdigest()


def _base64(raw: bytes) -> Iterator[str]:
    """Spell what stands for these bytes alone, at each of the three places that they can have in a longer text."""
    import base64

    for before in range(3):
        bits = 8 * (before + len(raw))
        spelled = base64.b64encode(bytes(before) + raw).decode("ascii")[-(-8 * before // 6) : bits // 6]
        yield spelled
        yield spelled.replace("+", "-").replace("/", "_")
