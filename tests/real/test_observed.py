"""What Trueup itself sees of real services on this machine, on ports that say nothing of their kind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.real.models import HUB, REPOSITORY, mlx_snapshot
from tests.real.starting import litellm, mlx, optillm
from tests.real.upstream import upstream

from trueup.catalog import load_catalog
from trueup.evidence.collect import take_snapshot
from trueup.manifest import Manifest
from trueup.vocabulary import Answer, Listener, ModelId, Models, Snapshot

pytestmark = pytest.mark.slow

KEY = "sk-only-for-this-test-0123456789"


def _take() -> Snapshot:
    return take_snapshot(Manifest(), load_catalog(), now=datetime(2026, 1, 1, tzinfo=UTC))


def _service(snapshot: Snapshot, port: int) -> str | None:
    (listener,) = (seen for seen in snapshot.observations if isinstance(seen.fact, Listener) and seen.fact.port == port)
    return listener.service


def _answers(snapshot: Snapshot, port: int) -> dict[str, int | None]:
    facts = [seen.fact for seen in snapshot.observations]
    base = f"http://127.0.0.1:{port}"
    return {
        fact.url.removeprefix(base): fact.status
        for fact in facts
        if isinstance(fact, Answer) and fact.url.startswith(base)
    }


def _models(snapshot: Snapshot, port: int) -> tuple[ModelId, ...]:
    facts = [seen.fact for seen in snapshot.observations]
    return next((fact.ids for fact in facts if isinstance(fact, Models) and f":{port}/" in fact.url), ())


def test_a_gateway_with_a_key_is_asked_everything_and_no_model_is_woken(tmp_path: Path) -> None:
    with upstream() as server, litellm(tmp_path, key=KEY, behind=server.port) as port:
        snapshot = _take()
    assert _service(snapshot, port) == "litellm"
    assert _answers(snapshot, port) == {
        "/health/readiness": 200,
        "/health/liveliness": 200,
        "/v1/models": 401,
        "/health": 401,
        "/metrics": 401,
    }
    assert server.completions == 0


def test_a_gateway_without_a_key_is_not_asked_what_would_cost(tmp_path: Path) -> None:
    with upstream() as server, litellm(tmp_path, behind=server.port) as port:
        snapshot = _take()
    answers = _answers(snapshot, port)
    assert answers["/v1/models"] == 200
    assert "/health" not in answers
    assert _models(snapshot, port) == (ModelId("boost", "handle"),)
    assert server.completions == 0


def test_model_ids_are_told_apart_by_kind() -> None:
    with mlx(mlx_snapshot(), HUB) as lane, optillm(lane) as proxy:
        snapshot = _take()
    assert (_service(snapshot, lane), _service(snapshot, proxy)) == ("mlx", "optillm")
    expected = (ModelId(REPOSITORY, "repository"), ModelId(str(mlx_snapshot()), "path"))
    assert _models(snapshot, lane) == expected
    assert _models(snapshot, proxy) == expected
