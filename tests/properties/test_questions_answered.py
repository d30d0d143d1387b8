"""Every question that is asked carries a key and words, and each of them answers it."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dashboard.knowledge.library import load_library
from dashboard.records import readers
from dashboard.records.casefile import write_casefile
from dashboard.records.cbioportal_write import write_study
from dashboard.records.patient import Finding, Measurement, Origin, Patient, Severity
from dashboard.services import intake
from dashboard.services.context import Context
from dashboard.services.installation import open_context
from tests import bundles
from tests.unit.records.test_bad_inputs_clinical import CASES as CLINICAL
from tests.unit.records.test_bad_inputs_clinical import content_of

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
LIBRARY = load_library()
TABLES = Path(__file__).parents[1] / "unit" / "records" / "bad_inputs_tables.toml"
ALBUMIN, LDH = bundles.loinc("1751-7", "Albumin"), bundles.loinc("2532-0", "LDH")
MOST_ANSWERS = 3
Case = tuple[str, bytes]


def tables() -> Iterator[Case]:
    """Tables, each with doubts of its own."""
    for case in tomllib.loads(TABLES.read_text(encoding="utf-8"))["case"]:
        asks = case.get("severity") == "question" and "that nobody knows" not in case["id"]
        if case.get("text") and asks:  # what the tests' small library does not know is no question
            yield f"{case['id']}.csv", case["text"].encode()
    for number, text in enumerate(
        (
            "id,disease,pd_l1_tps,albumin\n1,nsclc,60,3.9\n2,nsclc,80,4\n3,nsclc,0.6,38\n",
            "id,disease,stage,sex,pregnant\n1,nsclc,IV,m,yes\n2,breast,IV,f,nd\n",
            "id,disease,age,date_of_birth,date\n1,nsclc,60,1985-03-02,2025-01-01\n",
            "id,disease,os_months,os_event,pfs_months,pfs_event\n1,nsclc,0,1,0,0\n",
            "id,disease,sex,date_of_birth\n1,nsclc,1,01/02/60\n2,nsclc,2,03/04/61\n",
            "id,disease,egfr_t790m,egfr_mutation\n1,nsclc,yes,none\n",
            "id,disease,age\n1,nsclc,60\n1,nsclc,61\n,nsclc,50\n",
            "patient,disease,test,value,unit,date\nA,nsclc,albumin,3.8,g/dL,2025-01-01\n"
            "A,nsclc,albumin,3.1,g/dL,2025-01-01\n",
        )
    ):
        yield f"table{number}.csv", text.encode()


def workbook() -> Case:
    """A workbook of two sheets, with a value of no unit."""
    book = openpyxl.Workbook()
    for name in ("Kohorte", "Labor"):
        page = book.create_sheet(name)
        for cells in (["id", "disease", "albumin"], ["1", "nsclc", 38], ["2", "nsclc", 4]):
            page.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return "book.xlsx", buffer.getvalue()


def records() -> Iterator[Case]:
    """FHIR bundles whose resources disagree, or leave something open."""
    stated = {"value": 4.1, "unit": "g/L", "code": "g/dL"}
    egfr = [
        bundles.variant("EGFR", "HGNC:3236", f"v{n}", protein=change, effectiveDateTime=day)
        for n, (change, day) in enumerate(
            [("p.Leu858Arg", "2025-01-02"), ("p.Gly719Ala", "2026-02-03")]
        )
    ]
    for name, resources in {
        "units": [bundles.observation(ALBUMIN, valueQuantity=stated)],
        "bare": [bundles.observation(ALBUMIN, valueQuantity={"value": 38})],
        "ldh": [bundles.observation(LDH, valueQuantity=bundles.quantity(480, "U/L"))],
        "days": [
            bundles.observation(ALBUMIN, f"o{value}", effectiveDateTime="2025-01-01",
                                valueQuantity=bundles.quantity(value, "g/L"))
            for value in (31, 38)
        ],
        "reports": egfr,
    }.items():  # fmt: skip
        body = bundles.bundle(bundles.patient(), bundles.condition(), *resources)
        yield f"{name}.json", bundles.packed(body)
    people = [bundles.patient("a"), bundles.patient("b"), bundles.condition(of="a")]
    yield "people.json", bundles.packed(bundles.bundle(*people))
    for case in CLINICAL:
        if case.get("severity") == "question":
            yield f"{case['id']}.json", content_of(case)


def packet() -> Case:
    """A phenopacket that gives one measurement twice on a day, and no tumour."""
    albumin = {"assay": {"id": "LOINC:1751-7", "label": "Albumin"}}
    when = {"timeObserved": {"timestamp": "2025-01-01T00:00:00Z"}}

    def measured(value: float) -> dict[str, Any]:
        quantity = {"unit": {"id": "UCUM:g/L", "label": "g/L"}, "value": value}
        return {**albumin, **when, "value": {"quantity": quantity}}

    body = {
        "id": "x", "subject": {"id": "S1", "sex": "FEMALE"}, "metaData": {},
        "measurements": [measured(31), measured(38)],
    }  # fmt: skip
    return "packet.json", json.dumps(body).encode()


def case_file() -> Case:
    """A case file of two reports that differ, and of facts that cannot both be."""
    days = [("none", date(2025, 1, 2)), ("exon19del", date(2026, 2, 3))]
    taken = [Measurement("egfr_mutation", v, d, Origin(f"{v}.pdf")) for v, d in days]
    values = {"age_years": 61.0, "egfr_mutation": "none", "egfr_t790m": True}
    patient = Patient("S1", "nsclc", values, measurements=tuple(taken))
    return "case.json", write_casefile([patient])


def study() -> Case:
    """A cBioPortal table of patients that does not name their tumour."""
    files = write_study([Patient("S1", "nsclc", {"age_years": 61.0})], LIBRARY.pack("nsclc"))
    text = files["data_clinical_patient.txt"].decode()
    return "data_clinical_patient.txt", text.encode()


CASES = [*tables(), workbook(), *records(), packet(), case_file(), study()]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A local installation that reads in this process."""
    environ = {"CONCORD_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    opened = open_context(environ, clock=lambda: NOW, audit=lambda line: None)
    return replace(opened, read=readers.read)


def looked_at(context: Context, case: Case, answers: dict[str, str]) -> tuple[Finding, ...]:
    """What is found of a file that is read with these answers."""
    name, content = case
    request = intake.Request(answers=answers, typed=True, deidentify=False)
    return intake.preview(context, content, name, request).intake.findings


@pytest.mark.parametrize("case", CASES, ids=[name for name, _ in CASES])
def test_every_question_is_settled_by_each_of_its_answers(context: Context, case: Case) -> None:
    """A question has a key and words; typed together they settle it, and it is not asked again."""
    found = looked_at(context, case, {})
    questions = [f for f in found if f.severity is Severity.QUESTION or f.choices]
    assert questions, "the file asks nothing"
    assert [f.code for f in questions if not (f.key and f.choices)] == []
    keys = [f.key for f in questions]
    for finding in questions:
        words = [choice.answer for choice in finding.choices]
        assert len(set(words)) == len(words)
        assert all(word and "=" not in word for word in words)
        assert keys.count(finding.key) == 1 or finding.key == "missing-id"
        for word in (*words[: MOST_ANSWERS - 1], words[-1]):
            after = looked_at(context, case, {finding.key: word})
            assert finding.key not in {f.key for f in after}, word


def test_an_upper_limit_is_taken_wherever_it_is_asked_for(context: Context) -> None:
    """480 over the laboratory's 240 is twice the limit, in a bundle as in a table."""
    name, content = next(case for case in CASES if case[0] == "ldh.json")
    (question,) = [f for f in looked_at(context, (name, content), {}) if f.key.startswith("uln:")]
    request = intake.Request(answers={question.key: "240"}, typed=True, deidentify=False)
    (patient,) = intake.preview(context, content, name, request).intake.patients
    assert patient.values["ldh_x_uln"] == 2.0


def test_keys_never_name_a_patient(context: Context) -> None:
    """Keys are printed and may be typed; ids are replaced and must not stand in them."""
    text = (
        b"id,disease,age,stage\nMUSTER-4711,nsclc,60,IV\nMUSTER-4711,nsclc,61,IV\nB,nsclc,60,IV\n"
    )
    for name, content in (("a.csv", text), *records()):
        request = intake.Request(typed=True)
        findings = intake.preview(context, content, name, request).intake.findings
        keys = " ".join(finding.key for finding in findings)
        assert "MUSTER" not in keys
        assert "p1" not in keys.replace("/", " ").split()
