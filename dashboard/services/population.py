"""Who is in a cohort, how they fared, and how the simulator stands against the trials.

The default cohort of each disease is simulated once and kept in the data folder, named after the
pack and the code it came from; the calibration report likewise. A hospital's own cohorts lie in
`cohorts/` of the data folder: their small counts are hidden, and selections that would single out
patients are withheld. Simulated cohorts need neither: nobody is in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from dashboard.answers.population import CalibrationReport, CohortSummary, Overlap
from dashboard.cohort import reports
from dashboard.cohort.calibrated import REPORT_SEED, shipped_report
from dashboard.cohort.columns import CohortData
from dashboard.cohort.description import describe_cohort
from dashboard.cohort.overlap import read_overlap
from dashboard.cohort.plain import patients_of
from dashboard.cohort.selection import Offered, Selection, offered_by
from dashboard.cohort.small_cells import protect, rows_threshold
from dashboard.cohort.trial_simulation import PATIENTS as PATIENTS_AN_ARM
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.knowledge.library import Library
from dashboard.records.patient import Origin, Patient
from dashboard.services.allowed_rows import OPTED_OUT, read_allowed
from dashboard.services.context import Context, Permission, Role
from dashboard.services.disclosure import admit
from dashboard.services.errand import COHORT, REPORT, Errand, Progress, run_errand
from dashboard.services.shelf import Shelf

COHORT_SEED = 1


@dataclass(frozen=True, slots=True)
class CohortChoice:
    """A cohort that can be opened: the simulated one has no folder name."""

    folder: str
    label: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A cohort folder as it stands: what is read is remembered until a file changes."""

    folder: Path
    stamp: tuple[tuple[str, int, int], ...]
    pack: str
    library: Library = field(compare=False, hash=False)


def silent(share: float, words: str) -> None:
    """Progress that nobody watches."""
    del share, words


def choices(context: Context, disease: str) -> tuple[CohortChoice, ...]:
    """The cohorts of a disease: the simulated one, then those of this hospital."""
    context.require(Permission.COHORT_READ)
    context.record("cohorts.listed", disease)
    label = context.library.pack(disease).label
    own = [
        CohortChoice(path.name, data.label, data.synthetic)
        for path in sorted(_shelf(context).own_cohorts.glob("*/cohort.toml"))
        for path, data in [(path.parent, _read(context, path.parent))]
        if data.disease == disease
    ]
    return (CohortChoice("", f"Simulated registry: {label}", True), *own)


def cohort(
    context: Context, disease: str, *, own: str = "", progress: Progress = silent
) -> CohortData:
    """A cohort of a disease; the simulated one is drawn when it is not there yet.

    Args:
        context: who asks.
        disease: the pack's id.
        own: the folder of a hospital's own cohort; empty for the simulated one.
        progress: told how far the drawing is.

    Raises:
        UserError: the folder cannot be read, or there is none of this name.
    """
    context.require(Permission.COHORT_READ)
    context.record("cohort.opened", disease, own=own or "simulated")
    return _cohort(context, disease, own, progress)


def offered(context: Context, disease: str, *, own: str = "") -> Offered:
    """What a cohort can be filtered by."""
    context.require(Permission.COHORT_READ)
    context.record("cohort.filters", disease)
    data = _cohort(context, disease, own, silent)
    return offered_by(data, context.library.pack(disease))


def describe(
    context: Context,
    disease: str,
    selection: Selection,
    *,
    endpoint: str = "os",
    own: str = "",
) -> CohortSummary:
    """Who is in a selection of a cohort and how they fared.

    Raises:
        SelectionWithheld: too few patients of a hospital, alone or against what was shown.
    """
    context.require(Permission.COHORT_READ)
    context.record("cohort.described", disease, own=own or "simulated", endpoint=endpoint)
    data = _cohort(context, disease, own, silent)
    place = _place(context, _shelf(context).cohort_folder(disease, own))
    if data.synthetic:
        return _described(place, selection, endpoint)
    threshold = rows_threshold(data.ids, context.settings.small_cell_threshold)
    ledger = _shelf(context).ledger(data.fingerprint)
    admit(data, selection, ledger=ledger, actor=context.actor.id, threshold=threshold)
    return protect(_described(place, selection, endpoint), threshold)


def patient_of(context: Context, disease: str, name: str, *, own: str) -> Patient:
    """One patient of the hospital's own cohort by their pseudonym there, as the pages read one.

    What happened to them stays in the cohort: only what was known before treatment is taken, and of
    that what the disease's pack knows.

    Raises:
        UserError: the cohort has nobody of this name, or who objected.
    """
    context.require(Permission.PATIENT_READ)
    context.record("cohort.patient_opened", name, own=own)
    data = _cohort(context, disease, own, silent)
    if context.actor.role is Role.EDUCATOR and not data.synthetic:
        raise NotPermitted(
            "Educators open invented patients and teaching cases only.",
            hint="Ask a clinician for a teaching case.",
        )
    rows = [row for row, each in enumerate(data.ids) if each == name]
    if not rows:
        raise UserError(
            f"Nobody in this cohort is called {name}.",
            hint="Take the pseudonym as it stands in the first column of the cohort's table.",
            code="cohort-nobody",
        )
    vocabulary = context.library.pack(disease).vocabulary
    found = patients_of(data, rows[:1])[0]
    values = {key: held for key, held in found.values.items() if key in vocabulary}
    origins = {key: Origin(file=data.label, row=rows[0] + 1, field=key) for key in values}
    return replace(found, values=values, origins=origins, synthetic=data.synthetic)


