"""Options and help texts that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

# What a message quotes may be a line of a megabyte.
_LIMIT = 400

Verb = TypeVar("Verb", bound=Callable[..., Any])

_CODES = {
    0: "done, or nothing found",
    1: "findings at or above the threshold",
    2: "usage or configuration error",
    3: "evidence missing, not intact or too old",
}


def with_root(verb: Verb) -> Verb:
    """Add `--root` and `--config`."""
    root = click.option(
        "--root",
        type=click.Path(path_type=Path),
        default=Path(),
        metavar="DIR",
        help="The folder whose documents and manifest are meant.  [default: .]",
    )
    config = click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The manifest, when it is not trueup.toml in the root.",
    )
    return root(config(verb))


def closing(example: str, *codes: int, found: str = _CODES[1]) -> str:
    """Return the end of a verb's help: an example and the exit codes that it can give; `found` is what 1 means."""
    lines = ["\b", "Example:", f"  {example}", "", "\b", "Exit codes:"]
    return "\n".join([*lines, *(f"  {code}  {found if code == 1 else _CODES[code]}" for code in codes)])


def note(text: str) -> None:
    """Tell something on standard error that is no error."""
    from trueup.report.safe import one_line

    click.echo(f"trueup: note: {one_line(text, _LIMIT)}", err=True)


def require_folder(path: Path) -> None:
    """Raise UsageError where `path` is no folder."""
    from trueup.errors import UsageError

    if not path.is_dir():
        raise UsageError("no such folder" if not path.exists() else "not a folder", where=str(path))
