"""FHIR: treatment before the diagnosis, results and treatment after the death."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.records.patient import Intake, Severity
from tests.bundles import condition, loinc, medication, observation, patient, quantity
from tests.fhir_readings import codes, finding, intake_of, only, values

EARLY, DAY, LATE = "2024-01-10", "2024-05-01", "2024-09-20"
EITHER = ("treatment-before-diagnosis", "dated-after-death")


def read(*resources: dict[str, Any], died: str = "", onset: str = "", **tumour: Any) -> Intake:
    """One patient with a lung cancer."""
    dates: dict[str, Any] = {"onsetDateTime": onset} if onset else {}
    who = patient("p1", deceasedDateTime=died) if died else patient()
    return intake_of(who, condition(None, **dates, **tumour), *resources)


def hb(day: str, **fields: Any) -> dict[str, Any]:
    """A haemoglobin."""
    return observation(
        loinc("718-7", "Haemoglobin"),
        valueQuantity=quantity(9.0, "g/dL"),
        effectiveDateTime=day,
        **fields,
    )


def osimertinib(**dates: Any) -> dict[str, Any]:
    """A drug that was given."""
    return medication("MedicationAdministration", "osimertinib", **dates)


@pytest.mark.parametrize(
    "given",
    [
        {"effectiveDateTime": EARLY},
        {"effectivePeriod": {"start": EARLY, "end": LATE}},
    ],
)
def test_treatment_before_the_diagnosis_is_a_warning_and_kept(given):
    """Both days, the drug and the place are named."""
    intake = read(osimertinib(**given), onset=DAY)
    found = finding(intake, "treatment-before-diagnosis")
    assert found.severity is Severity.WARNING
    assert found.message == (f"osimertinib ({EARLY}) starts before the date of diagnosis ({DAY}).")
    assert found.where.field == "Condition/c1.onsetDateTime"
    assert (found.value, found.patient) == (EARLY, "p1")
    assert [course.label for course in only(intake).courses] == ["osimertinib"]


@pytest.mark.parametrize(
    ("given", "onset"),
    [(DAY, DAY), (LATE, DAY), ("2024", DAY), ("2024-05", "2024-05-20"), (EARLY, "2024"), (DAY, "")],
)
def test_treatment_that_may_follow_the_diagnosis_is_not_flagged(given, onset):
    """A month or a year holds days on both sides."""
    intake = read(osimertinib(effectiveDateTime=given), onset=onset)
    assert "treatment-before-diagnosis" not in codes(intake)


def test_the_day_a_diagnosis_was_written_down_is_no_diagnosis():
    """Recorded years later in another hospital; a day of assertion counts."""
    given = osimertinib(effectiveDateTime=EARLY)
    assert "treatment-before-diagnosis" not in codes(read(given, recordedDate=DAY))
    asserted = {
        "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
        "valueDateTime": DAY,
    }
    found = finding(read(given, extension=[asserted]), "treatment-before-diagnosis")
    assert found.where.field == "Condition/c1.extension(condition-assertedDate)"
    earlier = read(given, onset="2023-12-01", extension=[asserted])
    assert "treatment-before-diagnosis" not in codes(earlier)


def test_results_after_the_death_are_a_warning_and_kept():
    """The value stays; both days are named."""
    intake = read(hb(LATE), died=DAY)
    found = finding(intake, "dated-after-death")
    assert found.severity is Severity.WARNING
    assert found.message == (
        f"Haemoglobin ({LATE}) is dated after the death of the patient ({DAY})."
    )
    assert found.where.field == "Patient/p1.deceasedDateTime"
    assert found.fix == "Correct the date of death or of what is dated after it."
    assert values(intake) == {"haemoglobin_g_dl": 9.0}


def test_treatment_after_the_death_is_told_beside_the_results():
    """In the order of their days."""
    intake = read(hb("2024-10-01"), osimertinib(effectiveDateTime=LATE), died=DAY)
    assert finding(intake, "dated-after-death").message == (
        f"osimertinib ({LATE}), Haemoglobin (2024-10-01) are dated after the death of the "
        f"patient ({DAY})."
    )


@pytest.mark.parametrize("died", [LATE, "2024-09", "2024-09-20T23:00:00Z", ""])
def test_results_of_the_last_day_are_not_flagged(died):
    """On the day of death, in its month, or of a patient who is alive."""
    assert not set(EITHER) & set(codes(read(hb(LATE), died=died)))


def test_results_that_are_not_used_are_not_flagged():
    """What was entered in error says nothing of the death."""
    intake = read(hb(LATE, status="entered-in-error"), died=DAY)
    assert "dated-after-death" not in codes(intake)
