"""Arrows run downwards, the pure core is pure, and the picture shows the imports as they are."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from tools.architecture import LAYERS, PICTURE, REPOSITORY, SOURCE, area_of, draw, graph, imports_of, layer_of, needed

PAGE = REPOSITORY / "docs" / "architecture.md"
FILES = sorted(SOURCE.rglob("*.py"))
# Nothing in here may touch files, clocks, processes or the network.
PURE = ("vocabulary", "errors", "reading", "judge")
IMPURE = {
    *("asyncio", "glob", "http", "io", "os", "pathlib", "random", "select", "shutil", "signal", "socket", "ssl"),
    *("subprocess", "tempfile", "threading", "time", "urllib.request"),
}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows_run_downwards(path: Path) -> None:
    area = area_of(path)
    if area in ("__init__", "__main__"):
        return
    targets = {name.split(".")[1] for name in imports_of(path)} - {area}
    upwards = {target for target in targets if layer_of(target) <= layer_of(area)}
    assert not upwards, f"{name_of(path)} imports {upwards}: only lower layers may be imported"


def test_canon_and_evidence_do_not_know_each_other() -> None:
    edges = graph()
    assert "evidence" not in edges["canon"]
    assert "canon" not in edges["evidence"]
    assert {area for area, targets in edges.items() if {"canon", "evidence"} <= targets} <= {"judge", "checking", "cli"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_about_one_thing_and_not_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_a_relative_import_would_hide_an_arrow() -> None:
    for path in FILES:
        relative = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        assert not [node for node in relative if node.level], name_of(path)


@pytest.mark.parametrize("path", [path for path in FILES if area_of(path) in PURE], ids=name_of)
def test_the_core_does_no_input_or_output(path: Path) -> None:
    imported: set[str] = set()
    called: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module)
        elif isinstance(node, ast.Call):
            called.add(ast.unparse(node.func))
    assert not {name for name in imported if name in IMPURE or name.split(".")[0] in IMPURE}
    assert not {name for name in called if name in ("open", "print", "input") or name.endswith((".now", ".today"))}


def test_only_click_is_imported_to_start() -> None:
    own = {"__future__", "click", "trueup"} | set(sys.stdlib_module_names)
    tree = ast.parse((SOURCE / "cli" / "__init__.py").read_text())
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= own
    assert {name for name in names if name.startswith("trueup")} == {"trueup.errors"}


def test_every_area_stands_in_one_layer() -> None:
    areas = [area for layer in LAYERS for area in layer]
    assert len(areas) == len(set(areas))
    assert set(areas) == set(graph())


def test_the_picture_is_drawn_from_these_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "run `make docs`"


def test_every_box_lists_what_its_area_imports() -> None:
    picture = draw()
    for area, targets in graph().items():
        box = picture[picture.index(f'"14">{area}</text>') :].split("<rect")[0]
        listed = " ".join(re.findall(r'font-size="9.5">([^<]*)<', box))
        assert set(listed.removeprefix("imports ").split(", ")) == (targets or {"nothing of Trueup"})


def test_a_drawn_arrow_is_an_import_and_left_out_ones_follow_from_drawn_ones() -> None:
    edges = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert needed(edges) == [("a", "b"), ("b", "c"), ("c", "d")]
    real = graph()
    assert all(target in real[area] for area, target in needed(real))


def test_the_page_tells_of_every_area() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for row, layer in enumerate(LAYERS, start=1):
        for area in layer:
            assert f"| {row} | `{area}` |" in page, f"{area} in docs/architecture.md"
