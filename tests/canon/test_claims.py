"""What is read from each way of stating things."""

from __future__ import annotations

import pytest
from tests.canon.reading_claims import asserted, claims_in

from trueup.vocabulary import Modality

TABLE = """
| Service | Host | Port | Bind | Base URL |
|---|---|---|---|---|
| LiteLLM | Mini | 4000 | `127.0.0.1` | `http://127.0.0.1:4000/v1` |
"""


def test_table_with_bind_and_url() -> None:
    assert asserted(TABLE) == {
        "litellm@mini here",
        "litellm@mini port 4000",
        "litellm@mini bind 127.0.0.1:4000",
        "litellm@mini url 127.0.0.1:4000",
    }


def test_table_without_bind_under_a_host() -> None:
    text = "## Mini\n\n| Component | Port |\n|---|---|\n| Grafana | 3001 |\n"
    assert asserted(text) == {"grafana@mini here", "grafana@mini port 3001"}


def test_table_with_a_column_per_host() -> None:
    text = "| Service | Mini port | Studio port |\n|---|---|---|\n| OptiLLM | | :4020 |\n"
    assert "optillm@studio port 4020" in asserted(text)


def test_table_of_health_checks_joins_its_columns() -> None:
    text = "| Service | Health | Expected | Auth |\n|---|---|---|---|\n| LiteLLM | `/health` | 401 | none |\n"
    assert asserted(text) == {"litellm@? GET /health 401 none"}


def test_table_of_lanes() -> None:
    text = (
        "## Studio\n\n| Port | Handle | `/v1/models` |\n|---|---|---|\n| 8100 | `mlx-small-4bit` | a snapshot path |\n"
    )
    assert {"mlx@studio 8100 serves mlx-small-4bit", "mlx@studio ids path 8100"} <= asserted(text)


def test_table_row_for_several_services() -> None:
    text = "| Port | Service | Bind |\n|---|---|---|\n| 3001 / 9090 | Grafana / Prometheus | `127.0.0.1` |\n"
    assert {"grafana@? port 3001", "prometheus@? port 9090"} <= asserted(text)


def test_row_about_something_unknown_inherits_no_service() -> None:
    text = "## LiteLLM\n\n| Service | Port |\n|---|---|\n| Frobnicator | 4999 |\n"
    assert asserted(text) == set()


def test_two_column_property_table() -> None:
    text = "## LiteLLM on the Mini\n\n| Property | Value |\n|---|---|\n| Bind | 127.0.0.1 |\n| Port | 4000 |\n"
    assert {"litellm@mini bind 127.0.0.1:?", "litellm@mini port 4000"} <= asserted(text)


def test_bold_name_list_with_qualifiers() -> None:
    text = "- **LiteLLM**: `127.0.0.1:4000` (localhost only)\n- **OptiLLM**: `0.0.0.0:4020` (LAN-exposed)\n"
    assert asserted(text) == {
        "litellm@? bind 127.0.0.1:4000",
        "litellm@? port 4000",
        "litellm@? reach loopback",
        "optillm@? bind 0.0.0.0:4020",
        "optillm@? port 4020",
        "optillm@? reach any",
    }


def test_host_led_list_over_wrapped_lines() -> None:
    text = "- **Mini**: LiteLLM :4000 (localhost only),\n  Grafana :3001, Prometheus :9090 (LAN-exposed)\n"
    assert asserted(text) == {
        "litellm@mini here",
        "litellm@mini port 4000",
        "litellm@mini reach loopback",
        "grafana@mini here",
        "grafana@mini port 3001",
        "prometheus@mini here",
        "prometheus@mini port 9090",
        "prometheus@mini reach any",
    }


