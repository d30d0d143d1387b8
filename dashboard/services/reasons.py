"""The answers of the pages that explain, as files: the figures beside the words they are shown by.

Each file names the patient's token, never a value of theirs that the page did not show, and says
what its figures come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from components.charts import takeaway
from dashboard.answers.explanation import Attribution, Contrast
from dashboard.answers.model_card import ModelCard
from dashboard.records.patient import Patient
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
