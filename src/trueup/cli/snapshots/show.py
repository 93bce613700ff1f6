"""`trueup snapshot show`: what one snapshot says."""

from __future__ import annotations

from pathlib import Path

import click

from trueup.cli.options import closing, note
from trueup.cli.snapshots.options import folder_of, with_folder


@click.command("show", epilog=closing("trueup snapshot show latest~1", 0, 2, 3))
@click.argument("reference", metavar="[REF]", default="latest")
@with_folder
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def command(reference: str, root: Path, config: Path | None, folder: Path | None, as_json: bool) -> None:
    """Print a snapshot as Markdown, with its drift notes.

    REF is `latest` (the default), `latest~1` for the one before it, a path, or the beginning of a file's name or of a
    digest. What a person wrote as Markdown is read as `trueup import` reads it. A snapshot that is not intact is not
    shown.
    """
    from trueup.catalog import load_catalog
    from trueup.evidence import store
    from trueup.evidence.notes import drift_notes
    from trueup.evidence.render import render
    from trueup.evidence.store.references import resolve
    from trueup.sources import manifest_of, read_evidence

    path = resolve(reference, folder_of(root, config, folder))
    catalog = load_catalog()
    snapshot = read_evidence(path, manifest_of(root, config), catalog, tell=note)
    if as_json:
        click.echo(store.dump(store.seal(snapshot)), nl=False)
    else:
        click.echo(render(snapshot, drift_notes(snapshot, catalog)), nl=False)
