"""Which program this is: a fingerprint of the sources, for the stamp on what is handed out.

Equal sources give equal letters, on every machine. It is made from what lies here, not from a
version somebody would have to remember to raise.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from dashboard.foundation.settings import ROOT

_ROOMS = ("dashboard", "components", "pages")
_KINDS = {".py", ".toml", ".typ"}
_LETTERS = 8


@lru_cache(maxsize=1)
def program_version() -> str:
    """A few letters that name the sources of this program."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in _KINDS and path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:_LETTERS]
