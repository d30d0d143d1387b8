"""The answers of the pages that explain, as files: the figures beside the words they are shown by.

Each file names the patient's token, never a value of theirs that the page did not show, and says
what its figures come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from components.charts import readings, takeaway
from components.charts.what_if import Ghosted
from dashboard.answers.explanation import (
    Attribution,
    Contrast,
    EffectCurve,
    Interaction,
    Surface,
)
from dashboard.answers.model_card import ModelCard
from dashboard.answers.similar import SimilarGroup, SimilarPatients
from dashboard.answers.what_if import Change, Counterfactuals, TippingPoints, Tornado
from dashboard.records.patient import Patient, Value
from dashboard.services.context import Context, Permission


def export_reasons(
    context: Context, patient: Patient, explained: Sequence[Attribution | Contrast]
) -> bytes:
    """Every contribution of some explanations as CSV, with baseline and output."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("why.exported", patient.id, explanations=len(explained))
    rows = (row for found in explained for row in _reason_rows(found))
    return takeaway.as_csv(rows, source=f"Concord explanation of the forecast of {patient.id}")


def export_ratios(context: Context, patient: Patient, card: ModelCard) -> bytes:
    """The hazard ratios of the plain models beside the forecast as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("why.ratios_exported", patient.id, endpoints=len(card.plain))
    rows = (
        {"endpoint": endpoint, "fact": effect.feature, "words": effect.words,
         "hazard_ratio": _number(effect.ratio), "low": _number(effect.low),
         "high": _number(effect.high)}
        for endpoint, effects in card.plain.items()
        for effect in effects
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Plain Cox regression beside model {card.bundle}")


def export_effect(context: Context, patient: Patient, found: EffectCurve) -> bytes:
    """How a figure goes with one fact over the cohort as CSV, with the patient's place."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("why.effect_exported", patient.id, fact=found.feature)
    rows = (
        {**_figure(found), "fact": found.feature, "value": _value(place),
         "against_average": _number(value), "low": _number(low), "high": _number(high),
         "patient_value": _value(found.patient), "patient": _number(found.patient_value)}
        for place, value, low, high in zip(
            found.places, found.values, found.low, found.high, strict=True)
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord: one fact over the cohort, and {patient.id}")


def export_pairs(
    context: Context, patient: Patient, pairs: Sequence[Interaction], found: Surface
) -> bytes:
    """What facts do together, and a forecast over the values of two of them, as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("why.pairs_exported", patient.id, pairs=len(pairs))
    together = [
        {**_figure(found), "first": pair.first, "second": pair.second,
         "first_value": _value(pair.first_value), "second_value": _value(pair.second_value),
         "quantity": "beyond each alone", "value": _number(pair.effect)}
        for pair in pairs
    ]  # fmt: skip
    laid_out = [
        {**_figure(found), "first": found.features[0], "second": found.features[1],
         "first_value": _value(one), "second_value": _value(other),
         "quantity": "forecast", "value": _number(found.values[i][j])}
        for i, one in enumerate(found.places[0])
        for j, other in enumerate(found.places[1])
    ]  # fmt: skip
    return takeaway.as_csv(
        [*together, *laid_out], source=f"Concord: facts together, in the forecast of {patient.id}"
    )


def _figure(found: EffectCurve | Surface) -> dict[str, str]:
    return {
        "figure": found.target, "regimen": found.regimen, "scale": found.scale,
        "months": _number(found.horizon_months),
    }  # fmt: skip


def export_similar(context: Context, patient: Patient, found: SimilarPatients) -> bytes:
    """What similar patients received and how they fared as CSV; withheld numbers stay withheld."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("similar.exported", patient.id, groups=len(found.groups))
    kind = "simulated patients (SYNTHETIC)" if found.synthetic else "patients"
    rows = (row for group in found.groups for row in _group_rows(group))
    return takeaway.as_csv(rows, source=f"{found.cohort}: {kind} similar to {patient.id}")


def export_what_if(
    context: Context, patient: Patient, rows: Sequence[Ghosted], *, months: int
) -> bytes:
    """Every figure of a changed patient beside the original as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("what_if.exported", patient.id, regimens=len(rows))
    held = (
        {"regimen": row.label, "quantity": readings.quantity_label(quantity, months),
         "forecast": name, **takeaway.figure_cells(chances[quantity])}
        for row in rows
        for quantity in readings.QUANTITIES
        for name, chances in (("original", row.before), ("changed", row.after))
    )  # fmt: skip
    return takeaway.as_csv(held, source=f"Concord what-if of {patient.id}: facts were changed")


def export_answer(
    context: Context, patient: Patient, found: Tornado | TippingPoints | Counterfactuals
) -> bytes:
    """The answer to one question of what would change a forecast as CSV."""
    context.require(Permission.PATIENT_EXPORT)
    context.record("what_if.answer_exported", patient.id, figure=found.target)
    if isinstance(found, Tornado):
        return _swings(patient, found)
    if isinstance(found, TippingPoints):
        return _tipping(patient, found)
    return _modifiable(patient, found)


def _swings(patient: Patient, found: Tornado) -> bytes:
    """How far each fact alone would move a forecast as CSV."""
    rows = (
        {**_asked(found), "fact": swing.feature, "value": _value(swing.value),
         "low_value": _value(swing.low_value), "high_value": _value(swing.high_value),
         "forecast_at_low": _number(swing.low_output),
         "forecast_at_high": _number(swing.high_output), "forecast_now": _number(found.output)}
        for swing in found.swings
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord what-if of {patient.id}, one fact at a time")


def _tipping(patient: Patient, found: TippingPoints) -> bytes:
    """Where the order of two regimens flips as CSV; a file without a row says that nowhere."""
    rows = (
        {**_asked(found), "compared_with": found.versus, "fact": point.feature,
         "value": _value(point.value), "crossing": point.crossing, "at": _value(point.at),
         "difference_beyond": _number(point.difference), "usual": "yes" if point.usual else "no",
         "difference_now": _number(found.difference)}
        for point in found.points
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord tipping points of {patient.id}")


def _modifiable(patient: Patient, found: Counterfactuals) -> bytes:
    """The smallest changes of modifiable facts as CSV, whether they reach the goal or not."""
    held = found.found or ((found.best,) if found.best else ())
    rows = (
        {**_asked(found), "change": "; ".join(_change(change) for change in each.changes),
         "forecast_now": _number(each.before), "forecast_then": _number(each.after),
         "goal": _number(found.goal), "reaches_goal": "yes" if found.found else "no",
         "less_usual_share": _number(each.plausible)}
        for each in held
    )  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord what-if of {patient.id}, modifiable facts")


def export_card(context: Context, card: ModelCard) -> bytes:
    """The model card as CSV: every figure of every head, ratios of the plain models, versions."""
    context.require(Permission.COHORT_READ)
    context.record("bundle.card_exported", card.disease, heads=len(card.heads))
    rows = [
        {"part": head.target, "name": name, "value": f"{value:.6g}"}
        for head in card.heads
        for name, value in (*head.quality.items(), *head.choice.items())
    ]
    rows += [
        {"part": head.target, "name": f"group {place}: {name}", "value": f"{value:.6g}"}
        for head in card.heads
        for place, tenth in enumerate(head.tenths, 1)
        for name, value in asdict(tenth).items()
    ]
    rows += [{"part": target, "name": "not learnt", "value": why}
             for target, why in card.left_out.items()]  # fmt: skip
    rows += [
        {"part": f"plain {endpoint}", "name": f"{effect.words}, {name}", "value": f"{value:.4f}"}
        for endpoint, effects in card.plain.items()
        for effect in effects
        for name, value in (("ratio", effect.ratio), ("low", effect.low), ("high", effect.high))
    ]
    rows += [{"part": "limit", "name": "", "value": limit} for limit in card.limits]
    rows += [
        {"part": "origin", "name": name, "value": value}
        for name, value in (
            ("cohort", card.cohort), ("source", card.source), ("rows", str(card.rows_used)),
            ("code", card.code_version), ("pack", card.pack_fingerprint),
        )
    ]  # fmt: skip
    return takeaway.as_csv(rows, source=f"Concord model card {card.bundle} of {card.disease}")


def _asked(found: Tornado | TippingPoints | Counterfactuals) -> dict[str, str]:
    return {
        "figure": found.target,
        "months": "" if found.horizon_months is None else f"{found.horizon_months:g}",
        "scale": found.scale,
        "regimen": found.regimen,
    }


def _change(change: Change) -> str:
    return f"{change.feature}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Value | None) -> str:
    return "unknown" if value is None else str(value)


def _group_rows(group: SimilarGroup) -> Iterable[Mapping[str, str]]:
    """A row for each outcome of a group."""
    who = {
        "regimen": group.regimen,
        "label": group.label,
        "patients": "" if group.patients is None else str(group.patients),
        "effective": "" if group.effective is None else f"{group.effective:.2f}",
        "withheld": group.hidden,
    }
    chances = {"response": group.response} | {
        f"toxicity {name}": chance for name, chance in group.toxicity.items()
    }
    for outcome, chance in chances.items():
        cells = takeaway.figure_cells(chance)
        yield who | {
            "outcome": outcome, "unit": "share", "estimate": cells["estimate"],
            "low": cells["low"], "high": cells["high"],
        }  # fmt: skip
    for name, curve in group.curves.items():
        yield who | {
            "outcome": f"median {name}", "unit": "months", "estimate": _number(curve.median),
            "low": _number(curve.median_low), "high": _number(curve.median_high),
        }  # fmt: skip


def _reason_rows(found: Attribution | Contrast) -> Iterable[Mapping[str, str]]:
    contrast = isinstance(found, Contrast)
    asked = {
        "figure": found.target,
        "months": "" if found.horizon_months is None else f"{found.horizon_months:g}",
        "scale": found.scale,
        "regimen": found.regimen,
        "rather_than": found.versus if isinstance(found, Contrast) else "",
    }
    start = found.versus_output if isinstance(found, Contrast) else found.baseline
    yield asked | _cells("rather_than" if contrast else "baseline", start)
    for part in found.ranked:
        expected = found.expected.get(part.feature)
        yield (
            asked
            | _cells(part.feature, part.effect)
            | {
                "value": "" if part.value is None else str(part.value),
                "low": _number(part.low),
                "high": _number(part.high),
                "direction_sure": "yes" if part.stable else "no",
                "published": expected.verdict if expected else "",
                "published_rows": "; ".join(row.id for row in expected.rows) if expected else "",
            }
        )
    yield asked | _cells("output", found.output)


def _cells(what: str, number: float) -> dict[str, str]:
    return {
        "what": what, "value": "", "adds_or_is": _number(number), "low": "", "high": "",
        "direction_sure": "", "published": "", "published_rows": "",
    }  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"
