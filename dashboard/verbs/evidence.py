"""The verb about what is published beside a patient: `evidence`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dashboard.answers.concordance import Row
from dashboard.answers.evidence import RegimenEvidence
from dashboard.answers.own_evidence import CivicItems, GuidelineVerdict
from dashboard.records.patient import Patient
from dashboard.records.wording import counted
from dashboard.scores.shelf import ScoreResult
from dashboard.services import (
    concordance,
    evidence,
    forecasts,
    own_statements,
    replays,
    scores,
)
from dashboard.services.context import Context
from dashboard.verbs.files import chosen_patients, finding_line, patient_options, read_preview
from dashboard.verbs.outcome import Outcome, Verb, tell_progress
from dashboard.verbs.published import score_document

if TYPE_CHECKING:
    from dashboard.insight.standing_out import Apart


def _options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument(
        "--regimens", default="", metavar="A,B", help="only these regimens, with commas between"
    )
    parser.add_argument(
        "--model", action="store_true",
        help="train the model where it is not yet, to say where it disagrees with the trials",
    )  # fmt: skip


def _evidence(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    patients = chosen_patients(preview, options.patient)
    named = (name.strip() for name in options.regimens.split(","))
    wanted = tuple(dict.fromkeys(filter(None, named)))
    messages = list(map(finding_line, preview.intake.findings))
    held = {
        disease: _is_held(context, disease, train=options.model)
        for disease in dict.fromkeys(patient.disease for patient in patients)
    }
    messages += [
        f"No model of {disease} is trained yet: with --model it is, and where it disagrees is told."
        for disease, ready in held.items()
        if not ready
    ]
    told = [_of_patient(context, each, wanted, model=held[each.disease]) for each in patients]
    lines = [line for _, some in told for line in some]
    return Outcome([document for document, _ in told], lines, messages=messages)


def _is_held(context: Context, disease: str, *, train: bool) -> bool:
    """Whether the model can be held against the trials: it is trained, or is to be now."""
    if train:
        forecasts.prepare(context, disease, progress=tell_progress)
        replays.prepare(context, disease, progress=tell_progress)
    return forecasts.is_ready(context, disease) and replays.is_ready(context, disease)


def _of_patient(
    context: Context, patient: Patient, wanted: Sequence[str], *, model: bool
) -> tuple[dict[str, Any], list[str]]:
    found = evidence.matches(context, patient, wanted)
    results = scores.scores_of(context, patient)
    rows: tuple[Row, ...] = ()
    apart: Mapping[str, Apart] = {}
    if model:
        apart = replays.asked(context, patient.disease).apart
        rows = concordance.concordance(context, patient, wanted).rows
    said = own_statements.guidelines(context, patient, wanted)
    items = own_statements.items(context, patient)
    document = {
        "patient": patient.id,
        "disease": patient.disease,
        "regimens": [
            _regimen_document(each, apart)
            | {"guidelines": [asdict(held) for held in said[each.regimen]]}
            for each in found
        ],
        "civic": [asdict(item) for item in items.found],
        "civic_not_judged": list(items.unread),
        "scores": [score_document(result) for result in results],
        "concordance": [_row_document(row) for row in rows] if model else None,
    }
    lines = _lines(patient, found, results, rows)
    return document, [*lines, *_own_lines(found, said, items)]


def _regimen_document(found: RegimenEvidence, apart: Mapping[str, Apart]) -> dict[str, Any]:
    return {
        "regimen": found.regimen,
        "label": found.label,
        "escat": None if found.tier is None else asdict(found.tier),
        "arms": [asdict(arm) | _against_the_rest(apart.get(arm.id)) for arm in found.arms],
        "effects": [asdict(effect) for effect in found.effects],
        "side_effects": [asdict(row) for row in found.toxicities],
    }


def _against_the_rest(found: Apart | None) -> dict[str, Any]:
    """Whether an arm stands out, and the smallest error in its figures that would be noticed."""
    if found is None:
        return {"stands_out": None, "smallest_error_noticed_percent": None}
    size = round(100 * (found.noticed - 1), 1)
    return {"stands_out": found.stands_out, "smallest_error_noticed_percent": size}


def _row_document(row: Row) -> dict[str, Any]:
    document = asdict(row)
    if row.split is not None:
        split = row.split
        document["split"] |= {
            "gap": split.gap, "patient_part": split.patient_part, "model_part": split.model_part,
        }  # fmt: skip
    return document


def _lines(
    patient: Patient,
    found: Sequence[RegimenEvidence],
    results: Sequence[ScoreResult],
    rows: Sequence[Row],
) -> list[str]:
    lines = [f"{patient.id} ({patient.disease})"]
    for each in found:
        counts = ", ".join(
            f"{each.counted(fit)} {fit}" for fit in dict.fromkeys(arm.fit for arm in each.arms)
        )
        tier = f"; ESCAT {each.tier.name} by rule ({each.tier.change})" if each.tier else ""
        told = f"{counts or 'no trial arm'}; {len(each.effects)} effects{tier}"
        lines.append(f"  {each.label}: {told}")
    lines += [
        f"  {result.score.name}: {result.status} {result.reason}".rstrip() for result in results
    ]
    lines += [f"  {row.label}, {row.measure}: {row.verdict}. {row.sentence}" for row in rows]
    return lines


def _own_lines(
    found: Sequence[RegimenEvidence],
    said: Mapping[str, Sequence[GuidelineVerdict]],
    items: CivicItems,
) -> list[str]:
    lines = [
        f"  {each.label}: {held.verdict} with {held.source.text}"
        for each in found
        for held in said[each.regimen]
    ]
    if items.found:
        number = len(items.found)
        count = "1 item of CIViC names" if number == 1 else f"{number} items of CIViC name"
        lines.append(f"  {count} changes of this patient")
    if items.unread:
        lines.append(f"  {counted(len(items.unread), 'profile')} of CIViC's items not judged")
    return lines


VERBS = (
    Verb(
        "evidence", "trial arms, effects and scores that apply to each patient", _options, _evidence
    ),
)
