"""What of a bundle from elsewhere is looked at before anything of it is read.

A manifest that never ends or a few kilobytes that unpack into more than the machine has would end
the server for everybody. Sizes are asked of the folder and of the archive's own list; nothing is
unpacked for it. Whether a bundle is whole and fits is for `learning.bundle` to say.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from dashboard.foundation.errors import BundleMismatch

LARGEST_MANIFEST = 2**20  # bytes
LARGEST_NUMBERS = 2**28  # bytes, unpacked; the largest that was ever trained here took 2**23
MOST_PARTS = 10_000
_HINT = "It was not opened. Have it trained again, or restore it from a copy."


def refuse_bomb(folder: Path) -> None:
    """Refuse a bundle that would take more to open than any bundle does.

    Raises:
        BundleMismatch: it would.
    """
    manifest = folder / "manifest.json"
    if manifest.exists() and not _is_plain(manifest, LARGEST_MANIFEST):
        raise BundleMismatch("The bundle's manifest is no file of its own.", hint=_HINT)
    for path in sorted(folder.glob("*.npz")):
        parts = _parts(path)
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_NUMBERS:
            raise BundleMismatch(
                f"{path.name} in the bundle unpacks into more than any bundle holds.", hint=_HINT
            )


def _is_plain(path: Path, largest: int) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= largest


def _parts(path: Path) -> list[zipfile.ZipInfo]:
    """The archive's own list; nothing where it is none, which whoever opens it says."""
    if not _is_plain(path, LARGEST_NUMBERS):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []
