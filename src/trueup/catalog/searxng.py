"""SearXNG: the search engine of engines."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

KIND = ServiceKind(
    key="searxng",
    names=("SearXNG", "SearX-NG"),
    summary="Metasearch engine that gives models web search without a key.",
    source=("SearXNG run from its source repository on Linux, 2026-11", "https://docs.searxng.org"),
    ports=(PortRange(8888, 8888), PortRange(8080, 8080)),
    units=("searxng.service", "uwsgi-searxng.service"),
    hints=("searxng", "searx.webapp"),
    probes=(
        Probe(
            path="/healthz",
            role="live",
            no_key=Reply(status=200, meaning="the process answers", media_type="text/plain"),
            signature=Signature(text_prefix="OK"),
        ),
        Probe(
            path="/config",
            role="version",
            no_key=Reply(status=200, meaning="its version, engines and categories", media_type="application/json"),
            signature=Signature(json_keys=("categories", "engines", "instance_name", "version")),
        ),
    ),
    cautions=(
        "`/search?format=json` answers 403 unless `search.formats` lists json: clients that need JSON are refused.",
        "A search may go out to the internet: it is never a probe.",
        "Debian's `searx` is its dead ancestor, PyPI's `searxng` an unrelated client.",
        "Port 8888 is its own default; 8080 is what its container listens on.",
    ),
)
