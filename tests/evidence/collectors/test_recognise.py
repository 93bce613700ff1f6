"""Which service a socket or unit belongs to."""

from __future__ import annotations

import pytest

from trueup.catalog import load_catalog
from trueup.evidence.collectors.processes import read_commands
from trueup.evidence.collectors.recognise import (
    Known,
    program_words,
    reachable_at,
    recognise,
    recognise_unit,
)
from trueup.evidence.transports.base import Output
from trueup.manifest import Lane, Manifest, Service
from trueup.vocabulary import Listener, Unit

MANIFEST = Manifest(
    services=(
        Service(kind="litellm", host="mini", listen=("127.0.0.1:4400",), unit="gateway", probes=("/extra",)),
        Service(kind="notebook", host="mini", listen=("127.0.0.1:7000", "[::1]:7000")),
        Service(kind="grafana", host="mini", listen=("127.0.0.1:7500",)),
        Service(kind="searxng", host="mini", listen=("192.0.2.2:7500",)),
        Service(kind="ollama", host="studio", listen=("127.0.0.1:7100",), probes=("/elsewhere",)),
    ),
    lanes=(Lane(handle="mlx-x", host="mini", port=8100), Lane(handle="mlx-y", host="studio", port=8101)),
)
MINI = Known("mini", MANIFEST, load_catalog())


def service_of(listener: Listener, argv: str = "", units: tuple[Unit, ...] = ()) -> str | None:
    commands = {listener.pid: tuple(argv.split())} if listener.pid and argv else {}
    found = recognise([listener], MINI, commands=commands, units={unit.name: unit for unit in units})
    return found[0].service


@pytest.mark.parametrize(
    ("address", "port", "service"),
    [
        ("127.0.0.1", 4400, "litellm"),
        ("0.0.0.0", 4400, "litellm"),
        ("::1", 7000, "notebook"),
        ("127.0.0.1", 7500, "grafana"),
        ("192.0.2.2", 7500, "searxng"),
        ("0.0.0.0", 7500, None),
        ("127.0.0.1", 7100, None),
        ("*", 8100, "mlx"),
        ("*", 8101, None),
    ],
)
def test_by_the_manifest(address: str, port: int, service: str | None) -> None:
    assert service_of(Listener(address, port)) == service


def test_manifest_wins_over_what_the_program_looks_like() -> None:
    assert service_of(Listener("127.0.0.1", 7000, process="prometheus", pid=3, unit="ollama.service")) == "notebook"


@pytest.mark.parametrize(
    ("unit", "service"),
    [
        ("gateway.service", "litellm"),
        ("open-webui.service", "open_webui"),
        ("grafana-server.service", "grafana"),
        ("ov-server@gpu.service", "openvino"),
        ("open-webui-backup.service", None),
        ("docker.service", None),
    ],
)
def test_by_unit(unit: str, service: str | None) -> None:
    assert service_of(Listener("127.0.0.1", 5555, unit=unit)) == service
    assert recognise_unit(Unit(name=unit), MINI) == service


@pytest.mark.parametrize(
    ("argv", "service"),
    [
        ("/opt/litellm/bin/python3 /opt/litellm/bin/litellm --config /etc/litellm/config.yaml", "litellm"),
        ("python -m mlx_lm server --model /models/x --port 8100", "mlx"),
        ("python -m mlx_lm.server --model /models/x", "mlx"),
        ("/venv/bin/python -m uvicorn open_webui.main:app --host 127.0.0.1", "open_webui"),
        ("/usr/bin/prometheus --config.file=/etc/prometheus/prometheus.yml", "prometheus"),
        ("/usr/bin/prometheus-node-exporter", None),
        ("/usr/sbin/grafana server --config=/etc/grafana/grafana.ini", "grafana"),
        ("python /srv/optillm.py --base-url http://127.0.0.1:4000/litellm", "optillm"),
        ("node exporter.js --target litellm", None),
        ("python /opt/litellm/tools/serve.py", None),
        ("vim /etc/litellm.yaml", None),
        ("/usr/local/bin/llama-server -m /models/x.gguf", "llama_cpp"),
        ("ollama serve", "ollama"),
    ],
)
def test_by_program(argv: str, service: str | None) -> None:
    assert service_of(Listener("127.0.0.1", 5555, process="python3", pid=77), argv) == service
    assert recognise_unit(Unit(name="my.service", command=tuple(argv.split())), MINI) == service


def test_by_process_name_alone_and_by_the_units_command() -> None:
    assert service_of(Listener("127.0.0.1", 5555, process="llama-server", pid=3)) == "llama_cpp"
    unit = Unit(name="my.service", command=("/opt/bin/litellm", "--port", "5555"))
    assert service_of(Listener("127.0.0.1", 5555, unit="my.service"), units=(unit,)) == "litellm"


def test_by_port_only_candidates() -> None:
    found = recognise([Listener("127.0.0.1", 8080), Listener("127.0.0.1", 1)], MINI, commands={}, units={})
    assert [each.service for each in found] == [None, None]
    assert {kind.key for kind in found[0].candidates} >= {"mlx", "llama_cpp"}
    assert found[1].candidates == ()


def test_what_the_manifest_says_of_this_host() -> None:
    assert MINI.units == ("gateway",)
    assert MINI.probes("litellm") == ("/extra",)
    assert MINI.probes("ollama") == ()


def test_program_words() -> None:
    assert program_words(("/usr/bin/env", "A=b", "python3", "-u", "/srv/App.py", "run", "more")) == (
        "env",
        "python3",
        "app",
    )
    assert program_words(("x", "--flag", "value", "--other=1", "http://h/litellm", "word")) == ("x", "word")
    assert program_words(()) == ()


def test_address_that_reaches() -> None:
    assert [reachable_at(address) for address in ("*", "0.0.0.0", "::", "127.0.0.1", "192.0.2.2", "fd00::2")] == [
        *("127.0.0.1", "127.0.0.1", "::1", "127.0.0.1", "192.0.2.2", "fd00::2")
    ]
    assert reachable_at("fe80::1") is None
    assert reachable_at("no address") is None


def test_command_lines() -> None:
    content = b"    1 /sbin/init splash\n  903 /opt/bin/litellm --port 4000\nnonsense\n\n 5 \n"
    assert read_commands(Output(stdout=content)) == {
        1: ("/sbin/init", "splash"),
        903: ("/opt/bin/litellm", "--port", "4000"),
        5: (),
    }
    assert read_commands(None) == read_commands(Output(stdout=content, status=1)) == {}
