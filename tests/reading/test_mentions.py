"""Typed mentions: what is found, what is not, and that no two overlap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stacks import LEXICON

from trueup.reading.mentions import Mention, find_mentions


def found(text: str, kind: str, *, bare_ports: bool = False) -> list[Mention]:
    return [mention for mention in find_mentions(text, LEXICON, bare_ports=bare_ports) if mention.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("LiteLLM on 127.0.0.1:4000.", "socket", ["127.0.0.1"]),
        ("*:8100 and [::1]:9090 and localhost:80", "socket", ["*", "::1", "127.0.0.1"]),
        ("mini:4000 but image:4000 and a.py:40", "socket", ["mini"]),
        ("http://user:secret@localhost:4000/v1, http://[::1]:1/x", "url", ["127.0.0.1", "::1"]),
        ("see https://example.com/a.", "url", ["example.com"]),
        ("http://127.0.0.1:$p/health http://127.0.0.1:<port>/x", "url", []),
        ("bind 0.0.0.0 not 10.0.0.0/8", "address", ["0.0.0.0"]),
        ("port 4020, TCP port `3000`, ports 8100", "port", ["4020", "3000", "8100"]),
        ("proxy :4020 and --port 9000", "port", ["4020", "9000"]),
        ("at 12:30, ratio 3:2000", "port", []),
        ("restarts 3501 times", "port", []),
        ("ports 8100–8103 and 8104-8139", "range", ["8100-8103", "8104-8139"]),
        ("GET /health and /v1/models or /-/ready", "path", ["/health", "/v1/models", "/-/ready"]),
        ("and/or, ~/x, /etc/hosts, docs/a.md", "path", []),
        ("/etc/systemd/system/a.service", "file", ["/etc/systemd/system/a.service"]),
        ("restart a-b.service; com.example.lane.plist", "unit", ["a-b.service", "com.example.lane.plist"]),
        ("the LiteLLM proxy, Open\nWebUI, OptiLLM proxy", "service", ["litellm", "open_webui", "optillm"]),
        ("litellm-orch is no name, nor gpt-oss-mini", "service", []),
        ("on the Mini and the Mac Studio", "host", ["mini", "studio"]),
        ("LM Studio, Visual Studio, gpt-4o-mini", "host", []),
        ("mlx-gpt-oss-20b-mxfp4-q4 and mlx-*", "handle", ["mlx-gpt-oss-20b-mxfp4-q4", "mlx-*"]),
        ("returns 200, => 401, HTTP 503", "status", ["200", "401", "503"]),
        ("401 Unauthorized; 404 models; 200 GB", "status", ["401"]),
        ("localhost only; LAN-exposed; not exposed to the LAN", "reach", ["loopback", "any", ""]),
    ],
)
def test_mentions(text: str, kind: str, values: list[str]) -> None:
    assert [mention.value for mention in found(text, kind)] == values


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("needs no key", [False]),
        ("without a key", [False]),
        ("does not need an API key", [False]),
        ("unauthenticated", [False]),
        ("no auth required", [False]),
        ("needs the master key", [True]),
        ("requires authentication", [True]),
        ("auth required", [True]),
        ("with your API key", [True]),
        ("a monkey", []),
        ("the key point", []),
    ],
)
def test_auth_words(text: str, wanted: list[bool]) -> None:
    assert [mention.wanted for mention in found(text, "auth")] == wanted


def test_bare_numbers_are_ports_only_where_asked() -> None:
    assert found("8100 and 123456 and 2026.1 and 99", "port") == []
    assert [mention.port for mention in found("8100 and 123456 and 99", "port", bare_ports=True)] == [8100]


def test_a_port_has_sixteen_bits() -> None:
    assert found("127.0.0.1:70000", "socket") == []
    assert found("port 65536", "port") == []


words = st.sampled_from(
    ["LiteLLM", "on the Mini", "127.0.0.1:4000", ":4000", "http://mini:4000/health", "`", "(", ")", "without a key",
     "/v1/models", "a.service", "mlx-x", "→ 401", "8100–8103", "localhost only", "\n", ", ", "*:", "[::"]
)  # fmt: skip


@given(st.lists(words | st.text(max_size=6), max_size=16).map(" ".join), st.booleans())
def test_mentions_stand_in_the_text_in_order_and_do_not_overlap(text: str, bare: bool) -> None:
    mentions = find_mentions(text, LEXICON, bare_ports=bare)
    assert list(mentions) == sorted(mentions, key=lambda mention: (mention.start, mention.end))
    solid = [mention for mention in mentions if mention.kind not in ("reach", "auth")]
    for one, other in pairwise(solid):
        assert one.end <= other.start
    for mention in mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.port is None or 0 < mention.port < 65536
