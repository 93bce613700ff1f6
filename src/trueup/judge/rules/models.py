"""Models: the port serves the model that the document names, and `/v1/models` lists ids of the kind it says."""

from __future__ import annotations

from fnmatch import fnmatchcase

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import NO_ANSWER, WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, ListsIds, Serves, Severity


def judge(claim: Claim, statement: Serves | ListsIds, host: HostView, index: EvidenceIndex) -> Outcome:
    """Compare a handle at a port with the lane's, or the kind of listed ids with the lists that were seen."""
    if isinstance(statement, Serves):
        return _serves(statement, host)
    return _lists(claim, statement, host, index)


def _serves(statement: Serves, host: HostView) -> Outcome:
    for lane in host.lanes(statement.port):
        if lane.fact.state == "idle":
            return contradicted(f"the lane on {statement.port} is idle", f"lane {statement.port} is idle", [lane.id])
        if lane.fact.handle is not None:
            observed = f"port {statement.port} serves {lane.fact.handle}"
            if lane.fact.handle == statement.handle:
                return holds(observed, [lane.id])
            return contradicted(
                "it serves another model", observed, [lane.id], suggestion=f"write `{lane.fact.handle}`"
            )
    for seen in host.models(None, statement.port):
        handles = [model.id for model in seen.fact.ids if model.kind == "handle"]
        if statement.handle in handles:
            return holds(f"{seen.fact.url} lists {statement.handle}", [seen.id])
    gone = host.absent_port(statement.port)
    closed = host.looked_at("listeners", statement.port) and not host.listeners(port=statement.port)
    if gone is not None or closed:
        observed = f"no listener on port {statement.port} of {host.name}"
        return contradicted(f"nothing listens on {statement.port}", observed, [gone.id] if gone is not None else [])
    return unjudged(WINDOW_CLOSED)


def _lists(claim: Claim, statement: ListsIds, host: HostView, index: EvidenceIndex) -> Outcome:
    service = claim.subject.service
    lists = host.models(service, statement.port)
    if service is None:
        lists = [seen for seen in lists if seen.observation.service in (None, *index.lexicon.lane_kinds)]
    ids = [model for seen in lists for model in seen.fact.ids]
    if not ids:
        return unjudged(NO_ANSWER)
    kinds = sorted({model.kind for model in ids})
    observed = f"/v1/models on {host.name} lists {_KINDS[ids[0].kind]} such as {ids[0].id}"
    evidence = [seen.id for seen in lists[:3]]
    shown = [model for model in ids if fnmatchcase(model.id, statement.example)]
    if shown or statement.kind in kinds:
        return holds(observed, evidence)
    hint = None
    if statement.kind == "handle":
        hint = "take handles from the lane controller or the registry; /v1/models names what the server loaded"
    return contradicted(
        f"it lists {_KINDS[ids[0].kind]}, not {_KINDS[statement.kind]}", observed, evidence, suggestion=hint
    )


_KINDS = {"handle": "handles", "repository": "repository ids", "path": "file paths"}

RULE: Rule[Serves | ListsIds] = Rule("models", (Serves, ListsIds), Severity.MEDIUM, judge)
