"""Perform a look on a host: a look is a generator that yields steps and is sent their answers, without I/O itself."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from trueup.evidence.transports.base import Conversation, Output, Run, Section, Step, Talk, Transport

if TYPE_CHECKING:
    from trueup.evidence.transports.ssh import SshTransport

T = TypeVar("T")

Steps: TypeAlias = Generator[Step, Any, T]
"""A look, or a part of one, that comes to a T."""


def perform(steps: Steps[T], transport: Transport) -> T:
    """Perform every step and return what they came to."""
    answer: dict[str, Output] | None = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Run):
                answer = transport.run(step.sections)
            else:
                transport.talk(step.conversations)
                answer = None
    except StopIteration as ended:
        result: T = ended.value
        return result


async def perform_over(steps: Steps[T], transport: SshTransport) -> T:
    """Do the same over a transport whose verbs are awaited."""
    answer: dict[str, Output] | None = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Run):
                answer = await transport.run(step.sections)
            else:
                await transport.talk(step.conversations)
                answer = None
    except StopIteration as ended:
        result: T = ended.value
        return result


def run(sections: Sequence[Section]) -> Steps[dict[str, Output]]:
    """The step that runs sections: `outputs = yield from run(…)`."""
    outputs: dict[str, Output] = yield Run(tuple(sections))
    return outputs


def talk(conversations: Sequence[Conversation]) -> Steps[None]:
    """The step that has conversations; none at all is no step."""
    if conversations:
        yield Talk(tuple(conversations))
