"""Tables: patients that are written as CSV come back as they were."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.knowledge.library import Library, load_library
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.amounts import is_count
from dashboard.records.course_words import Told, told_by
from dashboard.records.patient import Patient, Severity, TreatmentCourse, Value
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table, write_csv
from tests.builders import TODAY, a_library, tiny_pack

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NOTES = TEXT.filter(lambda text: text.strip() == text or text == "") | st.sampled_from(
    ["=1+1", "+x", "-1.2", "@a", "\tx", "\rx", "'=x", "''=x", 'a "b", c', "a\nb", "a\r\nb", "#x"]
)
LABELS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
NAMES = LABELS.filter(lambda text: told_by(text) is Told.GIVEN)  # a course called none is no course
DAYS = st.dates(date(1990, 1, 1), TODAY)
COURSES = st.builds(
    TreatmentCourse,
    label=NAMES,
    line=st.none() | st.integers(1, 9),
    started=st.none() | DAYS,
    stopped=st.none() | DAYS,
    best_response=st.sampled_from(["", "PR", "SD"]),
    stop_reason=st.sampled_from(["", "toxicity", "progression, then rest"]),
)


def value_of(feature: Feature) -> st.SearchStrategy[Value]:
    """A value the feature can have."""
    if feature.kind is Kind.FLAG:
        return st.booleans()
    if feature.kind is not Kind.NUMBER:
        return st.sampled_from(feature.levels)
    limits = feature.hard
    low, high = (-1e6, 1e6) if limits is None else (limits.low, limits.high)
    if is_count(feature):
        return st.integers(int(low), int(high)).map(float)
    return st.floats(low, high, allow_nan=False).map(lambda number: number + 0.0)


def settled(values: dict[str, Value]) -> dict[str, Value]:
    """Values from which nothing follows that is not among them; reading fills in what follows."""
    if "nlr" not in values:
        values.pop("neutrophils_10e9_l", None)
    return values


@st.composite
def patients_of(draw: st.DrawFn, pack: DiseasePack) -> tuple[Patient, ...]:
    """A few patients with any values, any text, any history."""
    names = draw(st.lists(LABELS, min_size=1, max_size=4, unique=True))
    features = [feature for feature in pack.features if feature.id != "line"]
    return tuple(
        Patient(
            f"P{name}",
            pack.id,
            settled(
                draw(st.fixed_dictionaries({}, optional={f.id: value_of(f) for f in features}))
            ),
            draw(st.none() | st.integers(1, 12)),
            tuple(draw(st.lists(COURSES, max_size=3))),
            outcomes=draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "os_months": st.floats(0, 720).map(lambda number: number + 0.0),
                        "os_event": st.booleans(),
                        "response": st.sampled_from(["CR", "PR", "SD", "PD", "NE"]),
                        "dfs_months": st.floats(0, 100).map(lambda number: number + 0.0),
                    },
                )
            ),
            recorded_on=draw(st.none() | DAYS),
            notes=draw(NOTES),
            synthetic=draw(st.booleans()),
        )
        for name in names
    )


def bare(patient: Patient) -> dict[str, Any]:
    """What of a patient a table carries."""
    kept = replace(patient, origins={}, measurements=())
    return {name: getattr(kept, name) for name in Patient.__slots__ if name != "origins"}


def check_round_trip(patients: tuple[Patient, ...], library: Library, pack: DiseasePack) -> None:
    """Written and read, the patients are the same, and no question is asked."""
    content = write_csv(patients, pack)
    intake = read_table(content, "patients.csv", Reading(library, TODAY, pack.id))
    assert [bare(patient) for patient in intake.patients] == [bare(p) for p in patients]
    grave = {Severity.ERROR, Severity.QUESTION}
    assert [f.message for f in intake.findings if f.severity in grave] == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(patients=patients_of(tiny_pack()))
def test_tables_round_trip_any_patient(patients: tuple[Patient, ...]) -> None:
    """Values, lines, courses, outcomes, notes and days come back exactly."""
    library = a_library()
    check_round_trip(patients, library, library.packs[0])


LIBRARY = load_library()


@pytest.mark.parametrize("disease", LIBRARY.ids)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_tables_round_trip_patients_of_every_pack(disease: str, data: st.DataObject) -> None:
    """Every feature of the packs that ship goes out and comes in."""
    pack = LIBRARY.pack(disease)
    check_round_trip(data.draw(patients_of(pack)), LIBRARY, pack)
