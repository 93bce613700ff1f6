"""`trueup check`: judge the documents by the evidence and by each other."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trueup.cli.options import closing, note, require_folder, with_root

_PIPED_WIDTH = 80

if TYPE_CHECKING:
    from trueup.catalog import Catalog
    from trueup.manifest import Manifest
    from trueup.report.base import Format
    from trueup.vocabulary import Snapshot


@click.command(
    "check",
    epilog=closing("trueup check --root docs-of-my-stack --evidence evidence/2026-02-09-snapshot.md", 0, 1, 2, 3),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[PATHS]...")
@with_root
@click.option(
    "--evidence",
    # Whether it can be read shows when it is read, as an error of evidence.
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Judge by this snapshot: JSON, or Markdown that a person wrote (*.md). A path relative to the current folder."
    "  [default: the newest there is in the manifest's evidence folder]",
)
@click.option("--live", is_flag=True, help="Judge by what is observed now, without writing it down.")
@click.option("--format", "form", type=click.Choice(["terminal", "json", "markdown"]), default="terminal")
@click.option("--all", "everything", is_flag=True, help="List every claim, not the findings alone.")
@click.option(
    "--fail-on",
    type=click.Choice(["critical", "high", "medium", "low"]),
    help="Exit with 1 only for findings of this severity or worse.  [default: the manifest's, else low]",
)
def command(
    paths: tuple[Path, ...],
    root: Path,
    config: Path | None,
    evidence: Path | None,
    live: bool,
    form: str,
    everything: bool,
    fail_on: str | None,
) -> int:
    """Judge the documents by the evidence and by each other.

    PATHS are documents or folders, relative to the current folder, or to the root where nothing is there; without
    them, all documents that the manifest calls canonical or historical are read. The evidence is the snapshot that is
    named, else the newest. Without any, the documents are still held against each other.
    """
    from trueup.catalog import load_catalog
    from trueup.checking import check
    from trueup.errors import UsageError
    from trueup.sources import manifest_of
    from trueup.vocabulary import Severity

    if live and evidence:
        raise UsageError("--live and --evidence exclude each other", hint="leave one out")
    require_folder(root)
    manifest, catalog = manifest_of(root, config), load_catalog()
    snapshot = _snapshot(root, manifest, catalog, evidence, live=live)
    threshold = Severity(fail_on) if fail_on else None
    checked = check(root, paths, manifest, snapshot, catalog=catalog, fail_on=threshold)
    if form == "json":
        for each in checked.notes:
            note(each)
    # click would take the colours out where standard output is no terminal; FORCE_COLOR wants them there.
    click.echo(_format(form).render(checked, everything=everything), color=True)
    return checked.exit_code


def _snapshot(
    root: Path, manifest: Manifest, catalog: Catalog, evidence: Path | None, *, live: bool
) -> Snapshot | None:
    from trueup.sources import newest_evidence, observe_now, read_evidence

    if live:
        return observe_now(root, manifest, catalog, tell=note)
    chosen = evidence or newest_evidence(root / manifest.evidence.directory)
    return read_evidence(chosen, manifest, catalog, tell=note) if chosen else None


def _format(name: str) -> Format:
    if name == "json":
        from trueup.report.json import Json

        return Json()
    if name == "markdown":
        from trueup.report.markdown import Markdown

        return Markdown()
    from trueup.report.terminal import Terminal

    return Terminal(colour=_wants_colour(), width=_width())


def _wants_colour() -> bool:
    """Follow https://no-color.org and https://force-color.org; else colour a terminal only."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (_on_terminal() and os.environ.get("TERM") != "dumb")


def _width() -> int:
    """Return the columns of the terminal; 80 where the output goes elsewhere, so that it is the same everywhere."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if _on_terminal() else _PIPED_WIDTH


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
