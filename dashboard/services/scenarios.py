"""Named what-ifs of one patient: kept, listed, dropped; a reload or another day loses none.

Everybody keeps their own, sealed with the patient they are of: erasing the patient erases them.
Keeping one changes nothing of the patient, so whoever may read the patient may keep one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.answers.scenario import LONGEST_NAME, MOST, Scenario
from dashboard.foundation.errors import UserError
from dashboard.records.cells import Raw
from dashboard.records.patient import Patient
from dashboard.services.context import Context, Permission

KIND = "scenario"


def kept(context: Context, patient: Patient) -> tuple[Scenario, ...]:
    """What this person kept of this patient, in the order of keeping."""
    context.require(Permission.PATIENT_READ)
    context.record("scenarios.listed", patient.id)
    return _read(context, patient)[0]


def keep(
    context: Context, patient: Patient, name: str, changes: Mapping[str, Raw]
) -> tuple[Scenario, ...]:
    """Keep a what-if under a name; one of the same name gives way.

    Raises:
        UserError: no name, nothing changed, or too many already.
    """
    context.require(Permission.PATIENT_READ)
    called = " ".join(name.split())[:LONGEST_NAME]
    if not called or not changes:
        raise UserError(
            "A scenario needs a name and at least one changed fact.",
            hint="Change a fact above, then type a name for it.",
            code="scenario-empty",
        )
    typed = {fact: (raw.text.strip(), raw.unit or "") for fact, raw in changes.items()}
    before, version = _read(context, patient)
    others = [each for each in before if each.name != called]
    if len(others) >= MOST:
        raise UserError(
            f"No more than {MOST} scenarios of one patient can be told apart.",
            hint="Drop one of them first.",
            code="scenario-too-many",
        )
    now = (*others, Scenario(called, typed))
    _write(context, patient, now, version=version, action="scenario.kept")
    return now


def drop(context: Context, patient: Patient, name: str) -> tuple[Scenario, ...]:
    """Drop the what-if of this name; the others stay."""
    context.require(Permission.PATIENT_READ)
    before, version = _read(context, patient)
    now = tuple(each for each in before if each.name != name)
    if now != before:
        _write(context, patient, now, version=version, action="scenario.dropped")
    return now


def _read(context: Context, patient: Patient) -> tuple[tuple[Scenario, ...], int]:
    record = context.store.read(KIND, _id(context, patient))
    if record is None:
        return (), 0
    held: Sequence[Mapping[str, Any]] = record.body["scenarios"]
    found = tuple(
        Scenario(each["name"], {fact: (pair[0], pair[1]) for fact, pair in each["typed"].items()})
        for each in held
    )
    return found, record.version


def _write(
    context: Context, patient: Patient, now: Sequence[Scenario], *, version: int, action: str
) -> None:
    body = {
        "scenarios": [
            {"name": each.name, "typed": {fact: list(pair) for fact, pair in each.typed.items()}}
            for each in now
        ]
    }
    with context.keeping(action, patient.id, scenarios=len(now)) as writing:
        writing.save(
            KIND, _id(context, patient), body, after=version, by=context.actor.id,
            subject=patient.id,
        )  # fmt: skip


def _id(context: Context, patient: Patient) -> str:
    return f"{context.actor.id}/{patient.disease}/{patient.id}"
