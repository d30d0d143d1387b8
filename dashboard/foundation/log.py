"""The log: what happened, and never to whom.

Each line is one JSON object. Only fields on the allow-list below are written, and each only in the
shape of its kind, so that a value of a patient has no way in: not as a field, not in a message, not
in the text of an exception. Of an error the log keeps its type and the places in the code it passed
through; of a line written by a library, which may have anything in its text, it keeps who wrote it
and how severe it was. `docs/decisions/0004-log-without-values.md` tells why this is so strict.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any

NAME = "concord"
ROOT = Path(__file__).resolve().parents[2]
INCIDENT_LETTERS = (
    "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another when read out
)
MOST_FRAMES = 40
MOST_CAUSES = 8

Field = str | int | float | bool

_WORD = re.compile(r"[a-z][a-z_.-]{0,59}")
_ID = re.compile(
    r"(?!.*\d{4})[A-Za-z][A-Za-z0-9_.+-]{0,59}"
)  # four digits in a row: too like a number of record
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}")
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_INCIDENT = re.compile(rf"[{INCIDENT_LETTERS}]{{4}}-[{INCIDENT_LETTERS}]{{4}}")

# The allow-list: what a line may say, and the only shape in which it may say it. Numbers are
# counts, sizes and durations of the program's own doing.
TEXTS: Mapping[str, re.Pattern[str]] = {
    "action": _WORD,
    "bundle": _DIGEST,
    "code": _ID,
    "disease": _ID,
    "format": _ID,
    "incident": _INCIDENT,
    "mode": _WORD,
    "outcome": _WORD,
    "pack": _DIGEST,
    "page": _WORD,
    "python": _VERSION,
    "role": _WORD,
    "streamlit": _VERSION,
    "version": _VERSION,
}
NUMBERS = frozenset(
    {"errors", "findings", "megabytes", "packs", "patients", "port", "questions", "rows", "seconds"}
)


def note(event: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Write one event, named in lower-case words and points, with fields of the allow-list."""
    logging.getLogger(NAME).log(level, event, extra={"fields": fields})


def incident(
    error: BaseException,
    *,
    draw: Callable[[str], str] = secrets.choice,
    **fields: Field,
) -> str:
    """Write a bug down without its text and return the number under which it stands in the log."""
    letters = [draw(INCIDENT_LETTERS) for _ in range(8)]
    number = f"{''.join(letters[:4])}-{''.join(letters[4:])}"
    logging.getLogger(NAME).error(
        "incident", exc_info=error, extra={"fields": {**fields, "incident": number}}
    )
    return number


def write_to(path: Path, level: str = "info") -> None:
    """Send the log to this file, readable by its owner only; every other way out is made safe."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    path.chmod(0o600)
    take_over(_File(path, encoding="utf-8"), level)


class _File(logging.FileHandler):
    """The log on a disk that may be full: then nothing is written, and nobody is kept from work."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Do without the line; the standard would print the call with its values."""


def take_over(handler: logging.Handler, level: str) -> None:
    """Write through this handler, and withhold the texts of everybody else's lines.

    A library may hang handlers of its own on its loggers, now or later (Streamlit does, on each),
    so records are stripped where they are made and not only where ours are written. Calling it
    again replaces the handler.
    """
    logging.setLogRecordFactory(_stripped_record)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, Formatter)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(NAME).setLevel(level.upper())
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class Formatter(logging.Formatter):
    """One line of JSON from a record, with nothing in it that is not on the allow-list."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(_line(record), ensure_ascii=True)


def _stripped_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A record without the texts that a library or an exception may have put a patient into."""
    record = logging.LogRecord(*args, **kwargs)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        record.told = [_told(each) for each in _chain(error)]
    record.exc_info = record.exc_text = record.stack_info = None
    if record.name != NAME:
        record.msg, record.args = json.dumps(_line(record), ensure_ascii=True), ()
    return record


def _line(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
    }
    if record.name == NAME:
        line |= _event(record)
    else:
        line |= {"event": "library", "logger": _fitting(record.name, _ID) or "?"}
        line["where"] = f"{_short(record.pathname)}:{record.lineno}"
    if hasattr(record, "told"):
        line["error"] = record.told
    return line


def _uncaught(
    kind: type[BaseException], error: BaseException, places: TracebackType | None
) -> None:
    """What Python does with an exception that nobody caught, without printing its text."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, places)
        return
    number = incident(error)
    sys.stderr.write(f"An unexpected error ended this. It stands in the log as {number}.\n")


def _uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
    if caught.exc_value is not None and not isinstance(caught.exc_value, SystemExit):
        incident(caught.exc_value)


def _event(record: logging.LogRecord) -> dict[str, Any]:
    fields: Mapping[str, object] = getattr(record, "fields", {})
    told: dict[str, Any] = {"event": _fitting(record.msg, _WORD) or "?"}
    withheld = []
    for name, value in fields.items():
        if _allowed(name, value):
            told[name] = value
        else:
            withheld.append(name if name in TEXTS or name in NUMBERS else "?")
    if withheld:
        told["withheld"] = withheld
    return told


def _allowed(name: str, value: object) -> bool:
    if name in NUMBERS:
        return isinstance(value, int | float)
    return name in TEXTS and _fitting(value, TEXTS[name]) is not None


def _fitting(value: object, shape: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and shape.fullmatch(value) else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it came from, then what that came from."""
    current: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if current is None:
            return
        yield current
        if current.__cause__ is not None or current.__suppress_context__:
            current = current.__cause__
        else:
            current = current.__context__


def _told(error: BaseException) -> dict[str, Any]:
    """Type and places of an error: no text, no arguments, no local values, no source lines."""
    told: dict[str, Any] = {
        "type": type(error).__qualname__,
        "places": [
            f"{_short(frame.f_code.co_filename)}:{number} {frame.f_code.co_name}"
            for frame, number in traceback.walk_tb(error.__traceback__)
        ][-MOST_FRAMES:],
    }
    if isinstance(error, BaseExceptionGroup):
        told["group"] = [_told(inner) for inner in error.exceptions[:MOST_CAUSES]]
    return told


def _short(filename: str) -> str:
    """The path inside the project or a library; of others, whose folders name people, the end."""
    path = PurePath(filename)
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    for folder in ("site-packages", "dist-packages"):
        if folder in path.parts:
            return "/".join(path.parts[path.parts.index(folder) + 1 :])
    return path.name
