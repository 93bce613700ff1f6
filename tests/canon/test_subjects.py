"""Whose a statement is, and what is nobody's: every line here once was, or easily could be, a false alarm."""

from __future__ import annotations

import pytest
from tests.canon.reading_claims import asserted, claims_in

from trueup.vocabulary import Modality


@pytest.mark.parametrize(
    "text",
    [
        "All services except OpenVINO are localhost only.",
        "Apart from OpenVINO, all services listen on 127.0.0.1.",
        "LiteLLM's database (PostgreSQL) listens on 127.0.0.1:5432.",
        "Prometheus' node exporter runs on port 9100.",
        "- LiteLLM: the gateway; metrics on 127.0.0.1:4001",
        "## LiteLLM\n\nPostgres: 127.0.0.1:5432.",
        "## Prometheus\n\n- 127.0.0.1:9100 (node exporter)",
        "## Grafana\n\nThe image renderer is on port 8081.",
        "LiteLLM routes large to port 8100 and small to port 8102.",
        "Aliases: boost → :4020, large → :8100.",
        "| From | To | Port |\n|---|---|---|\n| Open WebUI | the database | 5432 |\n",
        "My staging copy of LiteLLM sits on port 14000.",
        "Bob's LiteLLM listens on port 14000.",
        "Prometheus Pushgateway listens on port 9091.",
        "LiteLLM keeps connections to 192.168.7.99:8091.",
        "`litellm --model x --port 4444` starts one by hand.",
        "Grafana is on 5000 dashboards.",
        "Everything except LiteLLM, Grafana and SearXNG is LAN-exposed.",
        "mlxctl load 8104 starts a lane of MLX.".replace("mlxctl load 8104", "`mlxctl load 8104`"),
    ],
)
def test_what_is_somebody_elses_gets_no_subject(text: str) -> None:
    assert not {claim for claim in asserted(text) if not claim.startswith("?@") and " here" not in claim}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("LiteLLM on the Mini forwards boost to OptiLLM on port 4020 of the Studio.", "optillm@studio port 4020"),
        ("The Mini talks to OptiLLM on port 4020.", "optillm@? port 4020"),
        ("It is OptiLLM. It listens on 0.0.0.0:4020, and LiteLLM calls it.", "optillm@? bind 0.0.0.0:4020"),
        ("| From | To | Port |\n|---|---|---|\n| Open WebUI | LiteLLM | 4000 |\n", "litellm@? port 4000"),
        ("Localhost only on the Mini: LiteLLM, Grafana and SearXNG.", "searxng@mini reach loopback"),
        ("LiteLLM, Grafana and SearXNG are localhost only.", "litellm@? reach loopback"),
        ("## OpenVINO (Mini)\n\nBound to loopback, port 9000.", "openvino@mini reach loopback"),
        ("Grafana is on 3001.", "grafana@? port 3001"),
        ("- Mini\n  - LiteLLM (4000)\n  - Grafana: 3001\n", "grafana@mini port 3001"),
        (
            "Open WebUI connects to LiteLLM on 127.0.0.1:4000 and to OptiLLM on 127.0.0.1:4020.",
            "optillm@? url 127.0.0.1:4020",
        ),
        ("| Port | Old owner | Owner |\n|---|---|---|\n| 3000 | Grafana | Open WebUI |\n", "open_webui@? port 3000"),
        ("Point Open WebUI at 127.0.0.1:4000.", "litellm@? url 127.0.0.1:4000"),
        ("LiteLLM is at mini:4000.", "litellm@mini port 4000"),
        (
            "| Service | URL | Expected |\n|---|---|---|\n| LiteLLM | `http://127.0.0.1:4000/health` | 401 |\n",
            "litellm@? GET /health 401 none",
        ),
        ("LiteLLM: `/health` (401)", "litellm@? GET /health 401 none"),
        ("The MLX lanes are 8100, 8101 and 8102.", "mlx@? port 8102"),
        ("MLX listens on ports 8100/8101.", "mlx@? port 8101"),
        ("| Service | Mini | Studio |\n|---|---|---|\n| LiteLLM | 4000 | |\n", "litellm@mini port 4000"),
        ("| Service | Exposure |\n|---|---|\n| LiteLLM | loopback |\n", "litellm@? reach loopback"),
        (
            "| Path | Service | Key |\n|---|---|---|\n| `/v1/models` | LiteLLM | yes |\n",
            "litellm@? auth /v1/models key",
        ),
        ("```sh\nexport LITELLM_BASE_URL=http://127.0.0.1:4000/v1\n```", "litellm@? url 127.0.0.1:4000"),
        ("```sh\ncurl 127.0.0.1:4000/health\n```", "litellm@? GET /health ok none"),
        ("`mlx-small-4bit` (8100) stands in for `mlx-large-4bit` (8101).", "mlx@? 8101 serves mlx-large-4bit"),
        ("The lanes' `/v1/models` returns handles rather than paths.", "mlx@? ids handle all"),
        ("The lanes' `/v1/models` returns paths rather than handles.", "mlx@? ids path all"),
    ],
)
def test_whose_it_is(text: str, claim: str) -> None:
    assert claim in asserted(text)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("LiteLLM rejects unauthenticated requests to `/v1/models`.", "litellm@? auth /v1/models key"),
        ("Calls to LiteLLM without a key get a 401.", "litellm@? auth api key"),
        ("Everything on LiteLLM except `/health/readiness` requires the key.", "litellm@? auth api key"),
        ("| Service | Health | Without key | With key |\n|---|---|---|---|\n| LiteLLM | `/health` | 401 | 200 |\n",
         "litellm@? GET /health 401 none"),
        ("This must fail with 401:\n\n```sh\ncurl -i http://127.0.0.1:4000/v1/models\n```",
         "litellm@? GET /v1/models 401 none"),
        ("```sh\ncurl -i http://127.0.0.1:4000/v1/models\nHTTP/1.1 401 Unauthorized\n```",
         "litellm@? GET /v1/models 401 none"),
    ],
)  # fmt: skip
def test_a_refusal_is_the_answer(text: str, claim: str) -> None:
    assert claim in asserted(text)


