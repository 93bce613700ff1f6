"""Secrets out, before anything is written or sent.

`redact` knows secrets by where they stand (after a flag, a name, a header, in a URL) and by their shape (the prefixes
that issuers publish for their keys). It leaves references to secrets (`${NAME}`, `os.environ/NAME`) as they are. A
secret without such a mark, in running text or after a short flag such as `-p`, is not guessed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

MARK: Final = "[redacted]"

# A replacement may put two pieces side by side that now read as a name with its value; two passes settle what
# occurs in practice, the rest is room for hostile text.
_PASSES: Final = 12

_SHAPES: Final = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    r"sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{8,}",  # OpenAI, Anthropic (sk-ant-), OpenRouter, LiteLLM virtual keys
    r"sk-[0-9]{4,}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}",
    r"hf_[A-Za-z0-9]{16,}",
    r"gh[pousr]_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"glpat-[A-Za-z0-9_.-]{16,}",
    r"glsa_[A-Za-z0-9]{16,}_[0-9a-fA-F]{8}",  # Grafana service account
    r"eyJrIjoi[A-Za-z0-9+/=]{10,}",  # Grafana's older API keys
    r"xox[abeoprs]-[A-Za-z0-9-]{8,}",
    r"xapp-[A-Za-z0-9-]{10,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"eyJ[A-Za-z0-9_-]{5,4000}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*",  # JSON web token
    r"gsk_[A-Za-z0-9]{20,}",
    r"nvapi-[A-Za-z0-9_-]{20,}",
    r"pplx-[A-Za-z0-9]{20,}",
    r"r8_[A-Za-z0-9]{20,}",
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-AgE[A-Za-z0-9_-]{20,}",
    r"tskey-[a-z]+-[A-Za-z0-9-]{10,}",
    r"hvs\.[A-Za-z0-9_-]{20,}",
    r"dop_v1_[a-f0-9]{32,}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}",  # Telegram bot
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}",  # Discord bot
    r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{10,}",
)
_SHAPE: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_SHAPES)})", re.DOTALL)
_BEARER: Final = re.compile(
    r"(?i)\b(bearer[ \t]+)(?!(?:tokens?|auth|authentication|authorization|scheme|keys?|is|realm=\S*)\b)"
    r"(?!\[redacted\])[^\s\"',;]{6,}"
)
_BASIC: Final = re.compile(r"(?i)\b(basic[ \t]+)([A-Za-z0-9+/]{4,}={0,2})")
_USERINFO: Final = re.compile(r"://([^\s/\"'<>@]*(?:@[^\s/\"'<>@]*)*)@")
_QUERY: Final = re.compile(r"([?&;]([\w.-]{1,64})=)((?:\[redacted\]|[^&#\s\"'<>\]])+)")
_COOKIE: Final = re.compile(r"(?i)\b((?:set-)?cookie:[ \t]*)[^\r\n]+")
_AUTHORIZATION: Final = re.compile(r"(?i)\b((?:proxy-)?authorization[\"']?[ \t]*[:=][ \t]*[\"']?)[^\"'\r\n]+")
_USER_FLAG: Final = re.compile(r"(?<!\S)((?:-u|--user|--proxy-user)[ \t=]+)(?![0-9]+:[0-9]+(?:\s|$))[^\s:]+:\S+")
_ASSIGNMENT: Final = re.compile(r"(?<![\w.?&-])-{0,2}([A-Za-z_][\w.-]*)[\"']?[ \t]*(?:=|:(?!//))[ \t]*")
_FLAG: Final = re.compile(r"(?<!\S)--?([A-Za-z][\w.-]*)[ \t]++(?!-)")
# Markdown takes the backslash of an escaped quote: a word that touches the closing quote still belongs to the value.
_QUOTED: Final = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')(?:[^\W_][^\s\"',}\]]*[\"']?)?", re.DOTALL)
# A closing mark ends a value only where another one, white space or the end follows: passwords hold such marks too.
_BARE: Final = re.compile(r"[\"']?(?:\[redacted\]|\$\{\w+\}|[^\s\"',}\]]|[\"',}\]](?=[^\s\"',}\]]))+")
_FLAG_WORD: Final = re.compile(r"--?([A-Za-z][\w.-]*)")
_FLAG_PAIR: Final = re.compile(r"((?:--?)?([A-Za-z_][\w.-]*)=)(.*)", re.DOTALL)
_REFERENCE: Final = re.compile(
    r"\$\{[A-Z_][A-Z0-9_]*\}|\$\(\w+\)|os\.environ/[A-Z_][A-Z0-9_]*|(?i:true|false|none|null|yes|no|on|off)"
)

_WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_.]+")
_SECRET_WORDS: Final = re.compile(
    r"password|passwd|passphrase|secrets?|\w+token|apikey|credentials?|bearer|pat|session|sessionid|sid|cookies?|pin"
    r"|\w+(?:password|passwd|passphrase|apikey|secretkey)"
)
_SECRET_SECOND_WORDS: Final = frozenset({"pass", "pwd", "pw"})
# What stands before `token` or `key` when the value is a model's special token, a count, or no key to a door.
_HARMLESS_TOKENS: Final = re.compile(
    r"eos|bos|pad|unk|sep|cls|mask|stop|special|image|audio|video|next|first|last|per|max|min|num|n|draft"
)
_HARMLESS_KEYS: Final = re.compile(
    r"public|primary|foreign|partition|sort|cache|index|group|object|map|hot|ssl|tls|cert|host|file|json|by"
)
_QUERY_NAMES: Final = frozenset({"key", "sig", "signature", "auth", "code", "x-amz-signature", "x-amz-credential"})


def redact(text: str) -> str:
    """Return `text` with every secret that can be told from its place or shape replaced by `[redacted]`.

    Applying it twice gives what applying it once gives.
    """
    for _ in range(_PASSES):
        cleaner = _redact_once(text)
        if cleaner == text:
            break
        text = cleaner
    return text


def redact_argv(argv: Sequence[str]) -> tuple[str, ...]:
    """Redact a command line word by word: the value after a secret's flag goes whole, whatever it looks like."""
    words: list[str] = []
    hide_next = False
    for word in argv:
        flag = _FLAG_WORD.fullmatch(word)
        if hide_next and not word.startswith("--"):
            words.append(word if _REFERENCE.fullmatch(word) else MARK)
        elif (pair := _FLAG_PAIR.fullmatch(word)) and is_secret_name(pair[2]):
            words.append(word if not pair[3] or _REFERENCE.fullmatch(pair[3]) else pair[1] + MARK)
        else:
            words.append(redact(word))
        hide_next = flag is not None and is_secret_name(flag[1])
    return tuple(words)


