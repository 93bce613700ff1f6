"""Ask a service and compare its answers with its catalogue entry."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trueup.catalog import Probe, Reply, ServiceKind, Signature

WRONG_KEY = "wrong-key-0123456789"


@dataclass(frozen=True)
class Got:
    """An answer: status, media type without parameters, and body."""

    status: int
    media_type: str | None
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def ask(port: int, path: str, key: str | None = None) -> Got:
    """GET a path of 127.0.0.1 without following redirects. Raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = connection.getresponse()
        media_type = response.getheader("content-type")
        return Got(response.status, media_type and media_type.partition(";")[0].strip(), response.read())
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def disagreements(kind: ServiceKind, port: int, *, key: str | None = None) -> list[str]:
    """Ask every probe of a service in its usual state without a key, with a wrong one and with `key`, if any."""
    return [line for probe in kind.probes for line in _disagreements(probe, port, key)]


def _disagreements(probe: Probe, port: int, key: str | None) -> Iterator[str]:
    expected = [(None, probe.no_key), (WRONG_KEY, probe.wrong_key or probe.no_key)]
    if key:
        expected.append((key, probe.valid_key or probe.no_key))
    for sent, reply in expected:
        got = ask(port, probe.path, sent)
        yield from differences(got, reply, probe.signature, f"{probe.path} with {sent or 'no key'}")


def differences(got: Got, reply: Reply, signature: Signature | None, where: str) -> Iterator[str]:
    """Say where an answer is not the one that the catalogue names."""
    if got.status != reply.status:
        yield f"{where}: {got.status}, not {reply.status}: {got.body[:200]!r}"
    elif reply.media_type is not None and got.media_type != reply.media_type:
        yield f"{where}: {got.media_type}, not {reply.media_type}"
    elif signature is not None and reply.status == http.client.OK and not bears(got, signature):
        yield f"{where}: no sign of it in {got.body[:200]!r}"


def bears(got: Got, signature: Signature) -> bool:
    """Tell whether an answer bears a kind's signature."""
    if signature.text_prefix is not None and not got.body.decode(errors="replace").startswith(signature.text_prefix):
        return False
    return not signature.json_keys or set(signature.json_keys) <= set(got.json)


def known(kind: ServiceKind, path: str, got: Got) -> bool:
    """Tell whether the catalogue knows this status of a path, as usual or as another answer."""
    probe = kind.probe(path)
    return probe is not None and got.status in {reply.status for reply in probe.replies}


def model_ids(port: int, key: str | None = None) -> list[str]:
    """Return the ids of `/v1/models`, in its order."""
    return [model["id"] for model in ask(port, "/v1/models", key).json["data"]]
