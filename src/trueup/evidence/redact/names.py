"""Names of secrets: which flags, keys and variables hold one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_.]+")
_SECRET_WORDS: Final = re.compile(
    r"password|passwd|passphrase|secrets?|\w+token|apikey|credentials?|bearer|pat|session|sessionid|sid|cookies?|pin|jwt"
    r"|\w*(?:password|passwd|passphrase|(?:access|account|api|auth|client|database|db|encryption|license|master|priv|private"
    r"|secret|service|signing)key)"
)
_SECRET_SECOND_WORDS: Final = frozenset({"pass", "pwd", "pw"})
# What stands before `token` or `key` when the value is a model's special token, a count, or no key to a door.
_HARMLESS_TOKENS: Final = re.compile(
    r"eos|bos|pad|unk|sep|cls|mask|stop|special|image|audio|video|next|first|last|per|max|min|num|n|draft"
)
_HARMLESS_KEYS: Final = re.compile(
    r"public|primary|foreign|partition|sort|cache|index|group|object|map|hot|ssl|tls|cert|host|file|json|by"
)
_STRONG_WORDS: Final = frozenset({"password", "passwd", "passphrase", "secret", "apikey"})
# What a name ends in when it tells about a secret (where it is, how long it may be) and does not hold it.
_ABOUT: Final = re.compile(
    r"age|algorithm|arn|attempts?|backend|cmd|command|count|dir|directory|enabled|engine|env|errors?|expir\w+|expiry"
    r"|failures?|field|file|folder|format|header|id|length|len|manager|max|min|mode|mount|names?|namespace|path|policy"
    r"|prompt|provider|ref|reference|required|reset|rotation|rules|service|size|source|store|strength|timeout|ttl|type"
    r"|ur[il]|var|version"
)


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Tell whether a flag, key or variable of this name holds a secret itself (not a count, a file or a place)."""
    words = [word.lower() for word in _WORD_BREAK.split(name) if word]
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "token":
        return not _HARMLESS_TOKENS.fullmatch(before)
    if last == "key":
        return bool(before) and not _HARMLESS_KEYS.fullmatch(before)
    if last == "id" and before == "session":
        return True
    if last in _SECRET_SECOND_WORDS:
        return before not in ("", "old")
    if _SECRET_WORDS.fullmatch(last):
        return True
    # a file's or unit's name has dots
    return "." not in name and not _ABOUT.fullmatch(last) and not _STRONG_WORDS.isdisjoint(words)
