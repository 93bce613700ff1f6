"""What a sentence denies, wishes or asks states nothing; what else it says is not lost behind that."""

from __future__ import annotations

import pytest

from trueup.catalog import load_catalog
from trueup.evidence.importing import ImportResult, import_markdown
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import Absent, Answer, Fact, Identity, Listener, ModelId, Models, PortRange, Unit

LEXICON = Lexicon.build(load_catalog(), Manifest())
GATEWAY = Listener("127.0.0.1", 4000)


def read(body: str) -> ImportResult:
    text = f"# 2026-03-01\n\n## Box (Linux)\n\n{body}\n"
    return import_markdown(text, path="2026-03-01.md", lexicon=LEXICON, empty=True)


def facts(body: str) -> dict[Fact, str | None]:
    seen = read(body).snapshot.observations
    return {each.fact: each.service for each in seen if not isinstance(each.fact, Identity)}


def no_service(name: str) -> Absent:
    return Absent("service", name=name)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("LiteLLM does not listen on 0.0.0.0:4000 any more, it listens on 127.0.0.1:4000.", {GATEWAY: "litellm"}),
        ("LiteLLM listens on 127.0.0.1:4000, not on 0.0.0.0:4000.", {GATEWAY: "litellm"}),
        ("LiteLLM listens on 127.0.0.1:4000 (not 0.0.0.0:4000).", {GATEWAY: "litellm"}),
        ("LiteLLM listens on 127.0.0.1:4000 instead of 0.0.0.0:4000.", {GATEWAY: "litellm"}),
        ("LiteLLM listens on 127.0.0.1:4000 and not on the LAN.", {GATEWAY: "litellm"}),
        ("LiteLLM is no longer bound to 0.0.0.0:4000 but listens on 127.0.0.1:4000.", {GATEWAY: "litellm"}),
        ("LiteLLM isn't listening on 0.0.0.0:4000; it listens on 127.0.0.1:4000.", {GATEWAY: "litellm"}),
        ("LiteLLM never listened on 0.0.0.0:4000.", {}),
        ("Should listen on 127.0.0.1:4444 (litellm)", {}),
        ("TODO: check that 127.0.0.1:5555 (open-webui) listens", {}),
        ("- [ ] LiteLLM listens on 127.0.0.1:4000", {}),
        ("Expected: LiteLLM on 127.0.0.1:4000", {}),
        ("Does LiteLLM listen on 127.0.0.1:4000?", {}),
        ("If HOST is unset, LiteLLM listens on 0.0.0.0:4000.", {}),
        ("We plan to let LiteLLM listen on 127.0.0.1:4000.", {}),
        ("LiteLLM should listen on 0.0.0.0:4000 but listens on 127.0.0.1:4000.", {GATEWAY: "litellm"}),
        ("### Planned\n\n- `127.0.0.1:4000` (litellm)", {}),
        ("### Planned\n\n#### Listening sockets\n\n- `127.0.0.1:4000` (litellm)", {}),
        (
            "No ollama.service here. vLLM isn't here either.",
            {Absent("unit", name="ollama.service"): "ollama", no_service("vllm"): "vllm"},
        ),
        ("vLLM isn't here.", {no_service("vllm"): "vllm"}),
        ("no SearXNG, no Grafana", {no_service("searxng"): "searxng", no_service("grafana"): "grafana"}),
        ("Neither SearXNG nor Grafana here.", {no_service("searxng"): "searxng", no_service("grafana"): "grafana"}),
        ("Grafana: not running here, Prometheus: running.", {no_service("grafana"): "grafana"}),
        (
            "litellm.service: failed. open-webui.service: active.",
            {
                Unit("litellm.service", active="failed"): "litellm",
                Unit("open-webui.service", active="active"): "open_webui",
            },
        ),
        (
            "litellm.service: failed, open-webui.service: active",
            {
                Unit("litellm.service", active="failed"): "litellm",
                Unit("open-webui.service", active="active"): "open_webui",
            },
        ),
        ("`litellm.service` is not running.", {Unit("litellm.service", active="inactive"): "litellm"}),
        ("`127.0.0.1:3001`, not listening", {Absent("listener", ports=PortRange(3001, 3001)): None}),
        ("Ports 8104–8139 are idle.", {Absent("listener", ports=PortRange(8104, 8139)): None}),
        (
            "`GET http://127.0.0.1:4000/health` => 401 without a key, not 200",
            {Answer("GET", "http://127.0.0.1:4000/health", status=401): None},
        ),
    ],
)
def test_what_is_denied_or_wished_is_no_fact(body: str, expected: dict[Fact, str | None]) -> None:
    assert facts(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "LiteLLM does not listen on 0.0.0.0:4000 any more, it listens on 127.0.0.1:4000.",
        "Grafana: not running here, Prometheus: running.",
        "LiteLLM listens on 127.0.0.1:4000. Somewhere 10.0.0.1:5432 is involved.",
        "Ollama is enabled; vLLM is not installed.",
    ],
)
def test_a_clause_that_looks_like_a_fact_and_is_not_understood_is_reported(body: str) -> None:
    [line] = read(body).not_understood
    assert line.text == body
    assert line.ids
    assert line.reason == "unknown form" if "Ollama" not in body and "Grafana" not in body else line.reason


