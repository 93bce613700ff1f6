from __future__ import annotations

from pathlib import Path

import pytest

from trueup.cli import main
from trueup.judge import RULE_NAMES

PAGES = Path(__file__).resolve().parents[2] / "src" / "trueup" / "judge" / "rules"


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_every_rule_is_explained_by_its_page(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", rule]) == 0
    assert capsys.readouterr().out.strip() == (PAGES / f"{rule}.md").read_text().strip()


def test_an_unknown_rule_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "../../__init__"]) == 2
    said = capsys.readouterr().err
    assert all(rule in said for rule in RULE_NAMES)
