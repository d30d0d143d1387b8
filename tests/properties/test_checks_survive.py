"""Whatever a record holds: checks, corrections and the removal of identifiers end without fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dashboard.knowledge.library import load_library
from dashboard.records import wire
from dashboard.records.checks import check_intake, check_patient, gate_for_forecast
from dashboard.records.deidentify import deidentify
from dashboard.records.fixes import Edit, accept_good, answered, without_refused
from dashboard.records.patient import (
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
    Unmapped,
    Where,
)
from dashboard.records.pseudonyms import SiteKey
from tests.builders import TODAY

LIBRARY = load_library()
KEY = SiteKey(bytes(32))
EDIT = Edit("somebody", datetime(2026, 1, 1, tzinfo=UTC))
NAMES = sorted({feature.id for pack in LIBRARY.packs for feature in pack.features} | {"no_such"})
LEVELS = sorted({level for pack in LIBRARY.packs for f in pack.features for level in f.levels})

texts = st.text(max_size=30) | st.sampled_from(
    ["Dr. Brandt", "12.03.1955", "MRN 4453821", "a@b.example", "EGFR", "Keytruda", "2024-02-30"]
)
values = st.floats() | st.booleans() | texts | st.sampled_from(LEVELS)
days = st.none() | st.dates()
origins = st.builds(
    Origin, texts, st.none() | st.integers(1, 9), texts, texts, when=texts, note=texts
)
patients = st.builds(
    Patient,
    texts,
    st.sampled_from([*LIBRARY.ids, "", "gastric"]),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=8),
    st.none() | st.integers(-2, 20),
    st.lists(
        st.builds(TreatmentCourse, texts, texts, st.none() | st.integers(-1, 9), days, days),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Measurement, st.sampled_from(NAMES), values, days, origins), max_size=4).map(
        tuple
    ),
    st.dictionaries(st.sampled_from(NAMES), origins, max_size=4),
    st.dictionaries(st.sampled_from(["os_months", "pfs_months", "os_event", "response"]), values),
    recorded_on=days,
    notes=texts,
    synthetic=st.booleans(),
)
wheres = st.builds(Where, texts, st.none() | st.integers(1, 9), texts)
intakes = st.builds(
    Intake,
    st.lists(patients, max_size=3).map(tuple),
    st.lists(
        st.builds(Finding, st.sampled_from(Severity), texts, texts, wheres, patient=texts),
        max_size=3,
    ).map(tuple),
    st.lists(
        st.builds(
            Unmapped,
            wheres,
            texts | st.sampled_from(["Surname", "DOB", "pregnant", "Notes", "death date", "ZIP"]),
            texts,
            texts,
        ),
        max_size=6,
    ).map(tuple),
)


@given(intakes)
def test_checks_end_in_findings_that_say_everything(intake):
    """Each with a code, a message, a cure and a severity; checking twice says the same."""
    found = check_intake(intake, LIBRARY, TODAY)
    for finding in found:
        assert finding.code
        assert finding.message
        assert finding.fix
        assert finding.rest
    assert check_intake(intake, LIBRARY, TODAY) == found
    accept_good(intake, found)


@given(patients, st.sampled_from(LIBRARY.packs))
def test_answers_and_refusals_can_always_be_carried_out(patient, pack):
    """Any choice of any finding applies, and what is refused can be taken out."""
    patient = replace(patient, disease=pack.id)
    found = check_patient(patient, pack, TODAY)
    for finding in found:
        for choice in finding.choices:
            if choice.values:
                mended = answered(patient, finding, choice, EDIT)
                for name, value in choice.values.items():
                    outcome = name in patient.outcomes
                    held = mended.outcomes if outcome else mended.values
                    assert repr(held.get(name)) == repr(value)
    left = without_refused(patient, found, EDIT)
    assert left.values.items() <= patient.values.items()
    gate_for_forecast(left, pack, found)


@given(intakes)
def test_removal_of_identifiers_never_fails_and_keeps_the_facts(intake):
    """As many patients, findings and cells as before, and every fact but old ages."""
    cleaned, report = deidentify(intake, KEY)
    assert len(cleaned.patients) == len(intake.patients)
    assert len(cleaned.unmapped) == len(intake.unmapped)
    assert len(cleaned.findings) >= len(intake.findings)
    for before, after in zip(intake.patients, cleaned.patients, strict=True):
        assert before.values.keys() == after.values.keys()
        assert len(before.courses) == len(after.courses)
        assert after.id == (KEY.pseudonym(before.id) if before.id.strip() else before.id)
    assert report.as_json()["claim"] == "identifiers removed under these rules"


@given(intakes)
def test_intakes_survive_the_wire(intake):
    """What the child found is what the parent gets, whatever it is."""
    back = wire.decode(wire.encode(intake))
    assert repr(back) == repr(intake)
