"""LiteLLM proxy: the gateway that turns aliases into model servers."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_OPEN = Reply(
    status=200, meaning="no master key is set: anybody who connects may call it", media_type="application/json"
)
_REFUSED = Reply(status=401, meaning="up; it asks for a key", media_type="application/json")
_UNKNOWN_KEY = Reply(status=400, meaning="the key is wrong (no database is connected)", media_type="application/json")
_UNKNOWN_KEY_DB = Reply(status=401, meaning="the key is missing or wrong", media_type="application/json")
_NO_PRISMA = Reply(status=500, meaning="a key is missing and the package `prisma` is not installed")

KIND = ServiceKind(
    key="litellm",
    names=(
        "LiteLLM",
        "LiteLLM proxy",
        "LiteLLM gateway",
        "LiteLLM server",
        "LiteLLM proxy server",
        "litellm-proxy",
        "litellm-gateway",
        "litellm_proxy",
        "Lite LLM",
    ),
    not_names=("LiteLLM SDK", "LiteLLM Python SDK", "LiteLLM library"),
    summary="OpenAI-compatible gateway: one address and one key in front of many model servers, each under an alias.",
    source=(
        "litellm[proxy] 1.106.2 with prisma and prometheus-client, asked on Linux, 2026-11",
        "https://docs.litellm.ai",
    ),
    ports=(PortRange(4000, 4000),),
    default_bind="*",
    units=("litellm.service", "litellm-proxy.service", "litellm-orch.service"),
    hints=("litellm",),
    model_ids="handle",
    probes=(
        Probe(
            path="/health/readiness",
            role="ready",
            no_key=Reply(
                status=200, meaning="up and taking requests; says nothing of the models", media_type="application/json"
            ),
            signature=Signature(json_keys=("db", "status")),
        ),
        Probe(
            path="/health/liveliness",
            role="live",
            no_key=Reply(status=200, meaning="the process answers", media_type="application/json"),
            signature=Signature(text_prefix='"I\'m alive!"'),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=_REFUSED,
            wrong_key=_UNKNOWN_KEY,
            valid_key=Reply(
                status=200,
                meaning="the aliases of its configuration, whether or not a model server is behind them",
                media_type="application/json",
            ),
            also=(_OPEN, _UNKNOWN_KEY_DB, _NO_PRISMA),
        ),
        Probe(
            path="/health",
            role="health",
            no_key=_REFUSED,
            wrong_key=_UNKNOWN_KEY,
            valid_key=Reply(
                status=200,
                meaning="it has sent a chat to each model: read `unhealthy_count`, for it is 200 with all of them dead",
                media_type="application/json",
            ),
            also=(_OPEN, _UNKNOWN_KEY_DB, _NO_PRISMA),
            costs=True,
            after_refusal="/v1/models",
            signature=Signature(
                json_keys=("healthy_count", "healthy_endpoints", "unhealthy_count", "unhealthy_endpoints")
            ),
        ),
        Probe(
            path="/metrics",
            role="metrics",
            no_key=_REFUSED,
            wrong_key=_UNKNOWN_KEY_DB,
            valid_key=Reply(status=307, meaning="metrics are at `/metrics/`"),
            also=(
                Reply(status=404, meaning='metrics are off: `callbacks: ["prometheus"]` is not configured'),
                _UNKNOWN_KEY,
                _NO_PRISMA,
            ),
        ),
    ),
    cautions=(
        "`/health` sends a real chat to every model and costs tokens: never poll it; `/health/readiness` is the probe.",
        "Without a master key it refuses to start (seen in 1.106.2) unless it is told to permit that.",
        "It binds every interface unless `--host` is given.",
        "A changed configuration file counts only after a restart.",
        "Response headers tell callers the address of the model server (`x-litellm-model-api-base`).",
        "Versions 1.82.7 and 1.82.8 were malicious uploads; stay at 1.84.0 or later.",
    ),
)
