"""Frames: one file per way of stating things. A frame cuts a block into clauses and gives them their scope and role."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.canon.clauses import Clause, Scope
from trueup.canon.frames import command, item, sentence, table
from trueup.reading.lexicon import Lexicon
from trueup.reading.markdown import Block


def clauses_of(block: Block, scope: Scope, lexicon: Lexicon, group: int) -> Iterator[Clause]:
    """Yield the clauses of one block. `group` is the first free group number; a block takes as many as it needs."""
    if block.kind == "table":
        yield from table.read(block, scope, lexicon, group)
    elif block.kind == "code":
        yield from command.read(block, scope, lexicon, group)
    elif block.kind == "item":
        yield from item.read(block, scope, lexicon, group)
    elif block.kind == "paragraph":
        yield from sentence.read(block, scope, lexicon, group)
