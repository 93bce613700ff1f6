"""The few words with a fixed set of values, and the base of every record."""

from __future__ import annotations

import enum

import msgspec


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every record: immutable, compared by value, unknown fields refused when decoded."""


class Reach(enum.Enum):
    """Who can connect to a socket."""

    LOOPBACK = "loopback"
    LAN = "lan"
    TAILNET = "tailnet"
    ANY = "any"


class Modality(enum.Enum):
    """How a statement is meant. Only `ASSERTED` statements can drift."""

    ASSERTED = "asserted"
    PLANNED = "planned"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"
    HISTORICAL = "historical"
    EXAMPLE = "example"
    NEGATED = "negated"


class Verdict(enum.Enum):
    """What judging a claim came to."""

    HOLDS = "holds"
    CONTRADICTED = "contradicted"
    CONFLICT = "conflict"
    STALE = "stale"
    UNJUDGED = "unjudged"


class Severity(enum.Enum):
    """How much harm a finding does, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst; smaller means more severe."""
        return list(Severity).index(self)


class Family(enum.Enum):
    """What a claim is about."""

    PORTS = "ports"
    BIND = "bind"
    EXPOSURE = "exposure"
    PLACEMENT = "placement"
    UNIT = "unit"
    HEALTH = "health"
    AUTH = "auth"
    MODELS = "models"
    ROUTING = "routing"
    CONFIG = "config"
    REFERENCE = "reference"
    POSTURE = "posture"
