"""The verb `forecast`: every candidate regimen of the patients of a file, as one document each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from dashboard.answers.forecast import (
    Chance,
    Forecast,
    Incidence,
    RegimenForecast,
    Span,
    Support,
    SurvivalCurve,
)
from dashboard.answers.landmark import Asked, LandmarkUpdate, Updated
from dashboard.cohort.columns import RECIST
from dashboard.foundation.errors import NotEnoughEvidence, UserError
from dashboard.records.patient import Patient
from dashboard.services import consultation, forecasts, landmark
from dashboard.services.context import Context
from dashboard.verbs.asking import asked_bundle, asked_patients, bundle_option, own_option
from dashboard.verbs.files import patient_options
from dashboard.verbs.outcome import Outcome, Verb, tell_progress

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle


def _options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument(
        "--regimens", default="", metavar="A,B", help="only these regimens; all of the pack if none"
    )
    bundle_option(parser)
    own_option(parser)
    parser.add_argument(
        "--horizon", type=float, metavar="MONTHS", help="also the figures at this month"
    )
    parser.add_argument(
        "--landmark", type=float, metavar="MONTHS", help="also from so many months after the start"
    )
    parser.add_argument(
        "--response", choices=RECIST, metavar="ANSWER",
        help="with --landmark: the response known by then, CR, PR, SD or PD",
    )  # fmt: skip


def _forecast(context: Context, options: argparse.Namespace) -> Outcome:
    if options.response and options.landmark is None:
        raise UserError(
            "--response says nothing without --landmark.",
            hint="Add --landmark MONTHS: how long ago treatment began.",
        )
    bundle = asked_bundle(context, options)
    patients, messages = asked_patients(context, options, bundle)
    wanted = tuple(name.strip() for name in options.regimens.split(",") if name.strip())
    documents, lines = [], []
    for patient in patients:
        found = _ask(context, patient, wanted, bundle)
        verdicts = _verdicts(context, patient)
        document = forecast_document(patient, found, verdicts, options.horizon)
        told = _lines(patient, found, verdicts)
        if options.landmark is not None:
            ask = partial(landmark.update, context, patient, found, bundle=bundle)
            told += _updates(found, document["regimens"], options, ask=ask)
        documents.append(document)
        lines += told
    whole = documents[0] if len(documents) == 1 else documents
    return Outcome(whole, lines, messages=messages)


def _updates(
    found: Forecast,
    documents: Sequence[dict[str, Any]],
    options: argparse.Namespace,
    *,
    ask: Callable[[Asked], LandmarkUpdate],
) -> list[str]:
    """Put the update of every regimen into its document; the lines say it in words."""
    lines = []
    for each, document in zip(found.regimens, documents, strict=True):
        asked = Asked(each.regimen, options.landmark, options.response or "")
        try:
            update = ask(asked)
        except NotEnoughEvidence as reason:
            document["landmark"] = None
            lines.append(f"  {each.regimen or 'prognosis'}: {reason.message}")
            continue
        document["landmark"] = update_document(update)
        lines += _update_lines(update)
    return lines


def _ask(
    context: Context, patient: Patient, wanted: tuple[str, ...], bundle: Bundle | None
) -> Forecast:
    if bundle:
        return forecasts.forecast_by(context, bundle, patient, wanted)
    if not forecasts.is_ready(context, patient.disease):
        forecasts.prepare(context, patient.disease, progress=tell_progress)
    return forecasts.forecast(context, patient, wanted)


def _verdicts(context: Context, patient: Patient) -> dict[str, str]:
    if patient.disease not in context.library.ids:
        return {}
    judged = consultation.judge(context, patient)
    return {verdict.regimen: str(verdict.answer) for verdict in judged.regimens}


# -- the document ----------------------------------------------------------------------------------


def forecast_document(
    patient: Patient, found: Forecast, verdicts: dict[str, str], horizon: float | None = None
) -> dict[str, Any]:
    """A forecast as the command line prints one."""
    first = next((each.support for each in found.regimens if each.support), None)
    return {
        "patient": patient.id,
        "disease": found.disease,
        "bundle": found.bundle,
        "support": None if first is None else _of_patient(first),
        "cautions": list(found.cautions),
        "missing": [
            {"feature": each.feature, "narrowing": each.narrowing} for each in found.missing
        ],
        "ranking": None if found.ranking is None else asdict(found.ranking),
        "regimens": [
            _regimen(each, verdicts.get(each.regimen), horizon) for each in found.regimens
        ],
    }


def _of_patient(support: Support) -> dict[str, Any]:
    return {
        "inside": support.inside,
        "distance": support.distance,
        "untypical": list(support.untypical),
    }


def _regimen(each: RegimenForecast, verdict: str | None, horizon: float | None) -> dict[str, Any]:
    return {
        "regimen": each.regimen or None,
        "verdict": verdict,
        "response": _chance(each.response),
        "recist": {level.lower(): p for level, p in each.recist.items()} or None,
        "pfs": _curve(each.pfs, horizon),
        "os": _curve(each.os, horizon),
        "progression": _incidence(each.progression, horizon),
        "toxicities": {
            name: {"p": c.p, "low": c.low, "high": c.high} for name, c in each.toxicities.items()
        },
        "support": None
        if each.support is None
        else {"similar": each.support.similar, "propensity": each.support.propensity},
        "cautions": list(each.cautions),
    }


def _chance(chance: Chance | None) -> dict[str, float] | None:
    if chance is None:
        return None
    return {"p": chance.p, "low": chance.low, "high": chance.high, "level": chance.level}


def _curve(curve: SurvivalCurve | None, horizon: float | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    months = float(curve.months[-1])
    document = {
        "months": curve.months.tolist(),
        "p": curve.probability.tolist(),
        "low": curve.low.tolist(),
        "high": curve.high.tolist(),
        "level": curve.level,
        **_span("median", curve.median),
        **_span("restricted_mean", curve.restricted_mean()),
    }
    if horizon is not None and 0 <= horizon <= months:
        at = curve.at(horizon)
        document["at_horizon"] = {
            "months": horizon,
            "p": at.p,
            "low": at.low,
            "high": at.high,
            **_span("restricted_mean", curve.restricted_mean(horizon)),
        }
    return document


def _span(name: str, span: Span) -> dict[str, float | None]:
    return {name: span.months, f"{name}_low": span.low, f"{name}_high": span.high}


def update_document(found: LandmarkUpdate) -> dict[str, Any]:
    """An update at a landmark as the command line prints one; months count from the landmark."""
    return {
        "month": found.month,
        "response": found.answer or None,
        "pfs": _updated(found.pfs),
        "os": _updated(found.os),
        "progression": _incidence(found.progression, None),
        "errors": [asdict(each) for each in found.errors],
        "cautions": list(found.cautions),
    }


def _updated(found: Updated | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "updated": _curve(found.now, None),
        "time_alone": _curve(found.before, None),
        "hazard_ratio": None if found.ratio is None else asdict(found.ratio),
    }


def _update_lines(found: LandmarkUpdate) -> list[str]:
    known = f"with {found.answer}" if found.answer else "no response known"
    lines = [f"  {found.regimen or 'prognosis'}, {found.month:g} months after the start, {known}:"]
    for name, each in (("PFS", found.pfs), ("OS", found.os)):
        if each is not None:
            lines.append(
                f"    median {name} from now {_months(each.now.median)}; "
                f"by time alone {_months(each.before.median)}"
            )
    return [*lines, *(f"    {caution}" for caution in found.cautions)]


def _incidence(incidence: Incidence | None, horizon: float | None) -> dict[str, Any] | None:
    if incidence is None:
        return None
    document: dict[str, Any] = {
        "months": incidence.months.tolist(),
        **{cause: values.tolist() for cause, values in incidence.by_cause.items()},
        "event_free": incidence.event_free.tolist(),
    }
    if horizon is not None and 0 <= horizon <= float(incidence.months[-1]):
        document["at_horizon"] = {"months": horizon, **incidence.at(horizon)}
    return document


def _lines(patient: Patient, found: Forecast, verdicts: dict[str, str]) -> list[str]:
    lines = [f"{patient.id} ({found.disease}), bundle {found.bundle}"]
    lines += [f"  {caution}" for caution in found.cautions]
    for each in found.regimens:
        parts = [verdicts.get(each.regimen, ""), each.regimen or "prognosis"]
        if each.response:
            share = each.response
            parts.append(f"response {share.p:.0%} ({share.low:.0%} to {share.high:.0%})")
        for name, curve in (("PFS", each.pfs), ("OS", each.os)):
            if curve:
                parts.append(f"median {name} {_months(curve.median)}")
        lines.append("  " + "  ".join(part for part in parts if part))
        lines += [f"    {caution}" for caution in each.cautions]
    return lines


def _months(span: Span) -> str:
    low, middle, high = (
        "not reached" if m is None else f"{m:.1f}" for m in (span.low, span.months, span.high)
    )
    return f"{middle} ({low} to {high}) months"


VERBS = (Verb("forecast", "forecast every candidate regimen of a patient", _options, _forecast),)
