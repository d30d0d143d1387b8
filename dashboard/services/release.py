"""What of a patient may leave this program: without identifiers, unless somebody says why not.

A patient whose identifiers are still on record is given out under a pseudonym, with days in place
of dates and notes withheld; the numbers stay. With them only for a reason, which is written down.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from dashboard.foundation.errors import UserError
from dashboard.records.deidentify import deidentify
from dashboard.records.patient import Intake, Patient
from dashboard.records.pseudonyms import site_key
from dashboard.services.context import Context, Permission

SHORTEST_REASON = 10
FRESH = timedelta(minutes=5)
SIGN_IN_PATH = "/sign-in"
_PSEUDONYM = re.compile(r"P-[A-Z]{12}")


def reason_to_identify(context: Context, reason: str) -> str:
    """Why identifiers leave, checked: a reason is given, and whoever asks has just signed in.

    A workstation that somebody walked away from hands out nobody's name.

    Raises:
        UserError: there is no reason, or the sign-in is too long ago.
    """
    context.require(Permission.PATIENT_EXPORT)
    said = " ".join(reason.split())
    if len(said) < SHORTEST_REASON:
        raise UserError(
            "Identifiers leave only for a reason, and none is given.",
            hint=f"Say in at least {SHORTEST_REASON} letters what they are needed for.",
            code="no-reason",
        )
    if context.signed_in is None:
        return said
    ago = context.clock() - context.signed_in
    if not timedelta(0) <= ago <= FRESH:
        raise UserError(
            "Identifiers leave only shortly after signing in.",
            hint=f"Sign in again at {SIGN_IN_PATH}, and take the file within "
            f"{FRESH.seconds // 60} minutes. Nothing was handed out; what you typed is kept.",
            code="sign-in-again",
        )
    return said


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
        UserError: identifiers are to stay, and nobody says why or the sign-in is too long ago.
    """
    context.require(Permission.PATIENT_EXPORT)
    if identified:
        said = reason_to_identify(context, reason)
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
