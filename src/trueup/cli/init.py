"""`trueup init`: a manifest to start from."""

from __future__ import annotations

from pathlib import Path

import click

from trueup.cli.options import closing, require_folder

_START = """\
# What runs where, and which documents have to be true about it.
# Every table may be left out; `trueup init --sample` prints all keys with comments.
schema = "https://trueup.dev/schemas/manifest/1"

[hosts.{host}]
via = "local"

[documents]
canonical = ["**/*.md"]
historical = ["CHANGELOG.md", "**/archive/**"]

[evidence]
directory = "evidence"
"""


@click.command(
    "init",
    epilog=closing("trueup init docs-of-my-stack", 0, 2),
)
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(path_type=Path))
@click.option("--sample", is_flag=True, help="Print a manifest with every key, commented; write nothing.")
def command(folder: Path, sample: bool) -> None:
    """Write a starting trueup.toml, or print the full sample.

    The file goes into DIR, this folder when left out. A trueup.toml that is there already is never overwritten.
    """
    if sample:
        from trueup.manifest import sample_manifest

        click.echo(sample_manifest().rstrip("\n"))
        return
    require_folder(folder)
    target = folder / "trueup.toml"
    _write(target, _START.format(host=_host_name()))
    click.echo(target)


def _host_name() -> str:
    """Return this machine's own name as a manifest may hold it."""
    import re
    import socket

    return re.sub(r"[^a-z0-9-]+", "-", socket.gethostname().partition(".")[0].lower()).strip("-") or "this-host"


def _write(target: Path, content: str) -> None:
    from trueup.errors import UsageError
    from trueup.files import create

    try:
        created = create(target, content.encode())
    except OSError as error:
        # What the error itself names is the temporary file, which nobody asked for.
        raise UsageError(f"cannot be written: {error.strerror}", where=str(target)) from error
    if not created:
        raise UsageError("is there already", where=str(target), hint="it is never overwritten")