def test_labels_under_a_service_heading() -> None:
    text = "# Studio\n\n## OptiLLM\n\n- Listens on: `0.0.0.0:4020`\n- Base URL: `http://127.0.0.1:4020/v1`\n"
    assert asserted(text) == {
        "optillm@studio bind 0.0.0.0:4020",
        "optillm@studio port 4020",
        "optillm@studio url 127.0.0.1:4020",
    }


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("LiteLLM listens on 127.0.0.1:4000.", {"litellm@? bind 127.0.0.1:4000", "litellm@? port 4000"}),
        ("The OptiLLM proxy runs on the Studio.", {"optillm@studio here"}),
        ("OptiLLM (Studio) answers on port 4020.", {"optillm@studio here", "optillm@studio port 4020"}),
        ("The OptiLLM proxy does not run on the Mini.", {"optillm@mini not here"}),
        ("OptiLLM no longer runs on the Mini.", {"optillm@mini not here"}),
        ("LiteLLM's `/health` answers 401 without a key.", {"litellm@? GET /health 401 none"}),
        ("LiteLLM's `/health/readiness` needs no key.", {"litellm@? auth /health/readiness open"}),
        ("LiteLLM needs a key.", {"litellm@? auth api key"}),
        ("Poll LiteLLM's health at `http://127.0.0.1:4000/health`.", {
            "litellm@? GET /health ok none", "litellm@? url 127.0.0.1:4000"}),
        ("LiteLLM is `litellm-orch.service`.", {"litellm@? unit litellm-orch.service"}),
        ("Each MLX lane's `/v1/models` returns its handle, `mlx-small-4bit`.", {"mlx@? ids handle all"}),
        ("The lanes' `/v1/models` lists a snapshot path, not `mlx-*`.", {"mlx@? ids path all"}),
        ("vLLM's `/v1/models` lists `qwen3-32b`.", {"vllm@? ids handle all"}),
        ("vLLM's `/v1/models` returns `/data/foo`.", {"vllm@? ids path all"}),
        ("vLLM on `127.0.0.1:8000`, `/health` needs no key.", {
            "vllm@? bind 127.0.0.1:8000", "vllm@? port 8000", "vllm@? auth /health open"}),
        ("Port 8100 serves `mlx-small-4bit`.", {"mlx@? 8100 serves mlx-small-4bit", "mlx@? port 8100"}),
    ],
)  # fmt: skip
def test_sentences(sentence: str, expected: set[str]) -> None:
    assert asserted(sentence) == expected


def test_a_sentence_refers_back_to_the_one_before() -> None:
    text = "LiteLLM is the door. It listens on `127.0.0.1:4000`. `/v1/models` answers 401 without a key."
    assert asserted(text) == {
        "litellm@? bind 127.0.0.1:4000",
        "litellm@? port 4000",
        "litellm@? GET /v1/models 401 none",
    }


def test_another_name_does_not_refer_back() -> None:
    text = "Grafana is on :3001. The WhatsApp bridge is on :3999."
    assert asserted(text) == {"grafana@? port 3001"}


COMMANDS = """
## On the Mini

```sh
curl -fsS http://127.0.0.1:4000/health
curl http://127.0.0.1:4000/v1/models \\
  -H "Authorization: Bearer $KEY"
ssh studio launchctl print system/com.example.optillm
systemctl --user restart open-webui grafana-server.service
journalctl -u litellm-orch -f
```
"""


def test_commands_and_their_vantage() -> None:
    assert asserted(COMMANDS) == {
        "litellm@mini GET /health ok none",
        "litellm@mini url 127.0.0.1:4000",
        "litellm@mini GET /v1/models ok valid",
        "?@studio unit com.example.optillm",
        "open_webui@mini unit open-webui.service",
        "grafana@mini unit grafana-server.service",
        "litellm@mini unit litellm-orch.service",
    }


@pytest.mark.parametrize(
    "command",
    [
        "curl http://127.0.0.1:4000/health  # → 401",
        "curl http://127.0.0.1:4000/health\n# expect 401",
        "curl -o /dev/null -w '%{http_code}' http://127.0.0.1:4000/health  # 401",
    ],
)
def test_a_comment_says_what_a_command_answers(command: str) -> None:
    assert "litellm@? GET /health 401 none" in asserted(f"```sh\n{command}\n```\n")


@pytest.mark.parametrize(
    "command",
    [
        "curl -o /dev/null -w '%{http_code}' http://127.0.0.1:4000/health",
        "curl -X POST http://127.0.0.1:4000/health",
        "# curl http://127.0.0.1:4000/health",
        "curl http://$HOST:4000/health",
        "systemctl disable old.service",
    ],
)
def test_commands_that_claim_no_answer(command: str) -> None:
    assert not any("GET" in claim or "unit" in claim for claim in asserted(f"```sh\n{command}\n```\n"))


