"""`trueup snapshot verify`: whether snapshots are as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import closing
from trueup.cli.snapshots.options import folder_of, with_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trueup.evidence.store.trust import Trusted
    from trueup.evidence.store.verifying import Verified

_FILE = click.Path(path_type=Path, readable=False)


@click.command("verify", epilog=closing("trueup snapshot verify --key ~/.ssh/id_ed25519.pub", 0, 2, 3))
@click.argument("references", nargs=-1, metavar="[REF]...")
@with_folder
@click.option("--key", type=_FILE, multiple=True, metavar="FILE", help="Ask for a signature by this public key.")
@click.option(
    "--allowed-signers",
    type=_FILE,
    metavar="FILE",
    help="Ask for a signature by a key of this file, which is as ssh-keygen(1) describes.",
)
def command(
    references: tuple[str, ...],
    root: Path,
    config: Path | None,
    folder: Path | None,
    key: tuple[Path, ...],
    allowed_signers: Path | None,
) -> int:
    """Test that snapshots are as they were written.

    All of the folder are tested, or those that are named. Each has to match its digest and its name, its
    rendering has to say the same, the snapshot before it has to be there, and its signatures have to be about this
    file. With keys, each has to be signed by one of them. REF is as for `trueup snapshot show`.
    """
    from trueup.catalog import load_catalog
    from trueup.errors import ExitCode
    from trueup.evidence.store.folder import stored_names
    from trueup.evidence.store.references import resolve
    from trueup.evidence.store.verifying import verify
    from trueup.sources import manifest_of, read_evidence

    directory = folder_of(root, config, folder)
    trusted = _trusted(key, allowed_signers)
    paths = [resolve(each, directory) for each in references] or [directory / name for name in stored_names(directory)]
    manifest, catalog = manifest_of(root, config), load_catalog()
    verified = verify(paths, trusted, reading=lambda path: read_evidence(path, manifest, catalog))
    for each in verified:
        for line in _lines(each):
            click.echo(line)
    broken = sum(bool(each.problems) for each in verified)
    click.echo(
        f"{len(verified)} snapshots, {broken} not intact" if len(verified) != 1 else f"1 snapshot, {broken} not intact"
    )
    return ExitCode.EVIDENCE if broken else ExitCode.CLEAN


def _trusted(keys: tuple[Path, ...], signers: Path | None) -> Trusted | None:
    if not keys and signers is None:
        return None
    from trueup.evidence.store.trust import allowed_signers, public_key

    found = allowed_signers(signers) if signers else ()
    return (*(key for path in keys for key in public_key(path)), *found)


def _lines(verified: Verified) -> Iterator[str]:
    from trueup.report.safe import one_line

    yield f"{'NOT INTACT' if verified.problems else 'intact'}  {one_line(str(verified.path), 200)}"
    for problem in verified.problems:
        yield f"  problem: {one_line(problem, 400)}"
    for each in verified.notes:
        yield f"  note: {one_line(each, 400)}"
