"""What one collector brings back from its look at a host, before it is tied to a host and dated."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from trueup.evidence.transports.base import Output
from trueup.evidence.transports.script import SKIPPED
from trueup.vocabulary import Fact

NOT_HERE = SKIPPED["only_if"]
"""The problem of a section whose `only_if` failed."""

Extent: TypeAlias = Literal["complete", "partial", "none"]


class Seen(NamedTuple):
    """One fact, the command that showed it, and the line it printed, fit to keep (None where no single line did)."""

    fact: Fact
    by: str
    raw: str | None = None


class Look(NamedTuple):
    """Everything that a collector saw, and how far it could see; `reason` says why it was not further."""

    seen: tuple[Seen, ...]
    extent: Extent
    reason: str | None = None


def text_of(output: Output | None) -> str:
    """Return a section's output as text; bytes that are no UTF-8 become escapes, so that nothing is lost or raised."""
    return output.stdout.decode("utf-8", "backslashreplace") if output else ""


def worked(output: Output | None) -> bool:
    """Tell whether a section ran to its end with success and kept all of its output."""
    return output is not None and output.status == 0 and not output.truncated


def does_not_apply(output: Output | None) -> bool:
    """Tell whether a section was skipped because its own `only_if` said that there is nothing to ask here."""
    return output is not None and output.status is None and output.problem == NOT_HERE


def trouble(output: Output | None, command: str) -> str:
    """Say in a few words why a section is of no use."""
    if output is None:
        return f"{command} was not run"
    if output.truncated:
        return f"{command} printed more than is read"
    return output.problem or f"{command} failed with status {output.status}"
