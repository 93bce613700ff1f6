"""A problem at one key of the manifest, before the line of that key is known."""

from __future__ import annotations

from collections.abc import Iterable

from trueup.manifest.toml_lines import KeyPath


class Problem(Exception):  # noqa: N818 - never leaves this package: `load` turns it into a ConfigError with a line
    """What is wrong at `path`, in words, and what to do about it."""

    def __init__(self, path: KeyPath, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.path = path
        self.what = what
        self.hint = hint


def name_of(path: KeyPath) -> str:
    """Return the path as a person would say it: `services[2].listen`, counted from 1."""
    name = ""
    for part in path:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that was probably meant by `word`, None when none is near."""
    from difflib import get_close_matches

    by_plain = {plain(known): known for known in words}
    found = get_close_matches(plain(word), by_plain, n=1, cutoff=0.7)
    return by_plain[found[0]] if found else None


def plain(word: str) -> str:
    """Return a word in lower case, with underscores for hyphens and blanks: `Open WebUI` becomes `open_webui`."""
    return word.casefold().replace("-", "_").replace(" ", "_")