@pytest.mark.parametrize("options", ['-H "$AUTH"', "-H @headers.txt", "--config curlrc", '"${AUTH[@]}"', "--netrc"])
def test_a_command_that_may_send_a_key_claims_no_answer(options: str) -> None:
    assert asserted(f"```sh\ncurl {options} http://127.0.0.1:4000/health\n```") == {"litellm@? url 127.0.0.1:4000"}


@pytest.mark.parametrize(
    "text",
    [
        "Is LiteLLM on port 4001?",
        "Port 4001 on the Mini is free for LiteLLM.",
        "Upstream, LiteLLM listens on 0.0.0.0:4000.",
        "The wiki says LiteLLM listens on port 4001.",
        "Expected output: LiteLLM listens on port 4001.",
        "We shut down LiteLLM on the Mini, which listened on port 4000.",
        "```sh\nssh -L 8090:localhost:4000 mini\ncurl http://localhost:8090/health\n```",
        "| Service | Dev port |\n|---|---|\n| LiteLLM | 4001 |\n",
        "To move LiteLLM to port 4001, edit the unit.",
        "Changing LiteLLM to 0.0.0.0:4000 needs a review.",
        "## Don't\n\n- bind LiteLLM to 0.0.0.0:4000",
        "Never do this:\n\n- bind LiteLLM to 0.0.0.0:4000",
        "Wrong: LiteLLM listens on port 4001.",
        "Until 2025 LiteLLM listened on port 4001.",
        "Out of the box LiteLLM listens on 0.0.0.0:4000.",
        "In CI, LiteLLM runs on port 4001.",
        "Prometheus on the laptop listens on port 9091.",
        "The NAS (192.168.1.9) runs a Prometheus on port 9191.",
        "All other services but LiteLLM use port 4001.",
        "| Service | Default port |\n|---|---|\n| LiteLLM | 4001 |\n",
        "| Service | Old port |\n|---|---|\n| LiteLLM | 4001 |\n",
        "| Service | Port | Live? |\n|---|---|---|\n| LiteLLM | 4001 | no |\n",
        "| Service | Port | Status |\n|---|---|---|\n| LiteLLM | 4001 | gone |\n",
        "| Service | Port | Status |\n|---|---|---|\n| LiteLLM | 4001 | planned |\n",
    ],
)
def test_what_is_not_asserted(text: str) -> None:
    assert not [claim for claim in claims_in(text) if claim.modality is Modality.ASSERTED]


@pytest.mark.parametrize(
    "text",
    [
        "## What you should know\n\nLiteLLM listens on port 4000.",
        "## May 2026\n\nLiteLLM listens on port 4000.",
        "LiteLLM listens on port 4000, so nothing else can.",
        "LiteLLM listens on port 4000 because Open WebUI has another.",
        "LiteLLM listens on port 4000 on your own Mini.",
        "| Service | Port | Notes |\n|---|---|---|\n| LiteLLM | 4000 | some clients might still use the alias |\n",
    ],
)
def test_what_is_asserted_all_the_same(text: str) -> None:
    assert any("litellm" in claim and "port 4000" in claim for claim in asserted(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LiteLLM starts After=network-online.target.", "?@? unit network-online.target"),
        ("LiteLLM backup: `litellm-backup.timer`", "?@? unit litellm-backup.timer"),
        ("LiteLLM: `gateway.service`", "litellm@? unit gateway.service"),
        ("## LiteLLM\n\nIts unit is `gateway.service`.", "litellm@? unit gateway.service"),
        ("| Service | Unit |\n|---|---|\n| LiteLLM | `gateway.service` |\n", "litellm@? unit gateway.service"),
    ],
)
def test_whose_a_unit_is(text: str, expected: str) -> None:
    assert expected in asserted(text)
