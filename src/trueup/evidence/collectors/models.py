"""What a `/v1/models` lists: model ids, and what sort of name each of them is."""

from __future__ import annotations

import re

import msgspec

from trueup.evidence.redact import clean
from trueup.vocabulary import ModelId, ModelIdKind, Models

_PATH = re.compile(r"(?:[/\\]|~[/\\]|\.{1,2}[/\\]|[A-Za-z]:[/\\]|file:)")
_CACHE = re.compile(r"(?:^|/)(?:models--|snapshots/|blobs/)")
_WEIGHTS = re.compile(r"\.(?:gguf|ggml|safetensors|bin|onnx|xml|mlpackage|npz)$", re.IGNORECASE)
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(?:[:@][\w.-]+)?")
_LIMIT = 2000
_LENGTH = 500


def model_id_kind(ident: str) -> ModelIdKind:
    """Tell what sort of name a model id is: a `path` on a filesystem, a `repository` (`owner/name`), or a `handle`."""
    if _PATH.match(ident) or _CACHE.search(ident) or _WEIGHTS.search(ident):
        return "path"
    return "repository" if _REPOSITORY.fullmatch(ident) else "handle"


class _Entry(msgspec.Struct):
    id: str


class _Listing(msgspec.Struct):
    data: list[_Entry]


def read_models(url: str, body: bytes) -> Models | None:
    """Read the body of a `GET url` in OpenAI's list format (`{"data": [{"id": …}]}`); None if it is no such list.

    At most 2000 ids of 500 characters are kept; the record is `partial` when that left something out.
    """
    try:
        listed = [entry.id for entry in msgspec.json.decode(body, type=_Listing).data]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    ids = tuple(ModelId(id=clean(ident, _LENGTH), kind=model_id_kind(ident)) for ident in listed[:_LIMIT])
    cut = len(listed) > _LIMIT or any(len(ident) > _LENGTH for ident in listed)
    return Models(url=url, ids=ids, partial=cut)
