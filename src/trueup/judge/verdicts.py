"""From claims and a snapshot to judgements: modality, then the rule, then causes, then the documents' own conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from trueup.judge.conflicts import find_conflicts
from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import FOLLOWS, NO_HOST, NO_SERVICE, NOTHING_OBSERVED, Outcome, Rule, together, unjudged
from trueup.judge.rules import CONFLICT, RULES, rule_for
from trueup.manifest import Manifest
from trueup.reading.lexicon import Lexicon
from trueup.vocabulary import BoundTo, Claim, Judgement, Modality, Observable, Severity, Snapshot, UrlIs, Verdict

_OLD = "the evidence is older than its allowed age"
_CAUSES = {rule.name: rank for rank, rule in enumerate(RULES)}


def judge(
    claims: Sequence[Claim],
    snapshot: Snapshot | None,
    lexicon: Lexicon,
    manifest: Manifest,
    *,
    too_old: bool = False,
) -> tuple[Judgement, ...]:
    """Judge every claim, in the order given.

    Same input, same output. With no snapshot, or one that decides nothing, the documents are still held against each
    other. When the snapshot is `too_old`, what it contradicts is stale, and what it confirms is left unjudged.
    """
    index = EvidenceIndex(snapshot, lexicon, manifest) if snapshot is not None else None
    judgements = [_judge_one(claim, index) for claim in claims]
    judgements = _fold_causes(judgements)
    if too_old:
        judgements = [_aged(judgement) for judgement in judgements]
    conflicts = find_conflicts(judgements, lexicon.lane_kinds)
    judgements = [_conflicting(each, conflicts.get(each.claim.id)) for each in judgements]
    return tuple(_weighed(each, manifest.check.severity) for each in judgements)


def _judge_one(claim: Claim, index: EvidenceIndex | None) -> Judgement:
    rule = rule_for(claim.statement)
    if claim.modality is not Modality.ASSERTED:
        return _made(claim, rule, unjudged(f"{claim.modality.value} text"))
    if index is None:
        return _made(claim, rule, unjudged(NOTHING_OBSERVED))
    hosts = _hosts_of(claim, index)
    if isinstance(hosts, Outcome):
        return _made(claim, rule, hosts)
    outcomes = [rule.judge(claim, claim.statement, host, index) for host in hosts]
    return _made(claim, rule, together([*outcomes, *_unseen(claim, index)]))


def _hosts_of(claim: Claim, index: EvidenceIndex) -> list[HostView] | Outcome:
    """The hosts that a claim may speak of: the one it names, else those that its service was seen on."""
    subject = claim.subject
    if isinstance(claim.statement, Observable):
        dead = index.hosts.get(subject.host or "")
        return [dead] if dead is not None else unjudged(f"host {subject.host} was not observed")
    if subject.host is not None:
        host = index.host(subject.host)
        return [host] if host is not None else unjudged(f"host {subject.host} was not observed")
    if isinstance(claim.statement, UrlIs | BoundTo):
        address = claim.statement.host if isinstance(claim.statement, UrlIs) else claim.statement.address
        name = index.host_at(address)
        if name is not None:
            host = index.host(name)
            return [host] if host is not None else unjudged(f"host {name} was not observed")
    if subject.service is None:
        return unjudged(NO_SERVICE)
    return index.hosts_of(subject.service) or unjudged(NO_HOST)


def _unseen(claim: Claim, index: EvidenceIndex) -> list[Outcome]:
    """Where the text names no host, the hosts that the manifest gives the service and nobody observed may be meant."""
    if claim.subject.host is not None or claim.subject.service is None:
        return []
    declared = index.lexicon.hosts_declared(claim.subject.service)
    return [unjudged(f"host {name} was not observed") for name in declared if index.host(name) is None]


def _made(claim: Claim, rule: Rule[Any], outcome: Outcome) -> Judgement:
    return Judgement(
        claim=claim,
        verdict=outcome.verdict,
        reason=outcome.reason,
        rule=rule.name,
        severity=(outcome.severity or rule.severity) if outcome.verdict is Verdict.CONTRADICTED else None,
        observed=outcome.observed,
        evidence=outcome.evidence,
        suggestion=outcome.suggestion,
    )


def _fold_causes(judgements: list[Judgement]) -> list[Judgement]:
    """Of the contradictions that one row, item or sentence holds about one service, keep the cause.

    Where a service is not on its host, its port, bind and health there are consequences. Two different paths that both
    answer otherwise are two findings; one port said twice is one.
    """
    worst: dict[tuple[str, int, str | None, str | None], Judgement] = {}
    for judgement in judgements:
        if judgement.verdict is Verdict.CONTRADICTED:
            key = _place(judgement.claim)
            if key not in worst or _CAUSES[judgement.rule] < _CAUSES[worst[key].rule]:
                worst[key] = judgement
    return [_folded(judgement, worst.get(_place(judgement.claim))) for judgement in judgements]


def _place(claim: Claim) -> tuple[str, int, str | None, str | None]:
    return (claim.span.path, claim.group, claim.subject.service, claim.subject.host)


def _folded(judgement: Judgement, cause: Judgement | None) -> Judgement:
    if cause is None or cause is judgement or judgement.verdict is not Verdict.CONTRADICTED:
        return judgement
    same = cause.rule == judgement.rule and cause.observed != judgement.observed
    if same:
        return judgement
    return msgspec.structs.replace(
        judgement, verdict=Verdict.UNJUDGED, reason=FOLLOWS, severity=None, evidence=(), suggestion=None
    )


def _aged(judgement: Judgement) -> Judgement:
    if judgement.verdict is Verdict.CONTRADICTED:
        return msgspec.structs.replace(judgement, verdict=Verdict.STALE, reason=f"{_OLD}: {judgement.reason}")
    if judgement.verdict is Verdict.HOLDS:
        return msgspec.structs.replace(judgement, verdict=Verdict.UNJUDGED, reason=_OLD)
    return judgement


def _conflicting(judgement: Judgement, other: Claim | None) -> Judgement:
    if other is None:
        return judgement
    return msgspec.structs.replace(
        judgement,
        verdict=Verdict.CONFLICT,
        rule=CONFLICT,
        reason="another document says otherwise",
        severity=Severity.MEDIUM,
        other=other,
    )


def _weighed(judgement: Judgement, own: dict[str, Severity]) -> Judgement:
    """Put in the manifest's severity for the rule."""
    if judgement.severity is None or judgement.rule not in own:
        return judgement
    return msgspec.structs.replace(judgement, severity=own[judgement.rule])
