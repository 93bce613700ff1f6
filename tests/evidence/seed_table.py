"""The table of docs/snapshots.md: what each line of the first snapshot became."""

from __future__ import annotations

from itertools import groupby

from trueup.evidence.importing import ImportResult, Line
from trueup.evidence.phrases import Phrase, put
from trueup.evidence.wording import phrase

BEGIN, END = "<!-- seed table: begin -->", "<!-- seed table: end -->"
_LONGEST = 44
_SILENT = {"heading": "heading", "prose": "context or commentary"}


def seed_table(result: ImportResult) -> str:
    """Return the table's Markdown; neighbouring lines that became the same share a row."""
    rows = ["| line | became | observation |", "|---|---|---|"]
    for (outcome, ids), group in groupby(result.lines, key=lambda line: (line.outcome, line.ids)):
        lines = list(group)
        rows.append(f"| {_numbers(lines)} | {_SILENT.get(outcome, outcome)} | {_observations(result, ids)} |")
    return "\n".join(rows)


def _numbers(lines: list[Line]) -> str:
    first, last = lines[0].number, lines[-1].number
    return str(first) if first == last else f"{first}–{last}"


def _observations(result: ImportResult, ids: tuple[str, ...]) -> str:
    seen = {observation.id: observation for observation in result.snapshot.observations}
    return "<br>".join(
        f"{seen[ident].host}: {put(_short(phrase(seen[ident].fact, seen[ident].service)))}" for ident in ids
    )


def _short(said: Phrase) -> Phrase:
    fields = tuple((label, tuple(map(_cut, values))) for label, values in said.fields)
    return Phrase(said.head, tuple(map(_cut, said.spans)), said.service, fields)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
