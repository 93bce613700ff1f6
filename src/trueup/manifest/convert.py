"""Plain values of a TOML text → the typed tables, with the exact place of whatever does not fit."""

from __future__ import annotations

import enum
import functools
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar, cast

import msgspec

from trueup.manifest.problem import Problem, name_of, nearest, plain
from trueup.manifest.toml_lines import KeyPath

_SHOWN = 60

TableT = TypeVar("TableT", bound=msgspec.Struct)


def convert_table(value: object, table: type[TableT], path: KeyPath = ()) -> TableT:
    """Build `table` from plain values. Raises Problem at the first key that is unknown, missing or does not fit."""
    raw = _expect(value, dict, path, "a table")
    fields, hints = _fields(table), _hints(table)
    for key in raw:
        if key not in fields:
            raise _unknown(key, tuple(fields), path)
    required = [name for name, field in fields.items() if field.required]
    for name in required:
        if name not in raw:
            raise Problem(path, f"{_told(path)} lacks the key {name!r}", f"required: {', '.join(required)}")
    values = {
        field.name: _convert(raw[name], hints[field.name], (*path, name))
        for name, field in fields.items()
        if name in raw
    }
    return table(**values)


@functools.cache
def _fields(table: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(table)}


@functools.cache
def _hints(table: type[msgspec.Struct]) -> Mapping[str, Any]:
    return typing.get_type_hints(table, include_extras=True)


def _convert(value: object, hint: Any, path: KeyPath) -> object:
    bare = _without_metadata(hint)
    origin = typing.get_origin(bare)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return convert_table(value, bare, path)
    if origin is tuple:
        element = typing.get_args(bare)[0]
        allowed = _list_of(element, path)
        items = _expect(value, list, path, allowed)
        return tuple(_convert(item, element, (*path, index)) for index, item in enumerate(items))
    if origin is dict:
        key_hint, item_hint = typing.get_args(bare)
        table = _expect(value, dict, path, _table_of(item_hint, path))
        return {
            cast("str", _scalar(key, key_hint, (*path, key))): _convert(item, item_hint, (*path, key))
            for key, item in table.items()
        }
    return _scalar(value, hint, path)


def _scalar(value: object, hint: Any, path: KeyPath) -> object:
    allowed = _allowed(hint)
    if isinstance(value, str) and not value.strip():
        raise Problem(path, f"{_told(path)} must not be empty", f"allowed: {allowed}")
    if isinstance(value, str) and not value.isprintable():
        raise Problem(path, f"{_told(path)} holds control characters: {_shown(value)}", f"allowed: {allowed}")
    try:
        return msgspec.convert(value, hint)
    except (msgspec.ValidationError, OverflowError):
        raise Problem(path, f"{_told(path)} cannot be {_shown(value)}", _advice(value, hint, allowed)) from None


def _advice(value: object, hint: Any, allowed: str) -> str:
    near = nearest(value, _choices(_without_metadata(hint))) if isinstance(value, str) else None
    if isinstance(value, str) and any(meta.extra and meta.extra.get("plain") for meta in _metas(hint)):
        near = plain(value) if _fits(plain(value), hint) else None
    return f"did you mean {near!r}? allowed: {allowed}" if near else f"allowed: {allowed}"


def _fits(value: object, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return False
    return True


def _unknown(key: str, known: tuple[str, ...], path: KeyPath) -> Problem:
    near = nearest(key, known)
    where = f"in {_told(path)}" if path else "at the top"
    hint = f"did you mean {near!r}?" if near else f"known here: {', '.join(known)}"
    return Problem((*path, key), f"unknown key {_shown(key)} {where}", hint)


def _expect(value: object, kind: type, path: KeyPath, allowed: str) -> Any:
    if isinstance(value, kind):
        return value
    raise Problem(path, f"{_told(path)} cannot be {_shown(value)}", f"allowed: {allowed}")


def _told(path: KeyPath) -> str:
    return f"`{name_of(path)}`" if path else "the manifest"


# ---------------------------------------------------------------- what is allowed, in words


def _without_metadata(hint: Any) -> Any:
    """Take `Annotated[…]` and `… | None` off a type."""
    if typing.get_origin(hint) is typing.Annotated:
        return _without_metadata(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _without_metadata(next(arm for arm in typing.get_args(hint) if arm is not type(None)))
    return hint


def _metas(hint: Any) -> list[msgspec.Meta]:
    if typing.get_origin(hint) is typing.Annotated:
        base, *metas = typing.get_args(hint)
        return [*metas, *_metas(base)]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [meta for arm in typing.get_args(hint) for meta in _metas(arm)]
    return []


def allowed_in(hint: Any) -> str:
    """Say in words what a key of this type takes."""
    bare = _without_metadata(hint)
    if typing.get_origin(bare) is tuple:
        element = typing.get_args(bare)[0]
        return f"a list; each: {_allowed(element)}"
    if typing.get_origin(bare) is dict:
        return f"a table of names; each: {_allowed(typing.get_args(bare)[1])}"
    return _allowed(hint)


def _allowed(hint: Any) -> str:
    for meta in _metas(hint):
        if meta.extra and "allowed" in meta.extra:
            return str(meta.extra["allowed"])
    bare = _without_metadata(hint)
    choices = _choices(bare)
    if choices:
        return " or ".join(f'"{choice}"' for choice in choices)
    return {str: "a text in quotes", int: "a whole number", bool: "true or false"}.get(bare, "a table")


def _choices(bare: Any) -> tuple[str, ...]:
    if typing.get_origin(bare) is typing.Literal:
        return typing.get_args(bare)
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return tuple(member.value for member in bare)
    return ()


def _list_of(element: Any, path: KeyPath) -> str:
    if isinstance(element, type) and issubclass(element, msgspec.Struct):
        return f"tables, each under a line [[{name_of(path)}]]"
    return f"a list in brackets; each: {_allowed(element)}"


def _table_of(item: Any, path: KeyPath) -> str:
    if isinstance(item, type) and issubclass(item, msgspec.Struct):
        return f"tables, each under a line [{name_of(path)}.NAME]"
    return f"a table; each value: {_allowed(item)}"


def _shown(value: object) -> str:
    """Show a value as the file has it, short and free of control characters."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
        return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value) if abs(value) < 10**_SHOWN else "a huge number"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return "a table" if isinstance(value, Mapping) else "a list"
