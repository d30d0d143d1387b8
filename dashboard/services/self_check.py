"""A model's check of itself, asked for by whoever wants to see it: seconds, not a promise.

Sample patients of the disease are forecast under regimens of the pack; nobody else's data are
touched. The files of the model were compared with their checksums when it was opened.
"""

from __future__ import annotations

import time

from dashboard.answers.self_check import Check, SelfCheck
from dashboard.services import forecasts, intake
from dashboard.services.context import Context, Permission


def self_check(context: Context, disease: str) -> SelfCheck:
    """Check the model of a disease.

    Raises:
        NotPrepared: it has to be trained first.
    """
    context.require(Permission.COHORT_READ)
    context.record("model.checked", disease)
    from dashboard.insight.self_check import checks_of

    begun = time.monotonic()
    bundle = forecasts.opened(context, disease)
    people = [s.patient for s in intake.samples(context) if s.patient.disease == disease]
    regimens = [regimen.id for regimen in context.library.pack(disease).regimens]
    whole = Check(
        "The model's files",
        "Each against the checksum it was written with, when the model was opened.",
        True,
        f"Model {bundle.id}.",
    )
    found = checks_of(bundle, [person.facts for person in people], regimens)
    return SelfCheck(bundle.id, (whole, *found), time.monotonic() - begun)
