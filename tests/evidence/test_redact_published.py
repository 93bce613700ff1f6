"""What detect-secrets finds by its plugins is hidden here too, and the table made from them is current."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from detect_secrets.plugins import keyword
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tools import secret_patterns

from trueup.evidence.redact import redact

DETECTORS = secret_patterns.detectors()
ENTROPY = {"Base64HighEntropyString", "HexHighEntropyString"}
PRINTED = st.sampled_from(string.ascii_letters + string.digits + "-_./+=:@%~$!'\"()[] ")
EXPRESSIONS = [
    pytest.param(name, pattern, id=f"{name}-{at}")
    for name, detector in DETECTORS.items()
    if name not in ENTROPY | {"IPPublicDetector", "KeywordDetector", "PrivateKeyDetector"}
    for at, pattern in enumerate(detector.denylist)
]
# What the keyword plugin is for, in the forms of its own expressions; `{}` is the secret.
KEYWORDS = (
    'password = "{}"',
    'password_super_secure = "{}"',
    'my_password_super_secure = "{}"',
    "apikey = {}",
    "api_key: '{}'",
    "theapikey := '{}'",
    'db_pass == "{}"',
    "auth_key != '{}'",
    "service_key=>'{}'",
    'account_key => "{}"',
    'private_key "{}";',
    'client_secret[] = "{}"',
    'char password[25] = "{}";',
    'std::string secret("{}");',
    'secret.assign("{}",17);',
    '"apikey": "{}"',
    "dbkey = '{}'",
    'config["secret_key"] = "{}"',
)


def test_the_table_is_current() -> None:
    assert secret_patterns.PAGE.read_text(encoding="utf-8") == secret_patterns.page(), "run `make docs`"


def test_every_plugin_is_copied_or_left_out_for_a_reason() -> None:
    assert set(secret_patterns.LEFT_OUT) < set(DETECTORS)
    assert set(DETECTORS) > secret_patterns.SECRET_IN_GROUP
    assert len(DETECTORS) >= 26


@pytest.mark.parametrize(("name", "pattern"), EXPRESSIONS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_it_finds_is_hidden(name: str, pattern: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=PRINTED))
    assume(not re.search(r"://[^/]*[\"']", text))  # a quote ends a URL
    for secret in found_by(DETECTORS[name], text, pattern):
        assume(len(secret) > 5 and not re.search(r"[\"'@ ]", secret))
        assert secret not in redact(text)
        assert secret not in redact(f"GET {text} now")


def found_by(detector: Any, text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield what a plugin takes for the secret; where its group is only a choice of prefixes, the whole of it."""
    for secret in detector().analyze_string(text):
        match = pattern.search(text)
        found = match[0] if match and len(secret) < 8 else secret
        yield found.strip(string.whitespace + '":=')


@pytest.mark.parametrize("form", KEYWORDS)
@pytest.mark.parametrize("secret", ["plum-Tree-77", "m{h}o)p${e]nob(ody", "two plum words"])
def test_what_stands_after_a_keyword_is_hidden(form: str, secret: str) -> None:
    text = form.format(secret)
    if " " in secret and not re.search(r"[\"']\{\}", form):
        pytest.skip("a value with spaces ends at the first without quotes")
    detector = DETECTORS["KeywordDetector"]()
    assert any(secret in list(detector.analyze_string(text, forms)) for forms in keyword.REGEX_BY_FILETYPE.values())
    assert secret not in redact(text)


@pytest.mark.parametrize("title", [pattern.pattern for pattern in DETECTORS["PrivateKeyDetector"].denylist])
def test_private_keys_go_whole(title: str) -> None:
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nplumTree77"
    for fence in (f"-----{title}-----\n{{}}\n-----{title.replace('BEGIN', 'END')}-----", f"---- {title} ----\n{{}}"):
        if title.startswith("PuTTY"):
            fence = f"{title}: ssh-ed25519\nPrivate-Lines: 1\n{{}}"
        hidden = redact(fence.format(body) + "\n")
        assert "plumTree77" not in hidden
        assert "b3Blbn" not in hidden
