"""Secrets that their place gives away: after a name, a flag or a header, in a URL."""

from __future__ import annotations

import binascii
import re
from typing import Final

from trueup.evidence.redact.marks import MARK, REFERENCE
from trueup.evidence.redact.names import is_secret_name

# A search stops wherever a first letter stands, so each sign begins with a rarer one of its letters and looks back.
SIGN: Final = re.compile(
    r"p(?:ass|w|at(?![a-z0-9])|in(?![a-z0-9])|(?<=ap)[0-9a-f][a-z0-9]{8})|k(?:ey|(?<=tok)en|(?<=sk)[-_]|(?<=ak)c[a-z0-9]{10})"
    r"|s(?:ecret|ession|id(?![a-z0-9])|ig(?:nature)?=|oftlayer|lack\.|q0)|c(?:red|ookie|ode=)|b(?:earer|asic)"
    r"|u(?<=au)th(?:orization|=)|-u(?:ser)?[ \t=]|jwt|yj(?<=eyj)|x(?:ox|app-)"
)
"""What a text in lower case has in it where one of the names, or a short shape, may be; see also `has_userinfo`."""

_BEARER: Final = re.compile(
    r"(?ai)\b(bearer(?:[ \t]+|\+|%20))(?!(?:tokens?|auth|authentication|authorization|scheme|keys?|is|realm=\S*)\b)"
    r"(?!\[redacted\])[^\s\"',;]{6,}"
)
_BASIC: Final = re.compile(r"(?ai)\b(basic(?:[ \t]+|\+|%20))([A-Za-z0-9+/_-]{4,}={0,2})")
_USERINFO: Final = re.compile(r"://([^\s/\"'<>@]*(?:@[^\s/\"'<>@]*)*)@")
_QUERY: Final = re.compile(r"([?&;]([\w.-]{1,64})=)((?:\[redacted\]|[^&#\s\"'<>\]])+)")
_COOKIE: Final = re.compile(r"(?ai)\b((?:set-)?cookie:[ \t]*)[^\r\n]+")
_AUTHORIZATION: Final = re.compile(r"(?ai)\b((?:proxy-)?authorization[\"']?[ \t]*[:=][ \t]*[\"']?)[^\"'\r\n]+")
_USER_FLAG: Final = re.compile(r"(?<!\S)((?:-u|--user|--proxy-user)[ \t=]+)(?![0-9]+:[0-9]+(?:\s|$))[^\s:]+:\S+")
_ASSIGNMENT: Final = re.compile(
    r"(?<![\w.?&-])-{0,2}([A-Za-z_][\w.-]*)(?:\[[0-9]*\])?[\"'\]]{0,2}[ \t]*(?::=|=>|!?={1,3}|:(?!//))[ \t]*"
)
_FLAG: Final = re.compile(r"(?<!\S)--?([A-Za-z][\w.-]*)[ \t]++(?!-)")
# A flag and its value as two JSON strings or two strings of a property list, a key of the latter and its value.
_LISTED: Final = re.compile(
    r"(?:[\"']--?([A-Za-z][\w.-]*)[\"'][ \t]*,\s*|<(?:key>|string>--?)([A-Za-z_][\w.-]*)</(?:key|string)>\s*<string>)"
)
# A configuration's header and a call: the value stands after a space, or quoted in brackets.
_DIRECTIVE: Final = re.compile(
    r"(?<![\w.-])(?:(?:proxy_set_header|header_up|header_down|request_header|add_header|header|set)[ \t]+[+-]?"
    r"([A-Za-z_][\w.-]*)[ \t]+"
    r"|([A-Za-z_]\w*)(?:\.assign)?\((?=[\"'])"
    r"|([A-Za-z_][\w.-]*)[ \t]+(?=[\"'][^\"']*[\"'];))"
)
# Markdown takes the backslash of an escaped quote: a word that touches the closing quote still belongs to the value.
_QUOTED: Final = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')(?:[^\W_][^\s\"',}\]]*[\"']?)?", re.DOTALL)
# A closing mark ends a value only where another one, white space or the end follows: passwords hold such marks too.
_BARE: Final = re.compile(r"[\"']?(?:\[redacted\]|\$\{\w+\}|[^\s\"',}\]]|[\"',}\]](?=[^\s\"',}\]]))+")
_LISTED_VALUE: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[^<]+")


def has_userinfo(text: str) -> bool:
    """Tell whether a URL with a user may be in the text."""
    return "@" in text and "://" in text


def hide_places(text: str, low: str) -> str:
    """Replace every secret that its place gives away; `low` is the text in lower case."""
    if "cookie" in low:
        text = _COOKIE.sub(rf"\1{MARK}", text)
    if "authorization" in low:
        text = _AUTHORIZATION.sub(rf"\1{MARK}", text)
    if "bearer" in low:
        text = _BEARER.sub(rf"\1{MARK}", text)
    if "basic" in low:
        text = _BASIC.sub(_hide_basic, text)
    if has_userinfo(text):
        text = _USERINFO.sub(f"://{MARK}@", text)
    if "=" in text and ("?" in text or "&" in text or ";" in text):
        text = _QUERY.sub(_hide_query, text)
    if "-u" in text:
        text = _USER_FLAG.sub(rf"\1{MARK}", text)
    text = _hide_values(text, _ASSIGNMENT)
    if "-" in text or "<" in text:
        text = _hide_values(text, _LISTED, listed=True)
        text = _hide_values(text, _FLAG)
    return _hide_values(text, _DIRECTIVE)


def _hide_values(text: str, name: re.Pattern[str], *, listed: bool = False) -> str:
    """Replace the value after each match of `name` whose group is a secret's name."""
    kept: list[str] = []
    at = 0
    while found := name.search(text, at):
        end = found.end()
        kept.append(text[at:end])
        at = end
        if not is_secret_name(found[found.lastindex or 0]):
            continue
        value = _LISTED_VALUE.match(text, end) if listed else _QUOTED.match(text, end) or _BARE.match(text, end)
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
    if not inner or REFERENCE.fullmatch(inner):
        return value
    return quote + MARK + (quote if closed else "")


def _hide_basic(found: re.Match[str]) -> str:
    """`Basic` is also a word of prose: only what decodes to `user:password` is one."""
    encoded = found[2].replace("-", "+").replace("_", "/").rstrip("=")
    try:
        decoded = binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        return found[0]
    return found[1] + MARK if b":" in decoded else found[0]


def _hide_query(found: re.Match[str]) -> str:
    name = found[2]
    secret = name.lower() in _QUERY_NAMES or is_secret_name(name)
    return found[1] + MARK if secret and not REFERENCE.fullmatch(found[3]) else found[0]


_QUERY_NAMES: Final = frozenset({"key", "sig", "signature", "auth", "code", "x-amz-signature", "x-amz-credential"})
