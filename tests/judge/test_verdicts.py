"""From rule outcomes to judgements: modality, causes, age, conflicts, severities, and purity."""

from __future__ import annotations

import random

import msgspec
import pytest
from tests.stacks import LEXICON, MANIFEST, seen, snapshot

from trueup.canon import read_claims
from trueup.judge import judge
from trueup.manifest import Check
from trueup.vocabulary import Absent, Claim, Judgement, Listener, PortRange, Severity, Snapshot, Unit, Verdict

GONE = seen("mini", Absent("service", name="OptiLLM"), "optillm")
NO_PORT = seen("mini", Absent("listener", ports=PortRange(4020, 4020)))
OPTILLM = seen("studio", Listener("0.0.0.0", 4020), "optillm")
LITELLM = seen("mini", Listener("127.0.0.1", 4000), "litellm")

ROW = "| Service | Host | Port |\n|---|---|---|\n"


def claims(**documents: str) -> tuple[Claim, ...]:
    return tuple(claim for name, text in documents.items() for claim in read_claims(f"{name}.md", text, LEXICON))


def findings(read: tuple[Claim, ...], evidence: Snapshot | None) -> list[Judgement]:
    return [each for each in judge(read, evidence, LEXICON, MANIFEST) if each.is_finding]


def test_only_asserted_text_is_judged() -> None:
    text = "## Planned\n\n- LiteLLM on the Mini: port 4001\n"
    (found,) = [each for each in judge(claims(a=text), snapshot(LITELLM), LEXICON, MANIFEST) if each.rule == "ports"]
    assert (found.verdict, found.reason) == (Verdict.UNJUDGED, "planned text")


def test_one_cause_is_one_finding() -> None:
    text = f"{ROW}| OptiLLM | Mini | 4020 |\n| OptiLLM | Studio | 4020 |\n"
    evidence = snapshot(GONE, NO_PORT, OPTILLM)
    (found,) = findings(claims(a=text), evidence)
    assert (found.rule, found.claim.span.line) == ("placement", 3)


def test_two_wrong_rows_are_two_findings() -> None:
    text = f"{ROW}| OptiLLM | Mini | 4020 |\n| LiteLLM | Mini | 4001 |\n"
    assert [
        (each.rule, each.claim.span.line) for each in findings(claims(a=text), snapshot(GONE, OPTILLM, LITELLM))
    ] == [
        ("placement", 3),
        ("ports", 4),
    ]


def test_documents_that_disagree_are_in_conflict_without_evidence() -> None:
    read = claims(a=f"{ROW}| Grafana | Mini | 3001 |\n", b=f"{ROW}| Grafana | Mini | 3000 |\n")
    (found,) = findings(read, None)
    assert (found.verdict, found.claim.span.path, found.severity) == (Verdict.CONFLICT, "b.md", Severity.MEDIUM)
    assert found.other is not None
    assert found.other.span.path == "a.md"


def test_the_value_that_fewer_documents_state_is_reported() -> None:
    wrong, right = f"{ROW}| Grafana | Mini | 3000 |\n", f"{ROW}| Grafana | Mini | 3001 |\n"
    (found,) = findings(claims(a=wrong, b=right, c=right), None)
    assert found.claim.span.path == "a.md"


def test_evidence_decides_a_conflict() -> None:
    read = claims(a=f"{ROW}| LiteLLM | Mini | 4000 |\n", b=f"{ROW}| LiteLLM | Mini | 4001 |\n")
    (found,) = findings(read, snapshot(LITELLM))
    assert (found.verdict, found.rule, found.claim.span.path) == (Verdict.CONTRADICTED, "ports", "b.md")


def test_what_is_no_conflict() -> None:
    same_file = claims(a=f"{ROW}| Grafana | Mini | 3001 |\n| Grafana | Mini | 3000 |\n")
    other_host = claims(a=f"{ROW}| Grafana | Mini | 3001 |\n", b=f"{ROW}| Grafana | Studio | 3000 |\n")
    planned = claims(a=f"{ROW}| Grafana | Mini | 3001 |\n", b=f"## Planned\n\n{ROW}| Grafana | Mini | 3000 |\n")
    commands = claims(a="```sh\ncurl http://127.0.0.1:3001/x\n```\n", b="```sh\ncurl http://127.0.0.1:3000/x\n```\n")
    for read in (same_file, other_host, planned, commands):
        assert findings(read, None) == []


