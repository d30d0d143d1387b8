"""Clinical formats: whatever arrives, reading ends with patients or reasons, never in an error."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.knowledge.library import load_library
from dashboard.records.casefile import read_casefile, write_casefile
from dashboard.records.cbioportal import read_study, read_study_zip
from dashboard.records.cbioportal_write import write_study, write_study_zip
from dashboard.records.fhir import examine, read_fhir
from dashboard.records.fhir_write import write_fhir
from dashboard.records.patient import Intake
from dashboard.records.phenopackets import read_phenopackets
from dashboard.records.phenopackets_write import write_phenopackets
from dashboard.records.readers import read
from dashboard.records.reading import Reading
from scripts import make_sample_data
from tests import bundles
from tests.builders import TODAY

EXAMPLES = 300
MANY_EXAMPLES = int(os.environ.get("CONCORD_FUZZ", "20000"))
LONGEST_SECONDS = 10.0
LIBRARY = load_library()
READINGS = [
    Reading(LIBRARY, TODAY),
    Reading(LIBRARY, TODAY, "breast"),
    Reading(LIBRARY, TODAY, "none"),
]
SAMPLES = [p for path in sorted(make_sample_data.CASES.glob("*.json"))[::5]
           for p in make_sample_data.read_case(path, LIBRARY)[0].patients]  # fmt: skip


def foreign_bundle() -> bytes:
    """A bundle with every kind of resource that is read."""
    body = bundles.bundle(
        bundles.patient(
            link=[{"other": {"reference": "Patient/p2"}, "type": "refer"}],
            extension=[{"url": "x/us-core-birthsex", "valueCode": "F"}],
        ),
        bundles.condition(stage=[{"summary": {"text": "Stage IVA"}}], onsetDateTime="2024-01-02"),
        bundles.condition(bundles.coded(bundles.ICD10, "C79.31", "Secondary brain"), "c2"),
        bundles.observation(
            bundles.loinc("1751-7"),
            effectiveDateTime="2024-05-01",
            valueQuantity=bundles.quantity(38, "g/L"),
        ),
        bundles.observation(
            bundles.loinc("2532-0"),
            "o2",
            valueQuantity=bundles.quantity(480, "U/L"),
            referenceRange=[{"high": bundles.quantity(240, "U/L")}],
        ),
        bundles.variant("EGFR", "HGNC:3236", protein="p.Leu858Arg"),
        bundles.medication("MedicationRequest", "osimertinib 80 mg", authoredOn="2024-02-01"),
        {
            "resourceType": "Consent",
            "status": "active",
            "patient": {"reference": "Patient/p1"},
            "provision": {"type": "deny", "purpose": [{"code": "HRESCH"}]},
        },
        {"resourceType": "AllergyIntolerance", "code": {"text": "penicillin"}},
    )
    return bundles.packed(body)


def sources() -> list[tuple[str, bytes]]:
    """A good file of every format."""
    found = [("foreign.json", foreign_bundle())]
    for patient in SAMPLES:
        pack = LIBRARY.pack(patient.disease)
        found.append(("fhir.json", write_fhir([patient], pack)))
        found.append(("packet.json", write_phenopackets([patient], pack)))
        found.append(("case.json", write_casefile([patient])))
        found.append(("study.zip", write_study_zip([patient], pack)))
    return found


SOURCES = sources()
READERS: list[Callable[[bytes, str, Reading], Intake]] = [
    read_fhir,
    read_phenopackets,
    read_casefile,
    read,
]
SCALARS: list[Any] = [
    None, True, False, 0, -1, 1e308, -0.0, 10**30, "", " ", "x", "\ud800", "NaN", "2024-13-45",
    "2024", "p.Gly12", "c.35G>Z", "Patient/p1", "#", "urn:uuid:1", [], {}, [[]], [{}],
    {"coding": "x"},
    {"coding": [{"code": 5}]}, {"reference": 7}, {"value": "13.5"}, {"value": []}, "IV", "<0.1",
    {"resourceType": "Bundle", "entry": [{"resource": None}]}, {"resourceType": "Patient"},
]  # fmt: skip


def spoilt(content: Any, chance: random.Random, rate: float) -> Any:
    """The document with some of its parts replaced, dropped, doubled or moved."""
    if chance.random() < rate:
        return chance.choice(SCALARS)
    if isinstance(content, dict):
        keys = list(content)
        return {
            (chance.choice(keys) if chance.random() < rate else key): spoilt(value, chance, rate)
            for key, value in content.items()
            if chance.random() >= rate / 2
        }
    if isinstance(content, list):
        kept_items = [spoilt(item, chance, rate) for item in content if chance.random() >= rate / 2]
        return kept_items * 2 if chance.random() < rate else kept_items
    return content


def spoilt_json(source: tuple[str, bytes], seed: int) -> bytes:
    """A good JSON document, spoilt but still JSON."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    rate = chance.choice([0.002, 0.01, 0.05, 0.2])
    return json.dumps(spoilt(json.loads(source[1]), chance, rate)).encode()


