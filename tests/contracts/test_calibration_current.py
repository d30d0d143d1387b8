"""What the simulator ships was solved for the packs and assumptions that ship with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.cohort.assumptions import BUILT_IN, load_assumptions
from dashboard.cohort.calibration import fingerprint_of
from dashboard.cohort.parameters import FILE_NAME, load_parameters
from dashboard.knowledge.library import load_library

LIBRARY = load_library()


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_shipped_parameters_fit_the_pack(disease: str) -> None:
    """Each pack's calibration.json names the pack as it is now; else run scripts/calibrate.py."""
    pack = LIBRARY.pack(disease)
    fingerprint = fingerprint_of(pack, load_assumptions(disease))
    path = BUILT_IN / "packs" / disease / FILE_NAME
    assert load_parameters(path, fingerprint) is not None


def test_parameters_of_another_pack_are_not_used() -> None:
    """A changed figure makes the shipped parameters old."""
    pack = LIBRARY.pack("melanoma").model_copy(update={"fingerprint": "changed"})
    fingerprint = fingerprint_of(pack, load_assumptions("melanoma"))
    assert load_parameters(BUILT_IN / "packs" / "melanoma" / FILE_NAME, fingerprint) is None


def test_parameters_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Saving and reading gives the same parameters."""
    pack = LIBRARY.pack("melanoma")
    fingerprint = fingerprint_of(pack, load_assumptions("melanoma"))
    held = load_parameters(BUILT_IN / "packs" / "melanoma" / FILE_NAME, fingerprint)
    assert held is not None
    held.save(tmp_path / FILE_NAME)
    assert load_parameters(tmp_path / FILE_NAME, fingerprint) == replace(held)
