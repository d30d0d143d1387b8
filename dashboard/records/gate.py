"""What is looked at before a single byte of an upload is parsed: size, kind, then what is inside.

Every check reads bytes and builds nothing from them, so a file that is made to hurt costs its
sender an error message and nobody else a delay (threat model S15, S16). What is packed is measured
by `archives`, depth and size of texts by `shapes`; what gets past is parsed by `worker`, in a
process of its own. The name of an upload is a claim to compare with the content, nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.records.archives import check_archive
from dashboard.records.patient import Finding, Severity
from dashboard.records.shapes import check_shape, is_utf16
from dashboard.records.uploads import ACCEPTED, LARGEST_UPLOAD, Upload, megabytes, safe_name

_HEAD = 4096
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1a")
_MOST_CONTROLS = 0.01  # share of control bytes up to which a reader can name each of them
_FEW_CONTROLS = 4


def check_upload(content: bytes, name: str, *, announced: int | None = None) -> tuple[Finding, ...]:
    """Everything that speaks against parsing this upload; a finding of severity error refuses it.

    Args:
        content: The bytes that arrived.
        name: The file's name as the sender gave it; only its last part is used.
        announced: How many bytes the sender promised, where known; fewer means a cut upload.
    """
    upload = Upload(content, safe_name(name), announced)
    for check in (_check_size, _check_kind, _check_inside):
        if findings := tuple(check(upload)):
            return findings
    return ()


def refuses(findings: tuple[Finding, ...]) -> bool:
    """Whether these findings keep the file from being parsed."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _check_size(upload: Upload) -> Iterator[Finding]:
    size, limit = len(upload.content), megabytes(LARGEST_UPLOAD)
    if upload.announced is not None and size != upload.announced:
        yield upload.refuse(
            "cut",
            f"The upload was cut: {size:,} of {upload.announced:,} bytes arrived (limit {limit}).",
            expected=f"{upload.announced:,} bytes",
            fix="Upload the file again.",
        )
    elif size == 0:
        yield upload.refuse(
            "empty",
            f"The file is empty (0 bytes; up to {limit} are accepted).",
            expected="a header and at least one patient",
            fix="Export the data again and check that the file has content.",
        )
    elif size > LARGEST_UPLOAD:
        yield upload.refuse(
            "too-large",
            f"The file has {megabytes(size)}; the limit is {limit}.",
            expected=f"at most {limit}",
            fix="Split it into smaller files.",
        )


def _check_inside(upload: Upload) -> Iterator[Finding]:
    yield from (check_archive if upload.content.startswith(_ZIP) else check_shape)(upload)


# -- the kind ------------------------------------------------------------------------------------

_TABLE_CURE = f"Export the data as one of: {ACCEPTED}."
_UNPACK_CURE = "Unpack it on your machine and give the file inside."
_WORKBOOK_CURE = "Save the workbook as .xlsx."
_FITTING = "a file whose content fits its name"
_DOCUMENT_CURE = (
    "Documents are not read automatically. Type the values into the form, or export the data as a "
    "table."
)
_CODE_CURE = (
    "Files of this kind can run a program when they are opened, so they are never opened here. "
    + _TABLE_CURE
)
_XML_CURE = "FHIR R4 is read as JSON. Export as JSON, or convert the file first."

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

