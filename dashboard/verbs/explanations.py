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
from dashboard.services import explanations
from dashboard.services import similar as likeness
from dashboard.services.context import Context
from dashboard.verbs.asking import asked_bundle, asked_patient, bundle_option, own_option
from dashboard.verbs.files import patient_options
from dashboard.verbs.outcome import Outcome, Verb

_HORIZON = 12.0
_MOST_LINES = 12


def _explain_options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument(
        "--regimen",
        default="",
        metavar="ID",
        help="the regimen to explain; none where the cohort had no treatments",
    )
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
    bundle_option(parser)
    own_option(parser)


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
    bundle = asked_bundle(context, options)
    patient, messages = asked_patient(context, options, bundle)
    found: Attribution | Contrast
    if options.versus:
        pair = (options.regimen, options.versus)
        found = explanations.contrast(context, patient, pair, target, bundle=bundle)
    else:
        found = explanations.attribution(context, patient, options.regimen, target, bundle=bundle)
    said = ""
    if patient.disease in context.library.ids:
        said = explanations.sentence(found, context.library.pack(patient.disease), options.length)
    lines = [*([said] if said else []), *_explained_lines(found)]
    return Outcome(_explained_document(patient, found, said), lines, messages=messages)


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
    own_option(parser)


def _similar(context: Context, options: argparse.Namespace) -> Outcome:
    weights = _weights(options.weight)
    patient, messages = asked_patient(context, options, asked_bundle(context, options))
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
