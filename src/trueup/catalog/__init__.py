"""The catalogue: one entry for each kind of service, built in or added by other packages.

A package adds kinds with an entry point of the group `trueup.catalog` that names a `ServiceKind` or an iterable of
them (docs/catalogue.md shows how).
"""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.catalog.load import GROUP, Catalog, load_catalog

__all__ = ["GROUP", "Catalog", "Probe", "Reply", "ServiceKind", "Signature", "load_catalog"]