def test_inline_command() -> None:
    text = "On the Mini, `curl -s http://127.0.0.1:4000/health` answers 401."
    assert "litellm@mini GET /health 401 none" in asserted(text)


def test_an_unclosed_fence_claims_nothing() -> None:
    assert asserted("```sh\ncurl http://127.0.0.1:4000/health\n") == set()


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("We plan to run LiteLLM on port 4001.", Modality.PLANNED),
        ("## Planned\n\n- LiteLLM: `127.0.0.1:4001`", Modality.PLANNED),
        ("- LiteLLM: `127.0.0.1:4001` (planned)", Modality.PLANNED),
        ("If it is revived, LiteLLM listens on port 4001.", Modality.CONDITIONAL),
        ("Optionally LiteLLM listens on port 4001.", Modality.OPTIONAL),
        ("LiteLLM formerly listened on port 4001.", Modality.HISTORICAL),
        ("## Legacy\n\nLiteLLM listens on port 4001.", Modality.HISTORICAL),
        ("- ~~LiteLLM: `127.0.0.1:4001`~~", Modality.HISTORICAL),
        ("2025-11-02: LiteLLM listens on port 4001.", Modality.HISTORICAL),
        ("- 2025-11-02: LiteLLM listens on port 4001.", Modality.HISTORICAL),
        ("> **2025-11-02:** LiteLLM listens on port 4001.", Modality.HISTORICAL),
        ("This page is superseded.\n\nLiteLLM listens on port 4001.", Modality.HISTORICAL),
        ("For example, LiteLLM listens on port 4001.", Modality.EXAMPLE),
        ("LiteLLM does not listen on port 4001.", Modality.NEGATED),
        ("Never bind LiteLLM to 0.0.0.0:4001.", Modality.NEGATED),
    ],
)
def test_modality(text: str, modality: Modality) -> None:
    claims = claims_in(text)
    assert claims
    assert {claim.modality for claim in claims} == {modality}


def test_a_cue_in_parentheses_speaks_of_its_own_part() -> None:
    text = "- **Mini**: LiteLLM :4000, Grafana :3001 (planned), Prometheus :9090\n"
    ports = {claim.subject.service: claim.modality for claim in claims_in(text) if claim.family.value == "ports"}
    assert ports == {
        "litellm": Modality.ASSERTED,
        "grafana": Modality.PLANNED,
        "prometheus": Modality.ASSERTED,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Inside the container LiteLLM listens on port 4000.",
        "Internal port: 4000 for LiteLLM.",
        "Open WebUI :3000 (points at :4000).",
        "Reach LiteLLM at http://host.docker.internal:4000.",
        "See https://docs.litellm.ai:443/health for LiteLLM.",
    ],
)
def test_what_is_no_port_of_the_host(text: str) -> None:
    assert not {claim for claim in asserted(text) if "4000" in claim or ":443" in claim}


def test_spans_point_at_the_words() -> None:
    text = "# é\n\n| Service | Bind |\n|---|---|\n| LiteLLM | `127.0.0.1:4000` |\n"
    (bind,) = [claim for claim in claims_in(text) if claim.family.value == "bind"]
    span = bind.span
    line = text.split("\n")[span.line - 1]
    assert (span.line, line[span.column - 1 : span.end_column - 1]) == (5, "127.0.0.1:4000")


def test_ids_do_not_depend_on_lines() -> None:
    before = {claim.id for claim in claims_in(TABLE)}
    after = {claim.id for claim in claims_in(f"Some words before.\n\n{TABLE}")}
    assert before == after


def test_a_session_on_another_host_lasts_until_its_end() -> None:
    text = """
## Mini

```sh
ssh studio
systemctl status a
exit
systemctl status b
ssh elsewhere systemctl status c
```
"""
    assert asserted(text) == {"?@studio unit a.service", "?@mini unit b.service", "?@? unit c.service"}
