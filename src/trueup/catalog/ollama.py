"""Ollama: runs models by name, loading them when they are asked for."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_JSON = "application/json"

KIND = ServiceKind(
    key="ollama",
    names=("Ollama", "Ollama server"),
    not_names=("Ollama compatible", "Ollama format"),
    summary="Runs models by name, loading and unloading them as they are asked for; own API and an OpenAI-style one.",
    source=("https://github.com/ollama/ollama/blob/main/docs/api.md", "https://docs.ollama.com/faq"),
    ports=(PortRange(11434, 11434),),
    units=("ollama.service", "com.ollama.ollama", "homebrew.mxcl.ollama"),
    hints=("ollama",),
    model_ids="handle",
    probes=(
        Probe(
            path="/",
            role="live",
            no_key=Reply(status=200, meaning="the process answers", media_type="text/plain"),
            signature=Signature(text_prefix="Ollama is running"),
        ),
        Probe(
            path="/api/version",
            role="version",
            no_key=Reply(status=200, meaning="its version", media_type=_JSON),
            signature=Signature(json_keys=("version",)),
        ),
        Probe(
            path="/api/tags",
            role="models",
            no_key=Reply(status=200, meaning="the models on disk, loaded or not", media_type=_JSON),
            signature=Signature(json_keys=("models",)),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(status=200, meaning="the models on disk, loaded or not", media_type=_JSON),
        ),
    ),
    cautions=(
        "It asks for no key, whatever key a client sends.",
        "`OLLAMA_HOST` changes its bind; 127.0.0.1 is the default.",
    ),
)
