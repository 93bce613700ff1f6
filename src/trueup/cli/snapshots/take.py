"""`trueup snapshot`: observe the hosts and write down what was seen."""

from __future__ import annotations

from pathlib import Path

import click

from trueup.cli.options import closing, note, require_folder, with_root


@click.command(
    "snapshot",
    epilog=closing("trueup snapshot --out evidence", 0, 2, 3),
)
@with_root
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write into.  [default: the manifest's evidence folder]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["path", "json", "markdown"]),
    default="path",
    help="What to print: the path of the file, or its content.  [default: path]",
)
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Observe this host only; may be repeated.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=1, max=3600),
    metavar="SECONDS",
    help="End after so long with what was seen by then.  [default: 25]",
)
def command(
    root: Path, config: Path | None, out: Path | None, form: str, hosts: tuple[str, ...], deadline: float | None
) -> None:
    """Observe the hosts and write a dated snapshot.

    Observed are this machine and the hosts that the manifest declares with `via = "ssh"`, all at once, with one
    connection and at most three executions each. Observing only reads: it lists listeners, units and containers and
    asks services for their health, and never loads or pays for a model. A host that cannot be observed is told of, and
    the others are not affected. Two files of the same name are written, JSON and the Markdown rendering of it.
    """
    from trueup.catalog import load_catalog
    from trueup.sources import manifest_of, observe_now

    require_folder(root)
    manifest = manifest_of(root, config)
    catalog = load_catalog()
    snapshot = observe_now(root, manifest, catalog, only=hosts, seconds=deadline, tell=note)
    # Imported while the hosts answered: before that, their time would be added to theirs.
    from trueup.evidence import store
    from trueup.evidence.notes import drift_notes
    from trueup.vocabulary import Unreachable

    for seen in snapshot.observations:
        if isinstance(seen.fact, Unreachable):
            note(f"{seen.host} could not be observed, stopped at {seen.fact.stage}: {seen.fact.error}")
    folder = out or root / manifest.evidence.directory
    stored, rendered = store.write(snapshot, folder, notes=drift_notes(snapshot, catalog))
    if form == "path":
        click.echo(stored)
    else:
        click.echo((stored if form == "json" else rendered).read_text(encoding="utf-8"), nl=False)
