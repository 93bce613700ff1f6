"""Claims in few words, for people: what a statement says and of what."""

from __future__ import annotations

from trueup.vocabulary import (
    AuthIs,
    BoundTo,
    Endpoint,
    HasUnit,
    ListsIds,
    ModelIdKind,
    Observable,
    PortIs,
    Reach,
    ReachIs,
    RunsOn,
    Serves,
    Statement,
    Subject,
    UrlIs,
)

_REACH = {
    Reach.LOOPBACK: "reached from its own host only",
    Reach.LAN: "reached from the LAN",
    Reach.TAILNET: "reached from the tailnet",
    Reach.ANY: "reached from everywhere",
}
_KEY = {"none": "without a key", "valid": "with a valid key", "unstated": "with a key"}
_IDS = {"handle": "handles", "repository": "repository ids", "path": "file paths"}


def statement_words(statement: Statement) -> str:
    """Say a statement in few words, such as `127.0.0.1:4000` or `GET /health answers 200 without a key`."""
    match statement:
        case PortIs(port=port):
            return f"port {port}"
        case BoundTo(address=address, port=port):
            return _socket(address, port)
        case ReachIs(reach=reach, port=port):
            return _REACH[reach] + _at(port)
        case RunsOn(host=host, present=present):
            return f"on {host}" if present else f"not on {host}"
        case HasUnit(name=name, path=path):
            return f"unit {name} from {path}" if path else f"unit {name}"
        case Endpoint(path=path, port=port, method=method, status=status, key=key):
            answer = "with success" if status is None else str(status)
            return f"{method} {path}{_at(port)} answers {answer} {_KEY[key]}"
        case AuthIs(required=required, path=path, port=port):
            asked = path or "the API"
            return f"{asked}{_at(port)} asks for {'a' if required else 'no'} key"
        case Serves(handle=handle, port=port):
            return f"{handle} on port {port}"
        case ListsIds(kind=kind, example=example, port=port):
            example = "" if _is_the_kind_itself(kind, example) else f" such as {example}"
            return f"/v1/models{_at(port)} lists {_IDS[kind]}{example}"
        case UrlIs(scheme=scheme, host=host, port=port, path=path):
            return f"{scheme}://{_socket(host, port)}{path}"
        case Observable(via=via):
            return "observed over ssh" if via == "ssh" else "observed as the machine that trueup runs on"


def subject_words(subject: Subject) -> str:
    """Say of what a claim speaks: `litellm on mini`, or what of that is known; empty when nothing is."""
    if subject.service and subject.host:
        return f"{subject.service} on {subject.host}"
    return subject.service or (f"on {subject.host}" if subject.host else "")


def _is_the_kind_itself(kind: ModelIdKind, example: str) -> bool:
    """Tell whether the text showed no example but said what sort of ids are listed."""
    return example.casefold().removesuffix("s") in (kind, _IDS[kind].removesuffix("s"), "id")


def _socket(address: str, port: int | None) -> str:
    shown = f"[{address}]" if ":" in address else address
    return shown if port is None else f"{shown}:{port}"


def _at(port: int | None) -> str:
    return "" if port is None else f" on port {port}"


def counted(number: int, noun: str) -> str:
    """Return `1 claim`, `2 claims`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
