"""Entries of other packages, found by Python's own mechanism: a distribution on the path with entry points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trueup.catalog import load_catalog
from trueup.catalog.load import BUILT_IN
from trueup.errors import ConfigError

Install = Callable[..., None]

HEAD = """
from trueup.catalog import Probe, Reply, ServiceKind
from trueup.vocabulary import PortRange
def kind(key, *names, **more):
    return ServiceKind(key=key, names=names or (key.title(),), summary="A thing.", source=("seen",), **more)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a way to put a distribution with one module and its entry points on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, source: str, *points: str) -> None:
        (tmp_path / f"{name}.py").write_text(HEAD + source)
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[trueup.catalog]\n" + "".join(f"{point}\n" for point in points))

    return put


def test_without_other_packages_there_are_the_built_in_kinds() -> None:
    assert load_catalog().kinds == BUILT_IN
    assert [kind.key for kind in BUILT_IN] == [
        "litellm",
        "open_webui",
        "prometheus",
        "grafana",
        "searxng",
        "openvino",
        "optillm",
        "mlx",
        "ollama",
        "llama_cpp",
        "vllm",
    ]


def test_a_kind_is_found_by_key_and_by_port() -> None:
    catalog = load_catalog()
    litellm = catalog.get("litellm")
    assert litellm is not None
    assert litellm.title == "LiteLLM"
    assert catalog.get("nothing") is None
    assert [kind.key for kind in catalog.by_port(3000)] == ["open_webui", "grafana"]
    assert catalog.by_port(1) == ()


def test_a_package_adds_a_kind_or_several(install: Install) -> None:
    install("one_kind", "KIND = kind('piper', ports=(PortRange(10200, 10200),))", "piper = one_kind:KIND")
    install(
        "two_kinds",
        "def KINDS():\n    yield kind('a')\n    yield kind('b')\nKINDS = list(KINDS())",
        "x = two_kinds:KINDS",
    )
    catalog = load_catalog()
    assert [kind.key for kind in catalog.kinds[len(BUILT_IN) :]] == ["piper", "a", "b"]
    assert [kind.key for kind in catalog.by_port(10200)] == ["piper"]


BROKEN = {
    "missing_module": ("", "x = missing_module_2:KIND", "No module named 'missing_module_2'"),
    "no_such_name": ("", "x = no_such_name:KIND", "has no attribute 'KIND'"),
    "raises": ("raise RuntimeError('two\\nlines')", "x = raises:KIND", "RuntimeError: two lines"),
    "exits": ("import sys; sys.exit('bye')", "x = exits:KIND", "SystemExit: bye"),
    "an_iterator": ("KINDS = (kind(key) for key in 'ab')", "x = an_iterator:KINDS", "gives its kinds only once"),
    "not_iterable": ("KIND = 7", "x = not_iterable:KIND", "'int' object is not iterable"),
    "not_a_kind": ("KIND = ['litellm']", "x = not_a_kind:KIND", "gives str, not a ServiceKind"),
    "same_key": ("KIND = kind('litellm', 'Other')", "x = same_key:KIND", "'litellm' is already in the catalogue"),
    "same_name": (
        "KIND = kind('other', 'LITELLM')",
        "x = same_name:KIND",
        "called 'litellm', as 'litellm' is",
    ),
    "twice_itself": (
        "KIND = kind('q')",
        "x = twice_itself:KIND\ny = twice_itself:KIND",
        "'q' is already in",
    ),
    "bad_key": ("KIND = kind('Big Key')", "x = bad_key:KIND", "not a lower-case word"),
    "no_names": ("KIND = kind('q', '')", "x = no_names:KIND", "at least one name"),
    "wrong_type": ("KIND = kind('q', ports=(PortRange('1', 2),))", "x = wrong_type:KIND", "Expected `int`, got `str`"),
    "bad_port": ("KIND = kind('q', ports=(PortRange(9, 1),))", "x = bad_port:KIND", "9-1 is not a range of ports"),
    "bad_path": (
        "KIND = kind('q', probes=(Probe(path='health', role='live', no_key=Reply(status=200, meaning='')),))",
        "x = bad_path:KIND",
        "'health' is not a path",
    ),
    "same_path": (
        "KIND = kind('q', probes=(Probe(path='/', role='live', no_key=Reply(status=200, meaning='')),) * 2)",
        "x = same_path:KIND",
        "ask the same path",
    ),
    "dear": (
        "KIND = kind('q', probes=(Probe(path='/', role='live', no_key=Reply(status=200, meaning=''), costs=True),))",
        "x = dear:KIND",
        "`after_refusal` has to name",
    ),
    "itself": (
        "KIND = kind('q', probes=(Probe(path='/', role='live', no_key=Reply(status=200, meaning=''), costs=True,"
        " after_refusal='/'),))",
        "x = itself:KIND",
        "`after_refusal` has to name",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_one_line_that_names_its_distribution(name: str, install: Install) -> None:
    source, points, reason = BROKEN[name]
    install(name, source, points)
    with pytest.raises(ConfigError) as caught:
        load_catalog()
    assert reason in str(caught.value)
    assert f"of {name}:" in str(caught.value)
    assert "\n" not in str(caught.value)
