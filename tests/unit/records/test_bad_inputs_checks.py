"""The table of what goes wrong with patients who have been read: each case says what it must."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_intake
from dashboard.records.patient import (
    Finding,
    Intake,
    Origin,
    Patient,
    TreatmentCourse,
    Unmapped,
    Where,
)
from tests.builders import TODAY

TABLE = Path(__file__).with_name("bad_inputs_checks.toml")
CASES = tomllib.loads(TABLE.read_text(encoding="utf-8"))["case"]
LIBRARY = load_library()
_HELD = ("values", "beside", "outcomes")


def intake_of(case) -> Intake:
    """The intake a reader would have made of this case."""
    values = case.get("values", {})
    patient = Patient(
        case.get("id", "P1"),
        case["disease"],
        values=values,
        line=case.get("line"),
        courses=tuple(TreatmentCourse(**course) for course in case.get("courses", [])),
        origins={name: Origin("a.csv", 2, name, str(value)) for name, value in values.items()},
        outcomes=case.get("outcomes", {}),
    )
    unmapped = tuple(
        Unmapped(Where("a.csv", 2, name), name, text, "no feature of this name")
        for name, text in case.get("beside", {}).items()
    )
    return Intake((patient,), unmapped=unmapped, format="csv")


def said(case) -> list[Finding]:
    """Everything that is said with the code the case expects."""
    found = check_intake(intake_of(case), LIBRARY, TODAY)
    return [finding for finding in found if finding.code == case["says"]]


def weaker(case) -> Iterator[dict]:
    """The case with one fact left out, for each fact."""
    for part in _HELD:
        held = case.get(part, {})
        for name in held:
            rest = {key: value for key, value in held.items() if key != name}
            yield {**case, part: rest}


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_bad_input_is_named_with_its_cure(case):
    """Code, severity, words, place, cure, and what happened to the rest."""
    (finding,) = said(case)
    assert str(finding.severity) == case["as"]
    text = " ".join((finding.message, finding.value, finding.expected, finding.fix))
    for word in case["words"]:
        assert word in text
    assert finding.fix
    assert finding.rest
    assert finding.patient == case.get("id", "P1")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.get("either_alone")],
    ids=[case["what"] for case in CASES if case.get("either_alone")],
)
def test_bad_input_needs_all_its_facts(case):
    """A contradiction takes two: with any one fact left out nothing is said."""
    for less in weaker(case):
        assert said(less) == []
