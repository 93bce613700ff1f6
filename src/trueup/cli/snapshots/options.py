"""What the verbs of snapshots share: the folder that is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from trueup.cli.options import require_folder, with_root

Verb = TypeVar("Verb", bound=Callable[..., Any])


def with_folder(verb: Verb) -> Verb:
    """Add `--root`, `--config` and `--in`."""
    folder = click.option(
        "--in",
        "folder",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The folder of the snapshots.  [default: the manifest's evidence folder]",
    )
    return with_root(folder(verb))


def folder_of(root: Path, config: Path | None, folder: Path | None) -> Path:
    """Return the folder that is meant. Raises UsageError where the root or the named folder is none."""
    from trueup.sources import manifest_of

    require_folder(root)
    if folder is not None:
        require_folder(folder)
        return folder
    return root / manifest_of(root, config).evidence.directory
