"""Everything that can be read in a file, whatever it is packed in, for a search of it.

PDF: words of the pages, every text and stream of every object. Office files: every part, and
their words joined over markup. Pictures: the text they carry. JSON: every text as it is meant. What
is packed in base64 or in an archive is unpacked and read in turn.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator

import pypdf
from pypdf import generic

_DEEPEST = 4
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_TAG = re.compile(r"<[^>]*>")


def readable(content: bytes, depth: int = 0) -> Iterator[str]:
    """Every reading of a file as text; the same words may come several times."""
    yield from (content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace"))
    if depth == _DEEPEST:
        return
    if content[:5] == b"%PDF-":
        yield from _of_pdf(content, depth)
    elif content[:4] == b"PK\x03\x04":
        yield from _of_archive(content, depth)
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _of_picture(content)
    elif content[:2] == b"\x1f\x8b":
        yield from readable(gzip.decompress(content), depth + 1)
    else:
        yield from _of_text(content, depth)


def _of_pdf(content: bytes, depth: int) -> Iterator[str]:
    document = pypdf.PdfReader(io.BytesIO(content))
    yield " ".join(page.extract_text() for page in document.pages)
    for number in range(1, int(document.trailer["/Size"])):
        held = document.get_object(generic.IndirectObject(number, 0, document))
        if isinstance(held, generic.StreamObject):
            yield from readable(held.get_data(), depth + 1)
        if held is not None:
            yield " ".join(_texts(held))


def _texts(held: object) -> Iterator[str]:
    """Every text of an object of a PDF: title, keywords, bookmarks, notes, alternative texts."""
    if isinstance(held, dict):
        for each in held.values():
            yield from _texts(each)
    elif isinstance(held, list):
        for each in held:
            yield from _texts(each)
    elif isinstance(held, str):
        yield held


def _of_archive(content: bytes, depth: int) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield archive.comment.decode("utf-8", "replace")
        for part in archive.infolist():
            yield part.filename
            yield from readable(archive.read(part), depth + 1)


def _of_picture(content: bytes) -> Iterator[str]:
    place = 8
    while place + 8 <= len(content):
        length, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        body = content[place + 8 : place + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"eXIf"):
            yield body.decode("utf-8", "replace")
        elif kind == b"zTXt":
            yield zlib.decompress(body.split(b"\0", 1)[1][1:]).decode("latin-1")
        place += length + 12


def _of_text(content: bytes, depth: int) -> Iterator[str]:
    text = content.decode("utf-8", "replace")
    yield _without_markup(text)
    try:
        yield json.dumps(json.loads(text), ensure_ascii=False)
        yield " ".join(_words(json.loads(text)))
    except (ValueError, RecursionError):
        pass
    for packed in _BASE64.findall(content):
        try:
            yield from readable(base64.b64decode(packed, validate=True), depth + 1)
        except binascii.Error:
            continue


def _without_markup(text: str) -> str:
    """The words of markup, joined over tags: `Ja</r><r>ne` is Jane to whoever reads it."""
    return html.unescape(_TAG.sub("", text))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str):
        yield value
