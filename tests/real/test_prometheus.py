from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.real.asking import disagreements
from tests.real.installing import debian_package
from tests.real.running import running, wait_until

from trueup.catalog.prometheus import KIND

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def program() -> str:
    return str(debian_package("prometheus") / "usr/bin/prometheus")


def test_every_probe_answers_as_the_catalogue_says(program: str, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {}\n")
    options = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    with running(lambda port: [program, *options, f"--web.listen-address=127.0.0.1:{port}"], ready="/-/ready") as port:
        wait_until(port, "/-/ready", lambda got: got.status == 200)
        assert disagreements(KIND, port) == []


def test_its_defaults(program: str) -> None:
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert '--web.listen-address="0.0.0.0:9090"' in told.stdout + told.stderr
    assert (KIND.default_bind, str(KIND.ports[0])) == ("*", "9090")
