"""What is wrong with a disease pack: one finding per mistake, with its place and its cure.

A curator mends a pack from these lines alone, so each names the file and the line it stands on.
Findings about patients' data are another thing (`records.patient.Finding`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dashboard.foundation.errors import PackError

_SHOWN = 200  # a message longer than this helps nobody; the count is always given


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; line 0 means the file as a whole."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        name = f"{self.path.parent.name}/{self.path.name}"
        return f"{name}:{self.line}" if self.line else name


@dataclass(frozen=True, slots=True)
class PackFinding:
    """One mistake in a pack: where, what, and how to mend it."""

    place: Place
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} {self.cure}".rstrip()


def refuse(findings: Iterable[PackFinding]) -> None:
    """Raise one error that lists every finding, in the order of files and lines.

    Raises:
        PackError: when there is at least one finding.
    """
    ordered = sorted(set(findings), key=lambda f: (str(f.place.path), f.place.line, f.message))
    if not ordered:
        return
    count = f"{len(ordered)} mistake{'s' if len(ordered) > 1 else ''} in the disease packs:"
    lines = [str(finding) for finding in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        lines.append(f"… and {len(ordered) - _SHOWN} more.")
    raise PackError("\n".join([count, *lines]))
