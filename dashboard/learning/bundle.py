"""What training makes and forecasting reads: a folder of text, JSON and npz with a hash manifest.

Answers "is this the bundle that was trained, whole and for this pack and code?" before anything in
it is used: every file's SHA-256 is checked against the manifest, and the manifest against its own
id. Trees are read by this product's strict parser, never by native code that a damaged file could
crash. Nothing is unpickled. Saving is all or nothing: a bundle appears complete or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from dashboard.foundation.errors import BundleMismatch
from dashboard.learning.competing import CompetingHead
from dashboard.learning.encoding import Encoding
from dashboard.learning.landmark import LandmarkModel
from dashboard.learning.matrix import Contract
from dashboard.learning.parts import Parts
from dashboard.learning.response import ResponseHead
from dashboard.learning.support import SupportModel
from dashboard.learning.survival import SurvivalHead
from dashboard.learning.taught import speaks_of
from dashboard.learning.toxicity import ToxicityHead

FORMAT = 1  # raised whenever an older bundle can no longer be read as it was meant
MANIFEST = "manifest.json"
_LARGEST_BYTES = 64 * 2**20
_HINT = "Train it again, or restore it from a copy."


class Head(Protocol):
    """What every head can do, beside predicting in its own shape."""

    def to_files(self) -> Parts:
        """The head's pieces for a bundle."""

    @classmethod
    def from_files(cls, parts: Parts, columns: tuple[str, ...]) -> Self:
        """Read back what `to_files` gave."""


HEADS: Mapping[str, type[Head]] = {
    "response": ResponseHead,
    "os": SurvivalHead,
    "pfs": SurvivalHead,
    "progression": CompetingHead,
    "toxicity": ToxicityHead,
}


@dataclass(frozen=True)
class Bundle:
    """A trained model of one disease with everything needed to use and to judge it."""

    disease: str
    pack_fingerprint: str
    cohort_fingerprint: str
    code_version: str
    seed: int
    encoding: Encoding
    heads: Mapping[str, Head]
    support: SupportModel
    card: Mapping[str, Any]
    id: str = ""
    landmark: LandmarkModel | None = None  # None where the cohort has no response to learn it from

    @property
    def contract(self) -> Contract:
        """The feature contract."""
        return self.encoding.contract

    def speaks_of(self, outcome: str, regimen: str) -> bool:
        """Whether the cohort said anything of an outcome under a regimen or one of its kind."""
        return speaks_of(self.contract, self.card.get("taught", {}), outcome, regimen)


