"""`trueup explain`: a rule's own page."""

from __future__ import annotations

import click

from trueup.cli.options import closing


@click.command(
    "explain",
    epilog=closing("trueup explain bind", 0, 2),
)
@click.argument("rule")
def command(rule: str) -> None:
    """Print what a rule compares, and when it is silent.

    RULE is the word that a finding shows after its severity.
    """
    from importlib.resources import files

    from trueup.errors import UsageError

    pages = {
        page.name.removesuffix(".md"): page
        for page in files("trueup.judge.rules").iterdir()
        if page.name.endswith(".md")
    }
    if rule not in pages:
        raise UsageError(f"no rule is called {rule!r}", hint=f"rules: {', '.join(sorted(pages))}")
    click.echo(pages[rule].read_text(encoding="utf-8").rstrip("\n"))
