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
from dashboard.records.removal_report import WithheldText
from dashboard.records.wording import counted, shown
from dashboard.services import consultation, knowledge
from dashboard.services.context import Context
from dashboard.services.intake import Preview
from dashboard.verbs.files import (
    chosen_patients,
    file_options,
    finding_line,
    patient_options,
    read_preview,
)
from dashboard.verbs.outcome import DONE, REFUSED, Outcome, Verb

_LONGEST_TEXT = 4_000


def _check(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    found, findings = preview.intake, preview.intake.findings
    document = {
        "format": found.format,
        "patients": [patient_document(patient) for patient in found.patients],
        "findings": [finding.as_json() for finding in findings],
        "unmapped": [_unmapped_document(item) for item in found.unmapped],
        "identifiers": None if preview.report is None else preview.report.as_json(),
        "withheld": [
            {"patient": held.patient, "column": held.field, "text": held.text}
            for held in _withheld(preview)
        ],
    }
    left = sum(not item.serves for item in found.unmapped)
    waiting = _nothing_read(preview)
    came = "waiting to be read" if waiting and found.patients else "read"
    lines = [
        f"{counted(len(found.patients), 'patient')} {came} from {preview.name} "
        f"({found.format or 'unreadable'}), {counted(len(findings), 'finding')}, "
        f"{counted(left, 'item')} not used",
        *waiting,
        *(f"  {finding_line(finding)}" for finding in findings),
        *map(_unmapped_line, found.unmapped),
        *_text_lines(preview),
    ]
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    return Outcome(document, lines, REFUSED if refused or not _usable(preview) else DONE)


def _usable(preview: Preview) -> bool:
    """Whether anybody was read whose tumour group is known."""
    return any(patient.disease for patient in preview.intake.patients)


def _nothing_read(preview: Preview) -> list[str]:
    """What to do where nobody could be read because a question is open."""
    asked = [f for f in preview.intake.findings if f.severity is Severity.QUESTION and f.key]
    if _usable(preview) or not asked:
        return []
    first = asked[0]
    answers = "|".join(choice.answer or choice.label for choice in first.choices)
    by_option = " or --disease ID" if first.key.startswith("disease") else ""
    return [
        f"  Nothing of {preview.name} can be used before a question is answered. "
        f"Run it again with --answer '{first.key}={answers}'{by_option}."
    ]


def _withheld(preview: Preview) -> tuple[WithheldText, ...]:
    return () if preview.report is None else preview.report.withheld


def _text_lines(preview: Preview) -> list[str]:
    """The free texts of the file: kept beside the patients, released, or withheld to be read."""
    lines = []
    with_notes = sum(bool(patient.notes.strip()) for patient in preview.intake.patients)
    if with_notes:
        patients = counted(with_notes, "patient")
        lines.append(f"  notes of {patients} are kept as they stand; no rule reads them")
    waiting = _withheld(preview)
    columns = dict.fromkeys(held.field for held in waiting)
    return [
        *lines,
        *(f"  withheld: {t.patient} {t.field}: {shown(t.text, _LONGEST_TEXT)}" for t in waiting),
        *(f"  After reading them: --release '{c}' keeps the texts of {c}" for c in columns),
    ]


def _unmapped_line(item: Unmapped) -> str:
    said = "used, with no place of its own" if item.serves else "not used"
    return f"  {said}: {item.where} {item.name}: {item.reason}"


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
        "notes": patient.notes,
    }


def _unmapped_document(item: Unmapped) -> dict[str, Any]:
    where = {"file": item.where.file, "row": item.where.row, "field": item.where.field}
    said = {"name": item.name, "value": item.value, "reason": item.reason, "used": item.serves}
    return {"where": where, **said}


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
        regimens = counted(len(fact.regimens), "regimen")
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
