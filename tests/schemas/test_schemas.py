from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tools.schemas import FOLDER, files

from trueup.schemas import SCHEMAS, schema_of


def test_the_published_schemas_are_those_of_the_types() -> None:
    for path, content in files().items():
        assert path.read_text() == content, "make docs"
    assert set(FOLDER.iterdir()) == set(files())


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(child)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_names_itself_and_holds_together(name: str) -> None:
    uri, record, _ = SCHEMAS[name]
    schema = schema_of(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == uri
    assert re.fullmatch(rf"https://trueup\.dev/schemas/{name}/\d+", uri)
    assert schema["$ref"] == f"#/$defs/{record.__name__}"
    for part in _parts(schema):
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in schema["$defs"]
        if isinstance(part.get("pattern"), str):
            assert r"\Z" not in part["pattern"], "JSON schema speaks ECMAScript's regular expressions"
            re.compile(part["pattern"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_every_field_and_allows_no_other(name: str) -> None:
    _, record, _ = SCHEMAS[name]
    top = json.loads((FOLDER / f"{name}.json").read_text())["$defs"][record.__name__]
    fields = msgspec.structs.fields(record)
    assert set(top["properties"]) == {field.encode_name for field in fields}
    assert set(top.get("required", ())) == {field.encode_name for field in fields if field.required}
    assert top["additionalProperties"] is False
