"""Reading JSON strictly: what Python's own reader lets through silently is refused here.

Python keeps the last of two equal keys, accepts NaN and 1e999, and falls over at great depth. Here
repeated keys with different values, numbers that are none and excessive depth are errors with line
and column; a fault of the syntax is named together with its usual cause. Digits are kept as they
stood (`Figure.text`). Half characters (lone surrogates) are replaced and listed, because a text
that holds one cannot be saved. What a document means is not judged here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.records.patient import Finding, Severity, Where

# A patient's bundle nests about 16 deep, one with extensions inside extensions about 24; four times
# the first leaves room for questionnaires, and is far below where a parser's stack would end.
DEEPEST = 64
LONGEST_NUMBER = 100  # characters; no measurement and no identifier needs more
_SHOWN = 40
_MOST_POSITIONS = 20

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER_OR_STRING = re.compile(
    r'"(?:[^"\\]|\\.)*"|-?(?:Infinity|NaN)|-?[0-9][0-9.eE+-]*', re.DOTALL
)
_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


class Figure(float):
    """A decimal that remembers its digits: 13.50 stays 13.50 for those who look it up."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Figure:
        """A figure of the digits as they stood."""
        self = super().__new__(cls, text)
        self.text = text
        return self


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document, or None and the findings that say why it cannot be used."""

    content: Any
    findings: tuple[Finding, ...] = ()


def read_json(data: bytes, file: str = "") -> Document:
    """Parse one JSON document; every fault is a finding, none an exception."""
    text, findings = decode(data, file)
    if text is None:
        return Document(None, findings)
    return parse(text, Where(file))


def read_json_lines(data: bytes, file: str = "") -> Iterator[tuple[int, Document]]:
    """Parse newline-delimited JSON; a bad line costs only itself. Blank lines are skipped."""
    text, findings = decode(data, file)
    if text is None:
        yield 1, Document(None, findings)
        return
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            yield number, parse(line, Where(file, number))


def decode(data: bytes, file: str = "") -> tuple[str | None, tuple[Finding, ...]]:
    """The text of the bytes: UTF-8, UTF-16 or UTF-32, with or without a byte order mark."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return None, (
            _refusal(Where(file), "json-empty", "The file is empty.", "Export it again."),
        )
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding, "strict"), ()
    except UnicodeDecodeError as error:
        message = (
            f"The file is not readable as {encoding.upper()}: byte {error.start + 1:,} is not text."
        )
        fix = "Save it as UTF-8 and try again."
        return None, (_refusal(Where(file), "json-encoding", message, fix),)


