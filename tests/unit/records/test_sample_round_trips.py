"""Every sample patient goes through every format that can be written, and comes back.

What a format cannot carry stands in `LOST`, and in docs/reference/formats.md for users; a test
holds the two together. Whatever is not named there has to come back equal.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.casefile import read_cases
from dashboard.records.derive import derive
from dashboard.records.patient import Patient, Severity, Where
from dashboard.records.readers import WRITERS, Writer, read
from dashboard.records.reading import Reading
from scripts.make_sample_data import CASES, ROOT, read_case
from tests.builders import TODAY

LIBRARY = load_library()
SAMPLES = {
    patient.id: patient
    for path in sorted(CASES.glob("*.json"))
    for patient in read_case(path, LIBRARY)[0].patients
}
FORMATS = {writer.name: writer for writer in WRITERS}
# Parts of a patient that a format has no place for.
LOST = {
    "csv": ("origins", "measurements", "consent"),
    "fhir": ("origins",),
    "phenopackets": ("origins", "consent", "notes"),
    "cbioportal": ("origins", "measurements", "courses", "consent", "notes"),
    "casefile": (),
}
PARTS = (
    "id", "disease", "line", "courses", "measurements", "outcomes", "consent", "notes",
    "synthetic", "origins", "recorded_on",
)  # fmt: skip


def there_and_back(writer: Writer, patient: Patient) -> tuple[Patient, list[str]]:
    """The patient after writing and reading, and the codes of what stands in its way."""
    pack = LIBRARY.pack(patient.disease)
    reading = Reading(LIBRARY, patient.recorded_on)
    intake = read(writer.write([patient], pack), f"sample{writer.suffix}", reading)
    (back,) = intake.patients
    grave = [f.code for f in intake.findings if f.severity in (Severity.ERROR, Severity.QUESTION)]
    return back, grave


def part(patient: Patient, name: str) -> object:
    """A part of a patient in a form whose order does not matter."""
    if name == "courses":
        return set(patient.courses)
    if name == "measurements":
        return {(one.feature, one.value, one.taken_on) for one in patient.measurements}
    value = getattr(patient, name)
    return dict(value) if name in ("outcomes", "origins") else value


def test_there_are_sixteen_sample_patients():
    """Four of each tumour group: the tests below speak of all of them."""
    assert len(SAMPLES) == 16
    assert {name.split("-")[1] for name in SAMPLES} == {"BRE", "CRC", "MEL", "NSCLC"}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("written", FORMATS)
def test_a_sample_patient_comes_back(written, name):
    """Values with their units and words; every part that the format has a place for."""
    patient = SAMPLES[name]
    back, grave = there_and_back(FORMATS[written], patient)
    assert grave == []
    values = dict(back.values)
    if written == "csv":  # a table is anybody's: what follows from its columns is added
        pack = LIBRARY.pack(patient.disease)
        added = derive(pack.vocabulary, dict(patient.values), patient.id, Where()).values
        values = {n: v for n, v in values.items() if n in patient.values or n not in added}
    assert values == dict(patient.values)
    kept = [name for name in PARTS if name not in LOST[written]]
    assert {name: part(back, name) for name in kept} == {name: part(patient, name) for name in kept}


@pytest.mark.parametrize("written", FORMATS)
def test_what_a_format_loses_is_not_invented_either(written):
    """A part without a place comes back empty or absent, never changed."""
    patient = replace(SAMPLES["SYN-NSCLC-04"], notes="told by telephone")
    assert patient.courses
    assert patient.measurements
    back, _ = there_and_back(FORMATS[written], patient)
    for name in set(LOST[written]) - {"origins"}:
        assert not part(back, name) or name == "consent"
    if "consent" in LOST[written]:
        assert dict(back.consent.decisions) == {}


@pytest.mark.parametrize("disease", LIBRARY.ids)
@pytest.mark.parametrize("written", FORMATS)
def test_the_samples_of_a_tumour_group_come_back_together(written, disease):
    """One file of several patients keeps them apart."""
    pack = LIBRARY.pack(disease)
    group = [patient for patient in SAMPLES.values() if patient.disease == disease]
    writer = FORMATS[written]
    reading = Reading(LIBRARY, group[0].recorded_on)
    intake = read(writer.write(group, pack), f"samples{writer.suffix}", reading)
    back = {patient.id: patient for patient in intake.patients}
    assert list(back) == [patient.id for patient in group]
    for patient in group:
        known = {name: back[patient.id].values.get(name) for name in patient.values}
        assert known == dict(patient.values)


def test_the_reference_tells_users_what_each_format_loses():
    """docs/reference/formats.md names every format with every part that it cannot carry."""
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| ")}
    words = {
        "origins": "where each value came from",
        "measurements": "dated series",
        "courses": "courses of treatment",
        "consent": "consent",
        "notes": "notes",
    }
    for writer in WRITERS:
        lost = rows[writer.label].split("|")[3]
        for name, word in words.items():
            assert (word in lost) == (name in LOST[writer.name]), (writer.label, word)


def test_a_teaching_story_comes_back_with_its_case():
    """Only the case file holds it."""
    path = min(CASES.glob("*.json"))
    cases, _ = read_cases(path.read_bytes(), path.name, Reading(LIBRARY, TODAY))
    assert cases.title
    assert cases.story
