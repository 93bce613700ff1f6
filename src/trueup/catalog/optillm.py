"""OptiLLM: the proxy that spends more computing for better answers."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="optillm",
    names=("OptiLLM", "OptiLLM proxy", "OptiLLM server", "optillm-proxy", "optillm_proxy", "Opti LLM"),
    summary="OpenAI-compatible proxy that asks the model behind it several times and answers with the best result.",
    source=("optillm 0.4.0 (slim), asked on Linux, 2026-11", "https://github.com/algorithmicsuperintelligence/optillm"),
    ports=(PortRange(8000, 8000),),
    units=("optillm.service", "optillm-proxy.service"),
    hints=("optillm", "optillm.py"),
    model_ids="handle",
    probes=(
        Probe(
            path="/health",
            role="health",
            no_key=Reply(
                status=200,
                meaning="the process answers, even with the model server behind it dead",
                media_type="application/json",
            ),
            signature=Signature(json_keys=("status",)),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(
                status=200,
                meaning="the list of the model server behind it; no client key is set: anybody may call it",
                media_type="application/json",
            ),
            also=(
                Reply(
                    status=401, meaning="up; it asks for the key of `--optillm-api-key`", media_type="application/json"
                ),
                Reply(status=500, meaning="the model server behind it does not answer"),
            ),
        ),
    ),
    cautions=(
        "A client key that starts with `sk-` is passed on to the model server behind it.",
        "OPTILLM_API_KEY in its environment switches it to local inference; `--optillm-api-key` sets a client key.",
        "An `optillm_approach` that it does not know, `none` among them, gives 500: leave the field out.",
        "The plugin `executecode` runs code, and a tag in a user's text can ask for it.",
    ),
)
