"""The verbs about patients of a file: `check` reads and checks, `judge` says what is open."""

from __future__ import annotations

import argparse
from typing import Any

from components.charts.verdicts import holding, reasons
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Judgement, Part, RegimenVerdict
from dashboard.knowledge.rules import Answer, Facts, spell
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient, Severity, Unmapped
from dashboard.services import consultation, knowledge
from dashboard.services.context import Context
from dashboard.verbs.files import (
    chosen_patients,
    file_options,
    finding_line,
    patient_options,
    read_preview,
)
from dashboard.verbs.outcome import DONE, REFUSED, Outcome, Verb


def _check(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    found, findings = preview.intake, preview.intake.findings
    document = {
        "format": found.format,
        "patients": [patient_document(patient) for patient in found.patients],
        "findings": [finding.as_json() for finding in findings],
        "unmapped": [_unmapped_document(item) for item in found.unmapped],
    }
    lines = [
        f"{len(found.patients)} patients read from {preview.name} "
        f"({found.format or 'unreadable'}), {len(findings)} findings, "
        f"{len(found.unmapped)} items not used",
        *(f"  {finding_line(finding)}" for finding in findings),
        *(f"  not used: {item.where} {item.name}: {item.reason}" for item in found.unmapped),
    ]
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    return Outcome(document, lines, REFUSED if refused else DONE)


def patient_document(patient: Patient) -> dict[str, Any]:
    """A patient as the command line prints one: each value with where it came from."""
    return {
        "id": patient.id,
        "disease": patient.disease,
        "line": patient.line,
        "synthetic": patient.synthetic,
        "fingerprint": patient.fingerprint,
        "values": dict(patient.values),
        "origins": {
            name: {
                "file": origin.file,
                "row": origin.row,
                "field": origin.field,
                "text": origin.text,
                "unit": origin.unit,
                "comparator": origin.comparator,
                "note": origin.note,
            }
            for name, origin in patient.origins.items()
        },
        "courses": [
            {
                "label": course.label,
                "regimen": course.regimen,
                "line": course.line,
                "started": course.started.isoformat() if course.started else None,
                "stopped": course.stopped.isoformat() if course.stopped else None,
                "best_response": course.best_response,
                "stop_reason": course.stop_reason,
            }
            for course in patient.courses
        ],
        "measurements": [
            {
                "feature": measured.feature,
                "value": measured.value,
                "taken_on": measured.taken_on.isoformat() if measured.taken_on else None,
            }
            for measured in patient.measurements
        ],
        "outcomes": dict(patient.outcomes),
    }


def _unmapped_document(item: Unmapped) -> dict[str, Any]:
    where = {"file": item.where.file, "row": item.where.row, "field": item.where.field}
    return {"where": where, "name": item.name, "value": item.value, "reason": item.reason}


def _judge(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    patients = chosen_patients(preview, options.patient)
    judged = [(patient, consultation.judge(context, patient)) for patient in patients]
    document = [row for patient, judgement in judged for row in _judged_rows(patient, judgement)]
    lines = [
        line
        for patient, judgement in judged
        for line in _judged_lines(patient, judgement, knowledge.pack(context, patient.disease))
    ]
    return Outcome(document, lines, messages=list(map(finding_line, preview.intake.findings)))


def _judged_rows(patient: Patient, judgement: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "patient": patient.id,
            "regimen": verdict.regimen,
            "answer": str(verdict.answer),
            "clauses": [
                {"part": str(part), "text": clause.text, "verdict": str(clause.verdict)}
                for part, clause in verdict.clauses
            ],
        }
        for verdict in judgement.regimens
    ]


def _judged_lines(patient: Patient, judgement: Judgement, pack: DiseasePack) -> list[str]:
    known = judgement.known(patient.facts)
    lines = [f"{patient.id} ({patient.disease})"]
    for verdict in judgement.regimens:
        lines.append(f"  {verdict.answer!s:<8} {verdict.regimen}")
        lines += [f"           {said}" for said in _why(verdict, pack, known)]
    lines += [
        f"  {one.feature} = {spell(one.value)} follows from {' and '.join(one.because)}"
        for one in judgement.inferred
    ]
    for fact in judgement.deciding:
        count = len(fact.regimens)
        regimens = "1 regimen" if count == 1 else f"{count} regimens"
        lines.append(f"  {fact.feature} is unknown and would alone settle {regimens}")
    return lines


def _why(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> list[str]:
    """What closed the regimen or is missing to decide; else the cautions that hold."""
    why = [] if verdict.answer is Answer.YES else reasons(verdict, pack, facts)
    if verdict.answer is not Answer.NO:
        caution = eligibility.rules_of(pack)[verdict.regimen][Part.CAUTION]
        why += [f"Caution: {text}" for text in holding(caution, pack, facts)]
    return why


VERBS = (
    Verb("check", "read a patient file and check it; nothing is kept", file_options, _check),
    Verb("judge", "say which regimens are open to each patient, and why", patient_options, _judge),
)
