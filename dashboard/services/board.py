"""The board's questions: which regimens stand on it at first, how they rank, what can be taken.

Forecasts and verdicts come from their own services and are handed in, so that a change of weights
or of months forecasts nothing again. Which regimens stand there at first is a rule, not advice:
those open to the patient at this line, the most studied first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.charts import readings, takeaway
from dashboard.answers.forecast import Forecast, SurvivalCurve
from dashboard.answers.population import GroupCurve
from dashboard.answers.ranking import Option, Ranking, Weights
from dashboard.answers.similar import SimilarGroup
from dashboard.cohort.selection import Selection
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight import ranking
from dashboard.knowledge import eligibility
from dashboard.knowledge.burden import burden_of
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.rules import Answer
from dashboard.knowledge.schema import DiseasePack
from dashboard.knowledge.spread import SiteFigure, sites_of
from dashboard.records.patient import Patient
from dashboard.services import population, similar
from dashboard.services.context import Context, Permission

FEWEST, MOST = 2, 6
MONTHS = (6, 12, 24, 36)
ALIKE = 200  # similar patients whose observed survival is laid over the forecast


def first_regimens(context: Context, patient: Patient, judgement: Judgement) -> tuple[str, ...]:
    """The regimens a board opens with, in the pack's order.

    Open before undecided before closed; within that, regimens that are not mere comparators of
    trials, and those with the most patients in published arms of the patient's line.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    place = {Answer.YES: 0, Answer.UNKNOWN: 1, Answer.NO: 2}
    advanced = {arm.regimen_id for arm in pack.arms}

    def order(regimen: str) -> tuple[bool, int, bool, int]:
        verdict = place[judgement.of(regimen).answer]
        comparator = pack.regimen(regimen).comparator_only
        return (regimen not in advanced, verdict, comparator, -_studied(pack, regimen, patient))

    listed = [regimen.id for regimen in pack.regimens]
    chosen = set(sorted(listed, key=order)[:MOST])
    opened = [r for r in chosen if judgement.of(r).answer is not Answer.NO]
    context.record("board.opened", patient.id, regimens=len(opened))
    kept = opened if len(opened) >= FEWEST else chosen
    return tuple(regimen for regimen in listed if regimen in kept)


