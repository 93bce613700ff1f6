"""Texts and command lines without their secrets.

Nearly every line of evidence holds none, so a cheap look comes first: one search for the signs of names and shapes, one
for long runs. It looks for parts that every secret has which the rules know; only where it finds one are they tried.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from trueup.evidence.redact import places, runs, shapes
from trueup.evidence.redact.marks import MARK, REFERENCE
from trueup.evidence.redact.names import is_secret_name

# A replacement may put two pieces side by side that now read as a name with its value; two passes settle what
# occurs in practice, the rest is room for hostile text.
_PASSES: Final = 12

_FLAG_WORD: Final = re.compile(r"--?([A-Za-z][\w.-]*)")
_FLAG_PAIR: Final = re.compile(r"((?:--?)?([A-Za-z_][\w.-]*)=)(.*)", re.DOTALL)
# Words after which the next ones are a secret, as `-H Authorization: Bearer x` is printed without its quotes.
_NAME_WORD: Final = re.compile(r"[\"']?([A-Za-z_][\w.-]*)[\"']?[:=]")
# A private key that lost its quotes: `-----BEGIN`, `RSA`, `PRIVATE`, `KEY-----…`, to `KEY-----` after its `-----END`.
_KEY_BEGINS: Final = re.compile(r"[\"']?-{4,5}BEGIN\b")
_KEY_ENDS: Final = re.compile(r"(?:KEY|BLOCK)-{4,5}[\"']?$")
_USER_FLAGS: Final = frozenset({"-u", "--user", "--proxy-user"})
_IDS: Final = re.compile(r"[0-9]+:[0-9]+")


def redact(text: str) -> str:
    """Return `text` with every secret that can be told from its place, shape or look replaced by `[redacted]`.

    Applying it twice gives what applying it once gives.
    """
    if not (places.SIGN.search(text.lower()) or shapes.LONG.search(text) or places.has_userinfo(text)):
        return text
    for _ in range(_PASSES):
        cleaner = _redact_once(text)
        if cleaner == text:
            break
        text = cleaner
    return text


def redact_argv(argv: Sequence[str]) -> tuple[str, ...]:
    """Redact a command line word by word: the value after a secret's flag goes whole, whatever it looks like."""
    line = " ".join(argv)
    if not any(_signs(line, line.lower())):
        return tuple(argv)
    words: list[str] = []
    in_key = ending = False
    for word in argv:
        in_key = in_key or bool(_KEY_BEGINS.match(word))
        words.append(MARK if in_key else _redact_word(word, words))
        if ending and _KEY_ENDS.search(word):
            in_key = False
        ending = in_key and (ending or "-END" in word)
    return tuple(words)


def clean(text: str, limit: int = 2000) -> str:
    """Make foreign text fit to keep: secrets redacted, what does not print written as escapes, cut at `limit`.

    Only the first `8 * limit` characters are looked at, so that a huge line costs little; what the cut halves there
    is never among those that are kept.
    """
    return _fit(redact(text[: 8 * limit]), limit)


def clean_argv(argv: Sequence[str], limit: int = 1000) -> tuple[str, ...]:
    """Make a foreign command line fit to keep, each word like `clean`."""
    words = redact_argv([word[: 8 * limit] for word in argv])
    line = " ".join(words)
    return words if len(line) <= limit and line.isprintable() else tuple(_fit(word, limit) for word in words)


def visible(text: str) -> str:
    """Return `text` with every character that does not print (controls, direction marks, line ends) as an escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _fit(text: str, limit: int) -> str:
    escaped = visible(text)
    return escaped if len(escaped) <= limit else escaped[: limit - 1] + "…"


def _redact_once(text: str) -> str:
    """Try the rules whose signs are there. Names come first and random runs last, as a name may be part of one."""
    low = text.lower()
    named, shaped, random = _signs(text, low)
    if named:
        text = shapes.hide_named(text, low)
    if shaped:
        text = shapes.hide_shapes(text)
    if named:
        text = places.hide_places(text, low)
    return runs.hide_runs(text) if random else text


def _signs(text: str, low: str) -> tuple[bool, bool, bool]:
    """Look for signs of a name, of a shape, of a random run, in a text and the same in lower case."""
    named = bool(places.SIGN.search(low)) or places.has_userinfo(text)
    short = named and bool(shapes.SHORT.search(low))
    if not shapes.LONG.search(text):
        return named, short, False
    random = bool(runs.LONG.search(text) or (text != low and runs.LONG_WORD.search(text)))
    return named, short or random or bool(shapes.SIGN.search(low)), random


def _redact_word(word: str, before: Sequence[str]) -> str:
    """Redact one word of a command line, knowing those before it."""
    previous = before[-1] if before else ""
    flag = _FLAG_WORD.fullmatch(previous)
    if flag and is_secret_name(flag[1]) and not word.startswith("--"):
        return word if REFERENCE.fullmatch(word) else MARK
    if (pair := _FLAG_PAIR.fullmatch(word)) and is_secret_name(pair[2]):
        return word if not pair[3] or REFERENCE.fullmatch(pair[3]) else pair[1] + MARK
    if previous in _USER_FLAGS and ":" in word and not _IDS.fullmatch(word):
        return MARK
    return MARK if _follows_header(word, before) else redact(word)


def _follows_header(word: str, before: Sequence[str]) -> bool:
    """Tell whether the word is the value of a header whose name, and perhaps scheme, are the words before it."""
    if word.startswith("-") or not before:
        return False
    if before[-1].lower() in ("bearer", "basic"):
        return len(before) > 1 and _holds_secret(before[-2])
    return _holds_secret(before[-1]) and word.lower() not in ("bearer", "basic", "digest", "token")


def _holds_secret(word: str) -> bool:
    name = _NAME_WORD.fullmatch(word)
    return name is not None and (name[1].lower().endswith(("authorization", "cookie")) or is_secret_name(name[1]))
