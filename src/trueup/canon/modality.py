"""How a clause is meant: from the words in it, in its sentence, and from what it inherits."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from trueup.reading.markdown import Text
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import find_cues
from trueup.vocabulary import Modality

_NO_SUCH = re.compile(r"\b(?:there (?:is|are) no|no (?:listener|unit|service|port|process|longer))\b", re.IGNORECASE)
_TUNNEL = re.compile(r"\bssh\s(?:-\w+\s)*-[A-Za-z]*[LRD]\b")
# "To move X to port N, …", "Changing X …": a recipe, not a state.
_RECIPE = re.compile(
    r"\W*(?:(?:in order )?to (?:move|change|switch|migrate|expose|(?:re)?bind|install|set|run|rename|try|test|add)\b"
    r"|(?:chang|mov|renam|switch|rebind|sett|expos|bind|install|migrat|mak|publish)ing\b"
    r"|(?:rename|move|switch|migrate|rebind|suppose)\b)",
    re.IGNORECASE,
)
# The strongest reason to stay silent first, so that a clause with several cues always gets the same modality.
_ORDER = (
    Modality.HISTORICAL,
    Modality.PLANNED,
    Modality.CONDITIONAL,
    Modality.EXAMPLE,
    Modality.OPTIONAL,
    Modality.NEGATED,
)


class Cues:
    """The words of one text that make its statements other than asserted, found once and asked for many clauses.

    Words inside mentions ("does not need a key") and inside code are no cues, nor is "on the NAS" where that is a host.
    """

    def __init__(self, text: Text, mentions: Iterable[Mention]) -> None:
        hidden, hosts = bytearray(len(text.text)), bytearray(len(text.text))
        for mention in mentions:
            if mention.kind == "host":
                hosts[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            hidden[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
        for mark in text.marks:
            if mark.kind == "code":
                hidden[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
        found = [
            cue for cue in find_cues(text.flat) if not (all(hidden[cue[0] : cue[1]]) or any(hosts[cue[0] : cue[1]]))
        ]
        found += [(match.start(), match.end(), Modality.NEGATED) for match in _NO_SUCH.finditer(text.flat)]
        found += [(match.start(), match.end(), Modality.CONDITIONAL) for match in _TUNNEL.finditer(text.flat)]
        found += [(mark.start, mark.end, Modality.HISTORICAL) for mark in text.marks if mark.kind == "strike"]
        self._found = sorted(found, key=lambda cue: cue[0])
        self._starts = [cue[0] for cue in self._found]
        self._text = text.flat
        # The parts of a sentence are asked for one after the other: what it says of all of them is worked out once.
        self._sentence: tuple[int, int] | None = None
        self._whole: set[Modality] = set()

    def modality(self, sentence: tuple[int, int], part: tuple[int, int], inherited: Modality) -> Modality:
        """Return the modality of text[part] inside text[sentence].

        Cues in parentheses speak of their own part only; other cues of the whole sentence.
        """
        if inherited is not Modality.ASSERTED:
            return inherited
        if sentence != self._sentence:
            self._sentence, self._whole = sentence, self._of_sentence(*sentence)
        modalities = self._whole | {modality for _, end, modality in self._between(*part) if end <= part[1]}
        return next((modality for modality in _ORDER if modality in modalities), Modality.ASSERTED)

    def _of_sentence(self, start: int, end: int) -> set[Modality]:
        """What is said of every part of a sentence: by its form, and by its cues outside parentheses."""
        if self._text[start:end].rstrip("`*_)\"' \n").endswith("?") or _RECIPE.match(self._text, start, end):
            return {Modality.CONDITIONAL}
        found: set[Modality] = set()
        depth, at = 0, start
        for cue_start, _, modality in self._between(start, end):
            depth += self._text.count("(", at, cue_start) - self._text.count(")", at, cue_start)
            at = cue_start
            if depth <= 0:
                found.add(modality)
        return found

    def _between(self, start: int, end: int) -> list[tuple[int, int, Modality]]:
        return self._found[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
