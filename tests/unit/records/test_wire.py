"""An intake survives the way through lines of JSON, and nothing else comes out of them."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.records import wire
from dashboard.records.patient import (
    Choice,
    Consent,
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

PATIENT = Patient(
    "P-1",
    "nsclc",
    values={"age_years": 60.0, "alk_fusion": False, "histology": "squamous"},
    line=2,
    courses=(TreatmentCourse("Keytruda", "pembrolizumab-mono", 1, date(2023, 1, 2)),),
    measurements=(Measurement("ldh_x_uln", 1.5, date(2024, 5, 6), Origin("a.csv", 3)),),
    origins={"age_years": Origin("a.csv", 3, "age", "60", "years", who="me")},
    outcomes={"os_months": 12.0, "os_event": True},
    consent=Consent({"research": False}, "form"),
    recorded_on=date(2024, 5, 7),
    notes="Größe\u2028\ud800",
    synthetic=True,
)
FINDING = Finding(
    Severity.QUESTION,
    "unit",
    "3.9 looks like g/dL.",
    Where("a.csv", 3, "albumin"),
    choices=(Choice("Convert", "g/dl", {"albumin_g_dl": 3.9, "nlr": None}),),
)
INTAKE = Intake((PATIENT,), (FINDING,), (Unmapped(Where("a.csv"), "x", "1", "not known"),), "csv")


def test_wire_carries_everything_an_intake_can_hold():
    """What comes back equals what was sent, defaults and odd signs included."""
    assert wire.decode(wire.encode(INTAKE)) == INTAKE


def test_wire_leaves_out_what_has_its_default():
    """An empty patient is a short line."""
    line, *_ = wire.encode(Intake((Patient("a", "nsclc"),)))
    assert line == b'["p",["a","nsclc"]]\n'


def test_wire_keeps_numbers_that_no_json_knows():
    """Infinity and not-a-number reach the checks, which refuse them there."""
    sent = Intake((Patient("a", "nsclc", values={"x": float("inf")}),))
    assert wire.decode(wire.encode(sent)) == sent


def test_wire_reads_whole_numbers_as_numbers():
    """A value is a float, however it is spelt."""
    intake = wire.decode([b'["p",["a","nsclc",{"x":5}]]\n', b'["end",[""]]\n'])
    assert intake.patients[0].values == {"x": 5.0}
    assert isinstance(intake.patients[0].values["x"], float)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"cos\nsystem\n",
        b"[" * 100_000,
        b"{}",
        b"[]",
        b'["p"]',
        b"[1,2]",
        b'["what",[]]',
        b'["p",["a"]]',
        b'["p",{"id":"a"}]',
        b'["p",["a",5]]',
        b'["p",["a","b",[]]]',
        b'["p",["a","b",{"x":null}]]',
        b'["p",["a","b",{"x":[1]}]]',
        b'["p",["a","b",{"x":1' + b"0" * 400 + b"}]]",
        b'["p",["a","b",{},"1"]]',
        b'["p",["a","b",{},true]]',
        b'["p",["a","b",{},1,[["label",0]]]]',
        b'["p",["a","b",{},1,[],[],{},{},[],0]]',
        b'["p",["a","b",{},1,[],[],{},{},[],"31/02/2024"]]',
        b'["p",["a","b",{},1,[],[],{},{},[],null,"",1]]',
        b'["p",["a","b",{},1,[],[],{},{},[],null,"",true,"too much"]]',
        b'["f",["catastrophe","code","message"]]',
        b'["f",["error","code"]]',
        b'["f",[{},"code","message"]]',
        b'["u",[[],"a","b"]]',
        b'["end",5]',
    ],
)
def test_wire_refuses_everything_else(line):
    """A line of another shape or type is a fault, not a patient."""
    with pytest.raises(wire.WireFault, match=r"."):
        wire.decode([line, b'["end",[""]]\n'])


def test_wire_refuses_an_answer_that_ends_early():
    """Half an answer is no answer."""
    whole = list(wire.encode(INTAKE))
    with pytest.raises(wire.WireFault, match="ends early"):
        wire.decode(whole[:-1])


def test_wire_knows_every_field_of_every_record():
    """A field that is added to a record is carried without a change here."""
    for kind in (Patient, Finding, Unmapped):
        empty = json.loads(next(iter(wire.encode(Intake(**{_place(kind): (_filled(kind),)})))))[1]
        assert len(empty) == len(dataclasses.fields(kind))


def _place(kind: type) -> str:
    return {Patient: "patients", Finding: "findings", Unmapped: "unmapped"}[kind]


def _filled(kind: type):
    """One record of the kind whose last field is not at its default."""
    if kind is Patient:
        return PATIENT
    if kind is Finding:
        return FINDING
    return INTAKE.unmapped[0]


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_wire_faults_on_noise_and_never_otherwise(lines):
    """Random bytes end in a fault."""
    with pytest.raises(wire.WireFault):
        wire.decode(lines)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.sampled_from("pfu"), st.lists(_JSON, max_size=12))
def test_wire_gives_typed_records_or_a_fault(tag, content):
    """Whatever JSON is sent, a record that comes out has fields of the declared types."""
    lines = [json.dumps([tag, content]).encode(), b'["end",[""]]']
    try:
        intake = wire.decode(lines)
    except wire.WireFault:
        return
    for patient in intake.patients:
        assert isinstance(patient.id, str)
        assert all(type(value) in (float, bool, str) for value in patient.values.values())
    for finding in intake.findings:
        assert isinstance(finding.severity, Severity)
