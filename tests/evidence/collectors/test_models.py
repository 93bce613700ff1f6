"""Model lists and what sort of name an id is."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.evidence.collectors.models import model_id_kind, read_models
from trueup.vocabulary import ModelId, ModelIdKind, Models

from .captures import capture

URL = "http://127.0.0.1:8100/v1/models"


@pytest.mark.parametrize(
    ("ident", "kind"),
    [
        ("mlx-gpt-oss-120b-mxfp4-q4", "handle"),
        ("gpt-4o-mini", "handle"),
        ("qwen3:8b", "handle"),
        ("llama3.1", "handle"),
        ("boost", "handle"),
        ("openrouter/anthropic/claude-sonnet", "handle"),
        ("Größe 1", "handle"),
        ("mlx-community/SmolLM2-135M-Instruct", "repository"),
        ("openai/default_model", "repository"),
        ("Qwen/Qwen3-8B:free", "repository"),
        ("/Users/someone/models/hf/models--mlx-community--x/snapshots/0123", "path"),
        ("/models/x", "path"),
        ("~/models/x", "path"),
        ("./x", "path"),
        ("../x", "path"),
        (r"C:\models\x", "path"),
        ("file:///models/x", "path"),
        ("models/7B/model.gguf", "path"),
        ("model-q4_0.gguf", "path"),
        ("models--mlx-community--x", "path"),
        ("hub/models--a--b/snapshots/0123", "path"),
    ],
)
def test_kinds_of_ids(ident: str, kind: ModelIdKind) -> None:
    assert model_id_kind(ident) == kind


def body(name: str) -> bytes:
    return capture(name).partition(b"\r\n\r\n")[2]


def test_lists() -> None:
    path = "/Users/someone/models/hf/models--mlx-community--x/snapshots/0123456789abcdef0123456789abcdef01234567"
    assert read_models(URL, body("models/built_paths")) == Models(
        url=URL, ids=(ModelId("mlx-community/SmolLM2-135M-Instruct", "repository"), ModelId(path, "path"))
    )
    listed = read_models(URL, body("models/built_aliases"))
    assert listed is not None
    assert [model.id for model in listed.ids] == ["boost", "mlx-gpt-oss-20b-mxfp4-q4"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"data": 3}', b'{"data": [{"name": "x"}]}', b"<html>", b"\xff", b"[" * 99999]
)
def test_what_is_no_list(content: bytes) -> None:
    assert read_models(URL, content) is None


def test_empty_list_is_a_list() -> None:
    assert read_models(URL, b'{"data": []}') == Models(url=URL)


def test_long_list_is_cut_and_says_so() -> None:
    content = json.dumps({"data": [{"id": f"m{number}"} for number in range(3000)]}).encode()
    listed = read_models(URL, content)
    assert listed is not None
    assert (len(listed.ids), listed.partial) == (2000, True)


def test_hostile_ids() -> None:
    content = json.dumps({"data": [{"id": "a\x1b[2J"}, {"id": "x" * 900}, {"id": "sk-12345678901234567890"}]}).encode()
    listed = read_models(URL, content)
    assert listed is not None
    assert [model.id for model in listed.ids] == [r"a\x1b[2J", "x" * 499 + "…", "[redacted]"]


@given(
    st.binary()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "id"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes(content: bytes) -> None:
    msgspec.json.encode(read_models(URL, content))
