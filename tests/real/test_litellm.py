from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.real.asking import ask, disagreements, known, model_ids
from tests.real.installing import python_environment
from tests.real.running import free_port, running

from trueup.catalog.litellm import KIND

pytestmark = pytest.mark.slow

KEY = "sk-only-for-this-test-0123456789"


@pytest.fixture(scope="module")
def installed() -> Path:
    return python_environment("litellm", ["litellm[proxy]==1.106.2", "prisma", "prometheus-client"])


def _litellm(installed: Path, folder: Path, *, key: str | None, metrics: bool) -> AbstractContextManager[int]:
    dead = f"http://127.0.0.1:{free_port()}/v1"
    config = {
        "model_list": [
            {"model_name": "boost", "litellm_params": {"model": "openai/one", "api_base": dead, "api_key": "none"}}
        ],
        "general_settings": {"master_key": key} if key else {},
        "litellm_settings": {"callbacks": ["prometheus"]} if metrics else {},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(config))
    argv = [str(installed / "bin/litellm"), "--config", str(path), "--host", "127.0.0.1", "--port"]
    return running(
        lambda port: [*argv, str(port)],
        ready="/health/liveliness",
        # It refuses to start without a master key unless told so; here it is on loopback for a moment.
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "false" if key else "true",
        },
        folder=folder,
    )


@pytest.fixture(scope="module")
def port(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _litellm(installed, tmp_path_factory.mktemp("litellm"), key=KEY, metrics=True) as port:
        yield port


def test_every_probe_answers_as_the_catalogue_says(port: int) -> None:
    assert disagreements(KIND, port, key=KEY) == []


def test_health_stays_200_while_the_only_model_is_dead(port: int) -> None:
    health = ask(port, "/health", KEY)
    assert health.status == 200
    assert (health.json["healthy_count"], health.json["unhealthy_count"]) == (0, 1)


def test_models_are_the_aliases(port: int) -> None:
    assert model_ids(port, KEY) == ["boost"]
    assert KIND.model_ids == "handle"


def test_without_a_master_key_and_without_metrics(installed: Path, tmp_path: Path) -> None:
    with _litellm(installed, tmp_path, key=None, metrics=False) as port:
        answers = {path: ask(port, path) for path in ("/v1/models", "/health", "/metrics")}
    assert {path: got.status for path, got in answers.items()} == {"/v1/models": 200, "/health": 200, "/metrics": 404}
    assert all(known(KIND, path, got) for path, got in answers.items())


def test_without_a_key_it_refuses_to_start(installed: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("{}")
    argv = [str(installed / "bin/litellm"), "--config", str(config), "--host", "127.0.0.1", "--port", str(free_port())]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "no master key is set" in done.stdout + done.stderr


def test_its_defaults(installed: Path) -> None:
    ask_it = "from litellm.proxy.proxy_cli import run_server as r; print({p.name: p.default for p in r.params})"
    python = str(installed / "bin/python")
    told = subprocess.run([python, "-c", ask_it], capture_output=True, text=True, check=True, timeout=60)
    assert "'host': '0.0.0.0', 'port': 4000," in told.stdout
    assert (KIND.default_bind, str(KIND.ports[0])) == ("*", "4000")
