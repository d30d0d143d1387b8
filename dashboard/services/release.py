"""What of a patient may leave this program: without identifiers, unless somebody says why not.

A patient whose identifiers are still on record is given out under a pseudonym, with days in place
of dates and notes withheld; the numbers stay. With them only for a reason, which is written down.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dashboard.foundation.errors import UserError
from dashboard.records.deidentify import deidentify
from dashboard.records.patient import Intake, Patient
from dashboard.records.pseudonyms import site_key
from dashboard.services.context import Context, Permission

SHORTEST_REASON = 10
_PSEUDONYM = re.compile(r"P-[A-Z]{12}")


def released(
    context: Context, patient: Patient, *, identified: bool = False, reason: str = ""
) -> Patient:
    """The patient as it may be handed out.

    Args:
        context: who asks.
        patient: the patient as it is open.
        identified: whether identifiers stay.
        reason: why, when they do.

    Raises:
        UserError: identifiers are to stay and nobody says why.
    """
    context.require(Permission.PATIENT_EXPORT)
    if identified:
        said = " ".join(reason.split())
        if len(said) < SHORTEST_REASON:
            raise UserError(
                "Identifiers leave only for a reason, and none is given.",
                hint=f"Say in at least {SHORTEST_REASON} letters what they are needed for.",
                code="no-reason",
            )
        context.record("patient.released_identified", patient.id, reason=said)
        return patient
    context.record("patient.released", patient.id)
    if patient.synthetic:
        return patient
    key = site_key(context.settings.site_key_file)
    cleaned, _ = deidentify(Intake((patient,), (), (), ""), key)
    (bare,) = cleaned.patients
    if _PSEUDONYM.fullmatch(patient.id):  # it was given one when it was read
        return replace(bare, id=patient.id)
    return bare
