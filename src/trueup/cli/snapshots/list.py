"""`trueup snapshot list`: which snapshots there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import closing
from trueup.cli.snapshots.options import folder_of, with_folder

if TYPE_CHECKING:
    from trueup.evidence.store.listing import Listed


@click.command("list", epilog=closing("trueup snapshot list --in evidence", 0, 2, 3))
@with_folder
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(root: Path, config: Path | None, folder: Path | None, as_json: bool) -> None:
    """List the snapshots of the evidence folder, the newest first.

    For each: when it was taken, the beginning of its digest, how many observations it holds, whether signatures are
    there, where it comes from, and the hosts that it speaks of.
    """
    from trueup.evidence.store.listing import dump, listed

    found = listed(folder_of(root, config, folder))
    if as_json:
        click.echo(dump(found), nl=False)
    else:
        for each in found:
            click.echo(_row(each))


def _row(listed: Listed) -> str:
    from trueup.evidence.wording import moment
    from trueup.report.safe import one_line

    if listed.problem or listed.taken_at is None:
        return f"{one_line(listed.file, 60)}  {one_line(listed.problem, 120)}"
    signed = "signed" if listed.signed else "-"
    when = moment(listed.taken_at.replace(microsecond=0))
    hosts = one_line(", ".join(listed.hosts), 200)
    return f"{when}  {listed.digest[:12]}  {listed.observations:>5}  {signed:<6}  {listed.origin:<8}  {hosts}"