def parse(text: str, where: Where) -> Document:
    """Parse decoded text; `where` names file and line for the findings."""
    too_deep = _depth(text) > DEEPEST
    if too_deep:
        return Document(None, (_deep(where),))
    notes = _Notes()
    try:
        content = _load(text, notes)
    except json.JSONDecodeError as error:
        return Document(None, (_syntax_finding(error, where),))
    except RecursionError:
        return Document(None, (_deep(where),))
    findings = [*_number_findings(text, notes, where), *_repeat_findings(content, notes, where)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Document(None, tuple(findings))
    if _HALF_ESCAPE.search(text):
        content = _mend_halves(content, "", findings, where)
    return Document(content, tuple(findings))


def shown(value: object) -> str:
    """A value as it may stand in a message: escaped and short."""
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    text = _HALF.sub("\ufffd", text).replace("\n", " ")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


# -- parsing -------------------------------------------------------------------------------------


class _Repeats(dict[str, Any]):
    """An object that named a key twice; all its values are in `repeats`."""

    repeats: dict[str, list[Any]]


class _Notes:
    """What the parser's hooks noticed on the way."""

    def __init__(self) -> None:
        self.bad_number = False
        self.repeats = False

    def number(self, text: str) -> Figure:
        figure = Figure(text)
        if len(text) > LONGEST_NUMBER or not math.isfinite(figure) or _vanishes(text, figure):
            self.bad_number = True
        return figure

    def integer(self, text: str) -> int:
        if len(text) > LONGEST_NUMBER:
            self.bad_number = True
            return 0
        return int(text)

    def constant(self, _text: str) -> None:
        self.bad_number = True

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        self.repeats = True
        holder = _Repeats(plain)
        holder.repeats = {}
        for key, value in pairs:
            holder.repeats.setdefault(key, []).append(value)
        return holder


def _load(text: str, notes: _Notes) -> Any:
    return json.loads(
        text.removeprefix("\ufeff"),
        object_pairs_hook=notes.pairs,
        parse_float=notes.number,
        parse_int=notes.integer,
        parse_constant=notes.constant,
    )


def _depth(text: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _deep(where: Where) -> Finding:
    message = f"The file nests more than {DEEPEST} levels deep; nothing of it was read."
    return _refusal(where, "json-depth", message, "Send the records without the outer wrapping.")


# -- numbers and repeated keys -------------------------------------------------------------------


def _number_findings(text: str, notes: _Notes, where: Where) -> Iterator[Finding]:
    if not notes.bad_number:
        return
    bad = (match for match in _NUMBER_OR_STRING.finditer(text) if _is_bad_number(match.group()))
    for _count, match in zip(range(_MOST_POSITIONS), bad, strict=False):
        line, column = _position(text, match.start(), where)
        literal = shown(match.group())
        yield Finding(
            Severity.ERROR,
            "json-number",
            f"Line {line}, column {column}: {literal} is not a number JSON allows.",
            Where(where.file, line),
            value=literal,
            expected=f"a finite number of at most {LONGEST_NUMBER} characters",
            fix="Leave the value out where it is unknown, or write the number.",
            rest="Nothing of this document was read.",
        )


def _is_bad_number(literal: str) -> bool:
    if literal.startswith('"'):
        return False
    if len(literal) > LONGEST_NUMBER:
        return True
    try:
        number = float(literal)
    except ValueError:
        return False
    return not math.isfinite(number) or _vanishes(literal, number)


def _vanishes(literal: str, number: float) -> bool:
    """Whether digits other than nought became nothing: 1e-999."""
    return number == 0 and re.search("[1-9]", literal.lower().partition("e")[0]) is not None


def _repeat_findings(content: Any, notes: _Notes, where: Where) -> Iterator[Finding]:
    if not notes.repeats:
        return
    for path, key, values in _repeated(content, ""):
        differing = any(not _same(value, values[0]) for value in values[1:])
        yield _repeat(f"{path}.{key}".lstrip("."), key, values, where, differing=differing)


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _repeat(path: str, key: str, values: list[Any], where: Where, *, differing: bool) -> Finding:
    spelt = " and ".join(shown(value) for value in values[:3])
    here = Where(where.file, where.row, path)
    if not differing:
        message = f"{key} appears {len(values)} times with the same value; it was read once."
        return Finding(Severity.NOTE, "json-repeated-key", message, here, value=spelt)
    return Finding(
        Severity.ERROR,
        "json-repeated-key",
        f"{key} appears {len(values)} times with different values: {spelt}.",
        here,
        value=spelt,
        expected="each key once",
        fix="Keep the right one and delete the other.",
        rest="Nothing of this document was read.",
    )


def _repeated(content: Any, path: str) -> Iterator[tuple[str, str, list[Any]]]:
    if isinstance(content, _Repeats):
        yield from (
            (path, key, values) for key, values in content.repeats.items() if len(values) > 1
        )
    for step, child in _children(content):
        yield from _repeated(child, f"{path}{step}")


def _children(content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        yield from ((f".{key}", value) for key, value in content.items())
    elif isinstance(content, list):
        yield from ((f"[{index}]", value) for index, value in enumerate(content))


# -- half characters -----------------------------------------------------------------------------


def _mend_halves(content: Any, path: str, findings: list[Finding], where: Where) -> Any:
    if isinstance(content, str):
        return _mended(content, path, findings, where)
    if isinstance(content, dict):
        return {
            _mended(key, path, findings, where): _mend_halves(
                value, f"{path}.{_HALF.sub('', key)}", findings, where
            )
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [
            _mend_halves(value, f"{path}[{index}]", findings, where)
            for index, value in enumerate(content)
        ]
    return content


def _mended(text: str, path: str, findings: list[Finding], where: Where) -> str:
    if not _HALF.search(text):
        return text
    mended = _HALF.sub("\ufffd", text)
    findings.append(
        Finding(
            Severity.WARNING,
            "json-half-character",
            f"Half a character was replaced by \ufffd: {shown(mended)}",
            Where(where.file, where.row, path.lstrip(".")),
            value=shown(mended),
            expected="whole characters",
            fix="Correct the text at its source.",
        )
    )
    return mended


# -- faults of the syntax ------------------------------------------------------------------------


def _syntax_finding(error: json.JSONDecodeError, where: Where) -> Finding:
    cause, fix = _cause(error.doc, error.pos, error.msg)
    line, column = _position(error.doc, error.pos, where)
    return Finding(
        Severity.ERROR,
        "json-syntax",
        f"Line {line}, column {column}: {cause}",
        Where(where.file, line),
        value=shown(error.doc[max(0, error.pos - 15) : error.pos + 15]),
        expected="JSON",
        fix=fix,
        rest="Nothing of this document was read.",
    )


def _cause(text: str, position: int, message: str) -> tuple[str, str]:
    """What the fault usually is, and what to do about it."""
    before, after = text[:position].rstrip(), text[position:].lstrip()
    if text.lstrip().startswith("<"):
        return "this is XML or HTML, not JSON.", "Export the records as JSON."
    if not after or message.startswith("Unterminated string"):
        return "the file ends in the middle.", "It was cut short on the way; send it again."
    if after.startswith(("//", "/*", "#")):
        return "comments are not allowed in JSON.", "Delete the comment."
    if after[0] in "]}" or (before.endswith(",") and after[0] in ",]}"):
        return "a comma too many.", f"Delete the comma before {after[0]}."
    return _cause_of_words(after, message)


def _cause_of_words(after: str, message: str) -> tuple[str, str]:
    if after.startswith("'"):
        return "single quotes are not allowed in JSON.", 'Write "double quotes".'
    if message == "Extra data":
        cause = "a second document follows the first."
        return cause, "Put the records in one list, or save one record a line as .ndjson."
    if re.match(r"(?:True|False|None|undefined)\b", after):
        return "JSON writes true, false and null.", "Write true, false or null."
    if message.startswith("Invalid control character"):
        return "a line break or control character stands inside a text.", r"Write \n instead."
    if message.startswith("Expecting ',' delimiter"):
        return "a comma or a closing bracket is missing.", "Add it before this place."
    return f"{message[0].lower()}{message[1:]}.", "Correct this place and try again."


def _position(text: str, position: int, where: Where) -> tuple[int, int]:
    """Line and column, both from 1; a line of a longer file keeps its own number."""
    line = text.count("\n", 0, position) + (where.row or 1)
    return line, position - text.rfind("\n", 0, position)


def _refusal(where: Where, code: str, message: str, fix: str) -> Finding:
    return Finding(
        Severity.ERROR, code, message, where, expected="JSON", fix=fix, rest="Nothing was imported."
    )