def test_old_evidence_makes_stale() -> None:
    read = claims(a=f"{ROW}| LiteLLM | Mini | 4001 |\n", b=f"{ROW}| OptiLLM | Studio | 4020 |\n")
    judged = judge(read, snapshot(LITELLM, OPTILLM), LEXICON, MANIFEST, too_old=True)
    assert {each.verdict for each in judged} == {Verdict.STALE, Verdict.UNJUDGED}
    assert [each.claim.span.path for each in judged if each.is_finding] == ["a.md"]


def test_the_manifest_sets_severities() -> None:
    own = msgspec.structs.replace(MANIFEST, check=Check(severity={"ports": Severity.LOW}))
    read = claims(a=f"{ROW}| LiteLLM | Mini | 4001 |\n")
    assert [each.severity for each in judge(read, snapshot(LITELLM), LEXICON, own) if each.is_finding] == [Severity.LOW]


def test_the_order_of_claims_changes_no_verdict() -> None:
    read = list(
        claims(
            a=f"{ROW}| OptiLLM | Mini | 4020 |\n| LiteLLM | Mini | 4001 |\n| Grafana | Mini | 3001 |\n",
            b=f"{ROW}| Grafana | Mini | 3000 |\n| LiteLLM | Mini | 4000 |\n",
        )
    )
    evidence = snapshot(GONE, OPTILLM, LITELLM)
    expected = {each.claim.id: each for each in judge(read, evidence, LEXICON, MANIFEST)}
    for seed in range(20):
        random.Random(seed).shuffle(read)
        assert {each.claim.id: each for each in judge(read, evidence, LEXICON, MANIFEST)} == expected


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("We plan to move LiteLLM on the Mini to port 4001.", "planned"),
        ("If revived, LiteLLM on the Mini listens on port 4001.", "conditional"),
        ("Optionally LiteLLM on the Mini listens on port 4001.", "optional"),
        ("Formerly LiteLLM on the Mini listened on port 4001.", "historical"),
        ("For example, LiteLLM on the Mini listens on port 4001.", "example"),
        ("LiteLLM on the Mini does not listen on port 4001.", "negated"),
    ],
)
def test_no_modality_but_asserted_can_drift(text: str, modality: str) -> None:
    judged = judge(claims(a=text), snapshot(LITELLM), LEXICON, MANIFEST)
    assert judged
    assert {(each.verdict, each.reason) for each in judged} == {(Verdict.UNJUDGED, f"{modality} text")}


def test_on_several_hosts_one_that_cannot_decide_keeps_the_rest_from_contradicting() -> None:
    text = "Grafana listens on port 3009."
    decided = seen("mini", Listener("127.0.0.1", 3001), "grafana")
    undecided = seen("studio", Unit("grafana.service", active="active"), "grafana")
    assert findings(claims(a=text), snapshot(decided)) != []
    assert findings(claims(a=text), snapshot(decided, undecided)) == []


def test_what_the_evidence_decides_is_no_conflict_any_more() -> None:
    read = claims(
        a=f"{ROW}| LiteLLM | Mini | 4000 |\n",
        b=f"{ROW}| LiteLLM | Mini | 4002 |\n",
        c=f"{ROW}| LiteLLM | Mini | 4003 |\n",
    )
    unknown = (seen("mini", Listener("127.0.0.1", 4002)), seen("mini", Listener("127.0.0.1", 4003)))
    assert [each.verdict for each in findings(read[1:], None)] != []
    assert findings(read, snapshot(LITELLM, *unknown)) == []


def test_both_loopbacks_are_one_bind() -> None:
    read = claims(a="- Grafana (Mini): `127.0.0.1:3001`\n", b="- Grafana (Mini): `[::1]:3001`\n")
    assert findings(read, None) == []
