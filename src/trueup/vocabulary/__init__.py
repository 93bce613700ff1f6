"""The words of Trueup as frozen, typed data.

Everything here is pure: no input, no output, no clock. *Canon* (documents, configuration, the manifest) is read into
`Claim`s; *evidence* (what was observed) is a `Snapshot` of `Observation`s and `Coverage`s; judging a claim against a
snapshot gives a `Judgement`. `docs/architecture.md` explains how they hang together, and `schemas/` holds the JSON
schema of each of them.
"""

from __future__ import annotations

from trueup.vocabulary.addresses import EVERY_INTERFACE, PortRange, bind_of, normal_address, reach_of
from trueup.vocabulary.canon import (
    REPORT_SCHEMA,
    AuthIs,
    BoundTo,
    Claim,
    Endpoint,
    HasUnit,
    Judgement,
    ListsIds,
    PortIs,
    ReachIs,
    RunsOn,
    Serves,
    Span,
    Statement,
    Subject,
    UrlIs,
)
from trueup.vocabulary.evidence import (
    ASKS_FOR_KEY,
    SNAPSHOT_SCHEMA,
    Absent,
    Answer,
    Collector,
    Cost,
    Coverage,
    Fact,
    Identity,
    Lane,
    Listener,
    ModelId,
    ModelIdKind,
    Models,
    Observation,
    Route,
    Scalar,
    Snapshot,
    Unit,
)
from trueup.vocabulary.fingerprints import fingerprint, observe, unique
from trueup.vocabulary.ledger import LEDGER_SCHEMA, Disposition, Ledger
from trueup.vocabulary.terms import Family, Modality, Reach, Severity, Verdict, Word

__all__ = [
    "ASKS_FOR_KEY",
    "EVERY_INTERFACE",
    "LEDGER_SCHEMA",
    "REPORT_SCHEMA",
    "SNAPSHOT_SCHEMA",
    "Absent",
    "Answer",
    "AuthIs",
    "BoundTo",
    "Claim",
    "Collector",
    "Cost",
    "Coverage",
    "Disposition",
    "Endpoint",
    "Fact",
    "Family",
    "HasUnit",
    "Identity",
    "Judgement",
    "Lane",
    "Ledger",
    "Listener",
    "ListsIds",
    "Modality",
    "ModelId",
    "ModelIdKind",
    "Models",
    "Observation",
    "PortIs",
    "PortRange",
    "Reach",
    "ReachIs",
    "Route",
    "RunsOn",
    "Scalar",
    "Serves",
    "Severity",
    "Snapshot",
    "Span",
    "Statement",
    "Subject",
    "Unit",
    "UrlIs",
    "Verdict",
    "Word",
    "bind_of",
    "fingerprint",
    "normal_address",
    "observe",
    "reach_of",
    "unique",
]
