"""Hypothesis strategies made from a pack: values, measurements, courses, whole patients.

Everything drawn is something the pack allows, so that a round trip through a format has to give
back the same. Facts that contradict each other are as likely as others: formats carry, they do not
judge.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.amounts import is_count
from dashboard.records.patient import (
    Consent,
    Measurement,
    Origin,
    Patient,
    TreatmentCourse,
    Value,
)
from tests.builders import TODAY

WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz ABC-éß,;'\"()", max_size=20).map(str.strip)
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=TODAY)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)


def values_of(feature: Feature) -> st.SearchStrategy[Value]:
    """Any value the feature may have; numbers with as many digits as reports print."""
    if feature.kind is Kind.FLAG:
        return st.booleans()
    if feature.kind is not Kind.NUMBER:
        return st.sampled_from(feature.levels)
    limits = feature.plausible or feature.hard
    low, high = (limits.low, limits.high) if limits else (0.0, 1000.0)
    if is_count(feature):
        return st.integers(int(low), int(high)).map(float)
    numbers = st.floats(min_value=low, max_value=high, allow_nan=False)
    return numbers.map(lambda number: min(max(float(f"{number:.4g}"), low), high))


def value_sets(
    pack: DiseasePack, *, without: tuple[str, ...] = ()
) -> st.SearchStrategy[dict[str, Value]]:
    """Values for any of the pack's features; what is absent is unknown."""
    features = [f for f in pack.features if f.id != "line" and not f.id.startswith(without)]
    return st.fixed_dictionaries({}, optional={f.id: values_of(f) for f in features})


@st.composite
def measurements_of(
    draw: Any, pack: DiseasePack, values: dict[str, Value]
) -> tuple[Measurement, ...]:
    """For some laboratory values an earlier one and the current one, with their days."""
    numeric = [f for f in pack.features if f.id in values and f.kind is Kind.NUMBER]
    chosen = (
        draw(st.lists(st.sampled_from(numeric), unique_by=lambda f: f.id, max_size=3))
        if numeric
        else []
    )
    found = []
    for feature in chosen:
        days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2, unique=True)))
        earlier = draw(values_of(feature))
        found.append(Measurement(feature.id, earlier, days[0]))
        found.append(Measurement(feature.id, values[feature.id], days[1]))
    return tuple(found)


def courses_of(pack: DiseasePack) -> st.SearchStrategy[TreatmentCourse]:
    """Courses of the pack's regimens."""
    regimens = st.sampled_from(pack.regimens)
    return st.builds(
        lambda regimen, started, line: TreatmentCourse(
            regimen.label, regimen.id, line, started, best_response="PR", stop_reason="progression"
        ),
        regimens,
        DAYS,
        st.none() | st.integers(1, 5),
    )


def origins_of(values: dict[str, Value]) -> dict[str, Origin]:
    """An origin for every value."""
    return {
        name: Origin("source.csv", 3, name, str(value), who="A. B.")
        for name, value in values.items()
    }


@st.composite
def patients_of(draw: Any, pack: DiseasePack, *, full: bool = False) -> Patient:
    """A patient of the pack; with `full` also outcomes, consent and notes."""
    courses = tuple(draw(st.lists(courses_of(pack), max_size=2))) if pack.regimens else ()
    without = ("prior_", "months_since_") if courses else ()
    values = draw(value_sets(pack, without=without))
    extra: dict[str, Any] = {}
    if full:
        extra = {
            "outcomes": draw(
                st.dictionaries(IDS, st.booleans() | st.floats(0, 100) | WORDS, max_size=3)
            ),
            "consent": Consent(draw(st.dictionaries(IDS, st.booleans(), max_size=3)), draw(WORDS)),
            "notes": draw(WORDS),
            "origins": origins_of(values),
        }
    return Patient(
        id=draw(IDS),
        disease=pack.id,
        values=values,
        line=draw(st.none() | st.integers(1, 8)),
        courses=courses,
        measurements=draw(measurements_of(pack, values)),
        recorded_on=TODAY,
        synthetic=draw(st.booleans()),
        **extra,
    )
