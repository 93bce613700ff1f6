"""Prometheus: collects and keeps metrics."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_STARTING = Reply(status=503, meaning="still starting (replaying its log)", media_type="text/plain")

KIND = ServiceKind(
    key="prometheus",
    names=("Prometheus", "Prometheus server"),
    not_names=(
        "Prometheus metrics",
        "Prometheus format",
        "Prometheus exporter",
        "Prometheus exporters",
        "Prometheus endpoint",
        "Prometheus callback",
        "Prometheus client",
        "Prometheus text format",
        "Prometheus compatible",
        "Prometheus Alertmanager",
        "Prometheus node exporter",
        "Prometheus blackbox exporter",
    ),
    summary="Scrapes metrics from other services, keeps them, evaluates alert rules.",
    source=("Debian's prometheus 2.42, asked on Linux, 2026-11", "https://prometheus.io/docs"),
    ports=(PortRange(9090, 9090),),
    default_bind="*",
    units=("prometheus.service", "prometheus-server.service"),
    hints=("prometheus",),
    probes=(
        Probe(
            path="/-/ready",
            role="ready",
            no_key=Reply(
                status=200, meaning="ready to answer queries; not yet that there is data", media_type="text/plain"
            ),
            also=(_STARTING,),
            signature=Signature(text_prefix="Prometheus Server is Ready."),
        ),
        Probe(
            path="/-/healthy",
            role="live",
            no_key=Reply(status=200, meaning="the process answers", media_type="text/plain"),
            signature=Signature(text_prefix="Prometheus Server is Healthy."),
        ),
        Probe(
            path="/api/v1/status/buildinfo",
            role="version",
            no_key=Reply(status=200, meaning="its version, under `data`", media_type="application/json"),
            also=(_STARTING,),
            signature=Signature(json_keys=("data", "status")),
        ),
        Probe(
            path="/metrics",
            role="metrics",
            no_key=Reply(status=200, meaning="its own metrics", media_type="text/plain"),
        ),
    ),
    cautions=(
        "Ready is not data: the first sample comes only after a scrape interval.",
        "It binds every interface unless `--web.listen-address` is given, and asks for no key.",
    ),
)
