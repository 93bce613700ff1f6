"""A host that could not be observed: one finding, and everything said of it unjudged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import pytest
from tests.stacks import CATALOG, complete, seen, snapshot

from trueup.checking import Checked, check
from trueup.manifest import load_manifest
from trueup.vocabulary import Collector, Coverage, Identity, Listener, Observation, Severity, Unreachable, Verdict

MANIFEST = """
[hosts.mini]
names = ["Mini"]
via = "local"

[hosts.studio]
names = ["Studio"]
via = "ssh"
"""
DOCUMENT = """# Ports

| service | host | port | bind |
|---|---|---|---|
| LiteLLM | Mini | 4000 | 127.0.0.1 |
| OptiLLM | Studio | 4020 | 0.0.0.0 |
| Prometheus | Studio | 9090 | 127.0.0.1 |

The OptiLLM proxy runs on the Studio. OptiLLM on the Studio listens on port 4020.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "trueup.toml").write_text(MANIFEST)
    (tmp_path / "ports.md").write_text(DOCUMENT)
    return tmp_path


def judged(root: Path, *observations: Observation, coverages: tuple[Coverage, ...] = ()) -> Checked:
    mini = seen("mini", Listener("127.0.0.1", 4000), "litellm")
    taken = snapshot(mini, *observations, coverages=(*complete("mini", "listeners"), *coverages))
    manifest = load_manifest(root / "trueup.toml")
    return check(root, (), manifest, taken, catalog=CATALOG, now=datetime(2026, 2, 9, tzinfo=UTC))


@pytest.mark.parametrize("stage", ["connect", "host key", "login", "look"])
def test_a_dead_host_is_one_finding_and_the_rest_is_unjudged(
    root: Path, stage: Literal["connect", "host key", "login", "look"]
) -> None:
    dead = seen("studio", Unreachable(stage, "connection refused"))
    none = tuple(Coverage(host="studio", collector=each, extent="none") for each in get_args(Collector))
    checked = judged(root, dead, coverages=none)
    (finding,) = checked.findings
    assert (finding.rule, finding.verdict, finding.severity) == ("observable", Verdict.CONTRADICTED, Severity.HIGH)
    assert (finding.claim.span.path, finding.claim.span.line) == ("trueup.toml", 6)
    assert finding.observed == f"stopped at {stage}: connection refused"
    assert finding.evidence == (dead.id,)
    studio = [each for each in checked.judgements if each.claim.subject.host == "studio" and each is not finding]
    assert len(studio) > 4
    assert {(each.verdict, each.reason) for each in studio} == {(Verdict.UNJUDGED, "host studio was not observed")}
    assert checked.exit_code == 1


def test_a_host_that_said_who_it_is_holds(root: Path) -> None:
    checked = judged(root, seen("studio", Identity(hostname="m2")))
    assert [each.verdict for each in checked.judgements if each.rule == "observable"] == [Verdict.HOLDS]


def test_a_host_that_nobody_tried_is_unjudged(root: Path) -> None:
    checked = judged(root, coverages=(Coverage(host="studio", collector="listeners", extent="none"),))
    assert [each.verdict for each in checked.judgements if each.rule == "observable"] == [Verdict.UNJUDGED]
    assert checked.findings == ()


def test_a_host_that_is_not_to_be_observed_claims_nothing(root: Path) -> None:
    (root / "trueup.toml").write_text(MANIFEST.replace('via = "ssh"', ""))
    checked = judged(root, seen("studio", Unreachable("connect", "x")))
    assert [each for each in checked.judgements if each.rule == "observable"] == []
