"""`trueup import`: a snapshot that a person wrote becomes evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import closing, note, require_folder, with_root

if TYPE_CHECKING:
    from trueup.evidence.importing import ImportResult


@click.command("import", epilog=closing("trueup import notes/2026-02-09-snapshot.md --out evidence", 0, 2, 3))
@click.argument("file", type=click.Path(path_type=Path))
@with_root
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write into.  [default: the manifest's evidence folder]",
)
@click.option("--lines", "only_lines", is_flag=True, help="Print what each line became, and write nothing.")
def command(file: Path, root: Path, config: Path | None, out: Path | None, only_lines: bool) -> None:
    """Turn a snapshot that a person wrote into evidence.

    FILE is Markdown with a date in its title or name and a section for each host. Lines that look like facts and were
    not understood are reported on standard error. The path of the snapshot is printed.
    """
    from datetime import UTC, datetime

    from trueup.catalog import load_catalog
    from trueup.errors import EvidenceError
    from trueup.evidence import store
    from trueup.evidence.importing import import_markdown
    from trueup.evidence.notes import drift_notes
    from trueup.reading.lexicon import Lexicon
    from trueup.sources import manifest_of, named_below, read_text

    require_folder(root)
    if file.suffix.lower() == ".json":
        hint = "name it with `trueup check --evidence`, or copy it into the evidence folder"
        raise EvidenceError("is already a snapshot", where=str(file), hint=hint)
    manifest = manifest_of(root, config)
    catalog = load_catalog()
    lexicon = Lexicon.build(catalog, manifest)
    imported = import_markdown(read_text(file), path=named_below(root, file), lexicon=lexicon, empty=True)
    snapshot = imported.snapshot
    if snapshot.hosts or only_lines:
        for line in imported.not_understood:
            note(f"{file}:{line.number}: not understood ({line.reason}): {line.text.strip()}")
    if snapshot.taken_at > datetime.now(UTC):
        note(f"{file}: its date, {snapshot.taken_at:%Y-%m-%d}, lies in the future")
    if only_lines:
        click.echo(_table(imported))
        return
    imported.refuse_empty(str(file))
    folder = out or root / manifest.evidence.directory
    stored, _ = store.write(snapshot, folder, notes=drift_notes(snapshot, catalog))
    click.echo(stored)


def _table(imported: ImportResult) -> str:
    """Return every line of the file with its outcome, and under it the observations that it gave or says again."""
    from trueup.evidence.phrases import put_head
    from trueup.evidence.wording import phrase
    from trueup.report.safe import one_line

    by_id = {observation.id: observation for observation in imported.snapshot.observations}
    rows: list[str] = []
    for line in imported.lines:
        rows.append(f"{line.number:>4}  {line.outcome:<14}  {one_line(line.text, 100)}")
        for observation in (by_id[ident] for ident in line.ids if ident in by_id):
            fact = put_head(phrase(observation.fact, observation.service))
            rows.append(f"{'':>22}{observation.id}  {one_line(f'{observation.host}: {fact}')}")
    return "\n".join(rows)
