"""Claims, judgements and checks to report on."""

from __future__ import annotations

from datetime import UTC, datetime

from trueup.checking import Checked
from trueup.vocabulary import (
    Answer,
    BoundTo,
    Claim,
    Endpoint,
    Family,
    Judgement,
    Modality,
    PortIs,
    Severity,
    Snapshot,
    Span,
    Statement,
    Subject,
    Verdict,
    observe,
)

REFUSED = observe(
    "mini",
    Answer(method="GET", url="http://127.0.0.1:4000/health", status=401),
    by="GET http://127.0.0.1:4000/health",
    service="litellm",
)
SNAPSHOT = Snapshot(
    taken_at=datetime(2026, 2, 9, 8, tzinfo=UTC),
    title="A snapshot",
    origin="observed",
    hosts=("mini",),
    observations=(REFUSED,),
    coverages=(),
)


def claim(
    statement: Statement | None = None,
    *,
    path: str = "docs/a.md",
    line: int = 3,
    text: str = "LiteLLM listens on 4000.",
    family: Family = Family.PORTS,
    subject: Subject | None = None,
) -> Claim:
    return Claim(
        id=f"c-{line}",
        family=family,
        subject=subject or Subject(service="litellm", host="mini"),
        statement=statement or PortIs(port=4000),
        modality=Modality.ASSERTED,
        span=Span(path=path, line=line, column=5, end_line=line, end_column=9),
        text=text,
        frame="sentence",
    )


HOLDS = Judgement(claim=claim(), verdict=Verdict.HOLDS, reason="a listener has this port")
CONTRADICTED = Judgement(
    claim=claim(
        Endpoint(path="/health", status=200), line=7, text="Ask `/health` without a key.", family=Family.HEALTH
    ),
    verdict=Verdict.CONTRADICTED,
    reason="the answer differs",
    rule="health",
    severity=Severity.HIGH,
    observed="GET /health answers 401 without a key",
    evidence=(REFUSED.id,),
    suggestion="ask /health/readiness instead",
)
CONFLICT = Judgement(
    claim=claim(BoundTo(address="127.0.0.1", port=4000), path="docs/b.md", line=2, family=Family.BIND),
    verdict=Verdict.CONFLICT,
    reason="two documents disagree",
    rule="bind",
    severity=Severity.LOW,
    other=claim(BoundTo(address="0.0.0.0", port=4000), path="docs/c.md", line=9, family=Family.BIND),
)


def unjudged(reason: str, line: int) -> Judgement:
    return Judgement(claim=claim(path="docs/z.md", line=line), verdict=Verdict.UNJUDGED, reason=reason)


def checked(*judgements: Judgement, snapshot: Snapshot | None = SNAPSHOT, notes: tuple[str, ...] = ()) -> Checked:
    return Checked(documents=3, judgements=judgements, snapshot=snapshot, fail_on=Severity.LOW, notes=notes)


FULL = checked(
    HOLDS, CONTRADICTED, CONFLICT, unjudged("planned", 1), unjudged("not observed", 2), unjudged("planned", 3)
)
