"""Judging: claims × snapshot → judgements. Pure; the only place that knows both sides."""

from __future__ import annotations

from trueup.judge.rules import RULE_NAMES
from trueup.judge.verdicts import judge

__all__ = ["RULE_NAMES", "judge"]
