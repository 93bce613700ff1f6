"""Observe hosts for real and put what was seen into one snapshot.

A host that cannot be observed is one observation of that and coverages of extent `none`; the others do not wait for it.
The whole has a deadline, after which it ends with what was seen by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.errors import EvidenceError, UsageError
from trueup.evidence.collectors.recognise import Known
from trueup.evidence.keys import keys_of
from trueup.evidence.observing import COLLECTORS, HostEvidence, first_look, observe_host, own_identity
from trueup.evidence.outcome import Seen, seen_of
from trueup.evidence.perform import Steps, perform
from trueup.evidence.transports.base import Transport
from trueup.evidence.transports.local import LocalTransport
from trueup.vocabulary import (
    Coverage,
    Identity,
    Snapshot,
    normal_address,
)

if TYPE_CHECKING:
    from trueup.catalog import Catalog
    from trueup.manifest import Host, Manifest

SECONDS = 25.0


def take_snapshot(
    manifest: Manifest,
    catalog: Catalog,
    *,
    now: datetime,
    only: Sequence[str] = (),
    seconds: float = SECONDS,
    root: Path | None = None,
    transport: Transport | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Snapshot:
    """Observe the hosts of the manifest and return the snapshot, unsealed; with `only`, it speaks of those hosts alone.

    Observed are the hosts with `via = "ssh"`, and this machine where it is one of the hosts: the one with
    `via = "local"`, else the one whose name or address it bears. Without declared hosts it goes by its own short name.
    The paths of the manifest are relative to `root`; `transport` stands in for this machine's; `tell` is called with
    what the operator should know besides. Raises UsageError for a name in `only` that is no host, EvidenceError where
    hosts are declared and none of them can be observed from here.
    """
    _check_names(manifest, only)
    deadline = time.monotonic() + seconds
    chosen = [host for host in manifest.hosts if not only or host.name in only]
    remote = [host for host in chosen if host.via == "ssh"]
    sudo = any(host.sudo for host in chosen if host.via == "local")
    itself = transport or LocalTransport(deadline=deadline, sudo=sudo, meanwhile=_import_the_rest)
    here = None if _is_elsewhere(manifest, chosen) else itself
    keys = {host.name: keys_of(manifest, host.name, tell, deadline=deadline) for host in chosen}
    if remote:
        from trueup.evidence.fleet import observe_fleet

        local = (lambda: _observe_here(manifest, catalog, chosen, here, keys)) if here else None
        seen = observe_fleet(manifest, catalog, remote, local, keys=keys, deadline=deadline, root=root)
    else:
        seen = [_observe_here(manifest, catalog, chosen, here, keys)] if here else []
    found = {each.host: each for each in seen if isinstance(each, Seen)}
    if not found:
        called = next((f" ({each})" for each in seen if isinstance(each, str)), "")
        raise EvidenceError(
            f"this machine{called} is none of the hosts to observe",
            hint='give its host `via = "local"`, or names or addresses that match it, and others `via = "ssh"`',
        )
    return _snapshot(chosen, found, now)


def _import_the_rest() -> None:
    """Import what is needed once this machine's commands have answered, while they still run."""
    import trueup.evidence.asked
    import trueup.evidence.collectors.probing
    import trueup.evidence.notes
    import trueup.evidence.store  # noqa: F401


def _snapshot(chosen: Sequence[Host], found: dict[str, Seen], now: datetime) -> Snapshot:
    observed = [name for name, seen in found.items() if seen.cost is not None] or list(found)
    several = f"{observed[0]} and {len(observed) - 1} more" if len(observed) > 1 else observed[0]
    hosts = tuple(dict.fromkeys((*(host.name for host in chosen if host.name in found), *found)))
    others = [host for host in chosen if host.name not in found]
    left_out = [coverage for host in others for coverage in _not_looked_at(host)]
    return Snapshot(
        taken_at=now,
        title=f"Reality snapshot of {several}",
        origin="observed",
        hosts=(*hosts, *(host.name for host in others)),
        observations=tuple(each for host in hosts for each in found[host].observations),
        coverages=(*(each for host in hosts for each in found[host].coverages), *left_out),
        costs=tuple(seen.cost for host in hosts if (seen := found[host]).cost is not None),
    )


# ---------------------------------------------------------------- this machine


def _observe_here(
    manifest: Manifest,
    catalog: Catalog,
    chosen: Sequence[Host],
    transport: Transport,
    keys: dict[str, dict[tuple[str, int], str]],
) -> Seen | str:
    """Observe this machine; return its own short name where it is none of the chosen hosts."""
    try:
        looked = perform(_look_here(manifest, catalog, chosen, keys), transport)
    finally:
        transport.close()
    if isinstance(looked, str):
        return looked
    host, evidence = looked
    return seen_of(host, evidence, transport.usage)


def _look_here(
    manifest: Manifest, catalog: Catalog, chosen: Sequence[Host], keys: dict[str, dict[tuple[str, int], str]]
) -> Steps[tuple[str, HostEvidence] | str]:
    units = [service.unit for service in manifest.services if service.unit]
    outputs = yield from first_look(units, has_lanes=bool(manifest.lanes))
    itself = own_identity(outputs)
    here = _name_of(chosen, itself, declared=bool(manifest.hosts))
    if here is None:
        return _short(itself)
    evidence = yield from observe_host(Known(here, manifest, catalog), outputs=outputs, keys=keys.get(here))
    return here, evidence


# ---------------------------------------------------------------- hosts


def _not_looked_at(host: Host) -> Iterator[Coverage]:
    for collector in COLLECTORS:
        yield Coverage(host=host.name, collector=collector, extent="none", reason="trueup did not run on it")


def _check_names(manifest: Manifest, only: Sequence[str]) -> None:
    known = [host.name for host in manifest.hosts]
    for name in only:
        if name not in known:
            hint = f"declared: {', '.join(known)}" if known else "the manifest declares no hosts"
            raise UsageError(f"no such host: {name!r}", hint=hint)


def _is_elsewhere(manifest: Manifest, chosen: Sequence[Host]) -> bool:
    """Tell whether this machine cannot be one of the chosen hosts."""
    return bool(manifest.hosts) and all(host.via == "ssh" for host in chosen)


def _name_of(chosen: Sequence[Host], itself: Identity, *, declared: bool) -> str | None:
    if not declared:
        return _short(itself)
    mine = [host for host in chosen if host.via != "ssh"]
    return next(
        (host.name for is_it in (_is_local, _has_name, _has_address) for host in mine if is_it(host, itself)), None
    )


def _is_local(host: Host, _: Identity) -> bool:
    return host.via == "local"


def _has_name(host: Host, itself: Identity) -> bool:
    own = {name.casefold() for name in (itself.hostname or "", _short(itself)) if itself.hostname}
    return not own.isdisjoint(name.casefold() for name in (host.name, *host.names, *host.addresses))


def _has_address(host: Host, itself: Identity) -> bool:
    return not set(itself.addresses).isdisjoint(map(normal_address, host.addresses))


def _short(itself: Identity) -> str:
    return (itself.hostname or "").partition(".")[0] or "localhost"
