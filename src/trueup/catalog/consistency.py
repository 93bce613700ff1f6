"""What makes a catalogue entry sound: checked for other packages' entries when they load, for ours by the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from trueup.catalog.entry import Probe, ServiceKind

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_MAX_PORT = 65535


def problems_of(kind: ServiceKind) -> Iterator[str]:
    """Yield, in words, everything that is wrong with an entry; nothing for a sound one."""
    try:
        # An entry built in Python is not validated on construction; a round trip holds it to its types.
        msgspec.convert(msgspec.to_builtins(kind), ServiceKind)
    except (msgspec.ValidationError, TypeError) as error:
        yield str(error)
        return
    if not _KEY.fullmatch(kind.key):
        yield f"its key {kind.key!r} is not a lower-case word (letters, digits, underscores)"
    if not kind.names or not all(name.strip() == name and name for name in (*kind.names, *kind.not_names)):
        yield "it needs at least one name, and no name may be empty or padded"
    for ports in kind.ports:
        if not 0 < ports.first <= ports.last <= _MAX_PORT:
            yield f"{ports} is not a range of ports"
    for probe in kind.probes:
        yield from _problems_of_probe(kind, probe)
    paths = [probe.path for probe in kind.probes]
    if len(set(paths)) != len(paths):
        yield "two of its probes ask the same path"


def _problems_of_probe(kind: ServiceKind, probe: Probe) -> Iterator[str]:
    if not probe.path.startswith("/"):
        yield f"the probe {probe.path!r} is not a path"
    refusal = kind.probe(probe.after_refusal) if probe.after_refusal else None
    if probe.costs and (refusal is None or refusal.costs):
        yield f"the probe {probe.path!r} costs, so `after_refusal` has to name a probe of this kind that does not"
