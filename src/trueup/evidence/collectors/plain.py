"""Plain words told from random ones: what a service answers may hold a secret that no name or prefix gives away."""

from __future__ import annotations

import re

_RUN = re.compile(r"[^\W_]+")
# Marks that join in passwords what would be two short words; `@` stands in addresses and versions.
_JOINT = re.compile(r"(?<=[^\W_])[!%+=~^&*$#?]+(?=[^\W_])")
_LONGEST_WORD = 24
_LONGEST_NUMBER = 10
_LONGEST_MIX = 10
_TURNS = 3
_TURN = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_REVISION_NAMES = re.compile(r"(?:^|[._-])(?:commit|revision|version|build|sha|tag)$", re.IGNORECASE)
_GIT_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{7,40}(?![0-9a-f])")


def is_plain(text: str) -> bool:
    """Tell whether every run of letters and digits looks like a word, a number, or a name such as `qwen3` or `80b`.

    A run is none where it is longer than words and numbers are, or turns between cases, letters and digits more
    often than names do. So keys, hashes and long base64 are not plain; a password made of words is.
    """
    return all(_is_word(run) for run in _RUN.findall(_JOINT.sub("", text)))


def is_revision(name: str, text: str) -> bool:
    """Tell whether `text` is a version or a Git commit (7 to 40 hexadecimal digits) under a name that says so."""
    return bool(_REVISION_NAMES.search(name)) and is_plain(_GIT_HASH.sub("", text, count=1))


def _is_word(run: str) -> bool:
    if run.isdecimal():
        return len(run) <= _LONGEST_NUMBER
    turns = len(_TURN.findall(run))
    if run.isalpha():
        return len(run) <= _LONGEST_WORD and turns <= _TURNS
    return len(run) <= _LONGEST_MIX and turns <= _TURNS
