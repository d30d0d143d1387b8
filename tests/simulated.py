"""A small simulated cohort and a small report, laid where the app looks for them.

Simulating thousands of patients and replaying every trial takes minutes; what the pages do with the
result does not depend on how many there are. Both are real answers of the real types: the cohort is
drawn by the simulator, the figures of the report by hand.
"""

from __future__ import annotations

from pathlib import Path

from dashboard.answers.population import (
    LANDMARK,
    RATIO,
    RESPONSE,
    SEVERE,
    CalibrationReport,
    Disagreement,
)
from dashboard.cohort import reports
from dashboard.cohort.calibrated import simulate_cohort
from dashboard.foundation.settings import read_settings
from dashboard.knowledge.library import load_library
from dashboard.services.shelf import Shelf
from tests.unit.components.cohorts import a_figure

PATIENTS = 1000
SETTINGS = {"CONCORD_COHORT_PATIENTS": "200"}  # a model that a test sets going is soon done


def lay_out(data_dir: Path, disease: str = "") -> Shelf:
    """Put a cohort and a report of a disease (the first, if none is named) into a data folder."""
    library = load_library()
    disease = disease or library.ids[0]
    shelf = Shelf(read_settings({"CONCORD_DATA_DIR": str(data_dir), **SETTINGS}), library)
    pack = library.pack(disease)
    simulate_cohort(pack, patients=PATIENTS, seed=3, out=shelf.cohort_folder(disease))
    arms = [arm for arm in pack.arms if arm.pfs_median_months][:40]
    reports.save_report(
        _report(disease, [(arm.id, arm.regimen_id) for arm in arms]),
        shelf.report_file(disease),
        shelf.report_key(disease),
    )
    return shelf


def _report(disease: str, arms: list[tuple[str, str]]) -> CalibrationReport:
    figures = [a_figure(row, regimen=regimen) for row, regimen in arms]
    row, regimen = arms[0]
    figures += [
        a_figure("missed", regimen=regimen, simulated=30.0, inside=False, verified="memory"),
        a_figure("torn", regimen=regimen, simulated=5.0, inside=False, conflict="Trials differ."),
        a_figure(row, kind=RESPONSE, regimen=regimen, published=0.4, low=0.3, high=0.5,
                 simulated=0.45),
        a_figure(row, kind=LANDMARK, regimen=regimen, published=0.4, low=0.34, high=0.46,
                 simulated=0.42, months=24.0),
        a_figure(row, kind=RATIO, regimen=regimen, published=0.7, low=0.6, high=0.8,
                 simulated=0.72),
        a_figure(row, kind=SEVERE, regimen=regimen, published=0.1, low=None, high=None,
                 simulated=0.3, inside=False),
    ]  # fmt: skip
    told = Disagreement(regimen, "pfs", 12.0, 3, 0.75, ("torn",), "Two trials differ by far.")
    return CalibrationReport(
        disease, 77, 1, tuple(figures), (told,), (("effect-9", "No rule says whom it means."),)
    )
