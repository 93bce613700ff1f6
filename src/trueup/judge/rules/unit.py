"""Unit: a unit of that name exists on the host, from the file that the document names."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, HasUnit, Severity


def judge(claim: Claim, statement: HasUnit, host: HostView, _: EvidenceIndex) -> Outcome:
    """Compare a unit's name, and its file where one is given, with the units of the host."""
    found = host.units(name=statement.name)
    if found:
        seen = found[0]
        if statement.path and seen.fact.path and not _same_file(statement.path, seen.fact.path):
            if statement.path in seen.fact.drop_ins:
                return holds(statement.path, [seen.id])
            return contradicted(
                "the unit comes from another file", seen.fact.path, [seen.id], suggestion=f"write `{seen.fact.path}`"
            )
        return holds(seen.fact.path or seen.fact.name, [seen.id])
    gone = host.absent_unit(statement.name)
    service = claim.subject.service
    instead = host.units(service=service) if service else []
    other = f"; its unit is {instead[0].fact.name}" if len(instead) == 1 else ""
    hint = f"write `{instead[0].fact.name}`" if len(instead) == 1 else None
    if gone is not None:
        return contradicted(
            "there is no such unit", f"no {statement.name} on {host.name}{other}", [gone], suggestion=hint
        )
    if host.looked_at("units") and _in_the_window(statement.name, host):
        observed = f"no {statement.name} on {host.name}, where all units were looked at{other}"
        return contradicted("there is no such unit", observed, [seen.id for seen in instead], suggestion=hint)
    if instead and len(instead) == 1:
        observed = f"its unit on {host.name} is {instead[0].fact.name}"
        return contradicted("the service has another unit", observed, [instead[0].id], suggestion=hint)
    return unjudged(WINDOW_CLOSED)


def _in_the_window(name: str, host: HostView) -> bool:
    """Collecting units looks at services, not at timers, targets or Apple's own jobs; and a name may be an alias."""
    bare = name.removesuffix(".service").lower()
    if name.endswith((".timer", ".target", ".socket")) or bare.startswith("com.apple."):
        return False
    others = (seen.fact.name.removesuffix(".service").lower() for seen in host.units())
    return not any(bare in (f"{other}d", other.removesuffix("d")) or other.startswith(f"{bare}@") for other in others)


def _same_file(left: str, right: str) -> bool:
    """/lib is a link to /usr/lib on every merged-/usr system; `~` stands for any home."""
    a, b = (path.replace("/usr/lib/", "/lib/", 1) for path in (left, right))
    return a == b or (a.startswith("~/") and b.endswith(a[1:]))


RULE: Rule[HasUnit] = Rule("unit", (HasUnit,), Severity.MEDIUM, judge)
