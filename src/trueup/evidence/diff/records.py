"""A change, and all changes between two snapshots: what `trueup snapshot diff --json` prints."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from trueup.vocabulary import Word

CHANGES_SCHEMA = "https://trueup.dev/schemas/changes/1"

What: TypeAlias = Literal["changed", "appeared", "gone", "moved", "unknown"]


class Change(Word, frozen=True, kw_only=True):
    """One thing that is not as it was.

    `about` is the kind of fact; `what` tells whether it is another now, was not there before, is not there any more,
    went to another host, or is not known any more because nobody looked. `subject` names it (a socket, a path, a
    unit), `before` and `after` are its two states where it has such; `says` is the whole in one sentence.
    """

    about: Literal[
        "host",
        "listener",
        "forward",
        "connect",
        "answer",
        "models",
        "lane",
        "route",
        "unit",
        "container",
        "identity",
        "coverage",
    ]
    what: What
    host: str
    says: str
    service: str | None = None
    subject: str | None = None
    before: str | None = None
    after: str | None = None


class Compared(Word, frozen=True, kw_only=True):
    """One of the two snapshots. `digest` is empty for what a person wrote and nobody stored."""

    taken_at: datetime
    title: str
    origin: Literal["observed", "imported"]
    digest: str = ""


class Changes(Word, frozen=True, kw_only=True, omit_defaults=False):
    """What `trueup snapshot diff --json` prints."""

    schema: str = CHANGES_SCHEMA
    before: Compared
    after: Compared
    changes: tuple[Change, ...]


def dump(changes: Changes) -> bytes:
    """Return the changes as JSON, ending with a newline."""
    return msgspec.json.format(msgspec.json.encode(changes), indent=2) + b"\n"
