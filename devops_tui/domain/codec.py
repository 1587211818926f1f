"""Frozen dataclasses to JSON and back.

Unions of dataclasses carry the class's name under "is". Datetimes become ISO 8601
in UTC. Unknown keys are ignored and missing keys take the field's default, so that a
store written by the next version can still be read by this one.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")


def encode(value: object) -> Any:
    """Any domain value as JSON-ready dicts, lists and scalars."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out: dict[str, Any] = {"is": type(value).__name__}
        for field in dataclasses.fields(value):
            out[field.name] = encode(getattr(value, field.name))
        return out
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [encode(v) for v in value]
    return value


def essence(value: object) -> Any:
    """Like `encode`, without the fields that have their default.

    A field that a later version adds does not change it: what is compared over upgrades
    (a plan's hash) is made of this.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out: dict[str, Any] = {"is": type(value).__name__}
        for field in dataclasses.fields(value):
            held = getattr(value, field.name)
            if held != _default(field):
                out[field.name] = essence(held)
        return out
    if isinstance(value, Mapping):
        return {str(k): essence(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [essence(v) for v in value]
    return encode(value)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default  # MISSING equals nothing


def decode(kind: type[T], data: Any) -> T:
    """The value of type `kind` that `encode` made `data` from.

    Raises:
        ValueError: `data` does not have the shape of `kind`.
    """
    return cast("T", _decode(kind, data))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    args = typing.get_args(kind)
    if kind is Any:
        return data
    if origin is typing.Union or origin is types.UnionType:
        return _decode_union(args, data)
    if origin is not None and issubclass(origin, Mapping):
        return {_decode(args[0], k): _decode(args[1], v) for k, v in data.items()}
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_decode(args[0], v) for v in data)
        return tuple(_decode(a, v) for a, v in zip(args, data, strict=True))
    if origin is list:
        return [_decode(args[0], v) for v in data]
    if origin is frozenset:
        return frozenset(_decode(args[0], v) for v in data)
    if dataclasses.is_dataclass(kind):
        return _decode_object(cast("type", kind), data)
    return _decode_scalar(kind, data)


def _decode_scalar(kind: Any, data: Any) -> Any:
    kind = getattr(kind, "__supertype__", kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is datetime:
        return datetime.fromisoformat(data).astimezone(UTC)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if isinstance(kind, type) and not isinstance(data, kind):
        raise ValueError(f"expected {kind.__name__}, got {type(data).__name__}")
    return data


def _decode_union(args: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in args:
        return None
    name = data.get("is") if isinstance(data, dict) else None
    for arg in args:
        if dataclasses.is_dataclass(arg) and getattr(arg, "__name__", "") == name:
            return _decode(arg, data)
    for arg in args:
        if arg is type(None) or (dataclasses.is_dataclass(arg) and name is not None):
            continue
        try:
            return _decode(arg, data)
        except (ValueError, TypeError, AttributeError):
            continue
    raise ValueError(f"no member of the union fits {type(data).__name__}")


def _decode_object(kind: type, data: Any) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"expected an object for {kind.__name__}, got {type(data).__name__}")
    hints = _hints(kind)
    known = {f.name for f in dataclasses.fields(kind)}
    values = {k: _decode(hints[k], v) for k, v in data.items() if k in known}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(str(error)) from None
