"""Reading a proxy's files in tests: what they lead to, in one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trueup.evidence.collectors.proxies.reading import Files, Reading
from trueup.vocabulary import Forward

Read = Callable[[str, Files], Reading]


def read_text(read: Read, main: str, text: str, others: Mapping[str, str] | None = None) -> Reading:
    """Read a main file beside others; every file of the main one's folder was looked for."""
    return read(main, Files({main: text, **(others or {})}, [f"{main.rpartition('/')[0]}/*"]))


def short(forward: Forward) -> str:
    """`address:port name path -> target`, without what is not there."""
    where = f"{forward.address}:{forward.port}"
    return " ".join(filter(None, [where, forward.name, forward.path, "->", forward.target]))


def shorts(reading: Reading) -> list[str]:
    """All forwards of a reading, each in one line."""
    return [short(found.forward) for found in reading.found]
