"""An intake as lines of JSON, and back, believing nothing of what comes back.

The process that parses foreign files may have been taken over by one of them. Its answer is
therefore never unpickled: each line is a list whose shape follows from the fields of `Intake`'s own
classes, and anything of another shape or type ends in `WireFault`. Nothing is called, imported or
looked up by a name that stands in the answer. Trailing fields at their default are left out.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from dashboard.records.patient import Finding, Intake, Patient, Unmapped

_KINDS: tuple[tuple[str, type], ...] = (("p", Patient), ("f", Finding), ("u", Unmapped))
_LONGEST_REMEMBERED = 64  # characters; file and field names repeat on every value

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]


class WireFault(ValueError):
    """An answer that does not have the agreed shape."""


def encode(intake: Intake) -> Iterator[bytes]:
    """The intake as lines; the last one says that it is complete."""
    parts = (intake.patients, intake.findings, intake.unmapped)
    for (tag, kind), items in zip(_KINDS, parts, strict=True):
        encode_one = _codec(kind)[0]
        for item in items:
            yield _line([tag, encode_one(item)])
    yield _line(["end", [intake.format, *intake.columns]])


def decode(lines: Iterable[bytes]) -> Intake:
    """The intake that these lines spell.

    Raises:
        WireFault: a line is no JSON, has another shape, or the last line is missing.
    """
    decoders = {tag: _codec(kind)[1] for tag, kind in _KINDS}
    found: dict[str, list[Any]] = {tag: [] for tag in decoders}
    for line in lines:
        tag, content = _pair(line)
        if tag == "end":
            format_, *columns = _texts(content)
            patients, findings, unmapped = (tuple(found[part]) for part, _ in _KINDS)
            return Intake(patients, findings, unmapped, format_, tuple(columns))
        if tag not in decoders:
            raise WireFault("a line of an unknown kind")
        found[tag].append(decoders[tag](content))
    raise WireFault("the answer ends early")


def _line(content: list[Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def _pair(line: bytes) -> tuple[str, Any]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise WireFault("a line that is no JSON") from fault
    match content:
        case [str(tag), item]:
            return tag, item
    raise WireFault("a line of another shape")


# -- one codec for each type ---------------------------------------------------------------------


@cache
def _codec(kind: Any) -> tuple[Encoder, Decoder]:
    """How values of this annotated type are written and read."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _sequence(arguments[0])
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[1])
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(kind)
    return _scalar(kind)


def _scalar(kind: type) -> tuple[Encoder, Decoder]:
    if kind is date:
        return (lambda value: value.isoformat()), _date
    if kind is str:
        return _same, _text
    if issubclass(kind, StrEnum):
        return str, _member(kind)
    return _same, _exactly(kind)


def _sequence(item: Any) -> tuple[Encoder, Decoder]:
    encode_one, decode_one = _codec(item)

    def decode_all(content: Any) -> tuple[Any, ...]:
        if not isinstance(content, list):
            raise WireFault("expected a list")
        return tuple([decode_one(element) for element in content])

    return (lambda values: [encode_one(value) for value in values]), decode_all


def _mapping(item: Any) -> tuple[Encoder, Decoder]:
    encode_one, decode_one = _codec(item)

    def decode_all(content: Any) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise WireFault("expected a mapping")
        return {_text(name): decode_one(value) for name, value in content.items()}

    return (lambda values: {name: encode_one(v) for name, v in values.items()}), decode_all


def _union(kinds: tuple[Any, ...]) -> tuple[Encoder, Decoder]:
    """Either nothing or a date, or one of several plain types that JSON tells apart."""
    allowed = frozenset(kinds)
    if date in allowed:
        return _day, lambda content: None if content is None else _date(content)

    def decode_one(content: Any) -> Any:
        if type(content) in allowed:
            return content
        if type(content) is int and float in allowed:
            return _float(content)
        raise WireFault("a value of an unexpected type")

    return _same, decode_one


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _float(number: int) -> float:
    try:
        return float(number)
    except OverflowError as fault:
        raise WireFault("a number out of range") from fault


def _record(kind: type) -> tuple[Encoder, Decoder]:
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    codecs = [_codec(hints[field.name]) for field in fields]
    writers = [(field.name, codec[0]) for field, codec in zip(fields, codecs, strict=True)]
    readers = [codec[1] for codec in codecs]
    defaults = [_default(field) for field in fields]
    required = sum(default is dataclasses.MISSING for default in defaults)

    def encode_one(record: Any) -> list[Any]:
        values = [getattr(record, name) for name, _ in writers]
        while len(values) > required and values[-1] == defaults[len(values) - 1]:
            values.pop()
        return [write(value) for (_, write), value in zip(writers, values, strict=False)]

    def decode_one(content: Any) -> Any:
        if not isinstance(content, list) or not required <= len(content) <= len(readers):
            raise WireFault(f"expected the fields of a {kind.__name__}")
        return kind(*[read(value) for read, value in zip(readers, content, strict=False)])

    return encode_one, decode_one


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _same(value: Any) -> Any:
    return value


def _texts(content: Any) -> list[str]:
    if not isinstance(content, list) or not content:
        raise WireFault("something else where a list of texts was agreed")
    return [_text(one) for one in content]


def _text(content: Any) -> str:
    if type(content) is not str:
        raise WireFault("expected text")
    return sys.intern(content) if len(content) <= _LONGEST_REMEMBERED else content


def _date(content: Any) -> date:
    try:
        return date.fromisoformat(_text(content))
    except ValueError as fault:
        raise WireFault("expected a date") from fault


def _member(kind: type[StrEnum]) -> Decoder:
    members = {str(member): member for member in kind}

    def decode_one(content: Any) -> StrEnum:
        if not isinstance(content, str) or content not in members:
            raise WireFault(f"expected a {kind.__name__}")
        return members[content]

    return decode_one


def _exactly(kind: type) -> Decoder:
    def decode_one(content: Any) -> Any:
        if type(content) is not kind:
            raise WireFault(f"expected {kind.__name__}")
        return content

    return decode_one
