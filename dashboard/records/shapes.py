"""How deep a JSON text nests and how large a table is, found without building anything from it.

A parser asked to read a hundred thousand nested brackets fails or stops the process; a table with
a million columns takes minutes. Both are found here by counting bytes, in linear time and in memory
of the order of the upload, whatever was sent. Whether the content is correct is for the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.records.patient import Finding
from dashboard.records.uploads import (
    DEEPEST_JSON,
    LARGEST_UPLOAD,
    MEGABYTE,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Upload,
    megabytes,
)

LONGEST_NUMBER = 1000  # digits; Python takes quadratic time to read long ones
MOST_MATRIX_COLUMNS = 5000  # a gene-by-sample matrix has a column for each sample

_HEAD = 4096
_FIRST_LINES = 20
_OPENING = ord("[")


def check_shape(upload: Upload) -> Iterator[Finding]:
    """What speaks against parsing this text: nested too deep, too wide, too long, or cut."""
    text = _one_byte_a_sign(upload.content)
    start = text[:_HEAD].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    if upload.suffix in (".json", ".ndjson", ".jsonl") or start in (b"{", b"["):
        yield from _check_json(upload, text)
    else:
        yield from _check_table(upload, text)


def is_utf16(content: bytes) -> bool:
    """Whether the text is UTF-16: by its mark, or because every other byte is zero."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    head = content[:_HEAD]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) / 2
    return max(even, odd) > 0.8 * half and min(even, odd) < 0.1 * half


def _one_byte_a_sign(content: bytes) -> bytes:
    return content.replace(b"\x00", b"") if is_utf16(content) else content


# -- JSON ----------------------------------------------------------------------------------------

_CSV_STRING = re.compile(rb'"[^"]*"')
_LONG_NUMBER = re.compile(rb"\d{%d}" % LONGEST_NUMBER)
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"{}[]")
_ONE_KIND = bytes.maketrans(b"{}", b"[]")  # which bracket it is matters to the parser alone


def _check_json(upload: Upload, text: bytes) -> Iterator[Finding]:
    brackets, long_number = bytearray(), False
    for piece in _outside_strings(text, escapes=True):
        long_number = long_number or _LONG_NUMBER.search(piece) is not None
        brackets += piece.translate(_ONE_KIND, _NOT_BRACKETS)
    if long_number:
        yield upload.refuse(
            "long-number",
            f"A number in the file has {LONGEST_NUMBER:,} digits or more.",
            expected="numbers of a clinical size",
            fix="Correct the number and upload the file again.",
        )
    yield from _check_depth(upload, bytes(brackets))


def _outside_strings(text: bytes, *, escapes: bool) -> Iterator[bytes]:
    """The text without what stands in quotes, in pieces; an unclosed quote ends it.

    Quotes are counted and not matched: Python before 3.11.5, Debian 12's among them, reads the
    possessive patterns wrongly that would be as fast.
    """
    inside, cut = False, b""
    for at in range(0, len(text), MEGABYTE):
        piece, cut = cut + text[at : at + MEGABYTE], b""
        if escapes:
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
            if piece.endswith(b"\\"):  # its other half begins the next piece
                piece, cut = piece[:-1], b"\\"
        parts = piece.split(b'"')
        yield b" ".join(parts[inside::2])
        inside ^= len(parts) % 2 == 0


def _check_depth(upload: Upload, brackets: bytes) -> Iterator[Finding]:
    left = _unclosed(brackets)
    if not left:
        return
    if _deepest(left) > DEEPEST_JSON or b"[]" in left:
        yield upload.refuse(
            "too-deep",
            f"The JSON is nested deeper than {DEEPEST_JSON} levels.",
            expected=f"at most {DEEPEST_JSON} levels",
            fix="Export the records again; no clinical format nests that deep.",
        )
    elif not left.strip(b"[") and not _closes_early(brackets):
        yield upload.refuse(
            "cut",
            f"The JSON ends in the middle: {len(left)} brackets are never closed. "
            f"{megabytes(len(upload.content))} arrived (limit {megabytes(LARGEST_UPLOAD)}).",
            expected="a complete file",
            fix="Export or upload it again; it was probably cut on the way.",
        )


