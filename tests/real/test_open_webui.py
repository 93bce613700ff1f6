from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real.asking import WRONG_KEY, ask, disagreements
from tests.real.installing import python_environment
from tests.real.running import running

from trueup.catalog.open_webui import KIND

pytestmark = pytest.mark.slow

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "OFFLINE_MODE": "true",
    "RAG_EMBEDDING_ENGINE": "openai",
    "ENABLE_OLLAMA_API": "false",
    "ENABLE_VERSION_UPDATE_CHECK": "false",
    "WEBUI_SECRET_KEY": "only-for-this-test",
}


@pytest.fixture(scope="module")
def installed() -> Path:
    links = os.environ.get("PIP_FIND_LINKS")
    if not links:
        pytest.skip("PIP_FIND_LINKS names no folder with a CPU build of torch; the usual one takes gigabytes of CUDA")
    return python_environment("open_webui", ["torch==2.13.0+cpu", "open-webui==0.12.4"], links=links)


@pytest.fixture(scope="module")
def port(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    data = tmp_path_factory.mktemp("open-webui")
    argv = [str(installed / "bin/open-webui"), "serve", "--host", "127.0.0.1", "--port"]
    environment = {**OFFLINE, "DATA_DIR": str(data)}
    with running(lambda port: [*argv, str(port)], ready="/health", environment=environment, folder=data) as port:
        yield port


def test_every_probe_answers_as_the_catalogue_says(port: int) -> None:
    assert disagreements(KIND, port, key=_token(port)) == []


def test_any_unknown_path_answers_with_its_page(port: int) -> None:
    got = ask(port, "/v1/models", WRONG_KEY)
    assert (got.status, got.media_type) == (200, "text/html")


def test_its_defaults(installed: Path) -> None:
    argv = [str(installed / "bin/open-webui"), "serve", "--help"]
    told = subprocess.run(argv, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True, timeout=120)
    assert "0.0.0.0" in told.stdout
    assert "8080" in told.stdout
    assert (KIND.default_bind, str(KIND.ports[0])) == ("*", "8080")


def _token(port: int) -> str:
    """Sign the first user up, as a person would in the browser."""
    person = {"name": "Test", "email": "test@example.com", "password": "only-for-this-test-1A"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/auths/signup",
        data=json.dumps(person).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["token"])
