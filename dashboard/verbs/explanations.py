"""The verbs about one patient's forecast: `explain` says why, `similar` who fared how."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dashboard.answers.explanation import MONTHS, PROBABILITY, Attribution, Contrast, Target
from dashboard.answers.similar import ObservedContrast, SimilarGroup, SimilarPatients
from dashboard.foundation.errors import UserError
from dashboard.records.patient import Patient
from dashboard.services import explanations, forecasts
from dashboard.services import similar as likeness
from dashboard.services.context import Context
from dashboard.verbs.files import chosen_patients, finding_line, patient_options, read_preview
from dashboard.verbs.outcome import Outcome, Verb, tell_progress

_HORIZON = 12.0
_MOST_LINES = 12


def _explain_options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument("--regimen", required=True, metavar="ID", help="the regimen to explain")
    parser.add_argument("--versus", default="", metavar="ID", help="explain the difference to it")
    parser.add_argument(
        "--target",
        required=True,
        metavar="TARGET",
        help="response, os, pfs, progression or toxicity:ID",
    )
    parser.add_argument(
        "--horizon", type=float, metavar="M", help="the month of a curve; 12 when none is given"
    )
    parser.add_argument(
        "--mean-months", action="store_true", help="mean months up to the horizon, not a chance"
    )
    parser.add_argument(
        "--length",
        choices=("short", "medium", "long"),
        default="medium",
        help="of the sentence in plain words",
    )
    _own_option(parser)


def _own_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--own", default="", metavar="FOLDER", help="a hospital's own cohort in the data folder"
    )


def _target(options: argparse.Namespace) -> Target:
    target = Target(options.target)
    if not target.timed:
        if options.horizon is not None or options.mean_months:
            raise UserError(
                f"{options.target} has no horizon.", hint="Leave --horizon and --mean-months out."
            )
        return target
    scale = MONTHS if options.mean_months else PROBABILITY
    return Target(options.target, _HORIZON if options.horizon is None else options.horizon, scale)


def _explain(context: Context, options: argparse.Namespace) -> Outcome:
    target = _target(options)
    patient, messages = _one_patient(context, options)
    found: Attribution | Contrast
    if options.versus:
        found = explanations.contrast(
            context, patient, (options.regimen, options.versus), target, own=options.own
        )
    else:
        found = explanations.attribution(context, patient, options.regimen, target, own=options.own)
    said = ""
    if patient.disease in context.library.ids:
        said = explanations.sentence(found, context.library.pack(patient.disease), options.length)
    lines = [*([said] if said else []), *_explained_lines(found)]
    return Outcome(_explained_document(patient, found, said), lines, messages=messages)


def _one_patient(context: Context, options: argparse.Namespace) -> tuple[Patient, list[str]]:
    """The patient meant, with the forecasts of the disease made ready."""
    preview = read_preview(context, options)
    patients = chosen_patients(preview, options.patient)
    if len(patients) > 1:
        raise UserError(
            f"{preview.name} holds {len(patients)} patients.",
            hint=f"Choose one with --patient, such as --patient {patients[0].id}.",
        )
    forecasts.prepare(context, patients[0].disease, own=options.own, progress=tell_progress)
    return patients[0], list(map(finding_line, preview.intake.findings))


def _explained_document(
    patient: Patient, found: Attribution | Contrast, said: str
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "patient": patient.id,
        "disease": patient.disease,
        "regimen": found.regimen,
        "target": found.target,
        "horizon": found.horizon_months,
        "scale": found.scale,
    }
    if isinstance(found, Contrast):
        document |= {
            "versus": found.versus,
            "baseline": 0.0,
            "output": found.difference,
            "outputs": [found.output, found.versus_output],
        }
    else:
        document |= {"baseline": found.baseline, "output": found.output}
    return document | {
        "low": found.low,
        "high": found.high,
        "contributions": [
            {
                "feature": each.feature,
                "value": each.value,
                "effect": each.effect,
                "low": each.low,
                "high": each.high,
                "stable": each.stable,
                "expected": (
                    found.expected[each.feature].verdict if each.feature in found.expected else None
                ),
            }
            for each in found.ranked
        ],
        "additivity_error": found.additivity_error,
        "sentence": said,
    }


def _explained_lines(found: Attribution | Contrast) -> list[str]:
    start = 0.0 if isinstance(found, Contrast) else found.baseline
    end = found.difference if isinstance(found, Contrast) else found.output
    unit = " months" if found.scale == MONTHS else ""
    lines = [f"  {start:+.3f}{unit} the average patient" if start else "  0 no difference"]
    for each in found.stable[:_MOST_LINES]:
        verdict = found.expected.get(each.feature)
        beside = f"; evidence: {verdict.verdict}" if verdict else ""
        value = "unknown" if each.value is None else each.value
        lines.append(f"  {each.effect:+.3f} {each.feature} ({value}){beside}")
    rest = len(found.contributions) - len(found.stable[:_MOST_LINES])
    lines.append(f"  and {rest} more, {len(found.unstable)} of them not sure of their direction")
    lines.append(f"  {end:+.3f}{unit} in all")
    return lines


# ---------------------------------------------------------------------------------------- similar


def _similar_options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument("--k", type=int, default=50, metavar="N", help="how many; 50 by default")
    parser.add_argument(
        "--weight",
        action="append",
        default=[],
        metavar="FEATURE=FACTOR",
        help="how much more or less a feature counts; may be repeated",
    )
    parser.add_argument(
        "--lock",
        action="append",
        default=[],
        metavar="FEATURE",
        help="a feature that must match; may be repeated",
    )
    _own_option(parser)


def _similar(context: Context, options: argparse.Namespace) -> Outcome:
    weights = _weights(options.weight)
    patient, messages = _one_patient(context, options)
    found = likeness.similar(
        context, patient, k=options.k, weights=weights, locks=options.lock, own=options.own
    )
    document = {"patient": patient.id, **_finite(asdict(found))}
    return Outcome(document, _similar_lines(found), messages=messages)


def _weights(texts: list[str]) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for text in texts:
        name, _, factor = text.rpartition("=")
        try:
            weights[name.strip()] = float(factor)
        except ValueError as error:
            raise UserError(
                f"--weight {text} is no factor.", hint="Write --weight FEATURE=2.5."
            ) from error
        if not name or not 0 <= weights[name.strip()] < math.inf:
            raise UserError(f"--weight {text} is no factor.", hint="Write --weight FEATURE=2.5.")
    return weights


def _finite(content: Any) -> Any:
    """The same with what is infinite left open, as JSON knows no infinity."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _similar_lines(found: SimilarPatients) -> list[str]:
    lines = [
        f"{found.patients} similar patients of {found.cohort}, as telling as "
        f"{found.effective or 0:.0f} equal ones",
        *map(_group_line, found.groups),
        *map(_contrast_line, found.contrasts),
    ]
    return [*lines, *(f"  {note}" for note in found.notes)]


def _contrast_line(each: ObservedContrast) -> str:
    return (
        f"  {each.regimen} against {each.versus}, {each.outcome}: {each.difference:+.2f} "
        f"({each.low:+.2f} to {each.high:+.2f}), E-value {each.e_value_limit:.1f}. {each.note}"
    )


def _group_line(group: SimilarGroup) -> str:
    if group.hidden:
        return f"  {group.label}: {group.hidden}"
    parts = [f"  {group.label}: {group.patients} patients"]
    if group.response:
        held = group.response
        parts.append(f"response {held.p:.0%} ({held.low:.0%} to {held.high:.0%})")
    for name, curve in group.curves.items():
        median = "not reached" if curve.median is None else f"{curve.median:.1f} months"
        parts.append(f"median {name.upper()} {median}")
    return ", ".join(parts)


VERBS = (
    Verb("explain", "say why a forecast is what it is", _explain_options, _explain),
    Verb("similar", "find similar patients and how they fared", _similar_options, _similar),
)
