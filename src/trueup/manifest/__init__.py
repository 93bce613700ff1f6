"""`trueup.toml`: hosts, services, lanes and documents, declared.

The tables and what every key means stand in `tables`, which is the one source of validation (`load`), of the commented
sample (`sample`), of docs/manifest.md and of schemas/manifest.json.
"""

from __future__ import annotations

from trueup.manifest.load import FILE_NAME, find_manifest, load_manifest, parse_manifest
from trueup.manifest.sample import sample_manifest
from trueup.manifest.tables import Check, Documents, Evidence, Host, Lane, Manifest, ManifestFile, Service, Socket

__all__ = [
    "FILE_NAME",
    "Check",
    "Documents",
    "Evidence",
    "Host",
    "Lane",
    "Manifest",
    "ManifestFile",
    "Service",
    "Socket",
    "find_manifest",
    "load_manifest",
    "parse_manifest",
    "sample_manifest",
]
