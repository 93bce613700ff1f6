"""`trueup snapshot`: without a verb of its own it takes a snapshot (see `snapshots/take.py`)."""

from __future__ import annotations

from typing import Any

import click

from trueup.cli import Verbs
from trueup.cli.snapshots import take

# verb → the module that holds it and its one-line help, repeated here so that `--help` need not load the module
SNAPSHOT_VERBS = {
    "list": ("list", "List the snapshots of the evidence folder, the newest first."),
    "show": ("show", "Print a snapshot as Markdown, with its drift notes."),
    "diff": ("diff", "Tell what changed between two snapshots, in words of services."),
    "verify": ("verify", "Test that snapshots are as they were written."),
    "sign": ("sign", "Sign a snapshot with an Ed25519 key of SSH."),
    "export": ("export", "Write a snapshot to standard output for other programs."),
}


class SnapshotVerbs(Verbs):
    """The verbs of snapshots; the options of taking one are those of the command without a verb."""

    table = SNAPSHOT_VERBS
    package = "trueup.cli.snapshots"


@click.pass_context
def _take(context: click.Context, /, **options: Any) -> object:
    if context.invoked_subcommand is None:
        return context.invoke(take.command, **options)
    given = [name for name in options if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if given:
        from trueup.errors import UsageError

        verb = context.invoked_subcommand
        raise UsageError(f"these options belong behind `{verb}`, if it has them", hint="they are those of taking one")
    return None


command = SnapshotVerbs(
    "snapshot",
    params=take.command.params,
    callback=_take,
    invoke_without_command=True,
    subcommand_metavar="[VERB [ARGS]...]",
    help=take.command.help,
    epilog=take.command.epilog,
)
