from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.real.asking import WRONG_KEY, ask, bears, disagreements, known, model_ids
from tests.real.running import free_port, listens_beyond
from tests.real.starting import optillm
from tests.real.upstream import upstream

from trueup.catalog.optillm import KIND

pytestmark = pytest.mark.slow

KEY = "only-for-this-test-0123456789"


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
    with upstream() as server:
        yield server.port


def test_every_probe_answers_as_the_catalogue_says(behind: int) -> None:
    with optillm(behind) as port:
        assert disagreements(KIND, port) == []
        assert model_ids(port) == ["mlx-one"]
        assert not listens_beyond(port)
    assert KIND.default_bind == "127.0.0.1"


def test_with_a_client_key_models_are_refused_without_it(behind: int) -> None:
    with optillm(behind, "--optillm-api-key", KEY) as port:
        answers = [ask(port, "/v1/models", key) for key in (None, WRONG_KEY, KEY)]
        assert [got.status for got in answers] == [401, 401, 200]
        assert all(known(KIND, "/v1/models", got) for got in answers)
        assert ask(port, "/health").status == 200


def test_with_nothing_behind_it_health_stays_200_and_models_fail() -> None:
    with optillm(free_port()) as port:
        health, models = ask(port, "/health"), ask(port, "/v1/models")
    probe = KIND.probe("/health")
    assert probe is not None
    assert probe.signature is not None
    assert (health.status, bears(health, probe.signature)) == (200, True)
    assert models.status == 500
    assert known(KIND, "/v1/models", models)
