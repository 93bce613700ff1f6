"""What a label or a column header says that its values are."""

from __future__ import annotations

import re
from typing import Literal

Role = Literal[
    "service",
    "host",
    "port",
    "bind",
    "url",
    "health",
    "auth",
    "unit",
    "model",
    "model_ids",
    "reach",
    "status",
    "expect",
    "request",
    "path",
    "notes",
    "client",
]

_HEADERS: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("model_ids", (r"(?:.*\s)?/?v1/models(?:\s.*)?", r"model ids?(?: listed)?")),
    (
        "health",
        (
            r"health(?: ?check| endpoint| probe| path| url)?s?",
            r"probes?",
            r"checks?",
            r"liveness|readiness|ready",
            r"status (?:url|endpoint)",
        ),
    ),
    (
        "unit",
        (
            r"(?:systemd |launchd |service )?units?(?: file| name)?",
            r"launchd(?: label| job)?",
            r"label|plist|daemon",
            r"service file|file",
        ),
    ),
    (
        "bind",
        (
            r"binds?(?: address| to)?",
            r"listen(?:s|er|ers|ing)?(?: on| address)?",
            r"interface|socket|address",
        ),
    ),
    ("port", (r"(?:tcp |listen(?:ing)? |host |our |actual |new )?ports?(?: number)?|lanes?",)),
    (
        "url",
        (
            r"(?:base |api |client |public |local )?ur[li]s?",
            r"base|link|web ?ui|dashboard",
            r"api(?: base)?",
            r"reach(?:ed)? at",
        ),
    ),
    (
        "auth",
        (r"auth(?:entication|orization)?(?: required)?", r"(?:api |master )?keys?(?: needed| required)?", r"tokens?"),
    ),
    ("path", (r"(?:http |url |api )?paths?|endpoints?|routes?|requests?",)),
    ("model", (r"models?|handles?|serves", r"served model", r"(?:model|canonical) handle")),
    ("reach", (r"exposure|exposed|visibility|access|scope|network", r"reach(?:able)?(?: from| by)?")),
    ("host", (r"hosts?|machines?|nodes?|where|box|location|placement", r"(?:runs|hosted|lives) on")),
    (
        "service",
        (
            r"services?|components?|apps?|applications?|names?",
            r"process|systems?|what|software|tools?|container|to|target|destination",
        ),
    ),
    (
        "expect",
        (
            r"expect(?:ed|s)?(?: (?:answer|status|result|response|code))?",
            r"answers?|response|returns?|result",
            r"(?:http )?(?:status )?code",
            r"without (?:an? )?(?:key|auth|token)|no key|anonymous|unauthenticated",
        ),
    ),
    ("status", (r"status|state|phase|lifecycle|live|active|enabled|running|up|in use",)),
    ("notes", (r"notes?|remarks?|comments?|why|purpose|description|details?|use(?:d for)?",)),
    ("client", (r"from|clients?|source|callers?|consumers?|used by|upstream of",)),
)
_PATTERNS = tuple(
    (role, re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE)) for role, patterns in _HEADERS
)


def role_of(label: str) -> Role | None:
    """Return the role that a column header or a `Label:` gives to its value, or None when it says nothing known.

    A remark in parentheses is passed over, except where it names `/v1/models`.
    """
    words = " ".join(re.sub(r"[`*_:?]+", " ", label).split())
    bare = " ".join(re.sub(r"\([^)]*\)", " ", words).split())
    for role, pattern in _PATTERNS:
        if pattern.fullmatch(bare) or (role == "model_ids" and pattern.fullmatch(words)):
            return role
    return None
