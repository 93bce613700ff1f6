from __future__ import annotations

import json
from pathlib import Path

import pytest

from trueup.cli import main
from trueup.schemas import SCHEMAS

FOLDER = Path(__file__).resolve().parents[2] / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_printed_under_its_own_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["$id"] == SCHEMAS[name][0]
    assert printed["$ref"].removeprefix("#/$defs/") in printed["$defs"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_what_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == capsys.readouterr().out


def test_every_published_file_has_a_name() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SCHEMAS)


def test_the_report_schema_names_every_row_field(capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", "report"])
    row = json.loads(capsys.readouterr().out)["$defs"]["Row"]
    assert set(row["required"]) == set(row["properties"])
