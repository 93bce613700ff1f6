"""The command `trueup`: one thin file per verb, loaded when that verb is asked for.

Only click is imported here, because `trueup --help` has to answer at once. Every expected error becomes one line on
standard error and the exit status that `trueup.errors.ExitCode` gives it.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from trueup.errors import ExitCode, TrueupError

# verb → the module that holds it and its one-line help, repeated here so that `--help` need not load the module
VERBS = {
    "init": ("init", "Write a starting trueup.toml, or print the full sample."),
    "snapshot": ("snapshot", "Observe the hosts and write a dated snapshot."),
    "import": ("importing", "Turn a snapshot that a person wrote into evidence."),
    "check": ("check", "Judge the documents by the evidence and by each other."),
    "explain": ("explain", "Print what a rule compares, and when it is silent."),
    "schema": ("schema", "Print the JSON schema of a data file."),
}
INTERRUPTED = 130
BROKEN_PIPE = 141
_CANNOT_PRINT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class Verbs(click.Group):
    """Finds verbs in a table and imports a verb's module only to run it or to print its own help.

    `table` is the name of a verb → its module in `package`, and its one-line help.
    """

    table: Mapping[str, tuple[str, str]] = VERBS
    package = "trueup.cli"

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order in which one meets them."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the verb's command, None for a word that is no verb."""
        if cmd_name not in self.table:
            return None
        command: click.Command = importlib.import_module(f"{self.package}.{self.table[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the verbs from the table, without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, summary) for verb, (_, summary) in self.table.items()])


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"trueup {version('trueup')}")
        ctx.exit()


@click.command(
    cls=Verbs,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 evidence missing or too old.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def trueup() -> None:
    """Keep a self-hosted LLM stack and its documentation true.

    Trueup reads your documents as claims, observes what really runs, and judges every claim that it can check.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; never raises for what a user can bring about."""
    # A file name or a host's text may hold what the terminal's encoding cannot show.
    for stream in _streams():
        stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        return _complain(_clicks_words(error), error.exit_code)
    except TrueupError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, EOFError, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _leave_output()
        return BROKEN_PIPE
    except OSError as error:
        # Every file is written and read by who can name it; an error without a name comes from printing.
        if error.filename is None and error.errno in _CANNOT_PRINT:
            _leave_output()
            return _complain(f"cannot print: {error.strerror}", ExitCode.USAGE)
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", ExitCode.USAGE)
    return status


def _streams() -> list[Any]:
    """Return standard output and error; a shell can start a process with either closed, and then it is None."""
    found: list[Any] = [sys.stdout, sys.stderr]
    return [stream for stream in found if stream is not None]


def _leave_output() -> None:
    """Let what is left of the output go: Python flushes it once more when it ends, and would complain again."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    try:
        with trueup.make_context("trueup", arguments) as context:
            status: int | None = trueup.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return status or 0


def _clicks_words(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.format_message().rstrip(".")
    return f"{message} (see `{context.command_path} --help`)" if context else message


def _complain(message: str, status: int) -> int:
    from trueup.report.safe import one_line

    with contextlib.suppress(OSError):  # the exit status still says it
        click.echo(f"trueup: error: {one_line(message, 1000)}", err=True)
    return int(status)
