"""PREDICT Breast against the public reference code, and what must hold of its benefits."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dashboard.scores import predict_breast
from dashboard.scores.predict_breast import V2_2, V3_2, Version

if TYPE_CHECKING:
    from numpy.typing import NDArray

GOLDEN = Path(__file__).parents[2] / "golden" / "predict_breast.csv"
TOLERANCE = 1e-6  # percentage points
MARKER = {"0": "negative", "1": "positive", "9": "unknown"}
PATIENT: dict[str, Any] = {
    "age_years": 57.0,
    "screen_detected": "no",
    "tumour_size_mm": 29.0,
    "grade": "2",
    "nodes_positive": 5.0,
    "er": "positive",
    "her2": "positive",
    "ki67": "unknown",
    "pr": "positive",
    "smoker": False,
    "radiotherapy": True,
    "heart_dose_gy": 2.0,
    "chemotherapy": "3",
    "hormone": True,
    "trastuzumab": True,
    "bisphosphonate": True,
}


class Golden:
    """The reference file by column."""

    def __init__(self) -> None:
        with GOLDEN.open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers."""
        return np.array([float(row[name]) for row in self.rows])

    def words(self, name: str, words: dict[str, str]) -> NDArray[np.str_]:
        """A column of codes as our words."""
        return np.array([words[row[name]] for row in self.rows])

    def expected(self, name: str) -> NDArray[np.float64]:
        """A result at 5, 10 and 15 years."""
        return np.stack([self.numbers(f"{name}_{year}") for year in (5, 10, 15)], axis=1)

    def patients(self) -> dict[str, Any]:
        """The patients without treatment."""
        grades = {"1": "1", "2": "2", "3": "3", "9": "unknown"}
        return {
            "age_years": self.numbers("age"),
            "screen_detected": self.words("screen", {"0": "no", "1": "yes", "2": "unknown"}),
            "tumour_size_mm": self.numbers("size"),
            "grade": self.words("grade", grades),
            "nodes_positive": self.numbers("nodes"),
            "er": self.words("er", MARKER),
            "her2": self.words("her2", MARKER),
            "ki67": self.words("ki67", MARKER),
            "pr": self.words("pr", MARKER),
            "smoker": self.numbers("smoker") > 0,
        }

    def treatments(self) -> dict[str, Any]:
        """What each patient was given."""
        return {
            "chemotherapy": self.words("gen", {"0": "0", "2": "2", "3": "3"}),
            "hormone": self.numbers("horm") > 0,
            "trastuzumab": self.numbers("traz") > 0,
            "bisphosphonate": self.numbers("bis") > 0,
            "radiotherapy": self.numbers("radio") > 0,
            "heart_dose_gy": self.numbers("heart"),
        }


GOLD = Golden()


def at_three_times(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values at 5, 10 and 15 years."""
    return course[:, [4, 9, 14]]


@pytest.mark.parametrize(("version", "name"), [(V2_2, "v22"), (V3_2, "v32")])
def test_survival_equals_the_reference_on_a_thousand_patients(version: Version, name: str) -> None:
    """Without and with treatment, both versions equal the public code."""
    none = predict_breast.predict(version, GOLD.patients()).overall_survival
    given = predict_breast.predict(version, GOLD.patients() | GOLD.treatments()).overall_survival
    assert np.abs(at_three_times(none) - GOLD.expected(f"{name}_none")).max() < TOLERANCE
    assert np.abs(at_three_times(given) - GOLD.expected(f"{name}_given")).max() < TOLERANCE


@pytest.mark.parametrize(("version", "name"), [(V2_2, "v22"), (V3_2, "v32")])
def test_extended_hormone_therapy_equals_the_reference(version: Version, name: str) -> None:
    """Ten years of hormone therapy, where hormone therapy was begun."""
    extended = {"extended_hormone": np.ones(len(GOLD.rows), dtype=bool)}
    patients = GOLD.patients() | GOLD.treatments() | extended
    found = at_three_times(predict_breast.predict(version, patients).overall_survival)
    begun = (GOLD.numbers("horm") > 0) & (GOLD.numbers("er") > 0)
    assert np.abs(found - GOLD.expected(f"{name}_extended"))[begun].max() < TOLERANCE


def test_deaths_by_cause_equal_the_reference() -> None:
    """Deaths from breast cancer and from other causes are kept apart as in the public code."""
    course = predict_breast.predict(V3_2, GOLD.patients() | GOLD.treatments())
    assert np.abs(at_three_times(course.breast_deaths) - GOLD.expected("v32_breast")).max() < 1e-6
    assert np.abs(at_three_times(course.other_deaths) - GOLD.expected("v32_other")).max() < 1e-6
    total = course.overall_survival + course.breast_deaths + course.other_deaths
    assert np.abs(total - 100).max() < 1e-9


def test_a_wrong_coefficient_fails_the_comparison() -> None:
    """The broken twin: one treatment effect off by a hundredth is noticed."""
    patients = GOLD.patients() | GOLD.treatments() | {"heart_dose_gy": GOLD.numbers("heart") + 0.01}
    course = predict_breast.predict(V3_2, patients)
    broken = np.abs(at_three_times(course.overall_survival) - GOLD.expected("v32_given")).max()
    assert broken > TOLERANCE


@pytest.mark.parametrize("version", [V2_2, V3_2])
@pytest.mark.parametrize("years", [5, 10, 15])
def test_benefits_add_up_to_the_whole_gain(version: Version, years: int) -> None:
    """In either split the treatments' gains sum to the gain of all of them together."""
    everything = PATIENT | {"extended_hormone": True}
    none = {k: v for k, v in PATIENT.items() if k not in predict_breast.TREATMENTS}
    whole = float(
        predict_breast.overall_survival(version, everything, years=years)
        - predict_breast.overall_survival(version, none | {"chemotherapy": "0"}, years=years)
    )
    in_order = predict_breast.benefits(version, everything, years=years)
    fair = predict_breast.fair_benefits(version, everything, years=years)
    assert sum(in_order.values()) == pytest.approx(whole, abs=1e-9)
    assert sum(fair.values()) == pytest.approx(whole, abs=1e-9)
    assert set(in_order) == set(fair) == set(version.treatments)


def test_fair_benefits_do_not_depend_on_the_order_but_stepwise_ones_do() -> None:
    """Adding chemotherapy first or last changes its stepwise gain, never its fair share."""
    alone = predict_breast.benefits(V3_2, PATIENT | {"radiotherapy": False}, years=10)
    late = predict_breast.benefits(V3_2, PATIENT, years=10)
    assert alone["chemotherapy"] != pytest.approx(late["chemotherapy"], abs=0.1)
    turned = dict(reversed(PATIENT.items()))
    assert predict_breast.fair_benefits(V3_2, turned, years=10) == pytest.approx(
        predict_breast.fair_benefits(V3_2, PATIENT, years=10)
    )


def test_treatments_without_their_receptor_add_nothing() -> None:
    """Hormone therapy without the oestrogen receptor and trastuzumab without HER2 gain nothing."""
    patient = PATIENT | {"er": "negative", "her2": "negative"}
    gains = predict_breast.benefits(V3_2, patient, years=10)
    assert gains["hormone"] == pytest.approx(0.0, abs=1e-12)
    assert gains["trastuzumab"] == pytest.approx(0.0, abs=1e-12)
    assert gains["chemotherapy"] > 0
