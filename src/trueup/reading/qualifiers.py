"""Words that qualify a service: who reaches it, whether it asks for a key, and how a sentence is meant.

Each vocabulary is a list of phrases in pattern form, one way of saying it a line.
"""

from __future__ import annotations

import re

from trueup.vocabulary import Modality, Reach


def _phrases(*phrases: str) -> re.Pattern[str]:
    """One pattern for phrases, as whole words, in any case, over any white space."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(phrases)})(?![\w-])".replace(" ", r"\s+"), re.IGNORECASE)


_LOCAL = r"(?:localhost|loopback|127\.0\.0\.1)"
_LAN = r"(?:LAN|local network|network)"

REACH: tuple[tuple[Reach, re.Pattern[str]], ...] = (
    (
        Reach.LOOPBACK,
        _phrases(
            r"(?:localhost|loopback|local|127\.0\.0\.1)[\s-]only",
            rf"only (?:reachable |available |exposed |listens? |listening |bound )?(?:on|from|via|over|to) {_LOCAL}",
            rf"{_LOCAL} (?:interface )?only",
            r"(?:bound|binds?|listens?|listening) (?:only )?(?:to|on) (?:the )?(?:localhost|loopback)(?: only)?",
        ),
    ),
    (
        Reach.TAILNET,
        _phrases(r"(?:tailnet|tailscale)[\s-]only", r"only (?:on|over|via|from) (?:the )?(?:tailnet|tailscale)"),
    ),
    (
        Reach.ANY,
        _phrases(
            r"(?<!not\s)LAN[\s-](?:exposed|reachable|accessible|visible|facing|wide)",
            rf"(?<!not\s)(?:exposed|reachable|accessible|open|visible) (?:on|to|from|over) (?:the )?(?:whole )?{_LAN}",
            r"(?:on )?(?:all|every) (?:network )?interfaces?",
        ),
    ),
)

_KEY_NOUN = r"(?:api[\s-]|master[\s-]|bearer[\s-]|access[\s-])?(?:keys?|tokens?)"
_SECRET = rf"(?:{_KEY_NOUN}|auth|authentication|authorization|credentials?|login|password)"
_ARTICLE = r"(?:(?:an?|any|the|your|its|valid|(?-i:[A-Z])\w+) )*"

NO_KEY = _phrases(
    r"unauthenticated",
    r"keyless",
    r"anonymous(?:ly)?",
    rf"without {_ARTICLE}{_SECRET}",
    rf"no {_SECRET}(?: (?:is |are )?(?:needed|required|necessary))?",
    r"no[\s-]auth",
    rf"(?:needs|requires|asks for|takes|wants) no {_SECRET}",
    rf"does(?:n't|n’t| not) (?:need|require|ask for|want) {_ARTICLE}{_SECRET}",
    r"(?:auth|key): ?none",
    r"\((?:open|public)\)",
)

# "Not LAN-exposed" may be a firewall's doing: it says nothing of the bind.
DENIED_REACH = _phrases(
    rf"(?:not|never|\w+n['’]t) (?:be )?(?:reachable|exposed|accessible|open|visible) (?:from|on|to) (?:the )?{_LAN}",
    r"(?:not|never|\w+n['’]t) (?:be )?LAN[\s-](?:exposed|reachable|accessible|visible|facing|wide)",
)

KEY = _phrases(
    rf"{_SECRET} (?:is |are )?(?:required|needed|necessary)",
    rf"(?:requires?|needs?|asks? for|wants?|expects?|demands?) {_ARTICLE}{_SECRET}",
    rf"with {_ARTICLE}{_KEY_NOUN}(?! (?:count|limit|rate|budget))",
    rf"behind {_ARTICLE}{_SECRET}",
    r"authenticated",
    r"(?:key|auth|token)[\s-](?:protected|gated)",
    r"Authorization: ?Bearer",
    r"\((?:key|auth|token)\)",
)

_OWNER = r"(?:the|a|an|your|my|our|their|another|every|each|any|some|one)"
_OTHER_PLACE = (
    r"(?:laptops?|NAS|VPS|workstations?|phones?|routers?|desktops?|tablets?|cloud|cluster|other (?:machine|host|box)s?)"
)

CUES: tuple[tuple[Modality, re.Pattern[str]], ...] = (
    (
        Modality.HISTORICAL,
        _phrases(
            r"formerly",
            r"previously",
            r"historical(?:ly)?",
            r"history",
            r"legacy",
            r"deprecated",
            r"retired",
            r"removed?",
            r"uninstall(?:s|ed)?",
            r"(?:shut|shuts|shutting) down",
            r"stopp(?:ed|ing)",
            r"decommissioned",
            r"superseded",
            r"replaced",
            r"obsolete",
            r"no longer",
            r"used to",
            r"changelog",
            r"archived?",
            r"at the time",
            r"back then",
            r"until (?:then|the move|recently)",
            r"was",
            r"were",
            r"had been",
            r"had",
            r"moved",
            r"listened",
            r"ran",
            r"lived",
            r"did",
            r"sat",
            r"originally",
            r"rejected",
            r"considered",
            r"claimed",
            r"supersedes",
            r"until \d{4}",
        ),
    ),
    (
        Modality.PLANNED,
        _phrases(
            r"planned",
            r"plan(?:s|ning)? (?:to|for)",
            r"the plan",
            r"will",
            r"to ?do",
            r"tbd",
            r"future",
            r"roadmap",
            r"upcoming",
            r"not yet",
            r"proposed",
            r"proposal",
            r"intend(?:s|ed)?",
            r"target state",
            r"going to",
            r"backlog",
            r"pending",
            r"wip",
            r"draft",
            r"next steps?",
            r"as soon as",
            r"as of next",
            r"phase \d+",
        ),
    ),
    (
        Modality.CONDITIONAL,
        _phrases(
            r"(?<!see\s)(?<!check\s)(?<!know\s)(?<!tell\s)(?<!out\s)if",
            r"unless",
            r"when (?:\w+ ){0,3}(?:is|are|gets?)? ?(?:enabled|needed|revived|used|set|asked|back|required|running)",
            r"only when",
            r"whenever",
            r"once",
            r"in case",
            r"would",
            r"could",
            r"might",
            r"(?-i:may)",
            r"should",
            r"can be",
            r"depends? on",
            r"either",
            r"suppose",
            r"(?:on|in) (?:\w+ )?(?:staging|test|dev|development|CI)(?: (?:box|host|machine|server|setup))?",
            r"(?:for|during|in) (?:\w+ )?(?:tests?|testing|development|debugging)",
            r"tunnel(?:s|led|ed|ing|ling)?",
            r"port[\s-]forward(?:s|ed|ing)?",
            r"local port",
            rf"(?:on|of|from|at) (?:{_OWNER} )?{_OTHER_PLACE}",
            rf"{_OTHER_PLACE}(?: \([^)]{{0,40}}\))?(?:['’]s|(?: \w+)? (?:has|runs|serves|hosts))",
            r"(?:everything|anything|all(?: the)?|any) (?:else|others?(?: services)?)",
        ),
    ),
    (Modality.OPTIONAL, _phrases(r"optional(?:ly)?", r"opt[\s-]in", r"on demand", r"disabled", r"paused")),
    (
        Modality.EXAMPLE,
        _phrases(
            r"e\.g\.?",
            r"for example",
            r"for instance",
            r"examples?",
            r"sample",
            r"placeholder",
            r"such as",
            r"say",
            r"imagine",
            r"your[-_]\w+",
            r"ships with",
            r"upstream,",
            r"between \d{3,5} and",
            r"expected output",
            r"(?:file|wiki|page|doc|log|readme|issue|ticket) (?:still )?(?:says?|shows?)",
            r"(?:conftest|fixtures?)",
            r"tutorials?",
            r"rumou?rs?",
            r"claims?",
            r"believes?",
            r"thinks?",
            r"someday",
            r"(?:fake|mock|mocked|dummy|demo|double)",
            r"out[\s-]of[\s-]the[\s-]box",
            r"stock",
            r"(?:without|before) the override",
            r"(?:handbook|manual|tutorial)",
            r"YOUR_\w+",
            r"<[\w\s-]+>",
            r"x\.x\.x\.x",
            r"default(?:s|ed)?(?: to| is| of| port)?",
            r"upstream(?:'s)? default",
        ),
    ),
    (
        Modality.NEGATED,
        _phrases(
            r"not",
            r"never",
            r"(?:is|are|do|does|did|ca|can|must|should|was|were|wo|would|could|has|have)n['’]t",
            r"forbid(?:s|den)?",
            r"prohibit(?:s|ed)?",
            r"(?:reject|refuse)(?:s|d|ed)? (?:any|every|each|a|the) (?:change|patch|pull|request to)",
            r"mistakes?",
            r"bugs?",
            r"wrong(?:ly)?",
            r"myth",
            r"bad:",
            r"times? out",
            r"[❌✗✘]",
            r"cannot",
            r"nor",
            r"neither",
            r"instead of",
            r"rather than",
            r"nothing",
            r"avoid",
            r"(?:is|are|remains?|stays?|be) available(?! (?:on|at|via|from|under|over|through|to))",
            r"(?:free|idle|unused|unallocated|unassigned|reserved|blocked|blocks|closed)",
        ),
    ),
)


_YES = re.compile(r"\W*(?:yes|required|needed|on|bearer(?: token)?|(?:api |master )?(?:key|token))\W*", re.IGNORECASE)
_NO = re.compile(r"\W*(?:no|none|off|open|not (?:required|needed)|unauthenticated|—|-)\W*", re.IGNORECASE)


def key_needed(cell: str) -> bool | None:
    """Read a cell of a key or auth column that is no more than a yes or a no."""
    return True if _YES.fullmatch(cell) else False if _NO.fullmatch(cell) else None


def find_cues(text: str) -> list[tuple[int, int, Modality]]:
    """Find words that make a statement other than asserted: (start, end, modality)."""
    return [(match.start(), match.end(), modality) for modality, pattern in CUES for match in pattern.finditer(text)]