def clean(text: str, limit: int = 2000) -> str:
    """Make foreign text fit to keep: secrets redacted, what does not print written as escapes, cut at `limit`.

    Only the first `8 * limit` characters are looked at, so that a huge line costs little; what the cut halves there
    is never among those that are kept.
    """
    escaped = visible(redact(text[: 8 * limit]))
    return escaped if len(escaped) <= limit else escaped[: limit - 1] + "…"


def visible(text: str) -> str:
    """Return `text` with every character that does not print (controls, direction marks, line ends) as an escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


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
    return bool(_SECRET_WORDS.fullmatch(last))


def _redact_once(text: str) -> str:
    text = _SHAPE.sub(MARK, text)
    text = _COOKIE.sub(rf"\1{MARK}", text)
    text = _AUTHORIZATION.sub(rf"\1{MARK}", text)
    text = _BEARER.sub(rf"\1{MARK}", text)
    text = _BASIC.sub(_hide_basic, text)
    text = _USERINFO.sub(f"://{MARK}@", text)
    text = _QUERY.sub(_hide_query, text)
    text = _USER_FLAG.sub(rf"\1{MARK}", text)
    text = _hide_values(text, _ASSIGNMENT)
    return _hide_values(text, _FLAG)


def _hide_values(text: str, name: re.Pattern[str]) -> str:
    """Replace the value after each match of `name` whose first group is a secret's name."""
    kept: list[str] = []
    at = 0
    while found := name.search(text, at):
        end = found.end()
        kept.append(text[at:end])
        at = end
        if not is_secret_name(found[1]):
            continue
        value = _QUOTED.match(text, end) or _BARE.match(text, end)
        if value is None:
            continue
        kept.append(_hidden(value[0]))
        at = value.end()
    kept.append(text[at:])
    return "".join(kept)


def _hidden(value: str) -> str:
    quote = value[0] if value[0] in "\"'" else ""
    closed = bool(quote) and len(value) > 1 and value[-1] == quote
    inner = value[len(quote) : -1 if closed else None]
    if not inner or _REFERENCE.fullmatch(inner):
        return value
    return quote + MARK + (quote if closed else "")


def _hide_basic(found: re.Match[str]) -> str:
    """`Basic` is also a word of prose: only what decodes to `user:password` is one."""
    encoded = found[2]
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return found[0]
    return found[1] + MARK if b":" in decoded else found[0]


def _hide_query(found: re.Match[str]) -> str:
    name = found[2]
    secret = name.lower() in _QUERY_NAMES or is_secret_name(name)
    return found[1] + MARK if secret and not _REFERENCE.fullmatch(found[3]) else found[0]