def overlap(context: Context, disease: str) -> tuple[Overlap, ...]:
    """The true chances of every regimen in the simulated cohort, for the classroom."""
    context.require(Permission.COHORT_READ)
    context.record("cohort.overlap", disease)
    _cohort(context, disease, "", silent)
    folder = _shelf(context).cohort_folder(disease)
    pack = context.library.pack(disease)
    return _overlap(folder, tuple((regimen.id, regimen.label) for regimen in pack.regimens))


def calibration(
    context: Context, disease: str, *, progress: Progress = silent
) -> CalibrationReport:
    """Every published figure against fresh simulated patients.

    The packs that ship bring their reports; another is measured when it is not there yet.
    """
    context.require(Permission.COHORT_READ)
    context.record("calibration.read", disease)
    shelf = _shelf(context)
    key, path = shelf.report_key(disease), shelf.report_file(disease)
    found = _report(path, key) or _report(shipped_report(disease), key)
    if found is None:
        shelf.clear("calibration", disease)
        run_errand(
            Errand(
                REPORT, disease, path, REPORT_SEED, PATIENTS_AN_ARM, key,
                packs_dirs=context.settings.packs_dirs,
            ),
            progress,
        )  # fmt: skip
        _report.cache_clear()
        found = _report(path, key)
    if found is None:
        raise RuntimeError("The calibration report was written and cannot be read.")
    return found


def export(context: Context, summary: CohortSummary, part: str = "table") -> bytes:
    """A summary as CSV, as it is shown: its first `table`, or the points of its `curves`."""
    context.require(Permission.COHORT_READ)
    context.record("cohort.exported", summary.disease, part=part)
    return reports.curves_csv(summary.curves) if part == "curves" else reports.summary_csv(summary)


def export_calibration(context: Context, report: CalibrationReport) -> bytes:
    """A calibration report as CSV, every figure a row."""
    context.require(Permission.COHORT_READ)
    context.record("calibration.exported", report.disease)
    return reports.report_csv(report)


def is_ready(context: Context, disease: str, what: str = COHORT) -> bool:
    """Whether the simulated cohort, or the calibration report, is at hand without waiting."""
    context.require(Permission.COHORT_READ)
    context.record("cohort.asked", disease, what=what)
    shelf = _shelf(context)
    if what == COHORT:
        return shelf.cohort_folder(disease).exists()
    shipped = _report(shipped_report(disease), shelf.report_key(disease))
    return shipped is not None or shelf.report_file(disease).exists()


# -- opening and remembering ---------------------------------------------------------------------


def _shelf(context: Context) -> Shelf:
    return Shelf(context.settings, context.library)


def _cohort(context: Context, disease: str, own: str, progress: Progress) -> CohortData:
    shelf = _shelf(context)
    folder = shelf.cohort_folder(disease, own)
    if not own and not folder.is_dir():
        shelf.clear("cohort", disease)
        errand = Errand(
            COHORT, disease, folder, COHORT_SEED, context.settings.cohort_patients,
            packs_dirs=context.settings.packs_dirs,
        )  # fmt: skip
        run_errand(errand, progress)
    return _read(context, folder)


def _place(context: Context, folder: Path) -> _Place:
    files = [*sorted(folder.glob("*.toml")), *sorted(folder.glob("patients.*"))]
    files += [file for file in (folder / OPTED_OUT,) if file.is_file()]
    stamp = tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files)
    fingerprints = "".join(pack.fingerprint for pack in context.library.packs)
    return _Place(folder, stamp, fingerprints, context.library)


def _read(context: Context, folder: Path) -> CohortData:
    return _loaded(_place(context, folder))


@lru_cache(maxsize=6)
def _loaded(place: _Place) -> CohortData:
    data = read_allowed(place.folder, place.library)
    return replace(data, rows_read=max(data.rows_read, data.size))


@lru_cache(maxsize=64)
def _described(place: _Place, selection: Selection, endpoint: str) -> CohortSummary:
    data = _loaded(place)
    ids = place.library.ids
    pack = place.library.pack(data.disease) if data.disease in ids else None
    return describe_cohort(data, selection, endpoint=endpoint, pack=pack)


@lru_cache(maxsize=6)
def _overlap(folder: Path, labels: tuple[tuple[str, str], ...]) -> tuple[Overlap, ...]:
    return read_overlap(folder, dict(labels))


@lru_cache(maxsize=8)
def _report(path: Path, fingerprint: str) -> CalibrationReport | None:
    return reports.load_report(path, fingerprint)
