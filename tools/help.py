"""Write docs/help.md: what `trueup --help` and the help of every verb print."""

from __future__ import annotations

from pathlib import Path

import click

from trueup.cli import VERBS, trueup

PAGE = Path(__file__).resolve().parent.parent / "docs" / "help.md"
WIDTH = 100


def page() -> str:
    """Return the page as Markdown."""
    context = trueup.make_context("trueup", [], resilient_parsing=True, max_content_width=WIDTH, terminal_width=WIDTH)
    parts = [
        "# What `--help` prints",
        "",
        "Written by `make docs`; a test keeps it current.",
        "",
        *_section("trueup", trueup.get_help(context)),
    ]
    for verb in VERBS:
        command = trueup.get_command(context, verb)
        if command is None:
            raise LookupError(verb)
        of_verb = click.Context(command, info_name=verb, parent=context)
        parts += _section(f"trueup {verb}", command.get_help(of_verb))
        if isinstance(command, click.Group):
            for under in command.list_commands(of_verb):
                parts += _section(f"trueup {verb} {under}", _help_of(command, under, of_verb))
    return "\n".join(parts)


def _help_of(group: click.Group, verb: str, context: click.Context) -> str:
    command = group.get_command(context, verb)
    if command is None:
        raise LookupError(verb)
    return command.get_help(click.Context(command, info_name=verb, parent=context))


def _section(title: str, text: str) -> list[str]:
    return [f"## `{title}`", "", "```text", text.rstrip(), "```", ""]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