def rank(
    context: Context,
    patient: Patient,
    forecast: Forecast,
    regimens: Sequence[str],
    *,
    weights: Weights,
    benefit: tuple[str, int],
) -> Ranking:
    """How regimens stand under the patient's own weights.

    Args:
        context: who asks.
        patient: whose weights they are.
        forecast: of this patient.
        regimens: the regimens to compare.
        weights: how much benefit, harm and burden count.
        benefit: which figure is the benefit, and at how many months.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    options = [_option(pack, forecast, regimen, *benefit) for regimen in regimens]
    context.record("board.ranked", patient.id, regimens=len(options))
    return ranking.rank(options, weights)


def export(
    context: Context, patient: Patient, forecast: Forecast, regimens: Sequence[str], *, months: int
) -> bytes:
    """The figures of the board as CSV, with the texts they are shown by."""
    context.require(Permission.PATIENT_EXPORT)
    pack = context.library.pack(patient.disease)
    labels = {regimen: pack.regimen(regimen).label for regimen in regimens}
    context.record("board.exported", patient.id, regimens=len(labels))
    source = f"Concord forecast of {patient.id}, model {forecast.bundle}"
    return takeaway.as_csv(takeaway.board_rows(forecast, regimens, labels, months), source=source)


def observed(
    context: Context, patient: Patient, regimens: Sequence[str], *, endpoint: str, own: str = ""
) -> dict[str, GroupCurve]:
    """What the cohort's patients of this line lived through under these regimens.

    A regimen that nobody of the line received has no entry; the empty name is everybody, in a
    cohort without treatments.
    """
    context.require(Permission.COHORT_READ)
    lines = () if patient.line is None else (patient.line,)
    selection = Selection(lines=lines, regimens=tuple(filter(None, regimens)))
    with context.together() as asked:
        asked.record("board.observed", patient.id, endpoint=endpoint)
        try:
            summary = population.describe(
                asked, patient.disease, selection, endpoint=endpoint, own=own
            )
        except NotEnoughEvidence:  # too few of a hospital's patients: the curves stand alone
            return {}
    if list(regimens) == [""]:
        return {"": summary.curves[0]} if len(summary.curves) == 1 else {}
    return {curve.group: curve for curve in summary.curves}


def alike(context: Context, patient: Patient, *, own: str = "") -> dict[str, SimilarGroup]:
    """What became of similar patients of the cohort, by the regimen they received.

    Nobody, where too few are similar to be told of; the forecast says so in its own cautions.
    """
    context.require(Permission.COHORT_READ)
    context.record("board.alike", patient.id)
    try:
        found = similar.similar(context, patient, k=ALIKE, own=own)
    except NotEnoughEvidence:
        return {}
    return {group.regimen: group for group in found.groups if not group.hidden}


def export_curves(
    context: Context, patient: Patient, curves: Mapping[str, SurvivalCurve], *, endpoint: str
) -> bytes:
    """The points of curves as CSV, with their bands."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("board.curves_exported", patient.id, regimens=len(curves))
    rows = (
        {"regimen": regimen, "endpoint": endpoint, "months": f"{float(month):g}",
         **takeaway.figure_cells(curve.at(float(month)))}
        for regimen, curve in curves.items()
        for month in curve.months
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord forecast of {patient.id}")


def export_response(
    context: Context, patient: Patient, forecast: Forecast, regimens: Sequence[str]
) -> bytes:
    """Response and each answer of RECIST as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("board.response_exported", patient.id, regimens=len(regimens))
    rows: list[dict[str, str]] = []
    for regimen in regimens:
        found = readings.of_regimen(forecast, regimen)
        response = {"regimen": regimen, "answer": "response"}
        rows.append({**response, **takeaway.figure_cells(found.response)})
        rows += [
            {"regimen": regimen, "answer": answer, **takeaway.share_cells(share)}
            for answer, share in found.recist.items()
        ]
    return takeaway.as_csv(rows, source=f"Concord forecast of {patient.id}")


def export_progression(
    context: Context, patient: Patient, forecast: Forecast, regimens: Sequence[str]
) -> bytes:
    """Progression, and death before it, at every landmark as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("board.progression_exported", patient.id, regimens=len(regimens))
    rows = (
        {"regimen": regimen, "first_event": cause, "months": str(month),
         **takeaway.figure_cells(
             readings.cause_at(readings.of_regimen(forecast, regimen), cause, month))}
        for regimen in regimens
        for cause in (readings.PROGRESSED, readings.DIED_FIRST)
        for month in MONTHS
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord forecast of {patient.id}")


def export_toxicity(
    context: Context, patient: Patient, forecast: Forecast, regimens: Sequence[str]
) -> bytes:
    """Severe events by group as CSV, forecast and published."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("board.toxicity_exported", patient.id, regimens=len(regimens))
    pack = context.library.pack(patient.disease)
    rows = []
    for regimen in regimens:
        published = {row.adverse_group: row.grade3plus_pct for row in pack.toxicities_of(regimen)}
        found = readings.of_regimen(forecast, regimen).toxicities
        for group in pack.adverse_groups:
            percent = published.get(group.id)
            rows.append(
                {
                    "regimen": regimen,
                    "group": group.id,
                    **takeaway.figure_cells(found.get(group.id)),
                    "published": "" if percent is None else f"{percent / 100:.4f}",
                }
            )
    return takeaway.as_csv(rows, source=f"Concord forecast of {patient.id}; published: the pack")


def sites(context: Context, patient: Patient, regimens: Sequence[str]) -> tuple[SiteFigure, ...]:
    """Where the disease spreads, as published for patients like this one."""
    context.require(Permission.PATIENT_READ)
    context.record("board.sites", patient.id)
    pack = context.library.pack(patient.disease)
    known = eligibility.judge(patient.facts, pack).known(patient.facts)
    return sites_of(known, pack, regimens)


def _option(
    pack: DiseasePack, forecast: Forecast, regimen: str, quantity: str, months: int
) -> Option:
    found = readings.of_regimen(forecast, regimen)
    figures = readings.at_month(found, months)
    visits = burden_of(pack.regimen(regimen)).visits
    return Option(
        regimen,
        figures[quantity],
        figures[readings.TOXICITY],
        None if visits is None else float(visits),
        found.cautions[0] if found.cautions else "",
    )


def _studied(pack: DiseasePack, regimen: str, patient: Patient) -> int:
    """Patients in published arms of the patient's line; of any line where the line is unknown."""
    return sum(arm.n or 0 for arm in pack.arms_of(regimen) if _of_line(arm, patient.line))


def _of_line(arm: Arm, line: int | None) -> bool:
    if line is None or arm.line in ("", "any"):
        return True
    return ("1" in arm.line) == (line == 1)
