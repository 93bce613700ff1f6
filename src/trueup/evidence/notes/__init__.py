"""The drift notes of one snapshot alone: what in it deserves a second look, before any document is read.

Pure. They are derived from the observations, so they are printed with a snapshot and never stored as evidence.
"""

from __future__ import annotations

from trueup.catalog import Catalog
from trueup.evidence.notes import exposure, hosts, services, units
from trueup.vocabulary import Snapshot


def drift_notes(snapshot: Snapshot, catalog: Catalog) -> tuple[str, ...]:
    """Return one line for each thing worth a second look: about hosts, units, services, and who can reach them."""
    notes = [
        *hosts.unobserved(snapshot),
        *hosts.clocks(snapshot),
        *units.failed(snapshot, catalog),
        *units.to_reload(snapshot),
        *units.older_files(snapshot),
        *services.guarded_health(snapshot, catalog),
        *services.absences(snapshot, catalog),
        *services.paths_for_handles(snapshot),
        *services.certificates(snapshot),
        *exposure.listeners(snapshot, catalog),
        *exposure.containers(snapshot, catalog),
        *exposure.forwards(snapshot, catalog),
        *exposure.refusals(snapshot, catalog),
    ]
    return tuple(dict.fromkeys(notes))
