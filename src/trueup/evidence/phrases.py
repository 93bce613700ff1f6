"""The line that a rendered snapshot is made of: a head, a service in brackets, labelled fields.

``HEAD (service) — label `value`, `value`; label `value```. Everything that came from a host stands in code spans (see
`quoting`), so the words around them are Trueup's own and a line reads back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trueup.evidence.quoting import SPAN, code, uncode

Field = tuple[str, tuple[str, ...]]
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_HEAD = re.compile(r"[^()—]*")
_FIELD = re.compile(r"(?P<label>[A-Za-z][A-Za-z ()]*?)(?P<values>(?: `(?:, `)*)?)")


class NotAPhraseError(ValueError):
    """A line is not in the form that `put` writes."""


@dataclass(frozen=True)
class Phrase:
    """A line taken apart. In `head`, each code span is a single backtick; `spans` are their texts, in order."""

    head: str
    spans: tuple[str, ...] = ()
    service: str | None = None
    fields: tuple[Field, ...] = ()

    def values(self, label: str) -> tuple[str, ...]:
        """Return the values of all fields with this label."""
        return tuple(value for name, values in self.fields if name == label for value in values)

    def one(self, label: str) -> str | None:
        """Return the first value of a field, None where the line has none."""
        return next(iter(self.values(label)), None)

    def says(self, label: str) -> bool:
        """Tell whether the line has a field with this label, of any or no value."""
        return any(name == label for name, _ in self.fields)


def put(phrase: Phrase) -> str:
    """Write a phrase as one line."""
    fields = "; ".join(map(put_field, phrase.fields))
    return f"{put_head(phrase)} — {fields}" if fields else put_head(phrase)


def put_head(phrase: Phrase) -> str:
    """Write a phrase without its fields."""
    spans = iter(phrase.spans)
    head = re.sub("`", lambda _: code(next(spans)), phrase.head)
    if phrase.service is None:
        return head
    plain = _PLAIN_NAME.fullmatch(phrase.service)
    return f"{head} ({phrase.service if plain else code(phrase.service)})"


def put_field(field: Field) -> str:
    """Write one field: its label and its values."""
    label, values = field
    return f"{label} {', '.join(map(code, values))}" if values else label


def take(line: str, below: Sequence[str] = ()) -> Phrase:
    """Read a line that `put` wrote, or a head with the fields of the lines `below` it. Raises NotAPhraseError."""
    texts = [uncode(match[1]) for match in SPAN.finditer(line)]
    top, _, inline = SPAN.sub("`", line).partition(" — ")
    head, bracket, service = top.partition(" (")
    count = head.count("`")
    spans, rest = texts[:count], texts[count:]
    if bracket:
        if service == "`)" and rest:
            name, rest = rest[0], rest[1:]
        else:
            name = service.removesuffix(")")
            if not _PLAIN_NAME.fullmatch(name):
                raise NotAPhraseError(line)
    if not _HEAD.fullmatch(head):
        raise NotAPhraseError(line)
    fields = _take_fields(inline.split("; ") if inline else (), rest)
    for under in below:
        texts = [uncode(match[1]) for match in SPAN.finditer(under)]
        fields += _take_fields([SPAN.sub("`", under)], texts)
    return Phrase(head, tuple(spans), name if bracket else None, fields)


def _take_fields(parts: Sequence[str], texts: Sequence[str]) -> tuple[Field, ...]:
    fields: list[Field] = []
    at = 0
    for part in parts:
        match = _FIELD.fullmatch(part)
        if match is None:
            raise NotAPhraseError(part)
        count = match["values"].count("`")
        fields.append((match["label"], tuple(texts[at : at + count])))
        at += count
    return tuple(fields)
