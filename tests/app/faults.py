"""Every kind of fault a page may meet, each with a patient's identifiers in its text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

PLANTED = ("Jane Q. Doe", "MRN-4711-0815", "1951-03-09", "albumin 38")
TEXT = ", ".join(PLANTED)


def _raise(error: Exception) -> None:
    raise error


def _again(depth: int) -> str:
    return TEXT + _again(depth + 1)


def _chained() -> None:
    try:
        int(TEXT)
    except ValueError as error:
        raise RuntimeError(TEXT) from error


FAULTS: dict[str, Callable[[], object]] = {
    "value": lambda: int(TEXT),
    "key": lambda: {}[TEXT],
    "index": lambda: [TEXT][len(TEXT)],
    "type": lambda: len(TEXT) + TEXT,  # type: ignore[operator]  # that is the fault
    "attribute": lambda: getattr(object(), TEXT),
    "decode": (TEXT.encode() + b"\xff").decode,
    "zero": lambda: len(TEXT) // 0,
    "recursion": partial(_again, 0),
    "chained": _chained,
    "file": lambda: Path(TEXT).read_text("utf-8"),
    "assertion": lambda: _raise(AssertionError(TEXT)),
    "memory": lambda: _raise(MemoryError(TEXT)),
    "group": lambda: _raise(ExceptionGroup(TEXT, [ValueError(TEXT), KeyError(TEXT)])),
}
