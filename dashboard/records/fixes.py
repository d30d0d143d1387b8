"""Mending what the checks found: one answer, one typed value, or only the good rows.

A correction leaves a trace: the new origin says who changed the value, when, and what stood there
before. Nothing is mended that nobody asked for, and what is left behind is listed with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Origin,
    Patient,
    Severity,
    Value,
)
from dashboard.records.remarks import place_of, shown

LINE = "line"


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changed something, when, and why."""

    who: str
    when: datetime
    note: str = ""

    def origin(self, before: Value | None) -> Origin:
        """The origin of a value that was changed."""
        said = [self.note] if self.note else []
        if before is not None:
            said.append(f"before: {shown(before)}")
        when = self.when.isoformat(timespec="seconds")
        return Origin(who=self.who, when=when, note="; ".join(said))


def edited(patient: Patient, changes: Mapping[str, Value | None], edit: Edit) -> Patient:
    """The patient with some facts set, None for unknown: values, outcomes, the line of therapy.

    Raises:
        ValueError: the line is no whole number.
    """
    for name, value in changes.items():
        if name == LINE:
            patient = _with_line(patient, value, edit)
        elif name in patient.outcomes:
            patient = _with_outcome(patient, name, value, edit)
        else:
            patient = patient.with_values({name: value}, edit.origin(patient.values.get(name)))
    return patient


def _with_outcome(patient: Patient, name: str, value: Value | None, edit: Edit) -> Patient:
    origins = {**patient.origins, name: edit.origin(patient.outcomes[name])}
    outcomes = {**patient.outcomes, name: value} if value is not None else dict(patient.outcomes)
    if value is None:
        del outcomes[name], origins[name]
    return replace(patient, outcomes=outcomes, origins=origins)


def _with_line(patient: Patient, value: Value | None, edit: Edit) -> Patient:
    origin = edit.origin(None if patient.line is None else str(patient.line))
    origins = {**patient.origins, LINE: origin}
    if value is None:
        del origins[LINE]
        return replace(patient, line=None, origins=origins)
    line = float(value)
    if not line.is_integer():
        raise ValueError(f"{shown(value)} is no line of therapy")
    return replace(patient, line=int(line), origins=origins)


def answered(patient: Patient, finding: Finding, choice: Choice, edit: Edit) -> Patient:
    """The patient with a finding answered by one of its choices.

    Raises:
        ValueError: the choice is not one of the finding's, or the finding is another patient's.
    """
    if choice not in finding.choices or finding.patient != patient.id:
        raise ValueError("the choice belongs to another finding")
    note = edit.note or f"{finding.code}: {choice.label}"
    return edited(patient, choice.values, replace(edit, note=note))


def without_refused(patient: Patient, findings: Iterable[Finding], edit: Edit) -> Patient:
    """The patient with every refused value left unknown, so that the others can be used."""
    refused = {
        finding.where.field
        for finding in findings
        if finding.severity is Severity.ERROR and finding.patient == patient.id
    }
    names = [name for name in patient.values if place_of(patient, name).field in refused]
    return edited(patient, dict.fromkeys(names), edit)


# -- only the good rows --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The patients that are taken, and of each one that is left behind, why."""

    taken: tuple[Patient, ...]
    left: tuple[tuple[Patient, tuple[Finding, ...]], ...]

    @property
    def summary(self) -> str:
        """One sentence for the screen."""
        counts: dict[str, int] = {}
        for _, findings in self.left:
            for code in dict.fromkeys(finding.code for finding in findings):
                counts[code] = counts.get(code, 0) + 1
        reasons = ", ".join(f"{code} ({count})" for code, count in counts.items())
        return f"{len(self.taken)} taken, {len(self.left)} left{': ' if reasons else ''}{reasons}."


def accept_good(
    intake: Intake, findings: Iterable[Finding] = (), *, without_questions: bool = False
) -> Acceptance:
    """Only the patients that no error stands against.

    Args:
        intake: what was read, with its findings.
        findings: what the checks found beside.
        without_questions: leave patients with an open question behind as well.
    """
    barring = {Severity.ERROR} | ({Severity.QUESTION} if without_questions else set())
    against: dict[str, list[Finding]] = {}
    for finding in (*intake.findings, *findings):
        if finding.patient and finding.severity in barring:
            against.setdefault(finding.patient, []).append(finding)
    left = [patient for patient in intake.patients if patient.id in against]
    return Acceptance(
        tuple(patient for patient in intake.patients if patient.id not in against),
        tuple((patient, tuple(against[patient.id])) for patient in left),
    )
