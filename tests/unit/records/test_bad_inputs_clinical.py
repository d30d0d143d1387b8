"""Every entry of `bad_inputs_clinical.toml`: its finding, and what is read all the same."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.casefile import write_casefile
from dashboard.records.patient import Finding, Intake
from dashboard.records.readers import read
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import bundle, condition, packed, patient

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("bad_inputs_clinical.toml").read_text(encoding="utf-8")
)["case"]
READING = Reading(load_library(), TODAY)
START = '{"concord_case_file": true, "schema_version": 2, "patients": []'


def content_of(case: dict[str, Any]) -> bytes:
    """The file of a case."""
    if "text" in case:
        deep = f'{START}, "x": {"[" * 70}{"]" * 70}}}'
        return str(case["text"]).replace("DEEP", deep).replace(r"\n", "\n").encode()
    person = patient(**json.loads(case.get("patient", "{}")))
    return packed(bundle(person, condition(), *json.loads(case.get("add", "[]"))))


def spoken(finding: Finding) -> str:
    """Everything of a finding that a person reads."""
    choices = " ".join(choice.label for choice in finding.choices)
    parts = (finding.message, finding.value, finding.expected, finding.fix, finding.rest, choices)
    return " | ".join(parts)


def read_case(case: dict[str, Any]) -> Intake:
    """What comes of the file of a case."""
    return read(content_of(case), case.get("name", "upload.json"), READING)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bad_inputs_are_told_and_the_rest_is_read(case):
    """The stated finding with its words, the stated values, and nothing that must not be there."""
    intake = read_case(case)
    if "code" in case:
        found = [f for f in intake.findings if f.code == case["code"]]
        assert found, [f.code for f in intake.findings]
        assert {str(f.severity) for f in found} == {case["severity"]}
        words = " ".join(map(spoken, found))
        assert [part for part in case["says"] if part not in words] == [], words
    if "lists" in case:
        listed = " ".join(f"{left.value} {left.reason}" for left in intake.unmapped)
        assert case["lists"] in listed
    assert [person.id for person in intake.patients] == case.get("patients", ["p1"])
    for person in intake.patients[:1]:
        assert case.get("values", {}).items() <= dict(person.values).items()
    assert not any(n in p.values for n in case.get("absent", ()) for p in intake.patients)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_was_read_of_bad_inputs_can_be_saved(case):
    """Saving must not fail, and gives the same patients back."""
    patients = read_case(case).patients
    saved = read(write_casefile(patients), "saved.json", READING)
    assert saved.patients == patients


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_every_unicode_encoding_of_a_file_is_read(encoding):
    """With a byte order mark or without, told by the first bytes."""
    text = packed(bundle(patient(), condition())).decode()
    intake = read(text.encode(encoding), "upload.json", READING)
    assert [person.id for person in intake.patients] == ["p1"]


def test_bytes_that_are_no_text_are_refused_with_their_place():
    """A file that was damaged in an editor."""
    intake = read(START.encode() + b', "notes": "Jos\xe9"}', "upload.json", READING)
    assert intake.patients == ()
    assert "is not text" in " ".join(map(spoken, intake.findings))
