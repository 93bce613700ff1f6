"""Known keys go wherever a service echoes them, in whatever spelling."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.redact import MARK, hide_known

KEY = 'pl?m/Tree&"77" ü+='
SPELLINGS = {
    "as it is": KEY,
    "percent": quote(KEY, safe=""),
    "percent with slashes": quote(KEY),
    "percent in lower case": quote(KEY.lower(), safe="").lower(),
    "form": quote_plus(KEY),
    "json": json.dumps(KEY),
    "json in utf-8": json.dumps(KEY, ensure_ascii=False),
    "json with slashes escaped": json.dumps(KEY).replace("/", r"\/"),
    "html": html.escape(KEY),
    "html with quotes": html.escape(KEY, quote=False),
    "hexadecimal": KEY.encode().hex(),
    "hexadecimal in capitals": KEY.encode().hex().upper(),
    "hash": hashlib.sha256(KEY.encode()).hexdigest(),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 for urls": base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("="),
    "basic": base64.b64encode(f"me:{KEY}".encode()).decode(),
    "basic of another user": base64.b64encode(f"root:{KEY}".encode()).decode(),
    "basic of a third user": base64.b64encode(f"admin:{KEY}".encode()).decode(),
    "inside": base64.b64encode(f'{{"k": "{KEY}", "n": 1}}'.encode()).decode(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_is_left(name: str) -> None:
    spelled = SPELLINGS[name]
    hidden = hide_known(f"error: {spelled} is unknown", ["another-key", KEY.lower() if "lower" in name else KEY])
    assert MARK in hidden
    assert hidden.startswith("error: ")
    assert hidden.endswith(" is unknown")
    middle = range(len(spelled) // 3, 2 * len(spelled) // 3)  # the ends of base64 may belong to other text
    assert not any(spelled[at : at + 6] in hidden for at in middle)


def test_what_is_no_known_value_stays() -> None:
    text = '{"error": "no such key: abc", "ports": [4000, 4001]}'
    assert hide_known(text, []) == text
    assert hide_known(text, ["other-key"]) == text
    assert hide_known(text, ["40", "abc", ""]) == text, "too short to be told from other text"


def test_the_longest_value_goes_first() -> None:
    assert hide_known("plum-Tree-77", ["plum", "plum-Tree-77"]) == MARK


@given(st.text(min_size=4), st.text(), st.text())
def test_a_value_never_stays(value: str, before: str, after: str) -> None:
    hidden = hide_known(before + value + after, [value])
    assert value in MARK or value not in hidden
    assert hide_known(hidden, [value]) == hidden