# How the bytes begin, the code of the refusal, what the content is called, the cure.
_REFUSED_KINDS = tuple(
    (re.compile(pattern, re.DOTALL), code, label, cure)
    for pattern, code, label, cure in (
        (rb"MZ.{0,62}\x00|\x7fELF|\xfe\xed\xfa[\xce\xcf]", "program", "a program", _TABLE_CURE),
        (rb"[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|\x00asm", "program", "a program", _TABLE_CURE),
        (rb"#! ?/", "program", "a script", _TABLE_CURE),
        (rb"\x80[\x02-\x05].", "pickle", "a Python pickle", _CODE_CURE),
        (rb"c[\w.]+\n\w+\n[(q]", "pickle", "a Python pickle", _CODE_CURE),
        (rb"\x93NUMPY", "pickle", "a NumPy array", _CODE_CURE),
        (rb"\x89HDF\r\n", "binary", "an HDF5 file", _TABLE_CURE),
        (rb"PAR1[\x00-\x1f]", "binary", "a Parquet file", _TABLE_CURE),
        (rb"SQLite format 3\x00", "binary", "a database file", _TABLE_CURE),
        (rb"\x1f\x8b|BZh\d1AY&SY|\xfd7zXZ\x00", "packed", "a compressed file", _UNPACK_CURE),
        (rb"7z\xbc\xaf'\x1c|Rar!\x1a|\x28\xb5\x2f\xfd", "packed", "an archive", _UNPACK_CURE),
        (rb"MSCF\x00|.{257}ustar[\x00 ]", "packed", "an archive", _UNPACK_CURE),
        (rb"[\s\x00]{0,512}%PDF-", "document", "a PDF document", _DOCUMENT_CURE),
        (rb"\{\\rtf", "document", "a text document (RTF)", _DOCUMENT_CURE),
        (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a", "image", "an image", _DOCUMENT_CURE),
        (rb"II\*\x00|MM\x00\*|RIFF.{4}WEBP", "image", "an image", _DOCUMENT_CURE),
        (rb"BM.{4}\x00{4}|.{4}ftyp", "image", "an image or a video", _DOCUMENT_CURE),
        (rb".{128}DICM", "image", "a DICOM file", _DOCUMENT_CURE),
        (
            rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!DOCTYPE|!--|[A-Za-z][\w:.-]{0,60}[\s/>])",
            "xml",
            "an XML or HTML file",
            _XML_CURE,
        ),
    )
)

_RUNS_CODE = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy", ".npz", ".ckpt", ".dill")
_REFUSED_SUFFIXES = dict.fromkeys(
    _RUNS_CODE, ("pickle", "files of this kind can run a program and are not accepted", _CODE_CURE)
) | {
    ".xlsm": ("macros", "macros are not accepted", _WORKBOOK_CURE),
    ".xltm": ("macros", "macros are not accepted", _WORKBOOK_CURE),
    ".xls": ("old-workbook", "the old Excel format is not read", _WORKBOOK_CURE),
    ".xlsb": ("old-workbook", "the binary Excel format is not read", _WORKBOOK_CURE),
    ".ods": ("old-workbook", "OpenDocument tables are not read", _WORKBOOK_CURE),
}


def _check_kind(upload: Upload) -> Iterator[Finding]:
    head = upload.content[:_HEAD]
    if upload.suffix in _REFUSED_SUFFIXES:
        code, reason, cure = _REFUSED_SUFFIXES[upload.suffix]
        yield upload.refuse(code, f"{upload.name}: {reason}.", fix=cure)
    elif head.startswith(_OLE):
        yield _old_container(upload)
    elif head.startswith(_ZIP):
        yield from _misnamed_archive(upload)
    elif kind := next((kind for kind in _REFUSED_KINDS if kind[0].match(head)), None):
        _, code, label, cure = kind
        message = f"The content is {label}, whatever its name says; it is not read."
        yield upload.refuse(code, message, fix=cure)
    elif upload.suffix in (".xlsx", ".zip"):
        message = f"The name ends in {upload.suffix}, the content does not fit: cut or misnamed."
        cure = "Save the file again in the format its name says, and upload that."
        yield upload.refuse("not-an-archive", message, expected=_FITTING, fix=cure)
    elif not _is_text(upload.content):
        message = "The content is not text and no format that is read here."
        yield upload.refuse("binary", message, fix=_TABLE_CURE)


def _old_container(upload: Upload) -> Finding:
    if _ENCRYPTED_STREAM in upload.content:
        message, cure = "The workbook is protected.", "Save a copy without a password."
        return upload.refuse("protected", message, expected="no password", fix=cure)
    message = "The content is an old Office file (.xls, .doc), whatever its name says."
    return upload.refuse("old-workbook", message, fix=_WORKBOOK_CURE)


def _misnamed_archive(upload: Upload) -> Iterator[Finding]:
    if upload.suffix not in (".xlsx", ".zip"):
        content = "a workbook" if b"xl/workbook" in upload.content else "a packed archive"
        message = f"The name says {upload.suffix or 'nothing'}, the content is {content}."
        cure = "Rename it to .xlsx if it is a workbook; otherwise unpack it first."
        yield upload.refuse("misnamed", message, expected=_FITTING, fix=cure)


def _is_text(content: bytes) -> bool:
    """Whether so few control bytes are in it that a text reader can name each of them."""
    if is_utf16(content):
        return True
    controls = len(content) - len(content.translate(None, _CONTROLS))
    return controls <= max(_FEW_CONTROLS, _MOST_CONTROLS * len(content))
