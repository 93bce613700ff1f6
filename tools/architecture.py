"""Draw docs/architecture.svg from the imports that really stand in src/trueup.

An *area* is a package or module directly under `trueup`. Every import counts, also lazy ones and those for types.
Each box names all that its area imports; an arrow is drawn only where no path over other areas leads to the same place,
so that the picture stays readable and still says everything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from textwrap import wrap

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src" / "trueup"
PICTURE = REPOSITORY / "docs" / "architecture.svg"

# From top to bottom. An area imports from lower layers only, never from its own layer or a higher one.
LAYERS = (
    ("cli",),
    ("schemas",),
    ("report",),
    ("checking",),
    ("judge", "sources"),
    ("canon", "evidence"),
    ("reading", "files"),
    ("catalog",),
    ("manifest",),
    ("vocabulary", "errors"),
)
SAYS = {
    "cli": "one thin file per verb",
    "schemas": "JSON schemas of all data files",
    "report": "one file per format",
    "checking": "one check from end to end",
    "judge": "claims × snapshot → verdicts",
    "sources": "which manifest, which evidence",
    "canon": "documents → claims",
    "evidence": "hosts → snapshot",
    "reading": "Markdown → blocks, names, mentions",
    "catalog": "one file per kind of service",
    "manifest": "trueup.toml",
    "vocabulary": "the words, typed and frozen",
    "errors": "what can go wrong, exit codes",
    "files": "a file that nobody overwrites",
}

# Where a box stands from left to right: so that no arrow has to run behind a box. Everything else is in the middle.
COLUMNS = {"canon": 0, "evidence": 2, "sources": 2, "catalog": 0, "manifest": 2, "vocabulary": 0, "files": 2}
BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW, MARGIN = 280, 88, 300, 122, 20
WIDTH = COLUMN * 2 + BOX_WIDTH + MARGIN * 2


def layer_of(area: str) -> int:
    """Return the row of an area, 0 at the top. Raises KeyError for an area in no layer."""
    for row, areas in enumerate(LAYERS):
        if area in areas:
            return row
    raise KeyError(f"{area} stands in no layer: give it one in tools/architecture.py")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the dotted names that a source file imports from `trueup`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "trueup")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "trueup":
            yield from ([f"trueup.{alias.name}" for alias in node.names] if node.module == "trueup" else [node.module])


def area_of(path: Path) -> str:
    """Return the area that a source file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def graph() -> dict[str, set[str]]:
    """Return area → areas that it imports."""
    edges: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        area = area_of(path)
        if area in ("__init__", "__main__"):
            continue
        targets = {name.split(".")[1] for name in imports_of(path)}
        edges.setdefault(area, set()).update(targets - {area})
    return edges


def needed(edges: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Return the edges that no longer path implies (the transitive reduction)."""

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        waiting = list(edges.get(start, ()))
        while waiting:
            area = waiting.pop()
            if area not in found:
                found.add(area)
                waiting.extend(edges.get(area, ()))
        return found

    return [
        (area, target)
        for area in sorted(edges)
        for target in sorted(edges[area])
        if not any(target in reachable(other) for other in edges[area] - {target})
    ]


def draw() -> str:
    """Return the picture as SVG."""
    edges = graph()
    areas = sorted(edges, key=lambda area: (layer_of(area), LAYERS[layer_of(area)].index(area)))
    boxes = {area: _corner(area) for area in areas}
    height = MARGIN * 2 + ROW * (len(LAYERS) - 1) + BOX_HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Trueup's areas and what each imports; arrows run downwards only</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    lines += [_arrow(boxes[area], boxes[target]) for area, target in needed(edges)]
    for area in areas:
        lines += _box(area, boxes[area], sorted(edges[area], key=areas.index))
    return "\n".join([*lines, "</svg>", ""])


def _corner(area: str) -> tuple[int, int]:
    return MARGIN + COLUMNS.get(area, 1) * COLUMN, MARGIN + layer_of(area) * ROW


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + BOX_WIDTH // 2, start[1] + BOX_HEIGHT
    to_x, to_y = end[0] + BOX_WIDTH // 2, end[1]
    # Over more than one row the curve leaves its column at once, so that it passes beside the boxes between.
    bend = f"C{to_x} {y} {to_x} {(y + to_y) // 2}" if to_y - y > ROW else "L"
    return (
        f'<path d="M{x} {y} {bend} {to_x} {to_y}" stroke="#57606a" '
        'stroke-width="1.4" fill="none" marker-end="url(#tip)"/>'
    )


def _box(area: str, corner: tuple[int, int], imported: list[str]) -> list[str]:
    x, y = corner
    listed = "imports " + (", ".join(imported) or "nothing of Trueup")
    lines = [
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="#f6f8fa" stroke="#57606a"/>',
        f'<text x="{x + 10}" y="{y + 18}" font-weight="bold" font-size="14">{area}</text>',
        f'<text x="{x + 10}" y="{y + 35}">{escape(SAYS[area])}</text>',
    ]
    for number, line in enumerate(wrap(listed, 48)):
        lines.append(f'<text x="{x + 10}" y="{y + 52 + 13 * number}" fill="#57606a" font-size="9.5">{line}</text>')
    return lines


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
