"""A host played back from bytes captured earlier: what its commands printed and its services answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trueup.evidence.transports.base import Conversation, Output, Section, Trouble, Usage


class ReplayTransport:
    """Answers sections by name and conversations by address, port and, where it is HTTP, path; see `Transport`.

    `outputs` maps a section's name to its captured output; a missing one is a command that is not installed.
    `answers` maps `(address, port)` to what the far end says: raw response bytes by request path, or the trouble that
    it gives. A missing pair refuses the connection, a missing path closes it. `requests` is what was sent, in order.
    """

    def __init__(
        self,
        outputs: Mapping[str, Output | bytes],
        answers: Mapping[tuple[str, int], Mapping[str, bytes] | Trouble] | None = None,
    ) -> None:
        self.usage = Usage()
        self._outputs = outputs
        self._answers = answers or {}
        self.requests: list[tuple[str, int, bytes]] = []

    def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Return the captured output of each section, cut at the section's limit."""
        self.usage.executions += 1
        played = {section.name: self._output(section) for section in sections}
        self.usage.commands += sum(section.name in self._outputs for section in sections)
        self.usage.bytes += sum(len(output.stdout) + len(output.stderr) for output in played.values())
        return played

    def talk(self, conversations: Sequence[Conversation]) -> None:
        """Play every conversation to its end, one after the other."""
        for conversation in conversations:
            conversation.ended(self._play(conversation))

    def close(self) -> None:
        """Nothing is held."""

    def _play(self, conversation: Conversation) -> Trouble | None:
        answers = self._answers.get((conversation.address, conversation.port))
        if answers is None:
            return Trouble("refused", "connection refused")
        if isinstance(answers, Trouble):
            return answers
        request = conversation.opened()
        if request:
            self.requests.append((conversation.address, conversation.port, request))
            conversation.received(answers.get(_path(request), b""))
        return None

    def _output(self, section: Section) -> Output:
        captured = self._outputs.get(section.name)
        if captured is None:
            program = section.argv[0] if section.argv else section.name
            return Output(status=None, problem=f"{program} is not installed")
        output = Output(stdout=captured) if isinstance(captured, bytes) else captured
        if len(output.stdout) <= section.limit:
            return output
        return Output(stdout=output.stdout[: section.limit], stderr=output.stderr, status=None, truncated=True)


def _path(request: bytes) -> str:
    words = request.split(b"\r\n", 1)[0].split(b" ")
    return words[1].decode("latin-1") if len(words) > 1 else ""
