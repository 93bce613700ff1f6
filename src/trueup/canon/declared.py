"""What the manifest itself claims: that its hosts can be observed."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.manifest import Manifest
from trueup.vocabulary import Claim, Family, Modality, Observable, Span, Subject, fingerprint


def declared_claims(manifest: Manifest, path: str) -> Iterator[Claim]:
    """Yield a claim for every host that is observed over ssh; `path` is what the manifest is called."""
    for host in manifest.hosts:
        if host.via == "ssh":
            text = f"[hosts.{host.name}]"
            subject, statement = Subject(None, host.name), Observable(host.via)
            yield Claim(
                id=fingerprint("c", path, subject, statement),
                family=Family.PLACEMENT,
                subject=subject,
                statement=statement,
                modality=Modality.ASSERTED,
                span=Span(path, host.line, 1, host.line, len(text) + 1),
                text=text,
                frame="manifest",
            )
