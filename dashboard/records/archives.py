"""How large, how many, how honest: a ZIP archive (every .xlsx is one) measured before it is read.

The directory of an archive is a claim, so each member is also unpacked piece by piece into nothing,
with a count that stops at the limit: neither memory nor time can be made to grow beyond it. Nothing
is written to disk, and the names of members are never used as paths.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from dashboard.records.patient import Finding
from dashboard.records.uploads import (
    LARGEST_RATIO,
    LARGEST_UNPACKED,
    MEGABYTE,
    MOST_MEMBERS,
    Upload,
    megabytes,
)

SMALL_ENOUGH = MEGABYTE  # unpacked; below this no ratio does harm

_PIECE = 64 * 1024
_MOST_FROM_A_PIECE = 16 * _PIECE
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_NESTED_SUFFIXES = frozenset(
    (".zip", ".xlsx", ".docx", ".jar", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz")
)
_NESTED_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ", b"BZh")
_PROGRAM_STARTS = (b"MZ\x90", b"\x7fELF", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x93NUMPY")
_ENCRYPTED = 0x1
_SAVE_AGAIN = "Save the file again with the program it comes from, and upload that."
_PACK_PLAINLY = "Pack the files again: plain files, no links, no archives inside."
_SAVE_SMALLER = "Remove empty rows and sheets, or save the table as CSV."


def check_archive(upload: Upload) -> Iterator[Finding]:
    """What speaks against reading this archive, and notes on what in it will not be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError):
        size = megabytes(len(upload.content))
        message = f"The archive is damaged or was cut on the way; {size} arrived."
        yield upload.refuse("damaged", message, fix=_SAVE_AGAIN)
        return
    problems = list(_claims(upload, members)) or list(_contents(upload, members))
    yield from problems or _workbook(upload, members)


# -- what the directory claims -------------------------------------------------------------------


def _claims(upload: Upload, members: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    if len(members) > MOST_MEMBERS:
        message = f"The archive holds {len(members):,} files; the limit is {MOST_MEMBERS:,}."
        cure = "Give the data as one table."
        yield upload.refuse("too-many-members", message, fix=cure)
        return
    yield from _sizes(upload, members)
    seen: set[str] = set()
    for member in members:
        if reason := _unacceptable(member) or ("is there twice" if member.filename in seen else ""):
            yield upload.refuse("member", _about(member, reason), fix=_PACK_PLAINLY)
        seen.add(member.filename)


def _sizes(upload: Upload, members: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    limit = f"{megabytes(LARGEST_UNPACKED)} unpacked, {LARGEST_RATIO} times the packed size"
    if unpacked > LARGEST_UNPACKED:
        message = (
            f"Unpacked, the file has {megabytes(unpacked)}; "
            f"the limit is {megabytes(LARGEST_UNPACKED)}."
        )
        yield upload.refuse("too-large-unpacked", message, expected=limit, fix=_SAVE_SMALLER)
    elif unpacked > SMALL_ENOUGH and unpacked > LARGEST_RATIO * packed:
        message = (
            f"The file grows {unpacked / packed:,.0f}-fold when it is unpacked "
            f"({megabytes(packed)} to {megabytes(unpacked)}); the limit is {LARGEST_RATIO}-fold."
        )
        yield upload.refuse("too-dense", message, expected=limit, fix=_SAVE_SMALLER)


def _unacceptable(member: zipfile.ZipInfo) -> str:
    """Why a member is refused by its entry alone, or nothing."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in member.filename:
        return "points outside of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & _ENCRYPTED:
        return "is protected by a password"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that is not read here"
    if path.suffix.lower() in _NESTED_SUFFIXES and not _is_embedded(member):
        return "is an archive itself"
    return ""


def _is_embedded(member: zipfile.ZipInfo) -> bool:
    """Whether it is an object inside a workbook, which nobody opens."""
    return member.filename.startswith("xl/embeddings/")


# -- what is really there ------------------------------------------------------------------------


def _contents(upload: Upload, members: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    """Unpack each member into nothing and compare with the claim; stops at the first lie."""
    starts = {member.filename: _data_start(upload.content, member) for member in members}
    end_of_last = 0
    for member in sorted(members, key=lambda member: starts[member.filename]):
        start = starts[member.filename]
        end = start + member.compress_size
        if start < max(end_of_last, 1) or end > len(upload.content):
            message = _about(member, "is cut or overlaps another")
            yield upload.refuse("damaged", message, fix=_SAVE_AGAIN)
            return
        size, first = _measure(memoryview(upload.content)[start:end], member)
        if size != member.file_size:
            message = _about(member, "is not as large as it says")
            yield upload.refuse("damaged", message, fix=_SAVE_AGAIN)
            return
        if reason := _unacceptable_content(member, first):
            yield upload.refuse("member", _about(member, reason), fix=_PACK_PLAINLY)
        end_of_last = end


def _data_start(content: bytes, member: zipfile.ZipInfo) -> int:
    """Where the member's data begin, or -1 when its own header is not there."""
    at = member.header_offset
    header = content[at : at + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        return -1
    *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    return at + _LOCAL_HEADER.size + int(name_length) + int(extra_length)


def _measure(packed: memoryview, member: zipfile.ZipInfo) -> tuple[int, bytes]:
    """How many bytes come out (-1 if none can, counted to just over the claim) and the first."""
    if member.compress_type == zipfile.ZIP_STORED:
        return len(packed), bytes(packed[:8])
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    size, first = 0, b""
    try:
        for at in range(0, len(packed), _PIECE):
            piece = bytes(packed[at : at + _PIECE])
            while piece and size <= member.file_size:
                out = unpacker.decompress(piece, _MOST_FROM_A_PIECE)
                first = first or out[:8]
                size += len(out)
                piece = unpacker.unconsumed_tail
        size += len(unpacker.flush()) if size <= member.file_size else 0
    except zlib.error:
        return -1, b""
    return size, first


def _unacceptable_content(member: zipfile.ZipInfo, first: bytes) -> str:
    if _is_embedded(member):
        return ""
    if first.startswith(_NESTED_STARTS):
        return "is an archive itself"
    return "is a program or can run one" if first.startswith(_PROGRAM_STARTS) else ""


# -- workbooks -----------------------------------------------------------------------------------

_NOT_READ = {
    "xl/externalLinks/": "Links to other workbooks are not followed; the stored values are read.",
    "xl/connections.xml": "Connections to databases are not opened; the stored values are read.",
    "xl/embeddings/": "Files embedded in the workbook are not read.",
    "xl/media/": "Pictures in the workbook are not read.",
}


def _workbook(upload: Upload, members: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    names = [member.filename for member in members]
    if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
        message = "The workbook holds macros; macros are not accepted."
        yield upload.refuse("macros", message, fix="Save it as .xlsx without macros.")
    elif "xl/workbook.bin" in names:
        message = "The workbook is in the binary Excel format, which is not read."
        yield upload.refuse("old-workbook", message, fix="Save the workbook as .xlsx.")
    elif upload.suffix == ".xlsx" and "xl/workbook.xml" not in names:
        message = "The name ends in .xlsx, but there is no workbook inside."
        yield upload.refuse("not-a-workbook", message, fix="Save the table again as .xlsx.")
    else:
        for start, message in _NOT_READ.items():
            if any(name.startswith(start) for name in names):
                yield upload.note("not-followed", message)


def _about(member: zipfile.ZipInfo, reason: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in member.filename[:60])
    return f"A file in the archive, '{shown}', {reason}."
