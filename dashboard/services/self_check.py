"""A model's check of itself, asked for by whoever wants to see it: seconds, not a promise.

Sample patients of the disease are forecast under regimens of the pack; nobody else's data are
touched. The files of the model were compared with their checksums when it was opened.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dashboard.answers.self_check import Check, SelfCheck
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.records.patient import Patient
from dashboard.services import forecasts, intake
from dashboard.services.context import Context, Permission

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle


def self_check(context: Context, disease: str, *, own: str = "") -> SelfCheck:
    """Check the model of a disease.

    Args:
        context: who asks.
        disease: the pack's id.
        own: the folder of a hospital's own cohort; empty for the simulated one.

    Raises:
        NotPrepared: it has to be trained first.
    """
    context.require(Permission.COHORT_READ)
    context.record("model.checked", disease)
    from dashboard.insight.self_check import checks_of

    begun = time.monotonic()
    bundle = forecasts.opened(context, disease, own=own)
    samples = [s.patient for s in intake.samples(context) if s.patient.disease == disease]
    people = [person for person in samples if _can_be_asked(bundle, person)]
    regimens = [regimen.id for regimen in context.library.pack(disease).regimens]
    if not any(bundle.contract.regimens):  # one prognosis, whatever is given
        regimens = [""]
    whole = Check(
        "The model's files",
        "Each against the checksum it was written with, when the model was opened.",
        True,
        f"Model {bundle.id}.",
    )
    found = checks_of(bundle, [person.facts for person in people], regimens)
    return SelfCheck(bundle.id, (whole, *found), time.monotonic() - begun)


def _can_be_asked(bundle: Bundle, person: Patient) -> bool:
    """Whether enough is known of a sample; a hospital's own model may take other facts."""
    try:
        bundle.contract.of_patient(person.facts)
    except NotEnoughEvidence:
        return False
    return True
