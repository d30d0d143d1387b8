"""Small files of this installation: replaced as a whole or not at all, readable by its owner alone.

Whoever reads such a file meanwhile sees the old content or the new, never half of one; a power cut
leaves the old. What is kept for long or encrypted belongs into the store.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace the file by this text in one step, with rights for its owner alone."""
    with _draft_of(path, text) as draft:
        draft.replace(path)


def make_private(path: Path, text: str) -> None:
    """Make the file with this text in one step, unless it is there; the first of several wins."""
    with _draft_of(path, text) as draft, suppress(FileExistsError):
        os.link(draft, path)


def read_by_others(path: Path) -> str:
    """The mode of a file that others than its owner may read; empty when none may."""
    if sys.platform == "win32":
        return ""  # access is by lists there, not by mode bits
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:o}" if mode & (stat.S_IRWXG | stat.S_IRWXO) else ""


@contextmanager
def _draft_of(path: Path, text: str) -> Iterator[Path]:
    """The text in a file beside the one it is for, on the disk; taken away afterwards."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
