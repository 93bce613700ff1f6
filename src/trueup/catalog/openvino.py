"""A server of one's own around OpenVINO, with an OpenAI-style API and `/health` (not the OpenVINO Model Server)."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="openvino",
    names=("OpenVINO", "OpenVINO server", "OpenVINO LLM server", "OpenVINO service", "ov-server", "ov_server"),
    not_names=(
        "OpenVINO Model Server",
        "OpenVINO GenAI",
        "OpenVINO toolkit",
        "OpenVINO runtime",
        "OpenVINO IR",
        "OpenVINO backend",
        "OpenVINO format",
    ),
    summary="A small model server of one's own around OpenVINO (Intel GPU, NPU or CPU) with an OpenAI-style API.",
    source=("a snapshot taken by hand of such a server, 2026-02",),
    ports=(PortRange(9000, 9000),),
    default_bind="*",
    units=("ov-server.service", "openvino.service", "openvino-server.service"),
    hints=("ov-server", "ov_server", "openvino"),
    model_ids="handle",
    probes=(
        Probe(
            path="/health",
            role="health",
            no_key=Reply(
                status=200,
                meaning="up; `device` is where it computes, `models` how many it offers",
                media_type="application/json",
            ),
            signature=Signature(json_keys=("device", "models", "status")),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(status=200, meaning="the models that it offers", media_type="application/json"),
        ),
    ),
    cautions=(
        "OpenVINO Model Server (OVMS) is another program: no `/health` but `/v2/health/live` and `/v2/health/ready`.",
    ),
)
