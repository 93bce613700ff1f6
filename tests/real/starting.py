"""How each real service is installed and started."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

from tests.real.installing import python_environment
from tests.real.running import free_port, running

# What OptiLLM imports when no plugin and no local inference is used; its full set of dependencies brings torch.
_OPTILLM_NEEDS = (
    "flask",
    "cerebras_cloud_sdk",
    "openai",
    "numpy",
    "networkx",
    "z3-solver<=4.15.4.0",
    "sympy",
    "aiohttp",
    "PyYAML",
    "math-verify",
)


def litellm_environment() -> Path:
    """Return the folder of LiteLLM's virtual environment."""
    return python_environment("litellm", ["litellm[proxy]==1.106.2", "prisma", "prometheus-client"])


def litellm(
    folder: Path, *, key: str | None = None, metrics: bool = False, behind: int | None = None
) -> AbstractContextManager[int]:
    """Start a gateway whose alias `boost` leads to port `behind`, or to nothing."""
    base = f"http://127.0.0.1:{behind or free_port()}/v1"
    config = {
        "model_list": [
            {"model_name": "boost", "litellm_params": {"model": "openai/one", "api_base": base, "api_key": "none"}}
        ],
        "general_settings": {"master_key": key} if key else {},
        "litellm_settings": {"callbacks": ["prometheus"]} if metrics else {},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(config))
    argv = [str(litellm_environment() / "bin/litellm"), "--config", str(path), "--host", "127.0.0.1", "--port"]
    return running(
        lambda port: [*argv, str(port)],
        ready="/health/liveliness",
        # It refuses to start without a master key unless told so; here it is on loopback for a moment.
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "false" if key else "true",
        },
        folder=folder,
    )


def optillm(behind: int, *options: str) -> AbstractContextManager[int]:
    """Start OptiLLM in front of port `behind`."""
    program = python_environment("optillm", _OPTILLM_NEEDS, bare=["optillm==0.4.0"]) / "bin/optillm"
    base = f"http://127.0.0.1:{behind}/v1"
    return running(
        lambda port: [str(program), "--base-url", base, "--port", str(port), *options],
        ready="/health",
        environment={"OPENAI_API_KEY": "none"},
    )


def mlx_environment() -> Path:
    """Return the folder of the virtual environment that holds mlx-lm."""
    return python_environment("mlx", ["mlx[cpu]==0.32.4", "mlx-lm==0.32.2", "gguf"])


def mlx(model: Path, hub: Path) -> AbstractContextManager[int]:
    """Start mlx_lm.server with a model's folder and a hub's cache."""
    argv = [str(mlx_environment() / "bin/python"), "-m", "mlx_lm", "server", "--model", str(model), "--port"]
    return running(
        lambda port: [*argv, str(port)],
        ready="/health",
        environment={"HF_HOME": str(hub), "HF_HUB_OFFLINE": "1"},
    )


# Runs llama.cpp's server inside Python until its standard input closes.
_SERVE_GGUF = """
import sys, xllamacpp
model, port, *key = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port, params.api_keys = model, ["127.0.0.1"], int(port), key
server = xllamacpp.Server(params)
sys.stdin.read()
"""


def llama_cpp(model: Path, *key: str) -> AbstractContextManager[int]:
    """Start llama.cpp's server with a GGUF file and perhaps a key."""
    python = python_environment("llama_cpp", ["xllamacpp==2026.10.11549"]) / "bin/python"
    return running(lambda port: [str(python), "-c", _SERVE_GGUF, str(model), str(port), *key], ready="/health")
