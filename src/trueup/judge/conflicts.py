"""Conflicts: two canonical documents say different things, and no evidence decides between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from trueup.judge.outcome import FOLLOWS
from trueup.vocabulary import (
    AuthIs,
    BoundTo,
    Claim,
    Judgement,
    Modality,
    PortIs,
    Serves,
    Verdict,
    bind_of,
)

_Key = tuple[str, str | None, str | None, object]


def find_conflicts(judgements: Iterable[Judgement], lane_kinds: frozenset[str]) -> dict[str, Claim]:
    """Return, for each claim in conflict, the claim that it disagrees with: {claim id: other claim}.

    Only asserted claims that no evidence decides can be in conflict. A document that states several values itself (a
    service with two ports) is at odds with nobody. The value that fewer claims state is the one reported; of as many,
    the later one.
    """
    groups: dict[_Key, list[tuple[object, Claim]]] = defaultdict(list)
    decided: set[_Key] = set()
    for judgement in judgements:
        claim = judgement.claim
        if claim.modality is not Modality.ASSERTED:
            continue
        keyed = _key(claim, lane_kinds)
        if keyed is None:
            continue
        key, value = keyed
        if judgement.verdict is not Verdict.UNJUDGED or judgement.reason == FOLLOWS:
            decided.add(key)
        else:
            groups[key].append((value, claim))
    found: dict[str, Claim] = {}
    for key, stated in groups.items():
        if key not in decided and len({value for value, _ in stated}) > 1 and not _several_in_one(stated):
            found.update(_opposed(stated))
    return found


def _key(claim: Claim, lane_kinds: frozenset[str]) -> tuple[_Key, object] | None:
    """What a claim fixes, and the value it gives; None for claims that may differ without conflict.

    A command or a URL shows one way in, not the one port that a service has; a sentence without a host may speak of
    another machine. Lanes have many ports.
    """
    service, host = claim.subject.service, claim.subject.host
    statement = claim.statement
    if isinstance(statement, Serves):
        return ("model", None, host, statement.port), statement.handle
    if service is None or service in lane_kinds or claim.frame not in ("table", "item", "sentence"):
        return None
    if host is None and claim.frame == "sentence":
        return None
    match statement:
        case PortIs(port=port):
            return ("port", service, host, None), port
        case BoundTo(address=address, port=port) if port is not None:
            return ("bind", service, host, port), bind_of(address)
        case AuthIs(required=required, path=path):
            return ("auth", service, host, path), required
        case _:
            return None


def _several_in_one(stated: list[tuple[object, Claim]]) -> bool:
    values: dict[str, set[object]] = defaultdict(set)
    for value, claim in stated:
        values[claim.span.path].add(value)
    return any(len(each) > 1 for each in values.values())


def _opposed(stated: list[tuple[object, Claim]]) -> dict[str, Claim]:
    ordered = sorted(stated, key=lambda item: (item[1].span.path, item[1].span.line, item[1].span.column))
    votes = Counter(value for value, _ in ordered)
    most = max(votes.values())
    standing, witness = next((value, claim) for value, claim in ordered if votes[value] == most)
    return {claim.id: witness for value, claim in ordered if value != standing}
