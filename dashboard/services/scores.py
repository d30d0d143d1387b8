"""The published scores: one by hand, all of them for a patient, and what PREDICT's treatments add.

A score's input is taken from the patient's values, and each value keeps the place it came from. An
amount that the patient holds as a multiple of the laboratory's limit is worked out only where the
limit was stated in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.foundation.errors import UserError
from dashboard.knowledge.rules import Value
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.absolute import absolute_amount
from dashboard.records.patient import Origin, Patient
from dashboard.scores import benefit
from dashboard.scores.benefit import BenefitTable
from dashboard.scores.shelf import ScoreResult, Status, built_in_shelf
from dashboard.services.context import Context, Permission

TypedInputs = Mapping[str, Mapping[str, Value]]


def score(context: Context, score_id: str, inputs: Mapping[str, Value]) -> ScoreResult:
    """One score for inputs given by hand."""
    context.require(Permission.KNOWLEDGE_READ)
    result = built_in_shelf().evaluate(score_id, inputs)
    context.record("score.computed", score_id, inputs=len(result.used))
    return result


def scores_of(
    context: Context, patient: Patient, *, typed: TypedInputs | None = None
) -> tuple[ScoreResult, ...]:
    """The scores meant for the patient's tumour group: computed, incomplete or out of scope.

    Args:
        context: who asks.
        patient: whom they are for.
        typed: by score, inputs given by hand where the record has none.
    """
    context.require(Permission.PATIENT_READ)
    shelf = built_in_shelf()
    pack = context.library.pack(patient.disease)
    facts, by_hand = _facts(patient, pack), typed or {}
    results = tuple(
        shelf.of_patient(score_id, pack.id, facts, typed=by_hand.get(score_id))
        for score_id in shelf.meant_for(pack.id)
    )
    context.record("patient.scored", patient.id, scores=len(results))
    return results


def elsewhere(context: Context, disease: str) -> tuple[str, ...]:
    """The names of the scores on the shelf that are for other tumours."""
    context.require(Permission.KNOWLEDGE_READ)
    shelf = built_in_shelf()
    own = set(shelf.meant_for(disease))
    context.record("scores.listed", disease)
    return tuple(score.name for score in shelf.scores if score.id not in own)


def origins_of(context: Context, patient: Patient) -> Mapping[str, Origin]:
    """Where each fact that a score may take came from, amounts worked out from multiples too."""
    context.require(Permission.PATIENT_READ)
    context.record("patient.origins", patient.id)
    pack = context.library.pack(patient.disease)
    amounts = {name: patient.origins[ratio] for name, (ratio, _) in _amounts(patient, pack).items()}
    return {**patient.origins, **amounts}


def treatments_offered(result: ScoreResult) -> tuple[str, ...]:
    """The treatments a PREDICT version can weigh for these inputs."""
    return benefit.offered(result.score.id, {used.id: used.value for used in result.used})


def benefits(
    context: Context, result: ScoreResult, treatments: Sequence[str], generation: str = "3"
) -> BenefitTable:
    """What each treatment adds by the PREDICT formula, for a result that gives a number.

    Raises:
        UserError: the score does not weigh treatments, or gave no number.
    """
    context.require(Permission.PATIENT_READ)
    if not weighs_treatments(result):
        raise UserError(
            f"{result.score.name} says nothing of what treatments add here.",
            hint=result.reason or f"These do: {', '.join(benefit.VERSIONS)}.",
        )
    context.record("patient.benefits", result.score.id, treatments=len(treatments))
    inputs = {used.id: used.value for used in result.used}
    return benefit.benefit_table(result.score.id, inputs, treatments, generation)


def weighs_treatments(result: ScoreResult) -> bool:
    """Whether the score is one that weighs treatments, and gives a number here."""
    return result.score.id in benefit.VERSIONS and result.status is Status.COMPUTED


def _facts(patient: Patient, pack: DiseasePack) -> Mapping[str, Value]:
    """What is known, with the absolute amounts that follow from it."""
    return {**patient.facts, **{name: held for name, (_, held) in _amounts(patient, pack).items()}}


def _amounts(patient: Patient, pack: DiseasePack) -> dict[str, tuple[str, float]]:
    """Amounts that follow from a multiple and the limit stated with it: name, multiple, amount."""
    found: dict[str, tuple[str, float]] = {}
    wanted = [i for s in built_in_shelf().scores for i in s.inputs if i.of_limit is not None]
    for given in wanted:
        ratio = given.of_limit.feature if given.of_limit else ""
        held = patient.values.get(ratio)
        if not given.of_limit or not isinstance(held, float) or ratio not in patient.origins:
            continue
        amount = absolute_amount(
            pack.feature(ratio), held, patient.origins[ratio],
            quantity=given.of_limit.quantity, unit=given.unit.replace("µ", "u"),
        )  # fmt: skip
        if amount is not None:
            found[given.facts[0].feature] = (ratio, amount)
    return found
