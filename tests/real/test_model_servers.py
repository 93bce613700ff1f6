"""mlx_lm.server and llama.cpp's server, each with the same real small model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real.asking import WRONG_KEY, ask, disagreements, known, model_ids
from tests.real.models import HUB, REPOSITORY, gguf_file, mlx_snapshot
from tests.real.running import listens_beyond, wait_until
from tests.real.starting import llama_cpp, mlx

from trueup.catalog.llama_cpp import KIND as LLAMA_CPP
from trueup.catalog.mlx import KIND as MLX

pytestmark = pytest.mark.slow

KEY = "only-for-this-test-0123456789"


@pytest.fixture(scope="module")
def lane() -> Iterator[int]:
    with mlx(mlx_snapshot(), HUB) as port:
        yield port


def test_every_probe_of_mlx_answers_as_the_catalogue_says(lane: int) -> None:
    assert disagreements(MLX, lane) == []


def test_mlx_lists_the_repository_and_the_path_of_its_snapshot(lane: int) -> None:
    assert model_ids(lane) == [REPOSITORY, str(mlx_snapshot())]
    assert MLX.model_ids == "path"


def test_mlx_keeps_to_loopback_by_default(lane: int) -> None:
    assert not listens_beyond(lane)
    assert MLX.default_bind == "127.0.0.1"


def test_mlx_with_a_model_that_does_not_load_is_up_and_unhealthy(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    with mlx(tmp_path / "missing", tmp_path) as port:
        health = wait_until(port, "/health", lambda got: got.status != 200)
    assert health.status == 503
    assert health.json == {"status": "unavailable"}
    assert known(MLX, "/health", health)


def test_every_probe_of_llama_cpp_answers_as_the_catalogue_says() -> None:
    with llama_cpp(gguf_file()) as port:
        wait_until(port, "/health", lambda got: got.status == 200)
        assert disagreements(LLAMA_CPP, port) == []
        assert model_ids(port) == [str(gguf_file())]


def test_llama_cpp_with_a_key_leaves_health_open() -> None:
    asked = {"/health": [200, 200, 200], "/v1/models": [401, 401, 200], "/metrics": [401, 401, 501]}
    with llama_cpp(gguf_file(), KEY) as port:
        wait_until(port, "/health", lambda got: got.status == 200)
        answers = {path: [ask(port, path, key) for key in (None, WRONG_KEY, KEY)] for path in asked}
    assert {path: [got.status for got in gots] for path, gots in answers.items()} == asked
    assert all(known(LLAMA_CPP, path, got) for path, gots in answers.items() for got in gots)
