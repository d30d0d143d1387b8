"""A second copy of every model in use, so that a damaged one comes back byte for byte.

A disk that goes bad, a hand that slips or a copy that broke off must not leave a board without the
model it approved, nor with another one. When a model is first used its folder is copied; when its
files are not what they were, the copy takes their place if it is what was approved or trained. No
other model is ever put there: that is for people to decide. What was damaged is kept beside.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from dashboard.foundation import log

DAMAGED = ".damaged"  # the ending of what was found in the place of a model
_MANIFEST = "manifest.json"


def keep(place: Path, spare: Path) -> None:
    """Copy a model that was just found whole, unless this very one is copied already."""
    if _manifest(spare) == _manifest(place):
        return
    try:
        _put(place, spare)
    except OSError:  # a full disk must not keep anybody from a model that is whole
        log.note("model-spare", code="not-written")


def bring_back(place: Path, spare: Path) -> bool:
    """Put the copy in the place of a damaged model; whether anything changed.

    The caller checks what stands there then: a copy that is damaged too is no better.
    """
    if not (spare / _MANIFEST).is_file():
        return False
    try:
        if place.exists():
            aside = place.with_name(f".{place.name}{DAMAGED}")
            shutil.rmtree(aside, ignore_errors=True)
            place.rename(aside)
        _put(spare, place)
    except OSError:
        log.note("model-spare", code="not-brought-back")
        return False
    log.note("model-spare", code="brought-back")
    return True


def _manifest(folder: Path) -> bytes:
    try:
        return (folder / _MANIFEST).read_bytes()
    except OSError:
        return b""


def _put(source: Path, target: Path) -> None:
    """Copy a folder so that it stands there whole or not at all."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        whole = draft / target.name
        shutil.copytree(source, whole)
        shutil.rmtree(target, ignore_errors=True)
        whole.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
