"""The patient of a case as they were: kept as a case file, and read again by the pack of today.

A pack may know less than it did. The case opens all the same, and says what it cannot read; the
snapshot is never changed for it. A snapshot that holds somebody else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import BoardCase
from dashboard.records.casefile import read_cases, write_casefile
from dashboard.records.patient import Patient, Severity
from dashboard.records.reading import Reading


@dataclass(frozen=True, slots=True)
class Recalled:
    """The patient of a case, with what the pack does not know of them any more, in words."""

    patient: Patient
    lost: tuple[str, ...] = ()


def snapshot_of(patient: Patient) -> str:
    """A patient as the text of a case file."""
    return write_casefile([patient]).decode()


def recalled(case: BoardCase, reading: Reading) -> Recalled:
    """The patient of a case as they were when the snapshot was taken, and what is lost of them.

    A pack may have dropped a fact or a regimen since. The case opens without it and says so; the
    snapshot itself stays as it is, so that the former pack reads all of it again.

    Raises:
        UserError: the snapshot does not hold the patient it was taken of.
    """
    cases, intake = read_cases(case.snapshot.encode(), case.pseudonym, reading)
    lost = [found.message for found in intake.findings if found.severity is not Severity.NOTE]
    lost += [f"{left.name}: {left.value} ({left.reason})" for left in intake.unmapped]
    known = reading.library.pack(case.disease).regimens_by_id
    gone = tuple(f"The pack has no regimen {name} any more." for name in case.regimens
                 if name not in known)  # fmt: skip
    for patient in cases.patients:
        if patient.fingerprint == case.fingerprint:
            return Recalled(patient, gone)
        if lost and (patient.id, patient.disease) == (case.pseudonym, case.disease):
            return Recalled(patient, (*lost, *gone))
    raise UserError(
        "The snapshot of this case does not hold the patient it was taken of.",
        hint="The case was changed by hand. Read the patient's file again and open a new case; "
        "this one is kept.",
        code="snapshot-differs",
    )


def with_patient(case: BoardCase, patient: Patient, known: int, core: int) -> BoardCase:
    """The case with a new snapshot; a waiver of facts spoke of the former one and goes.

    Raises:
        UserError: another patient.
    """
    if (patient.id, patient.disease) != (case.pseudonym, case.disease):
        raise UserError(
            f"This case is of {case.pseudonym}, not of {patient.id}.",
            hint="Open a new case for another patient.",
            code="another-patient",
        )
    same = patient.fingerprint == case.fingerprint
    return replace(
        case, snapshot=snapshot_of(patient), fingerprint=patient.fingerprint, known=known,
        core=core, synthetic=patient.synthetic, waiver=case.waiver if same else None,
    )  # fmt: skip
