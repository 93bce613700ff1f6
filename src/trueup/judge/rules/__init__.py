"""The rules, one a file, each beside its page."""

from __future__ import annotations

from typing import Any

from trueup.judge.outcome import Rule
from trueup.judge.rules import auth, bind, exposure, health, models, observable, placement, ports, unit
from trueup.vocabulary import Statement

CONFLICT = "conflict"

RULES: tuple[Rule[Any], ...] = (
    observable.RULE,
    placement.RULE,
    ports.RULE,
    bind.RULE,
    exposure.RULE,
    unit.RULE,
    health.RULE,
    auth.RULE,
    models.RULE,
)
"""In the order of causes: where a service is not on its host, its port there is no finding of its own."""

RULE_NAMES: tuple[str, ...] = (*(rule.name for rule in RULES), CONFLICT)


def rule_for(statement: Statement) -> Rule[Any]:
    """Return the rule that judges a statement."""
    return next(rule for rule in RULES if isinstance(statement, rule.statements))
