"""The questions a board asks about one patient."""

from __future__ import annotations

from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Judgement
from dashboard.records.patient import Patient
from dashboard.services.context import Context, Permission


def judge(context: Context, patient: Patient) -> Judgement:
    """Which regimens are open to the patient, why, and which unknown facts would decide."""
    context.require(Permission.PATIENT_READ)
    judgement = eligibility.judge(patient.facts, context.library.pack(patient.disease))
    context.record("patient.judged", patient.id, regimens=len(judgement.regimens))
    return judgement
