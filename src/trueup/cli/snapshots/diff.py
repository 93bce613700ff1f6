"""`trueup snapshot diff`: what changed."""

from __future__ import annotations

from pathlib import Path

import click

from trueup.cli.options import closing, note
from trueup.cli.snapshots.options import folder_of, with_folder


@click.command(
    "diff", epilog=closing("trueup snapshot diff latest~7 latest", 0, 1, 2, 3, found="changes, with --exit-code")
)
@click.argument("before", metavar="[A]", default="latest~1")
@click.argument("after", metavar="[B]", default="latest")
@with_folder
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--exit-code", "telling", is_flag=True, help="Exit with 1 where something changed.")
def command(
    before: str, after: str, root: Path, config: Path | None, folder: Path | None, as_json: bool, telling: bool
) -> int:
    """Tell what changed between two snapshots, in words of services.

    A and B are as REF of `trueup snapshot show`; without them, the newest is held against the one before it. What is
    not seen any more is called gone only where B looked at everything; else it is called no longer looked at.
    """
    from trueup.catalog import load_catalog
    from trueup.errors import ExitCode
    from trueup.evidence.diff import compare, dump
    from trueup.evidence.store.references import resolve
    from trueup.report.safe import one_line
    from trueup.sources import manifest_of, read_evidence

    directory = folder_of(root, config, folder)
    manifest, catalog = manifest_of(root, config), load_catalog()
    old, new = (read_evidence(resolve(each, directory), manifest, catalog, tell=note) for each in (before, after))
    found = compare(old, new, catalog)
    if as_json:
        click.echo(dump(found), nl=False)
    else:
        for change in found.changes:
            click.echo(one_line(change.says, 1000))
        if not found.changes:
            click.echo("nothing changed")
    return ExitCode.FINDINGS if telling and found.changes else ExitCode.CLEAN
