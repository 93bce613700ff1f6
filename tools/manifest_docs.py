"""Write docs/manifest.md from the tables of `trueup.toml`."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec

from trueup.manifest import Check, Documents, Evidence, Lane, ManifestFile, Service, sample_manifest
from trueup.manifest.convert import allowed_in
from trueup.manifest.sample import described_keys, first_sentences, toml_value
from trueup.manifest.tables import HostTable

PAGE = Path(__file__).resolve().parents[1] / "docs" / "manifest.md"

_TABLES = (
    ("[hosts.NAME]", HostTable),
    ("[[services]]", Service),
    ("[[lanes]]", Lane),
    ("[documents]", Documents),
    ("[evidence]", Evidence),
    ("[check]", Check),
)

_HEAD = """\
# trueup.toml

The manifest declares what a stack is meant to be: hosts, services, lanes, and which documents speak for it. It stands
in the root of the documents, or is named with `--config`. It may be left out, for documents and the
[catalogue](catalogue.md) suffice for a check; but what your documents call your hosts is known only from here.

A key that is not in these tables is refused with its file and line, and so is a value that does not fit. `trueup init
--sample` prints the sample below. The tables and the sample are written from `src/trueup/manifest/tables.py` by
`make docs`; an editor that knows JSON schemas can use `schemas/manifest.json`.

## At the top

{top}
"""

_AGREEMENT = """\
## What has to agree

- Every `host` of a service or lane is declared under `[hosts.*]`.
- A name or an address means one host; an address that every host has, such as 127.0.0.1, names none.
- One socket of a host belongs to one service, one port to one lane. A model server may stand in both tables.
- The file is TOML 1.0 in UTF-8, 1 MiB at most.
"""


def files() -> dict[Path, str]:
    """Return the content of the page."""
    sections = [_HEAD.format(top="\n".join(_rows(ManifestFile, only={"schema"})))]
    for header, table in _TABLES:
        sections.append(f"## `{header}`\n\n{first_sentences(table)}\n\n" + "\n".join(_rows(table)) + "\n")
    sections.append(_AGREEMENT)
    sections.append(f"## A sample with every key\n\n```toml\n{sample_manifest()}```\n")
    return {PAGE: "\n".join(sections)}


def _rows(table: type[msgspec.Struct], only: set[str] | None = None) -> Iterator[str]:
    yield "| key | meaning | allowed | left out |"
    yield "|---|---|---|---|"
    hints = typing.get_type_hints(table, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(table)}
    for key, description in described_keys(table):
        if only is None or key in only:
            cells = (f"`{key}`", description, allowed_in(hints[fields[key].name]), _left_out(fields[key]))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _left_out(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**required**"
    if field.default in (None, (), msgspec.NODEFAULT):
        return "nothing"
    return f"`{toml_value(field.default)}`"


if __name__ == "__main__":
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
