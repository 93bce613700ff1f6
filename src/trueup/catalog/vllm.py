"""vLLM's OpenAI-compatible server."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_JSON = "application/json"

KIND = ServiceKind(
    key="vllm",
    names=("vLLM", "vLLM server"),
    not_names=("vLLM compatible", "vLLM backend"),
    summary="Serves one model with high throughput on GPUs, with an OpenAI-style API.",
    source=("https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",),
    ports=(PortRange(8000, 8000),),
    default_bind="*",
    units=("vllm.service",),
    hints=("vllm",),
    model_ids="repository",
    is_lane=True,
    probes=(
        Probe(
            path="/health",
            role="ready",
            no_key=Reply(status=200, meaning="the engine lives (empty body); never asks for a key"),
            also=(Reply(status=503, meaning="the engine has died: restart it"),),
        ),
        Probe(
            path="/version",
            role="version",
            no_key=Reply(status=200, meaning="its version; never asks for a key", media_type=_JSON),
            signature=Signature(json_keys=("version",)),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(
                status=200, meaning="the model under its served name, by default the repository", media_type=_JSON
            ),
            also=(Reply(status=401, meaning="it asks for the key of `--api-key`", media_type=_JSON),),
        ),
        Probe(
            path="/metrics",
            role="metrics",
            no_key=Reply(status=200, meaning="its own metrics; never asks for a key", media_type="text/plain"),
        ),
    ),
    cautions=("`--api-key` guards `/v1` only: `/health`, `/version` and `/metrics` stay open.",),
)
