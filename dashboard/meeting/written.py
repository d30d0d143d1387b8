"""The values of the meeting as JSON, and back, with the fields by name.

What is kept for years must be readable by a later version: a field that a body does not have takes
its default, one that this version does not know is left aside. A value of another shape than its
field is refused by name; nothing of it is guessed. `canonical` is the one spelling that is hashed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dashboard.foundation.errors import UserError

_Kept = TypeVar("_Kept")


class Unreadable(UserError):
    """What is kept has another shape than this version reads."""


def to_body(value: Any) -> Any:
    """A frozen value as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_body(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_body(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_body(item) for item in value]
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def from_body(kind: type[_Kept], body: Any) -> _Kept:
    """The value of this class that a body spells.

    Raises:
        Unreadable: a required field is missing, or one has another shape.
    """
    return cast("_Kept", _read(kind, body, kind.__name__))


def canonical(body: Any) -> str:
    """The one way to write a body: keys in order, no spaces, no number that JSON does not know."""
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(body: Any) -> str:
    """SHA-256 over the canonical spelling."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def _read(kind: Any, body: Any, place: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _read_either(arguments, body, place)
    if origin is tuple:
        return tuple(_read(arguments[0], item, place) for item in _shaped(list, body, place))
    if origin is not None:  # a mapping; the room keeps no other containers
        items = _shaped(dict, body, place).items()
        return {name: _read(arguments[1], item, f"{place}.{name}") for name, item in items}
    if dataclasses.is_dataclass(kind):
        return _read_fields(cast("type", kind), _shaped(dict, body, place), place)
    return _read_plain(kind, body, place)


def _read_either(kinds: tuple[Any, ...], body: Any, place: str) -> Any:
    if body is None and type(None) in kinds:
        return None
    (kind,) = (each for each in kinds if each is not type(None))
    return _read(kind, body, place)


def _read_fields(kind: type, body: Mapping[str, Any], place: str) -> Any:
    found = {}
    for name, (hint, needed) in _fields(kind).items():
        if name in body:
            found[name] = _read(hint, body[name], f"{place}.{name}")
        elif needed:
            raise _unreadable(f"{place}.{name}", "it is missing")
    return kind(**found)


@cache
def _fields(kind: type) -> Mapping[str, tuple[Any, bool]]:
    """The type of each field, and whether a body must have it."""
    hints, missing = get_type_hints(kind), dataclasses.MISSING
    return {
        f.name: (hints[f.name], f.default is missing and f.default_factory is missing)
        for f in dataclasses.fields(kind)
    }


def _read_plain(kind: Any, body: Any, place: str) -> Any:
    if kind is float and type(body) is int:
        return float(body)
    if kind in (str, int, float, bool):
        return _shaped(kind, body, place)
    text = _shaped(str, body, place)
    try:
        return kind.fromisoformat(text) if kind in (date, datetime) else kind(text)
    except ValueError:
        raise _unreadable(place, f"it is {text!r}") from None


def _shaped(kind: Any, body: Any, place: str) -> Any:
    if type(body) is not kind:
        raise _unreadable(place, f"it is a {type(body).__name__}, not a {kind.__name__}")
    return body


def _unreadable(place: str, why: str) -> Unreadable:
    return Unreadable(
        f"{place} cannot be read: {why}.",
        hint="It was written by another version of Concord, or changed by hand. Nothing of it was "
        "used and nothing was changed.",
        code="unreadable",
    )
