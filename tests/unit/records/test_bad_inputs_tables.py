"""Every entry of `bad_inputs_tables.toml`: the finding it causes, and what is read all the same."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard.records.patient import Finding, Intake
from dashboard.records.tabular import read_table
from tests.builders import a_reading

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("bad_inputs_tables.toml").read_text(encoding="utf-8")
)["case"]


def content_of(case: dict[str, Any]) -> bytes:
    """The file of a case."""
    if "bytes" in case:
        return bytes(ast.literal_eval(f"b'{case['bytes']}'"))
    return str(case["text"]).replace("LONG", "x" * 100_000).encode()


def spoken(finding: Finding) -> str:
    """Everything of a finding that a person reads."""
    choices = " ".join(choice.label for choice in finding.choices)
    parts = (finding.message, finding.value, finding.expected, finding.fix, finding.rest, choices)
    return " | ".join(parts)


def read(case: dict[str, Any]) -> Intake:
    """What comes of the file of a case."""
    changes = {"answers": case.get("answers", {}), "disease": case.get("disease", "tiny")}
    return read_table(content_of(case), case.get("name", "patients.csv"), a_reading(**changes))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bad_inputs_are_told_and_the_rest_is_read(case: dict[str, Any]) -> None:
    """The stated finding with its words, the stated values, and nothing that must not be there."""
    intake = read(case)
    if "code" in case:
        found = [f for f in intake.findings if f.code == case["code"]]
        assert found, [f.code for f in intake.findings]
        assert {str(f.severity) for f in found} == {case["severity"]}
        words = " ".join(map(spoken, found))
        assert [part for part in case["says"] if part not in words] == [], words
    else:
        assert [
            f.message for f in intake.findings if str(f.severity) in {"error", "question"}
        ] == []
    if case.get("blocked"):
        assert intake.patients == ()
        return
    assert [p.id for p in intake.patients] == case.get("patients", [p.id for p in intake.patients])
    assert intake.patients
    first = intake.patients[0]
    assert first.values == case.get("values", first.values)
    assert first.notes == case.get("notes", first.notes)
    for name in case.get("absent", ()):
        assert all(name not in patient.values for patient in intake.patients)
    for patient, names in case.get("absent_in", {}).items():
        values = next(p.values for p in intake.patients if p.id == patient)
        assert not set(names) & set(values)
    listed = [item.value for item in intake.unmapped]
    assert set(case.get("unmapped", ())) <= set(listed)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bad_inputs_keep_the_contract_of_messages(case: dict[str, Any]) -> None:
    """Every finding says where, shows nothing unprintable, and says what happened to the rest."""
    for finding in read(case).findings:
        assert finding.where.file == "patients.csv"
        assert finding.message.endswith((".", "?")) or "choose the decimal mark" in finding.message
        assert finding.rest
        assert finding.message.isprintable()
        assert len(finding.value) <= 400
        if str(finding.severity) in {"error", "question"}:
            assert finding.fix
            assert finding.expected


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bad_inputs_questions_are_settled_by_each_of_their_answers(case: dict[str, Any]) -> None:
    """Reading again with an offered answer never asks the same question again."""
    for finding in read(case).findings:
        for choice in finding.choices if finding.key else ():
            answers = {**case.get("answers", {}), finding.key: choice.answer}
            again = [f for f in read({**case, "answers": answers}).findings if f.key == finding.key]
            assert [f.message for f in again if f.code == finding.code] == [], choice


def test_bad_inputs_have_ids_of_their_own() -> None:
    """No case hides behind another of the same name."""
    assert len({case["id"] for case in CASES}) == len(CASES)
