"""`trueup schema`: the JSON schema of a data file."""

from __future__ import annotations

import click

from trueup.cli.options import closing


@click.command("schema", epilog=closing("trueup schema report > report.schema.json", 0, 2))
@click.argument("name")
def command(name: str) -> None:
    """Print the JSON schema of a data file.

    NAME is manifest, snapshot, snapshots, changes, report, claim, judgement or ledger.
    """
    import json

    from trueup.errors import UsageError
    from trueup.schemas import SCHEMAS, schema_of

    if name not in SCHEMAS:
        raise UsageError(f"no schema is called {name!r}", hint=f"schemas: {', '.join(SCHEMAS)}")
    click.echo(json.dumps(schema_of(name), indent=2))
