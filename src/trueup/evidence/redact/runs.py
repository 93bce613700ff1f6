"""Random runs: keys without any mark, told by their look from words, names and digests.

A run of letters and digits is taken apart as a reader would: words with or without a capital, capitals, numbers. Names
have few long pieces, random runs many short ones. Hexadecimal runs are digests and revisions, never hidden.
"""

from __future__ import annotations

import re
from typing import Final

from trueup.evidence.redact.marks import MARK

LONG: Final = re.compile(r"[A-Za-z0-9]{20}")
"""A run that is long enough to look at."""

LONG_WORD: Final = re.compile(r"[A-Za-z0-9_~+-]{24}")
"""A word that is, where it has capitals."""

_SHORTEST: Final = 20
_SHORTEST_ALONE: Final = 24
_PIECE: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_RUN: Final = re.compile(r"[A-Za-z0-9]+")
# Also with what systemd and others put before digits: `\x2d`, `0x`, `veth`, `pod`.
_HEXADECIMAL: Final = re.compile(r"(?:x[0-9a-f]{2})*[a-z]{0,8}(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
# Public halves and digests in base64, a store's paths: kept.
_WORD: Final = re.compile(
    r"(?P<public>SHA256:[A-Za-z0-9+/]+|(?<![A-Za-z0-9])sha(?:256|384|512)-[A-Za-z0-9+/]+"
    r"|(?<![A-Za-z0-9+/])AAAA(?:[BC]3NzaC1|E2VjZHNh|GnNrL)[A-Za-z0-9+/]+|/nix/store/[a-z0-9]{32}(?![a-z0-9]))"
    r"|[A-Za-z0-9_~+/-]{20,}={0,2}"
)
_ALONE: Final = re.compile(r"[A-Za-z0-9_~+/-]+={0,2}")
_SEPARATOR: Final = re.compile(r"[_~+/-]")


def hide_runs(text: str) -> str:
    """Replace every word that holds a random run; of a path only the segments that do."""
    return _WORD.sub(_hide_word, text)


def is_random(run: str) -> bool:
    """Tell whether a run of letters and digits is a key rather than a word, a name or a digest.

    Of runs of 20 characters of base62 it tells 99 in 100, of base36 and of letters alone 19 in 20.
    """
    if len(run) < _SHORTEST or _HEXADECIMAL.fullmatch(run):
        return False
    length = len(run) / len(_PIECE.findall(run))
    if run.isalpha():
        return length <= 3.2 and not (run.islower() or run.isupper())
    if run.islower() or run.isupper():
        return length <= 4.3
    return length <= 3.4


def is_random_word(word: str) -> bool:
    """Tell whether a word that stands alone, as a value or between slashes, is a key in base64 with few separators."""
    if len(word) < _SHORTEST_ALONE or word.startswith(("/", "sha")) or not _ALONE.fullmatch(word):
        return False
    run = _SEPARATOR.sub("", word.rstrip("="))
    few = (len(word) - len(run)) * 10 < len(word)
    return few and len(run) <= 2.6 * len(_PIECE.findall(run)) and any(map(_is_mixed, _RUN.findall(word)))


def _is_mixed(run: str) -> bool:
    """Tell whether a run has capitals, small letters and digits in many pieces: no date, digest or name has."""
    kinds = any(map(str.isupper, run)) + any(map(str.islower, run)) + any(map(str.isdigit, run))
    return kinds == 3 and len(run) > 7 and len(run) <= 3 * len(_PIECE.findall(run))


def _hide_word(found: re.Match[str]) -> str:
    if found["public"]:
        return found[0]
    segments = found[0].split("/")
    hidden = [is_random_word(segment) or any(map(is_random, _RUN.findall(segment))) for segment in segments]
    if not any(hidden):
        return found[0]
    # base64 has slashes too: the random pieces beside a random run are the rest of it
    for way in (range(len(segments)), range(len(segments) - 1, -1, -1)):
        beside = False
        for at in way:
            hidden[at] = beside = hidden[at] or (beside and _is_rest(segments[at]))
    kept = (MARK if hide else segment for hide, segment in zip(hidden, segments, strict=True))
    return "/".join(segment for at, segment in enumerate(kept) if not (at and hidden[at] and hidden[at - 1]))


def _is_rest(segment: str) -> bool:
    run = _SEPARATOR.sub("", segment.rstrip("="))
    pieces = len(_PIECE.findall(run))
    return pieces > 2 and len(run) <= 3 * pieces and not _HEXADECIMAL.fullmatch(run)
