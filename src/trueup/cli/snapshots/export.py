"""`trueup snapshot export`: a snapshot for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trueup.cli.options import closing
from trueup.cli.snapshots.options import folder_of, with_folder


@click.command("export", epilog=closing("trueup snapshot export latest --format jsonl > observations.jsonl", 0, 2, 3))
@click.argument("reference", metavar="[REF]", default="latest")
@with_folder
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "jsonl", "markdown", "tar"]),
    default="json",
    help="The file as it is, one observation a line, the rendering, or all its files in one.  [default: json]",
)
def command(reference: str, root: Path, config: Path | None, folder: Path | None, form: str) -> None:
    """Write a snapshot to standard output for other programs.

    A tar archive holds the JSON, the Markdown and the signatures, and is the same to the byte for the same files. REF
    is as for `trueup snapshot show`. A snapshot that is not intact is not handed on.
    """
    from trueup.catalog import load_catalog
    from trueup.errors import UsageError
    from trueup.evidence.notes import drift_notes
    from trueup.evidence.render import render
    from trueup.evidence.store.exporting import archive_of, lines_of
    from trueup.evidence.store.folder import is_there
    from trueup.evidence.store.reading import parse, read
    from trueup.evidence.store.references import resolve

    if form == "tar" and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("an archive is not for a terminal", hint="write it into a file: `> snapshot.tar`")
    path = resolve(reference, folder_of(root, config, folder))
    content = read(path)
    snapshot = parse(content, path)
    beside = path.with_suffix(".md")
    stored = is_there(beside) and beside != path
    rendered = (
        read(beside, only_file=True) if stored else render(snapshot, drift_notes(snapshot, load_catalog())).encode()
    )
    if form == "tar":
        content = archive_of(path, content, rendered, snapshot)
    elif form != "json":
        content = rendered if form == "markdown" else lines_of(snapshot)
    click.echo(content, nl=False)
