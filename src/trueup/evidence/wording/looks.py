"""Words for how far a host was looked at and what that cost it."""

from __future__ import annotations

from trueup.evidence.phrases import NotAPhraseError, Phrase
from trueup.evidence.wording.parts import build, many, optional, plain, ports
from trueup.vocabulary import Cost, Coverage


def coverage_phrase(coverage: Coverage) -> Phrase:
    """Put a coverage into words."""
    fields = [*many("ports", [str(window) for window in coverage.ports]), *optional(reason=coverage.reason)]
    return Phrase(f"{coverage.collector}: {coverage.extent}", fields=tuple(fields))


def coverage(host: str, phrase: Phrase) -> Coverage:
    """Read a coverage. Raises NotAPhraseError."""
    collector, _, extent = phrase.head.partition(": ")
    try:
        windows = [plain(ports(text)) for text in phrase.values("ports")]
        reason = phrase.one("reason")
        return build(Coverage, host=host, collector=collector, extent=extent, ports=windows, reason=reason)
    except ValueError as error:
        raise NotAPhraseError(phrase.head) from error


def cost_phrase(cost: Cost) -> Phrase:
    """Put a cost into words."""
    fields = optional(
        connections=cost.connections,
        executions=cost.executions,
        commands=cost.commands,
        requests=cost.requests,
        bytes=cost.bytes,
        CPU_seconds=cost.cpu_seconds,
        wall_seconds=cost.wall_seconds,
    )
    return Phrase("Cost", fields=tuple(fields))


def cost(host: str, phrase: Phrase) -> Cost:
    """Read a cost. Raises NotAPhraseError."""
    if phrase.head != "Cost":
        raise NotAPhraseError(phrase.head)
    try:
        return Cost(
            host=host,
            connections=int(phrase.one("connections") or 0),
            executions=int(phrase.one("executions") or 0),
            commands=int(phrase.one("commands") or 0),
            requests=int(phrase.one("requests") or 0),
            bytes=int(phrase.one("bytes") or 0),
            cpu_seconds=float(phrase.one("CPU seconds") or 0),
            wall_seconds=float(phrase.one("wall seconds") or 0),
        )
    except ValueError as error:
        raise NotAPhraseError(phrase.head) from error
