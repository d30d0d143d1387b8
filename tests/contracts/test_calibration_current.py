"""What the simulator ships was solved for the packs and assumptions that ship with it."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dashboard.answers.population import MEDIAN, WANTED, CalibrationReport
from dashboard.cohort import reports
from dashboard.cohort.assumptions import BUILT_IN, load_assumptions
from dashboard.cohort.calibrated import report_key, shipped_report
from dashboard.cohort.calibration import fingerprint_of
from dashboard.cohort.parameters import FILE_NAME, load_parameters
from dashboard.cohort.trial_simulation import FAR_OFF, PATIENTS
from dashboard.knowledge.library import load_library

LIBRARY = load_library()
LARGEST = 200_000  # bytes of a report that ships


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


@cache
def shipped(disease: str) -> CalibrationReport | None:
    """The report that ships with a pack, if it was made from the pack as it is now."""
    key = report_key(LIBRARY.pack(disease), load_assumptions(disease))
    return reports.load_report(shipped_report(disease), key)


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_shipped_report_is_current(disease: str) -> None:
    """The calibration page opens at once; else run scripts/calibrate.py --report-only."""
    report = shipped(disease)
    assert report is not None
    assert report.seed != report.solved_with_seed
    assert shipped_report(disease).stat().st_size < LARGEST


@pytest.mark.parametrize("kind", WANTED)
@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_shipped_report_reaches_its_figures(disease: str, kind: str) -> None:
    """Of every kind of figure, enough are met with fresh patients in every pack."""
    report = shipped(disease)
    assert report is not None
    assert (report.share_inside(kind) or 0.0) >= WANTED[kind]


def far_without_a_conflict(report: CalibrationReport) -> list[str]:
    """Medians off by more than 30 % against which nothing is named."""
    return [
        f"{figure.label} {figure.endpoint}"
        for figure in report.of(MEDIAN)
        if figure.ratio and not 1 / FAR_OFF <= figure.ratio <= FAR_OFF and not figure.conflict
    ]


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_far_medians_name_their_conflict(disease: str) -> None:
    """No median is off by more than 30 % without what stands against it."""
    report = shipped(disease)
    assert report is not None
    assert far_without_a_conflict(report) == []


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_a_far_median_without_conflict_is_noticed(disease: str) -> None:
    """Broken twin: the same reports with nothing named."""
    report = shipped(disease)
    assert report is not None
    bare = tuple(
        replace(figure, simulated=figure.simulated * 2, conflict="") for figure in report.figures
    )
    assert far_without_a_conflict(replace(report, figures=bare)) != []


def test_report_of_other_figures_is_not_the_shipped_one() -> None:
    """A changed pack has another key, and the report that ships is not shown for it."""
    pack = LIBRARY.pack("melanoma").model_copy(update={"fingerprint": "changed"})
    key = report_key(pack, load_assumptions("melanoma"))
    assert reports.load_report(shipped_report("melanoma"), key) is None


def test_report_key_names_every_module_of_the_replay() -> None:
    """Every module of the cohort floor that the replay imports makes kept reports stale."""
    folder = Path(reports.__file__).parent
    found: set[str] = set()
    waiting = ["trial_simulation"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        imported = [str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        own = (module for module in imported if module.startswith("dashboard.cohort."))
        waiting += [module.rsplit(".", 1)[1] for module in own]
    assert found == set(reports.REPLAYED_BY)


def test_report_is_measured_with_enough_patients() -> None:
    """A report that ships is of as many patients an arm as one measured on the spot."""
    assert PATIENTS >= 4000