def _unclosed(brackets: bytes) -> bytes:
    """What is left after every pair up to the deepest allowed level has been taken out."""
    for _ in range(DEEPEST_JSON):
        fewer = brackets.replace(b"[]", b"")  # takes out one level, the innermost
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    return brackets


def _deepest(left: bytes) -> int:
    """The depth reached near the start; a parser stops at the first bracket that does not fit."""
    depth = deepest = 0
    for code in left[:_HEAD]:
        depth += 1 if code == _OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def _closes_early(brackets: bytes) -> bool:
    """Whether a whole text stands before the unclosed one, as in a file of one text a line."""
    depth = 0
    for code in brackets[: 16 * _HEAD]:
        depth += 1 if code == _OPENING else -1
        if depth == 0:
            return True
    return False


# -- tables --------------------------------------------------------------------------------------

_SEPARATORS = (b",", b";", b"\t", b"|")
_BLANK = b' \t,;|"'


def _check_table(upload: Upload, text: bytes) -> Iterator[Finding]:
    is_matrix = text.lstrip(b"\xef\xbb\xbf#").lower().startswith(b"hugo_symbol")
    most = MOST_MATRIX_COLUMNS if is_matrix else MOST_COLUMNS
    columns = _widest(text)
    if columns > most:
        yield upload.refuse(
            "too-wide",
            f"The table has {columns:,} columns; the limit is {most:,}.",
            expected=f"at most {most:,} columns",
            fix="Keep the columns that describe the patient and leave out the others.",
        )
    rows = _count_rows(text, MOST_ROWS)
    if rows <= MOST_ROWS and not is_matrix and b"hugo_symbol" not in text[:_HEAD].lower():
        yield from _check_cells(upload, text, columns)
    if rows > MOST_ROWS:
        yield upload.refuse(
            "too-long",
            f"The table has {rows:,} rows; the limit is {MOST_ROWS:,}.",
            expected=f"at most {MOST_ROWS:,} rows",
            fix="Split it into several files.",
        )


def _widest(text: bytes) -> int:
    """The number of columns of the widest of the first lines."""
    lines = _CSV_STRING.sub(b"", text[:MEGABYTE]).splitlines()[:_FIRST_LINES]
    return max((max(line.count(mark) for mark in _SEPARATORS) + 1 for line in lines), default=1)


def _check_cells(upload: Upload, text: bytes, columns: int) -> Iterator[Finding]:
    most = MOST_CELLS // columns
    rows = _count_rows(text, most)
    if rows > most:
        yield upload.refuse(
            "too-many-cells",
            f"The table has {rows:,} rows of {columns:,} columns, {rows * columns:,} cells; "
            f"the limit is {MOST_CELLS:,}.",
            expected=f"at most {most:,} rows of this width",
            fix=f"Split it into files of at most {most:,} rows, or leave out columns that no "
            "model uses.",
        )


def _count_rows(text: bytes, most: int) -> int:
    """Rows under the header; blank lines and breaks inside quotes do not count.

    Zero where there are no more than `most` however they are counted.
    """
    if text.count(b"\n") + text.count(b"\r") <= most:
        return 0
    rows = bytearray()
    for piece in _outside_strings(text, escapes=False):
        rows += piece.replace(b"\r", b"\n").translate(None, _BLANK)
    return _lines_with_content(bytes(rows)) - 1


def _lines_with_content(text: bytes) -> int:
    text = text.strip(b"\n")
    while b"\n\n" in text:
        text = text.replace(b"\n\n", b"\n")
    return text.count(b"\n") + 1
