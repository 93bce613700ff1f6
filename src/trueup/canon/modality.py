"""How a clause is meant: from the words in it, in its sentence, and from what it inherits."""

from __future__ import annotations

import re

from trueup.reading.markdown import Text
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import find_cues
from trueup.vocabulary import Modality

_NO_SUCH = re.compile(r"\b(?:there (?:is|are) no|no (?:listener|unit|service|port|process|longer))\b", re.IGNORECASE)
# The strongest reason to stay silent first, so that a clause with several cues always gets the same modality.
_ORDER = (
    Modality.HISTORICAL,
    Modality.PLANNED,
    Modality.CONDITIONAL,
    Modality.EXAMPLE,
    Modality.OPTIONAL,
    Modality.NEGATED,
)


def modality_of(
    text: Text, sentence: tuple[int, int], part: tuple[int, int], mentions: tuple[Mention, ...], inherited: Modality
) -> Modality:
    """Return the modality of text[part] inside text[sentence].

    Cues in parentheses speak of their own part only; other cues of the whole sentence. Words inside mentions ("does not
    need a key", a host called "draft") and inside code are no cues. Struck-out text is historical.
    """
    if inherited is not Modality.ASSERTED:
        return inherited
    if any(mark.kind == "strike" and mark.start < part[1] and part[0] < mark.end for mark in text.marks):
        return Modality.HISTORICAL
    hidden = [(mention.start, mention.end) for mention in mentions]
    hidden += [(mark.start, mark.end) for mark in text.marks if mark.kind == "code"]
    words = text.text[sentence[0] : sentence[1]]
    found = set()
    for start, end, modality in find_cues(text.text[: sentence[1]], outside=hidden):
        if start < sentence[0]:
            continue
        inside_part = part[0] <= start and end <= part[1]
        if inside_part or not _parenthesised(words, start - sentence[0]):
            found.add(modality)
    if _NO_SUCH.search(text.text[part[0] : part[1]]):
        found.add(Modality.NEGATED)
    return next((modality for modality in _ORDER if modality in found), Modality.ASSERTED)


def _parenthesised(words: str, at: int) -> bool:
    before = words[:at]
    return before.count("(") > before.count(")")