def test_why_a_line_was_not_understood() -> None:
    result = import_markdown("# 2026-03-01\n\nOllama is running.\n", path="x.md", lexicon=LEXICON, empty=True)
    assert [line.reason for line in result.not_understood] == ["no host"]
    assert [line.reason for line in read("`/health` returns 200").not_understood] == ["no service"]
    assert [line.reason for line in read("Not running.").not_understood] == ["no service"]
    assert [line.reason for line in read("LiteLLM returns odd things.").not_understood] == ["unknown form"]


URL = "http://127.0.0.1:4000/health"
MODELS = "http://127.0.0.1:11434/v1/models"


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        ("Ollama on *:11434 (lsof)", Listener("*", 11434)),
        ("Ollama is on `127.0.0.1:11434`.", Listener("127.0.0.1", 11434)),
        (f"curl {URL} -> 200", Answer("GET", URL, status=200)),
        (f"`curl {URL}` -> 200", Answer("GET", URL, status=200)),
        (f"curl {URL} returned 404", Answer("GET", URL, status=404)),
        (f"```\n$ curl -s -o /dev/null -w '%{{http_code}}' {URL}\n200\n```", Answer("GET", URL, status=200)),
        (f"```\n$ curl -I {URL}\nHTTP/1.1 401 Unauthorized\n\n$ ls\n```", Answer("HEAD", URL, status=401)),
        (f"- `$ curl {URL}`\n  - `200`", Answer("GET", URL, status=200)),
        (f"`$ curl {URL}`:\n\n- 503", Answer("GET", URL, status=503)),
        ("systemctl status vllm: inactive (dead)", Unit("vllm.service", active="inactive", sub="dead")),
        ("```\n$ systemctl is-active ollama\nactive\n```", Unit("ollama.service", active="active")),
        ("```\n$ systemctl is-enabled ollama.service\ndisabled\n```", Unit("ollama.service", enabled="disabled")),
        (
            "```\n$ systemctl status vllm\nUnit vllm.service could not be found.\n```",
            Absent("unit", name="vllm.service"),
        ),
        (
            f"curl {MODELS}:\n\n- qwen3:8b\n- llama3.2",
            Models(MODELS, (ModelId("qwen3:8b", "handle"), ModelId("llama3.2", "handle"))),
        ),
        (
            f"curl -s {MODELS}:\n\n```\nqwen3:8b\norg/model\n```",
            Models(MODELS, (ModelId("qwen3:8b", "handle"), ModelId("org/model", "repository"))),
        ),
        (
            f'```\n$ curl -s {MODELS}\n{{"object": "list",\n "data": [{{"id": "qwen3:8b"}}]}}\n```',
            Models(MODELS, (ModelId("qwen3:8b", "handle"),)),
        ),
    ],
)
def test_forms_that_people_use(body: str, fact: Fact) -> None:
    assert list(facts(body)) == [fact]
    assert read(body).not_understood == ()


def test_two_questions_about_one_unit_are_one_unit() -> None:
    body = "```\n$ systemctl is-active ollama\nactive\n$ systemctl is-enabled ollama\nenabled\n```"
    assert facts(body) == {Unit("ollama.service", active="active", enabled="enabled"): "ollama"}


def test_a_port_without_an_address_is_reported_not_guessed() -> None:
    assert facts("LiteLLM 4000/tcp LISTEN") == {}
    assert len(read("LiteLLM 4000/tcp LISTEN").not_understood) == 1