def spoilt_bytes(source: tuple[str, bytes], seed: int) -> bytes:
    """A good file with bytes lost, doubled or overwritten."""
    chance, content = random.Random(seed), bytearray(source[1])  # noqa: S311
    for _ in range(chance.randint(1, 8)):
        if not content:
            break
        at = chance.randrange(len(content))
        action = chance.randrange(4)
        if action == 0:
            del content[at : at + chance.choice([1, 10, 1000])]
        elif action == 1:
            content[at:at] = content[max(0, at - chance.choice([1, 20, 400])) : at]
        elif action == 2:
            content[at] = chance.randrange(256)
        else:
            content[at:at] = chance.choice([b"\x00", b"\xff", b'"', b"}", b",", b"\t", b"\n"])
    return bytes(content)


def survives(reader: Callable[[bytes, str, Reading], Intake], content: bytes, name: str) -> None:
    """The reader ends in time, with patients that can be written or with reasons."""
    for reading in READINGS:
        start = time.process_time()
        intake = reader(content, name, reading)
        assert time.process_time() - start < LONGEST_SECONDS
        assert intake.patients or intake.findings
        assert write_casefile(intake.patients)


QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
DEEP = settings(QUICK, max_examples=MANY_EXAMPLES)
JSON_SOURCES = st.sampled_from([source for source in SOURCES if source[0].endswith(".json")])
ACCIDENTS = st.builds(spoilt_json, JSON_SOURCES, st.integers(0, 2**32))
BYTES = st.builds(spoilt_bytes, st.sampled_from(SOURCES), st.integers(0, 2**32))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "entry", "resource", "code", "coding", "subject", "values", "id",
                 "patients", "schema_version", "measurements", "metaData", "value", "component"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)  # fmt: skip


@QUICK
@given(content=ACCIDENTS, reader=st.sampled_from(READERS))
def test_readers_survive_accidents_of_structure(content, reader):
    """A good document with parts missing, doubled or of another kind gives what it can."""
    survives(reader, content, "upload.json")


@QUICK
@given(content=BYTES, reader=st.sampled_from(READERS))
def test_readers_survive_accidents_of_bytes(content, reader):
    """Damaged files give reasons, not errors; each reader also gets files of the others."""
    survives(reader, content, "upload.zip" if content[:2] == b"PK" else "upload.json")


@QUICK
@given(content=ANY_JSON, reader=st.sampled_from(READERS))
def test_readers_survive_any_json(content, reader):
    """JSON that means nothing gives reasons, not errors."""
    survives(reader, json.dumps(content).encode(), "upload.json")


def study_survives(seed: int, which: int) -> None:
    """A study of one sample, its files damaged by chance, ends with patients or reasons."""
    chance, patient = random.Random(seed), SAMPLES[which]  # noqa: S311
    files = write_study([patient], LIBRARY.pack(patient.disease))
    names = list(files)
    if chance.random() < 0.3:
        chance.shuffle(names)
    damaged = {
        name: spoilt_bytes((name, content), chance.randrange(2**32))
        for name, content in zip(names, files.values(), strict=True)
        if chance.random() > 0.1
    }
    for reading in READINGS:
        intake = read_study(damaged, reading)
        assert intake.patients or intake.findings


@QUICK
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SAMPLES) - 1))
def test_studies_survive_damaged_files(seed, which):
    """A study whose files lost bytes or swapped their names is read as far as it can be."""
    study_survives(seed, which)


@QUICK
@given(content=BYTES)
def test_packed_studies_survive_damage(content):
    """An archive that is damaged or none at all is refused in words."""
    intake = read_study_zip(content, "study.zip", READINGS[0])
    assert intake.patients or intake.findings


@QUICK
@given(content=ACCIDENTS)
def test_every_fhir_resource_is_accounted_for(content):
    """Whatever happened to a bundle, no resource of it vanishes."""
    for reading in READINGS:
        examined = examine(content, "upload.json", reading)
        assert examined.silent == []


@pytest.mark.deep
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@DEEP
@given(content=ACCIDENTS | BYTES | ANY_JSON.map(bundles.packed))
def test_readers_survive_anything_many_times(reader, content):
    """Each reader with many more examples of everything above (CONCORD_FUZZ says how many)."""
    survives(reader, content, "upload.json")


@pytest.mark.deep
@DEEP
@given(seed=st.integers(0, 2**32), which=st.integers(0, len(SAMPLES) - 1))
def test_studies_survive_damage_many_times(seed, which):
    """The files of a study, damaged many more times (CONCORD_FUZZ says how many)."""
    study_survives(seed, which)
