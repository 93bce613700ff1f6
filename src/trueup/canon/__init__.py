"""Canon: what is declared. Documents become claims; nothing here knows about evidence."""

from __future__ import annotations

from trueup.canon.claims import read_claims
from trueup.canon.declared import declared_claims
from trueup.canon.documents import Canon, Skipped, read_documents

__all__ = ["Canon", "Skipped", "declared_claims", "read_claims", "read_documents"]
