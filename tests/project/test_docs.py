"""Everything public is documented, what is generated is current, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import click
import msgspec
import pyromark
import pytest
from tools import help as help_page

from trueup.cli import BROKEN_PIPE, INTERRUPTED, VERBS, main, trueup
from trueup.cli.snapshot import SNAPSHOT_VERBS
from trueup.errors import ExitCode
from trueup.judge import RULE_NAMES
from trueup.manifest import ManifestFile
from trueup.schemas import SCHEMAS
from trueup.vocabulary import Collector, Cost, Fact, Snapshot

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
RULES = REPOSITORY / "src" / "trueup" / "judge" / "rules"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), *RULES.glob("*.md")])


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def command_of(verb: str) -> click.Command:
    """Return the command of a verb, or of a verb under a verb (`snapshot/list`)."""
    command: click.Command | None = trueup
    for part in verb.split("/"):
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), part)
    assert command is not None
    return command


def test_help_is_what_the_command_prints() -> None:
    assert text_of(help_page.PAGE) == help_page.page(), "run `make docs`"


ALL_VERBS = (*VERBS, *(f"snapshot/{verb}" for verb in SNAPSHOT_VERBS))


@pytest.mark.parametrize("verb", ALL_VERBS)
def test_every_verb_has_a_page_that_names_its_options(verb: str) -> None:
    page = text_of(DOCS / "verbs" / f"{verb}.md")
    assert page.startswith(f"# `trueup {verb.replace('/', ' ')}")
    for parameter in command_of(verb).params:
        if isinstance(parameter, click.Option):
            missing = [name for name in parameter.opts if f"`{name}" not in page]
            assert not missing
            if isinstance(parameter.type, click.Choice):
                assert all(str(choice) in page for choice in parameter.type.choices)


def test_there_is_no_page_of_a_verb_that_is_none() -> None:
    pages = {path.relative_to(DOCS / "verbs").with_suffix("").as_posix() for path in (DOCS / "verbs").rglob("*.md")}
    assert pages == set(ALL_VERBS)


def test_the_one_line_help_of_a_verb_of_snapshots_is_its_first_sentence() -> None:
    for verb, (_, summary) in SNAPSHOT_VERBS.items():
        assert (command_of(f"snapshot/{verb}").help or "").startswith(summary.rstrip("."))


def test_every_variable_that_the_command_line_reads_is_documented() -> None:
    code = "".join(text_of(path) for path in (REPOSITORY / "src" / "trueup" / "cli").rglob("*.py"))
    read = set(re.findall(r"""environ(?:\.get\(|\[)["'](\w+)""", code))
    assert {"NO_COLOR", "FORCE_COLOR"} <= read
    pages = "".join(text_of(path) for path in (DOCS / "verbs").rglob("*.md"))
    assert not {name for name in read if f"`{name}`" not in pages}


def test_what_check_reads_is_said_alike_in_its_help_and_on_its_page() -> None:
    said = "that the manifest calls canonical or historical"
    assert said in " ".join((command_of("check").help or "").split())
    assert said in " ".join(text_of(DOCS / "verbs" / "check.md").split())


def test_every_fact_collector_and_cost_of_a_snapshot_is_documented() -> None:
    page = text_of(DOCS / "snapshots.md")
    tags = {str(kind.__struct_config__.tag) for kind in get_args(Fact)}
    rows = tags | set(get_args(Collector)) | (set(Snapshot.__struct_fields__) - {"digest"})
    assert not {name for name in rows if f"| `{name}` |" not in page}
    assert not {name for name in Cost.__struct_fields__ if f"`{name}`" not in page}


def test_every_exit_code_is_documented() -> None:
    page = text_of(DOCS / "exit-codes.md")
    assert all(f"| {code.value} | `{code.name}` |" in page for code in ExitCode)
    assert all(f"| {status} | – |" in page for status in (INTERRUPTED, BROKEN_PIPE))


def test_every_rule_has_a_page_with_the_same_headings() -> None:
    pages = {path.stem: text_of(path) for path in RULES.glob("*.md")}
    assert set(pages) == set(RULE_NAMES)
    headings = {name: re.findall(r"^## (.+)$", page, re.MULTILINE) for name, page in pages.items()}
    assert len({tuple(found) for found in headings.values()}) == 1, headings
    assert all(page.startswith(f"# {name}") for name, page in pages.items())


def test_every_config_key_is_documented() -> None:
    page = text_of(DOCS / "manifest.md")
    definitions = msgspec.json.schema(ManifestFile)["$defs"]
    keys = {key for definition in definitions.values() for key in definition.get("properties", {})}
    assert {"hosts", "listen", "max_age", "fail_on"} <= keys
    missing = {key for key in keys if f"`{key}`" not in page and f"[{key}" not in page}
    assert not missing


def test_every_schema_is_documented() -> None:
    page = text_of(DOCS / "verbs" / "schema.md")
    assert all(f"| `{name}` |" in page for name in SCHEMAS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_relative_link_leads_to_a_file_here(page: Path) -> None:
    for target in links_in(text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(REPOSITORY), target
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors_of(text_of(file)), f"{page.name} links to {target}"


def links_in(markdown: str) -> list[str]:
    """Return the targets of links and images."""
    html = pyromark.html(markdown, options=pyromark.Options.ENABLE_TABLES)
    return re.findall(r'(?:href|src)="([^"]*)"', html)


def anchors_of(markdown: str) -> set[str]:
    """Return the names that a forge gives to the headings: lower case, hyphens for spaces, punctuation left out."""
    headings = re.findall(r"^#{1,6} (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_are_found_where_they_stand() -> None:
    assert links_in("| a |\n|---|\n| [x](a.md#b) |\n\n![p](c.svg) `[no](d.md)`\n") == ["a.md#b", "c.svg"]
    assert anchors_of("# A\n\n## The `b`, and c\n") == {"a", "the-b-and-c"}


def test_the_readme_shows_what_is_really_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert main(["check", "--root", "examples/mini-studio"]) == 1
    shown = text_of(REPOSITORY / "README.md").split("```text\n")[1].split("```")[0]
    assert shown in capsys.readouterr().out, "put into README.md what is printed now"
