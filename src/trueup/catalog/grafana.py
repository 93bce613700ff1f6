"""Grafana: dashboards."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="grafana",
    names=("Grafana", "Grafana server", "grafana-server"),
    not_names=("Grafana Loki", "Grafana Tempo", "Grafana Alloy", "Grafana Mimir", "Grafana Agent", "Grafana Cloud"),
    summary="Dashboards over metrics.",
    source=("https://grafana.com/docs/grafana/latest/developers/http_api/other/#health-api",),
    ports=(PortRange(3000, 3000),),
    default_bind="*",
    units=("grafana-server.service", "grafana.service"),
    hints=("grafana", "grafana-server"),
    probes=(
        Probe(
            path="/api/health",
            role="health",
            no_key=Reply(status=200, meaning="up, and its database answers", media_type="application/json"),
            also=(Reply(status=503, meaning="up, but its database does not answer", media_type="application/json"),),
            signature=Signature(json_keys=("database",)),
        ),
        Probe(
            path="/metrics",
            role="metrics",
            no_key=Reply(status=200, meaning="its own metrics", media_type="text/plain"),
            also=(
                Reply(status=401, meaning="metrics ask for a user and password"),
                Reply(status=404, meaning="metrics are switched off"),
            ),
        ),
    ),
    cautions=("Its default port 3000 is also the one that Open WebUI is often published on.",),
)
