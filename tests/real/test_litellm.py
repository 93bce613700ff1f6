from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real.asking import ask, disagreements, known, model_ids
from tests.real.running import free_port
from tests.real.starting import litellm, litellm_environment

from trueup.catalog.litellm import KIND

pytestmark = pytest.mark.slow

KEY = "sk-only-for-this-test-0123456789"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with litellm(tmp_path_factory.mktemp("litellm"), key=KEY, metrics=True) as port:
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


def test_without_a_master_key_and_without_metrics(tmp_path: Path) -> None:
    with litellm(tmp_path) as port:
        answers = {path: ask(port, path) for path in ("/v1/models", "/health", "/metrics")}
    assert {path: got.status for path, got in answers.items()} == {"/v1/models": 200, "/health": 200, "/metrics": 404}
    assert all(known(KIND, path, got) for path, got in answers.items())


def test_without_a_key_it_refuses_to_start(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("{}")
    argv = [str(litellm_environment() / "bin/litellm"), "--config", str(config), "--host", "127.0.0.1"]
    done = subprocess.run([*argv, "--port", str(free_port())], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "no master key is set" in done.stdout + done.stderr


def test_its_defaults() -> None:
    ask_it = "from litellm.proxy.proxy_cli import run_server as r; print({p.name: p.default for p in r.params})"
    python = str(litellm_environment() / "bin/python")
    told = subprocess.run([python, "-c", ask_it], capture_output=True, text=True, check=True, timeout=60)
    assert "'host': '0.0.0.0', 'port': 4000," in told.stdout
    assert (KIND.default_bind, str(KIND.ports[0])) == ("*", "4000")
