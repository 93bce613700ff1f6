"""llama.cpp's server (`llama-server`): one GGUF model on one port."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_JSON = "application/json"

KIND = ServiceKind(
    key="llama_cpp",
    names=("llama.cpp", "llama.cpp server", "llama-server", "llama-cpp", "llama_cpp", "llamacpp", "llama-cpp server"),
    not_names=("llama.cpp compatible", "llama.cpp backend"),
    summary="Serves one GGUF model on one port with an OpenAI-style API.",
    source=(
        "xllamacpp 2026.10.11549, which runs its server, asked on Linux, 2026-11",
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    ),
    ports=(PortRange(8080, 8080),),
    units=("llama-server.service", "llama-cpp.service", "llama.service"),
    hints=("llama-server",),
    model_ids="path",
    is_lane=True,
    probes=(
        Probe(
            path="/health",
            role="ready",
            no_key=Reply(status=200, meaning="the model is loaded; never asks for a key", media_type=_JSON),
            also=(Reply(status=503, meaning="the model is still loading", media_type=_JSON),),
            signature=Signature(json_keys=("status",)),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(status=200, meaning="the loaded model, by path unless `--alias` names it", media_type=_JSON),
            also=(
                Reply(status=401, meaning="it asks for the key of `--api-key`", media_type=_JSON),
                Reply(status=503, meaning="the model is still loading", media_type=_JSON),
            ),
            signature=Signature(json_keys=("data", "models", "object")),
        ),
        Probe(
            path="/metrics",
            role="metrics",
            no_key=Reply(status=501, meaning="metrics are off: start it with `--metrics`", media_type=_JSON),
            also=(
                Reply(status=200, meaning="its own metrics", media_type="text/plain"),
                Reply(status=401, meaning="it asks for the key of `--api-key`", media_type=_JSON),
            ),
        ),
    ),
    cautions=(
        "It answers to any model name with the model that it has loaded.",
        "With `--api-key`, `/health` stays open, and `/v1/models` in older versions: that proves nothing of the rest.",
    ),
)
