"""An import as text: every line that states something and the observations it became, and the coverage at the end."""

from __future__ import annotations

from trueup.evidence.importing import ImportResult
from trueup.evidence.phrases import put
from trueup.evidence.wording import coverage_phrase, phrase


def account_of(result: ImportResult) -> str:
    """Return the account, for comparing with a reviewed one."""
    snapshot = result.snapshot
    seen = {o.id: f"{o.host}: {put(phrase(o.fact, o.service))} [{o.by}]" for o in snapshot.observations}
    parts = [f"{snapshot.taken_at.isoformat()} {snapshot.title} ({', '.join(snapshot.hosts)})"]
    for line in result.lines:
        if line.ids or line.outcome == "not understood":
            parts.append(f"{line.number} {line.outcome}")
            parts += [f"    {seen[ident]}" for ident in line.ids]
    parts += [f"{coverage.host}: {put(coverage_phrase(coverage))}" for coverage in snapshot.coverages]
    return "\n".join(parts) + "\n"
