"""Shorthand for tests of claim reading: a text in, its claims in few words out."""

from __future__ import annotations

from tests.stacks import LEXICON

from trueup.canon import read_claims
from trueup.vocabulary import (
    AuthIs,
    BoundTo,
    Claim,
    Endpoint,
    HasUnit,
    ListsIds,
    Modality,
    Observable,
    PortIs,
    ReachIs,
    RunsOn,
    Serves,
    Statement,
    UrlIs,
)


def claims_in(text: str) -> tuple[Claim, ...]:
    return read_claims("doc.md", text, LEXICON)


def asserted(text: str) -> set[str]:
    """The asserted claims of a text, each as `service@host what`."""
    return {short(claim) for claim in claims_in(text) if claim.modality is Modality.ASSERTED}


def short(claim: Claim) -> str:
    subject = f"{claim.subject.service or '?'}@{claim.subject.host or '?'}"
    return f"{subject} {_said(claim.statement)}"


def _said(statement: Statement) -> str:
    match statement:
        case PortIs(port=port):
            return f"port {port}"
        case BoundTo(address=address, port=port):
            return f"bind {address}:{port or '?'}"
        case ReachIs(reach=reach):
            return f"reach {reach.value}"
        case RunsOn(present=present):
            return "here" if present else "not here"
        case HasUnit(name=name, path=path):
            return f"unit {path or name}"
        case Endpoint(path=path, status=status, key=key):
            return f"GET {path} {status or 'ok'} {key}"
        case AuthIs(required=required, path=path):
            return f"auth {path or 'api'} {'key' if required else 'open'}"
        case Serves(handle=handle, port=port):
            return f"{port} serves {handle}"
        case ListsIds(kind=kind, port=port):
            return f"ids {kind} {port or 'all'}"
        case UrlIs(host=host, port=port):
            return f"url {host}:{port}"
        case Observable(via=via):
            return f"observed {via}"
