"""Services on hosts: what they answer is as the real ones do, but one process outside answers for all of them.

A host's own `ss` shows their listeners, and no process of the host beside them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.hosts import answering
from tests.hosts.network import Network, Place

Answers = Mapping[str, tuple[int, str, str]]


@dataclass(frozen=True)
class Service:
    """A listener, and what it answers by path: status, media type, body. Every other path answers 404."""

    port: int
    answers: Answers = field(default_factory=dict)
    address: str = "0.0.0.0"


_NO_KEY = '{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","code":"401"}}'
LITELLM = Service(
    4000,
    {
        "/health/readiness": (200, "application/json", '{"status":"healthy","db":"Not connected"}'),
        "/health/liveliness": (200, "application/json", '"I\'m alive!"'),
        "/health": (401, "application/json", _NO_KEY),
        "/v1/models": (401, "application/json", _NO_KEY),
        "/metrics": (401, "application/json", _NO_KEY),
    },
)
PROMETHEUS = Service(
    9090,
    {
        "/-/ready": (200, "text/plain; charset=utf-8", "Prometheus Server is Ready.\n"),
        "/-/healthy": (200, "text/plain; charset=utf-8", "Prometheus Server is Healthy.\n"),
    },
)


def serve(
    net: Network, places: Iterable[Place], services: Iterable[Service], *, name: str = "services", within: float = 30.0
) -> Path:
    """Let the services listen at every place, from one process; return its control group."""
    offered = tuple(services)
    wanted = [
        {"namespace": str(place.path), "address": each.address, "port": each.port, "answers": each.answers}
        for place in places
        for each in offered
    ]
    ready = net.claim.folder / f"{name}.ready"
    ready.unlink(missing_ok=True)
    group = net.start(name, [sys.executable, str(answering.__file__), str(ready)], json.dumps(wanted))
    until = time.monotonic() + within
    while not ready.exists():
        if time.monotonic() > until or net.died(group):
            raise RuntimeError(f"services do not listen: {net.died(group)}")
        time.sleep(0.005)
    return group