@cache
def code_version() -> str:
    """Names the code that trains: equal sources, equal version."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def save_bundle(bundle: Bundle, folder: Path) -> Bundle:
    """Write a bundle, replacing what was there only once it is complete; returns it with its id."""
    files = _files(bundle)
    manifest = {
        "format": FORMAT,
        "disease": bundle.disease,
        "pack_fingerprint": bundle.pack_fingerprint,
        "cohort_fingerprint": bundle.cohort_fingerprint,
        "code_version": bundle.code_version,
        "seed": bundle.seed,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    identity = _identity(manifest)
    files[MANIFEST] = _json({**manifest, "id": identity})
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Bundle(**{**vars(bundle), "id": identity})


def replace_bundle(newer: Path, folder: Path) -> None:
    """Put a complete bundle where another may stand; the other goes only when this one is there."""
    _put_in_place(newer, folder)


def _put_in_place(draft: Path, folder: Path) -> None:
    former = draft.with_name(draft.name + ".former")
    if folder.exists():
        folder.rename(former)
    draft.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _files(bundle: Bundle) -> dict[str, bytes]:
    parts = Parts(arrays=bundle.encoding.to_arrays()).under("encoding")
    parts += bundle.support.to_files().under("support")
    for name, head in bundle.heads.items():
        parts += head.to_files().under(f"head.{name}")
    if bundle.landmark is not None:
        parts += bundle.landmark.to_files().under("landmark")
    numbers = io.BytesIO()
    np.savez_compressed(numbers, **dict(parts.arrays))  # type: ignore[arg-type]
    files = {f"{name}.txt": text.encode() for name, text in parts.texts.items()}
    return files | {
        "numbers.npz": numbers.getvalue(),
        "settings.json": _json({"heads": list(bundle.heads), **parts.settings}),
        "contract.json": _json(bundle.contract.to_json()),
        "card.json": _json(bundle.card),
    }


def _json(content: Any) -> bytes:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _identity(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(manifest)).hexdigest()[:16]


def load_bundle(folder: Path, *, pack_fingerprint: str | None = None) -> Bundle:
    """Load a bundle after checking every byte of it.

    Args:
        folder: the bundle.
        pack_fingerprint: refuse a bundle trained with another version of the pack.

    Raises:
        BundleMismatch: damaged, incomplete, altered, or of another format, code or pack.
    """
    manifest = _read_manifest(folder)
    files = _read_files(folder, manifest)
    if manifest["code_version"] != code_version():
        raise BundleMismatch(
            f"The bundle of {manifest['disease']} was trained by another version of Concord.",
            hint="Train it again with this version.",
        )
    if pack_fingerprint is not None and manifest["pack_fingerprint"] != pack_fingerprint:
        raise BundleMismatch(
            f"The bundle of {manifest['disease']} was trained with another version of its pack.",
            hint="Train it again with this pack.",
        )
    try:
        return _assemble(manifest, files)
    except (KeyError, ValueError, TypeError, IndexError) as problem:
        raise BundleMismatch(
            f"The bundle's parts do not fit together ({type(problem).__name__}: {problem}).",
            hint=_HINT,
        ) from problem


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError) as problem:
        raise BundleMismatch(f"{folder.name} is no bundle: no manifest.", hint=_HINT) from problem
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise BundleMismatch("The bundle's manifest is damaged.", hint=_HINT)
    if manifest.get("format") != FORMAT:
        raise BundleMismatch(
            f"The bundle has format {manifest.get('format')!r}; this version reads {FORMAT}.",
            hint="Train it again with this version.",
        )
    if manifest.get("id") != _identity({k: v for k, v in manifest.items() if k != "id"}):
        raise BundleMismatch("The bundle's manifest was altered.", hint=_HINT)
    return manifest


def _read_files(folder: Path, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    there = {entry.name for entry in os.scandir(folder)} - {MANIFEST}
    if there != set(manifest["files"]):
        odd = ", ".join(sorted(there ^ set(manifest["files"])))
        raise BundleMismatch(
            f"Files are missing from the bundle or strange to it: {odd}.", hint=_HINT
        )
    files: dict[str, bytes] = {}
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file() or path.is_symlink() or path.stat().st_size > _LARGEST_BYTES:
            raise BundleMismatch(f"{name} in the bundle is not a regular file.", hint=_HINT)
        files[name] = path.read_bytes()
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise BundleMismatch(f"{name} in the bundle is damaged or was altered.", hint=_HINT)
    return files


def _assemble(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Bundle:
    settings = json.loads(files["settings.json"])
    texts = {n.removesuffix(".txt"): c.decode() for n, c in files.items() if n.endswith(".txt")}
    parts = Parts(texts, _arrays(files["numbers.npz"]), settings)
    contract = Contract.from_json(json.loads(files["contract.json"]))
    encoding = Encoding.from_arrays(contract, parts.inside("encoding").arrays)
    heads = {
        name: HEADS[name].from_files(parts.inside(f"head.{name}"), encoding.tree_columns)
        for name in settings["heads"]
    }
    return Bundle(
        manifest["disease"],
        manifest["pack_fingerprint"],
        manifest["cohort_fingerprint"],
        manifest["code_version"],
        manifest["seed"],
        encoding,
        heads,
        SupportModel.from_files(parts.inside("support")),
        json.loads(files["card.json"]),
        manifest["id"],
        LandmarkModel.from_files(parts.inside("landmark")),
    )


def _arrays(content: bytes) -> dict[str, Any]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (zipfile.BadZipFile, OSError, EOFError) as problem:
        raise BundleMismatch("numbers.npz in the bundle is damaged.", hint=_HINT) from problem
