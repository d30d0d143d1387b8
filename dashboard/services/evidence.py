"""What is published: for one patient regimen by regimen, and to search through.

A trial arm fits, nearly fits or does not fit the patient; each figure keeps its interval, its
source and whether it was re-read there. Nothing is pooled and nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.answers.evidence import RegimenEvidence
from dashboard.knowledge.matching import match_arms, match_effects
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.services import published_rows
from dashboard.services.context import Context, Permission


def matches(
    context: Context, patient: Patient, regimens: Sequence[str] = ()
) -> tuple[RegimenEvidence, ...]:
    """What is published for each regimen beside this patient, in the pack's order.

    Args:
        context: who asks.
        patient: whom the trials' populations are held against.
        regimens: which ones; all of the pack when none are named.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    wanted = regimens or tuple(pack.regimens_by_id)
    found = tuple(_evidence(patient, pack, regimen) for regimen in wanted)
    context.record("patient.evidence", patient.id, regimens=len(found))
    return found


def _evidence(patient: Patient, pack: DiseasePack, regimen: str) -> RegimenEvidence:
    facts = patient.facts
    arms = match_arms(facts, pack, regimen)
    effects = match_effects(facts, pack, regimen)
    return RegimenEvidence(
        regimen,
        pack.regimen(regimen).label,
        tuple(published_rows.arm_row(match, pack) for match in arms),
        tuple(published_rows.effect_row(match, pack) for match in effects),
        tuple(published_rows.toxicity_row(row, pack) for row in pack.toxicities_of(regimen)),
    )
