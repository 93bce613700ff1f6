"""Secrets out of an import: the whole result at once, whatever its facts are, and the lines of the text.

`redact` knows a secret by its place or shape within one text. People also write it in Markdown: in bold or backticks
after its name, in a table's column, on the line below its flag, as a private key over many lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from trueup.evidence.importing.lines import ImportResult, Line
from trueup.evidence.redact import MARK, is_secret_name, redact, redact_argv
from trueup.vocabulary import Observation, observe, unique

# Stands for a value in asking whether `redact` would hide what follows a text.
_PROBE: Final = "Zz1Zz2Zz3Zz4"
_KEY_WORDS: Final = r"(?:api|master|access|secret|private|virtual|admin|auth|bearer|encryption|service)[ _-]?keys?"
_NAMED: Final = re.compile(
    rf"(?P<name>\b{_KEY_WORDS}|(?<![\w.?&/-])-{{0,2}}[A-Za-z_][\w.-]*)"
    r"(?P<between>[`*_\"']{0,4}\s*[:=|](?!>)[`*_\"'|\s]*|(?<=[\w`])[`*\"']{1,4}[ \t,]+[`*\"']{1,4})"
    r"(?P<value>(?<=\")[^\"]+|(?<=')[^']+|(?<=`)[^`]+|[^\s`*|\"']+)",
    re.IGNORECASE,
)
_KEY_NAME: Final = re.compile(_KEY_WORDS, re.IGNORECASE)
_SECRET_TITLE: Final = re.compile(
    rf"{_KEY_WORDS}|passwords?|passwd|passphrases?|secrets?|tokens?|credentials?|[a-z]+[ _-](?:password|token|secret)",
    re.IGNORECASE,
)
# What stands in the place of a secret and says only whether, or which, one was used.
_NO_SECRET: Final = re.compile(
    r"(?:yes|no|none|not|never|valid|wrong|invalid|bad|missing|master|required|needed|optional|set|unset|sent|given|same"
    r"|true|false|null|ok|a|an|the|env|environment|see|in|from|\d{1,3}|\W+|[\w*]*\[redacted\].*)",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"\$.*|os\.environ/.*|<.*>")
_FLAG_AHEAD: Final = re.compile(r"(?<=[^\w\s-])(?=--?[A-Za-z])")
_TAIL: Final = re.compile(r"(?:</\w+>|[\s\\,\"'`*\]])+$")
_FIRST_WORD: Final = re.compile(r"^((?:[^\w<$/+]|<\w+>)*)([^\s<\"'`]+)")
_PEM_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?!.*-----END )")
_PEM_LINE: Final = re.compile(r"[\s>|*-]*(?:[A-Za-z0-9+/=]{4,}|[A-Za-z-]+: .*|-----END .*)?\s*")
_DELIMITER: Final = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")


def hidden(result: ImportResult) -> ImportResult:
    """Return the result without secrets: in facts of every kind, in the words about them, and in the lines."""
    snapshot = result.snapshot
    renamed: dict[str, str] = {}
    observations = []
    for observation in snapshot.observations:
        kept = _observation(observation)
        renamed[observation.id] = kept.id
        observations.append(kept)
    others = {
        name: _clean(getattr(snapshot, name))
        for name in snapshot.__struct_fields__
        if name not in ("schema", "observations", "digest")
    }
    lines = tuple(
        replace(line, ids=tuple(dict.fromkeys(renamed.get(ident, ident) for ident in line.ids)))
        for line in result.lines
    )
    kept_snapshot = msgspec.structs.replace(snapshot, observations=unique(observations), **others)
    return ImportResult(kept_snapshot, _lines(lines))


def hide(text: str) -> str:
    """Return a text that a person wrote in Markdown without the secrets that can be told from place or shape."""
    # a flag after a backtick or bracket does not follow white space, as on a command line it would
    return redact("".join(map(redact, _FLAG_AHEAD.split(_hide_named(text)))))


def hide_lines(lines: Sequence[str]) -> list[str]:
    """Hide the secrets of lines that stand below each other; as many come back."""
    kept: list[str] = []
    titles: list[str] = []
    in_key = waits = False
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if "|" not in line:
            titles = []
        elif "|" in following and _DELIMITER.fullmatch(following):
            titles = _cells(line)
        in_key = in_key and bool(_PEM_LINE.fullmatch(line))
        if in_key:
            kept.append(MARK if line.strip() else line)
            in_key = "-----END" not in line
            continue
        in_key = bool(_PEM_BEGIN.search(line))
        shown = _FIRST_WORD.sub(_hide_word, line) if waits else line
        waits = _awaits(line) if line.strip() else waits
        kept.append(hide(_row(shown, titles) if titles and not _DELIMITER.fullmatch(line) else shown))
    return kept


def hide_cell(title: str, cell: str) -> str:
    """Return a table's cell, or the mark where its column holds secrets."""
    word = cell.strip(" `*")
    if not _SECRET_TITLE.fullmatch(title.strip(" `*")) or not word or _harmless(word):
        return cell
    return MARK


