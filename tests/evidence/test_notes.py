"""Drift notes: what one snapshot alone makes worth a second look, and silence otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from trueup.catalog import load_catalog
from trueup.evidence.notes import drift_notes
from trueup.vocabulary import Absent, Answer, Fact, Lane, Listener, ModelId, Models, PortRange, Snapshot, observe

from .strategies import snapshots

CATALOG = load_catalog()
HEALTH = "http://127.0.0.1:4000/health"
MODELS = "http://127.0.0.1:8100/v1/models"


def notes(*seen: tuple[str, str | None, Fact]) -> tuple[str, ...]:
    snapshot = Snapshot(
        taken_at=datetime(2026, 4, 1, tzinfo=UTC),
        title="t",
        origin="observed",
        hosts=tuple(dict.fromkeys(host for host, _, _ in seen)),
        observations=tuple(observe(host, fact, service=service, by="x") for host, service, fact in seen),
        coverages=(),
    )
    return drift_notes(snapshot, CATALOG)


def test_a_health_path_that_asks_for_a_key() -> None:
    assert notes(("mini", "litellm", Answer("GET", HEALTH, status=401))) == (
        "LiteLLM asks for a key at `/health` on `mini`: without one it answers 401.",
    )


def test_a_service_that_is_not_there_and_where_it_is() -> None:
    absent = ("mini", "optillm", Absent("service", name="optillm"))
    assert notes(absent) == ("OptiLLM was looked for on `mini` and is not there.",)
    assert notes(absent, ("studio", "optillm", Listener("127.0.0.1", 4020))) == (
        "OptiLLM was looked for on `mini` and is not there; it was seen on `studio`.",
    )


def test_paths_where_lanes_have_handles() -> None:
    models = ("studio", "mlx", Models(MODELS, (ModelId("/m/x", "path"),)))
    lane = ("studio", "mlx", Lane(8100, "listening", "mlx-small"))
    assert notes(models, lane) == (
        f"`{MODELS}` on `studio` lists file system paths as model ids, not handles such as `mlx-small`.",
    )
    assert notes(models) == ()
    assert notes(models, ("mini", *lane[1:])) == ()


def test_wider_than_the_kind_s_default() -> None:
    ports = [("studio", "mlx", Listener("*", port)) for port in (8101, 8100)]
    assert notes(*ports) == ("MLX listens on every interface of `studio`, port 8100, 8101; its default is loopback.",)


@pytest.mark.parametrize(
    ("service", "fact"),
    [
        ("litellm", Answer("GET", HEALTH, status=401, key="wrong")),
        ("litellm", Answer("GET", HEALTH, status=200)),
        ("litellm", Answer("GET", "http://127.0.0.1:4000/v1/models", status=401)),
        ("litellm", Listener("*", 4000)),
        ("mlx", Listener("127.0.0.1", 8100)),
        ("mlx", Absent("listener", ports=PortRange(8104, 8139))),
        (None, Listener("*", 22)),
    ],
)
def test_silence(service: str | None, fact: Fact) -> None:
    assert notes(("mini", service, fact)) == ()


@settings(max_examples=100, deadline=None)
@given(snapshots)
def test_notes_are_single_printable_lines(snapshot: Snapshot) -> None:
    assert all(note.isprintable() for note in drift_notes(snapshot, CATALOG))
