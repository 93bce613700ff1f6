"""The built-in entries: sound, telling nothing twice, and called by names that prose does not hold by chance."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from trueup.catalog import Catalog, ServiceKind
from trueup.catalog.consistency import problems_of
from trueup.catalog.load import BUILT_IN
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import normal_address

KINDS = pytest.mark.parametrize("kind", BUILT_IN, ids=[kind.key for kind in BUILT_IN])


@KINDS
def test_it_is_sound(kind: ServiceKind) -> None:
    assert list(problems_of(kind)) == []


@KINDS
def test_it_says_what_an_operator_needs(kind: ServiceKind) -> None:
    assert kind.summary.endswith(".")
    assert kind.source
    assert kind.ports
    assert kind.units
    assert kind.hints
    assert kind.default_bind == normal_address(kind.default_bind)
    assert {probe.role for probe in kind.probes} & {"live", "ready", "health"}
    assert all(caution.endswith(".") for caution in kind.cautions)


@KINDS
def test_every_answer_is_a_status_that_http_knows_with_a_meaning_of_its_own(kind: ServiceKind) -> None:
    for probe in kind.probes:
        for reply in probe.replies:
            assert HTTPStatus(reply.status)
            assert reply.meaning
        pairs = [(reply.status, reply.meaning) for reply in probe.also]
        assert len(set(pairs)) == len(pairs), probe.path


def test_no_name_means_two_kinds() -> None:
    names = [name.casefold() for kind in BUILT_IN for name in (*kind.names, *kind.not_names)]
    assert sorted(names) == sorted(set(names))


def test_no_hint_or_unit_means_two_kinds() -> None:
    for words in (
        [hint for kind in BUILT_IN for hint in kind.hints],
        [unit for kind in BUILT_IN for unit in kind.units],
    ):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("LiteLLM gateway on the Mini", ["litellm"]),
        ("the litellm-proxy, then OWUI", ["litellm", "open_webui"]),
        ("`mlx_lm.server` behind OptiLLM proxy", ["mlx", "optillm"]),
        ("llama-server or llama.cpp or vLLM or Ollama.", ["llama_cpp", "llama_cpp", "vllm", "ollama"]),
        ("Open  WebUI uses SearXNG", ["open_webui", "searxng"]),
        ("serves mlx-gpt-oss-20b and mlx-community/x", []),
        ("exposes Prometheus metrics; an Ollama-compatible API", []),
        ("OpenVINO Model Server and the OpenVINO runtime", []),
        ("prometheus-client, hollama, vllm-metal", []),
    ],
)
def test_names_are_found_in_prose_and_only_they(text: str, kinds: list[str]) -> None:
    lexicon = Lexicon.build(Catalog(BUILT_IN), Manifest())
    assert [key for _, _, what, key in lexicon.find(text) if what == "service"] == kinds


def test_only_a_path_that_pays_for_models_costs() -> None:
    dear = {(kind.key, probe.path, probe.after_refusal) for kind in BUILT_IN for probe in kind.probes if probe.costs}
    assert dear == {("litellm", "/health", "/v1/models")}
