from __future__ import annotations

import json

import pytest

from trueup.cli import main
from trueup.schemas import SCHEMAS


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_printed_under_its_own_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["$id"] == SCHEMAS[name][0]
    assert printed["$ref"].removeprefix("#/$defs/") in printed["$defs"]


def test_the_report_schema_names_every_row_field(capsys: pytest.CaptureFixture[str]) -> None:
    main(["schema", "report"])
    row = json.loads(capsys.readouterr().out)["$defs"]["Row"]
    assert set(row["required"]) == set(row["properties"])
