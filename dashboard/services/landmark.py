"""What now, so many months after the start: survival from today on, knowing what the scan showed.

The update stands on the forecast made before treatment, which this asks for itself, so that page
and command line cannot start from another one. What the record says of a running treatment (start,
best response) is offered as where to begin; nobody's answer is guessed from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.charts import takeaway
from dashboard.answers.forecast import Forecast
from dashboard.answers.landmark import Asked, LandmarkScope, LandmarkUpdate, SoFar
from dashboard.records.patient import Patient
from dashboard.services import forecasts
from dashboard.services.context import Context, Permission

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle

_DAYS_A_MONTH = 365.25 / 12
_ANSWERS = ("CR", "PR", "SD", "PD")


def scope(context: Context, disease: str, *, own: str = "") -> LandmarkScope:
    """From which to which month, and about which responses, the model may be asked.

    Args:
        context: who asks.
        disease: the pack's id, or that of the hospital's own cohort.
        own: the folder of a hospital's own cohort; empty for the default one.

    Raises:
        NotPrepared: the bundle has to be trained first.
    """
    context.require(Permission.PATIENT_READ)
    bundle = forecasts.opened(context, disease, own=own)
    context.record("landmark.scope", disease)
    from dashboard.insight import landmark

    return landmark.scope(bundle)


def so_far(context: Context, patient: Patient) -> SoFar | None:
    """The running treatment of the record: when it began and its best response, where they stand.

    None without one regimen of the pack that was started on a known day and not stopped.
    """
    context.require(Permission.PATIENT_READ)
    context.record("landmark.so_far", patient.id)
    pack = context.library.pack(patient.disease)
    known = {regimen.id for regimen in pack.regimens}
    running = [
        (course.started, course)
        for course in patient.courses
        if course.started and course.stopped is None and course.regimen in known
    ]
    if not running:
        return None
    started, course = max(running, key=lambda pair: pair[0])
    months = (context.today - started).days / _DAYS_A_MONTH
    best = course.best_response.strip().upper()
    return SoFar(course.regimen, months, best if best in _ANSWERS else "")


def update(
    context: Context,
    patient: Patient,
    forecast: Forecast,
    asked: Asked,
    *,
    bundle: Bundle | None = None,
    own: str = "",
) -> LandmarkUpdate:
    """Survival from a landmark on under one regimen, by time alone and knowing the response.

    Args:
        context: who asks.
        patient: of whom the forecast is.
        forecast: made before treatment.
        asked: about what.
        bundle: that made the forecast; the disease's where none is given.
        own: the folder of a hospital's own cohort that the disease's bundle learnt from.

    Raises:
        NotEnoughEvidence: there is no such model, or nothing is forecast after that month.
        UserError: a month or a response that it cannot be asked about.
    """
    context.require(Permission.PATIENT_READ)
    by = bundle or forecasts.opened(context, patient.disease, own=own)
    context.record("patient.updated", patient.id, regimen=asked.regimen)
    from dashboard.insight import landmark

    return landmark.update(by, forecast.of(asked.regimen), month=asked.month, answer=asked.answer)


def export(context: Context, patient: Patient, found: LandmarkUpdate) -> bytes:
    """The points of both forecasts from the landmark on as CSV, with their bands."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("patient.update_exported", patient.id, regimen=found.regimen)
    return takeaway.as_csv(_rows(found), source=f"Concord update of {patient.id}")


def _rows(found: LandmarkUpdate) -> Iterator[dict[str, str]]:
    asked = {
        "regimen": found.regimen,
        "months_since_start": f"{found.month:g}",
        "response": found.answer,
    }
    for endpoint, updated in (("pfs", found.pfs), ("os", found.os)):
        if updated is None:
            continue
        told = {"updated": updated.now, "time alone": updated.before}
        for kind, curve in told.items():
            for month in curve.months.tolist():
                yield {
                    **asked,
                    "endpoint": endpoint,
                    "forecast": kind,
                    "months_from_now": f"{month:g}",
                    **takeaway.figure_cells(curve.at(month)),
                }
