"""MLX model server (`mlx_lm.server`): one model on one port of an Apple machine."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="mlx",
    names=(
        "MLX",
        "MLX server",
        "MLX servers",
        "MLX model server",
        "MLX model servers",
        "MLX lane",
        "MLX lanes",
        "MLX LM",
        "MLX LM server",
        "mlx-lm",
        "mlx_lm",
        "mlx_lm.server",
        "mlx-lm.server",
        "mlx-server",
    ),
    not_names=("MLX format", "MLX framework", "MLX quantization", "MLX weights", "MLX Community"),
    summary="Serves one model on one port with an OpenAI-style API, on Apple silicon (or slowly on a CPU).",
    source=("mlx-lm 0.32.2 with mlx[cpu] 0.32.4, asked on Linux, 2026-11", "https://github.com/ml-explore/mlx-lm"),
    ports=(PortRange(8080, 8080),),
    units=("mlx-lm.service", "mlx-server.service"),
    hints=("mlx_lm.server", "mlx_lm", "mlx-lm"),
    model_ids="path",
    is_lane=True,
    probes=(
        Probe(
            path="/health",
            role="health",
            no_key=Reply(
                status=200,
                meaning="the process answers (from 0.32: its generation thread lives); not that the model is ready",
                media_type="application/json",
            ),
            also=(
                Reply(
                    status=503,
                    meaning="the generation thread has died: restart it (from 0.32)",
                    media_type="application/json",
                ),
            ),
            signature=Signature(json_keys=("status",)),
        ),
        Probe(
            path="/v1/models",
            role="models",
            no_key=Reply(
                status=200,
                meaning="the absolute path of the loaded snapshot and the repositories in the cache; no handle",
                media_type="application/json",
            ),
        ),
    ),
    cautions=(
        "A request for another `model` drops the loaded one and tries to load the named one: send `default_model`.",
        "Ids in `/v1/models` are paths and repositories: it cannot be told to serve under another name.",
        "It asks for no key and allows every web origin.",
        "Up to 0.31.3 `/health` stays 200 after the generation thread has died, and completions hang for ever.",
        "`/v1/models` answers 200 with an empty body where the cache folder is missing.",
    ),
)
