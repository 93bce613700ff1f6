"""Kinds that no package registry has: asked where a person runs one and says at which port of this machine."""

from __future__ import annotations

import os

import pytest
from tests.real.asking import disagreements

from trueup.catalog import load_catalog

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("key", ["grafana", "searxng", "openvino", "ollama", "vllm"])
def test_every_probe_answers_as_the_catalogue_says(key: str) -> None:
    kind = load_catalog().get(key)
    assert kind is not None
    variable = f"TRUEUP_REAL_{key.upper()}_PORT"
    port = os.environ.get(variable)
    if port is None:
        pytest.skip(f"no package of {kind.title} to install here; set {variable} to the port of a running one")
    assert disagreements(kind, int(port)) == []
