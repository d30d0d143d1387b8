"""Every disease pack at hand: those that ship with the product, and those of a site.

A site lays its own folder over the built-in packs (`CONCORD_PACKS`): a sub-folder with the id of a
built-in pack replaces the files it holds, any other sub-folder is a new tumour group. Packs are
refused as a whole when anything is wrong with them, with every mistake in one message; a library
that loads is consistent, and the product never checks again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.foundation.errors import PackError
from dashboard.knowledge.checking import Bench
from dashboard.knowledge.evidence_checks import check_evidence
from dashboard.knowledge.feature_checks import check_features
from dashboard.knowledge.findings import PackFinding, Place, refuse
from dashboard.knowledge.pack_files import (
    FILE_NAMES,
    ReadPack,
    read_pack,
    read_vocabulary,
)
from dashboard.knowledge.regimen_checks import check_regimens
from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import DiseasePack

BUILT_IN = Path(__file__).with_name("packs")
VOCABULARY = Path(__file__).with_name("vocabulary.toml")
ASSUMPTIONS = "simulation.toml"  # beside a pack, for the simulator; no part of its evidence
UNITS = Path(__file__).with_name("units.toml")


@dataclass(frozen=True, slots=True)
class Library:
    """The packs by id, in the order in which they are offered."""

    packs: tuple[DiseasePack, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all packs."""
        return tuple(pack.id for pack in self.packs)

    def pack(self, disease: str) -> DiseasePack:
        """The pack of a disease.

        Raises:
            PackError: there is none of this id; the nearest is suggested.
        """
        for pack in self.packs:
            if pack.id == disease:
                return pack
        hint = near(disease, self.ids) or f"There are {', '.join(self.ids)}."
        raise PackError(f"There is no disease pack called {disease}.", hint=hint)


def load_library(folders: Sequence[Path] = ()) -> Library:
    """Load the built-in packs with the folders of a site laid over them, later ones on top.

    Raises:
        PackError: anything at all is wrong; the message lists every mistake with file, line, cure.
    """
    packs, findings = read_library(folders)
    refuse(findings)
    return Library(packs)


def read_library(
    folders: Sequence[Path] = (), built_in: Path = BUILT_IN
) -> tuple[tuple[DiseasePack, ...], list[PackFinding]]:
    """The packs that could be read, and everything that is wrong."""
    vocabulary, findings = read_vocabulary(VOCABULARY)
    findings += _folder_findings(folders)
    quantities = _quantities()
    packs = []
    for pack_id, files in _found_files((built_in, *folders)).items():
        read = read_pack(pack_id, files, vocabulary)
        findings += read.findings
        findings += _check(read, quantities)
        if read.pack is not None:
            packs.append(read.pack)
    return tuple(packs), findings


def _check(read: ReadPack, quantities: Mapping[str, frozenset[str]]) -> Iterator[PackFinding]:
    """Whether the parts of a pack fit each other; only a pack of sound form can be asked."""
    if read.pack is None or read.findings:
        return
    if read.pack.id != read.id:
        message = f"The pack calls itself {read.pack.id}, but its folder is called {read.id}."
        yield PackFinding(read.place("id", "id"), message, "Use the same name for both.")
    bench = Bench(read, read.pack, quantities)
    yield from check_features(bench)
    yield from check_regimens(bench)
    yield from check_evidence(bench)


def _quantities() -> dict[str, frozenset[str]]:
    table = tomllib.loads(UNITS.read_text(encoding="utf-8"))
    return {
        name: frozenset({entry["canonical"], *entry.get("units", {})})
        for name, entry in table.items()
    }


def _found_files(folders: Iterable[Path]) -> dict[str, dict[str, Path]]:
    """For every pack the files that count: those of later folders replace those of earlier ones."""
    found: dict[str, dict[str, Path]] = {}
    for folder in folders:
        for pack in _pack_folders(folder):
            files = {name: pack / name for name in FILE_NAMES if (pack / name).is_file()}
            if files:
                found.setdefault(pack.name, {}).update(files)
    return found


def _pack_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inside = (entry for entry in folder.iterdir() if entry.is_dir())
    return sorted(entry for entry in inside if not entry.name.startswith((".", "_")))


def _folder_findings(folders: Iterable[Path]) -> Iterator[PackFinding]:
    for folder in folders:
        if not folder.is_dir():
            cure = "Set CONCORD_PACKS to a folder that holds one sub-folder per disease."
            yield PackFinding(Place(folder), "This folder of packs does not exist.", cure)
            continue
        for pack in _pack_folders(folder):
            yield from _stranger_findings(pack)


def _stranger_findings(pack: Path) -> Iterator[PackFinding]:
    for entry in sorted(pack.iterdir()):
        if entry.suffix in (".toml", ".csv") and entry.name not in (*FILE_NAMES, ASSUMPTIONS):
            cure = near(entry.name, FILE_NAMES) or f"A pack's files are {', '.join(FILE_NAMES)}."
            yield PackFinding(Place(entry), "This file is not part of a pack.", cure)
