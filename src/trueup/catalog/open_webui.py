"""Open WebUI: the chat front end."""

from __future__ import annotations

from trueup.catalog.entry import Probe, Reply, ServiceKind, Signature
from trueup.vocabulary import PortRange

_HTML = Reply(
    status=200,
    meaning="its single page, given for any unknown path: the path does not exist",
    media_type="text/html",
)

KIND = ServiceKind(
    key="open_webui",
    names=("Open WebUI", "OpenWebUI", "Open-WebUI", "Open Web UI", "open_webui", "OWUI"),
    summary="Chat front end for people, in front of OpenAI-compatible servers or Ollama.",
    source=("open-webui 0.12.4, asked on Linux, 2026-11", "https://docs.openwebui.com"),
    ports=(PortRange(8080, 8080), PortRange(3000, 3000)),
    default_bind="*",
    units=("open-webui.service", "openwebui.service"),
    hints=("open-webui", "open_webui"),
    model_ids="handle",
    probes=(
        Probe(
            path="/health",
            role="health",
            no_key=Reply(status=200, meaning="the process answers", media_type="application/json"),
            signature=Signature(json_keys=("status",)),
        ),
        Probe(
            path="/ready",
            role="ready",
            no_key=Reply(status=200, meaning="started up and taking requests", media_type="application/json"),
            signature=Signature(json_keys=("status",)),
        ),
        Probe(
            path="/api/version",
            role="version",
            no_key=Reply(status=200, meaning="its version", media_type="application/json"),
            signature=Signature(json_keys=("version",)),
        ),
        Probe(
            path="/api/config",
            role="health",
            no_key=Reply(
                status=200,
                meaning="its public settings; `features.auth` says whether people have to sign in",
                media_type="application/json",
            ),
            signature=Signature(json_keys=("features", "name", "status", "version")),
        ),
        Probe(
            path="/api/models",
            role="models",
            no_key=Reply(
                status=401, meaning="up; it asks for a token, even with sign-in off", media_type="application/json"
            ),
            valid_key=Reply(status=200, meaning="the models that this user may choose", media_type="application/json"),
        ),
        Probe(path="/metrics", role="metrics", no_key=_HTML),
    ),
    cautions=(
        "Any unknown path answers 200 with HTML: judge by media type, not by status alone.",
        "It binds every interface unless `--host` is given.",
        "Settings saved in its database win over the environment unless `ENABLE_PERSISTENT_CONFIG=False`.",
        "Port 8080 is its own default; 3000 is what its container instructions publish.",
    ),
)
