"""An upload before anybody has read it: bytes, a name, and how its refusal is worded.

Shared by `gate` (size and kind), `archives` (what is packed) and `shapes` (depth, rows, columns),
so that every refusal says the same things in the same order and none forgets to say what happened
to the rest. The limits of the threat model (S15) stand here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from dashboard.records.patient import Finding, Severity, Where

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 20 * MEGABYTE
LARGEST_UNPACKED = 50 * MEGABYTE
LARGEST_RATIO = 100
MOST_MEMBERS = 1000
DEEPEST_JSON = 32
MOST_COLUMNS = 500
MOST_ROWS = 50_000
# Of a table of patients: each filled cell becomes a value that knows where it came from. As many
# are read within the memory, the computing time and the answer that a worker is allowed.
MOST_CELLS = 1_000_000

ACCEPTED = "CSV, TSV, XLSX, JSON (FHIR R4, Phenopackets, Concord), NDJSON, cBioPortal text files"
_LONGEST_NAME = 120
_NOTHING_KEPT = "Nothing was imported and nothing of the file is kept."


@dataclass(frozen=True, slots=True)
class Upload:
    """What arrived; the name is for messages only and never used as a path."""

    content: bytes
    name: str
    announced: int | None = None  # bytes the sender promised, where known

    @property
    def suffix(self) -> str:
        """The ending of the name, in small letters."""
        return PurePosixPath(self.name.lower()).suffix

    def refuse(self, code: str, message: str, *, fix: str, expected: str = ACCEPTED) -> Finding:
        """The finding that keeps this upload from being parsed."""
        return Finding(
            Severity.ERROR,
            f"upload-{code}",
            message,
            Where(file=self.name),
            expected=expected,
            fix=fix,
            rest=_NOTHING_KEPT,
        )

    def note(self, code: str, message: str) -> Finding:
        """Something worth knowing that does not stand in the way."""
        return Finding(Severity.NOTE, f"upload-{code}", message, Where(file=self.name))


def megabytes(size: int) -> str:
    """A size as people write it."""
    if size < MEGABYTE / 10:
        return f"{size / 1024:.1f} kB"
    return f"{size / MEGABYTE:,.1f} MB".replace(".0 MB", " MB")


def safe_name(name: str) -> str:
    """The last part of a file name, printable and short."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in last)
    return shown[-_LONGEST_NAME:] or "upload"
