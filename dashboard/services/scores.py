"""The published scores: one by hand, or all of them for a patient."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.knowledge.rules import Value
from dashboard.records.patient import Patient
from dashboard.scores.shelf import ScoreResult, built_in_shelf
from dashboard.services.context import Context, Permission


def score(context: Context, score_id: str, inputs: Mapping[str, Value]) -> ScoreResult:
    """One score for inputs given by hand."""
    context.require(Permission.KNOWLEDGE_READ)
    result = built_in_shelf().evaluate(score_id, inputs)
    context.record("score.computed", score_id, inputs=len(result.used))
    return result


def scores_of(context: Context, patient: Patient) -> tuple[ScoreResult, ...]:
    """Every score on the shelf for one patient: computed, incomplete or out of scope."""
    context.require(Permission.PATIENT_READ)
    shelf = built_in_shelf()
    results = tuple(
        shelf.of_patient(score_id, patient.disease, patient.facts) for score_id in shelf.ids
    )
    context.record("patient.scored", patient.id, scores=len(results))
    return results