def _lines(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(
        replace(line, text=text) for line, text in zip(lines, hide_lines([line.text for line in lines]), strict=True)
    )


def _observation(seen: Observation) -> Observation:
    raw = "\n".join(hide_lines(seen.raw.split("\n"))) if seen.raw is not None else None
    source = redact(seen.source) if seen.source is not None else None
    service = redact(seen.service) if seen.service is not None else None
    return observe(redact(seen.host), _clean(seen.fact), by=redact(seen.by), service=service, raw=raw, source=source)


def _clean(value: Any) -> Any:
    """Return any part of a snapshot without secrets. Texts in a row are read as a command line."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value, **{name: _clean(getattr(value, name)) for name in value.__struct_fields__}
        )
    if isinstance(value, tuple):
        if value and all(isinstance(item, str) for item in value):
            return _argv(redact_argv(value))
        return tuple(_clean(item) for item in value if not _is_secret_pair(item))
    return value


def _argv(words: tuple[str, ...]) -> tuple[str, ...]:
    """Hide what only the words before it betray, as in `-u`, `name:secret` or `Cookie:`, `a=b`."""
    kept: list[str] = []
    for word in words:
        text = " ".join((*kept[-2:], word))
        betrayed = not word.startswith("-") and not redact(text).endswith(word)
        kept.append(MARK if betrayed else word)
    return tuple(kept)


def _is_secret_pair(item: object) -> bool:
    """A value by its name, as in a JSON body; the collector leaves such values out too."""
    if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[0], str):
        return False
    return is_secret_name(item[0]) and not isinstance(item[1], bool | None)


def _hide_named(text: str) -> str:
    """Hide each value that stands after a secret's name, with Markdown's marks between the two."""
    kept: list[str] = []
    at = 0
    while found := _NAMED.search(text, at):
        name = found["name"]
        secret = is_secret_name(name.lstrip("-")) or _KEY_NAME.fullmatch(name)
        if secret and not _harmless(found["value"]) and not _is_words(found):
            kept += (text[at : found.start("value")], MARK)
            at = found.end()
        else:
            # the value may itself be the name of the next
            kept.append(text[at : found.end("name")])
            at = found.end("name")
    return "".join((*kept, text[at:]))


def _is_words(found: re.Match[str]) -> bool:
    """Two code spans side by side: only a flag or a variable takes the second as its value."""
    if re.search(r"[:=|]", found["between"]):
        return False
    return not (found["name"].startswith("-") or "_" in found["name"])


def _harmless(value: str) -> bool:
    return bool(_NO_SECRET.fullmatch(value) or _REFERENCE.fullmatch(value))


def _hide_word(found: re.Match[str]) -> str:
    return found.group() if _harmless(found[2]) or found[2].startswith("--") else found[1] + MARK


def _awaits(line: str) -> bool:
    """Tell whether a line ends in a secret's flag or name, so that its value stands on the next one."""
    end = _TAIL.sub("", line)
    return bool(end) and hide(f"{end[-200:]} {_PROBE}").endswith(MARK)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _row(line: str, titles: Sequence[str]) -> str:
    """Hide the cells of a row that stand under a secret's title."""
    parts = line.split("|")
    first = 1 if line.lstrip().startswith("|") else 0
    for at, title in enumerate(titles, first):
        if at < len(parts) and parts[at].strip() != title:
            parts[at] = hide_cell(title, parts[at])
    return "|".join(parts)
