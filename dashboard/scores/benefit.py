"""PREDICT Breast laid out for a room: the course year by year, and what each treatment adds.

The course keeps deaths from breast cancer and from other causes apart. What a treatment adds is
given twice: in the order the treatments are listed, and split so that the order does not matter.
Both add up to the whole gain. This is a re-implementation of the published formula, never the
official tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.knowledge.rules import Value
from dashboard.scores import predict_breast
from dashboard.scores.predict_breast import V2_2, V3_2, Version

VERSIONS: Mapping[str, Version] = {"predict-breast-v3-2": V3_2, "predict-breast-v2-2": V2_2}
YEARS = (5, 10, 15)
LABELS: Mapping[str, str] = {
    "radiotherapy": "Radiotherapy",
    "chemotherapy": "Chemotherapy",
    "hormone": "Hormone therapy, 5 years",
    "extended_hormone": "Hormone therapy, years 6 to 10",
    "trastuzumab": "Trastuzumab",
    "bisphosphonate": "Bisphosphonate",
}


@dataclass(frozen=True, slots=True)
class YearOfCourse:
    """What is expected by one year after surgery, in percent of patients."""

    years: int
    alive: float
    alive_untreated: float
    breast_deaths: float
    other_deaths: float


@dataclass(frozen=True, slots=True)
class Benefit:
    """Percentage points of overall survival that one treatment adds by one year."""

    treatment: str
    label: str
    years: int
    in_order: float
    order_free: float


@dataclass(frozen=True, slots=True)
class BenefitTable:
    """The course with the treatments chosen, and what each of them adds."""

    score_id: str
    version: str
    treatments: tuple[str, ...]
    course: tuple[YearOfCourse, ...]
    benefits: tuple[Benefit, ...]


def offered(score_id: str, inputs: Mapping[str, Value]) -> tuple[str, ...]:
    """The treatments this version speaks of that can act on this tumour, as known."""
    needs = {"hormone": "er", "extended_hormone": "er", "trastuzumab": "her2"}
    return tuple(
        name
        for name in VERSIONS[score_id].treatments
        if name not in needs or inputs.get(needs[name]) == "positive"
    )


def benefit_table(
    score_id: str, inputs: Mapping[str, Value], treatments: Sequence[str], generation: str = "3"
) -> BenefitTable:
    """The course and the benefits of these treatments.

    Args:
        score_id: one of the PREDICT versions.
        inputs: complete inputs of the score.
        treatments: what is given, by the names of the score's inputs.
        generation: of the chemotherapy, where it is given.
    """
    version = VERSIONS[score_id]
    given = {**inputs, **_treated(version, treatments, generation)}
    without = {**inputs, **_treated(version, (), generation)}
    course, untreated = (predict_breast.predict(version, each) for each in (given, without))
    years = tuple(
        YearOfCourse(
            year,
            float(course.overall_survival[..., year - 1]),
            float(untreated.overall_survival[..., year - 1]),
            float(course.breast_deaths[..., year - 1]),
            float(course.other_deaths[..., year - 1]),
        )
        for year in YEARS
    )
    return BenefitTable(
        score_id, version.name, tuple(treatments), years, tuple(_benefits(version, given))
    )


def _benefits(version: Version, given: Mapping[str, Value]) -> list[Benefit]:
    found = []
    for year in YEARS:
        stepwise = predict_breast.benefits(version, given, years=year)
        fair = predict_breast.fair_benefits(version, given, years=year)
        found += [
            Benefit(name, LABELS[name], year, gain, fair[name]) for name, gain in stepwise.items()
        ]
    return found


def _treated(
    version: Version, treatments: Sequence[str], generation: str
) -> dict[str, float | bool | str]:
    flags: dict[str, float | bool | str] = {
        name: name in treatments for name in version.treatments if name != "chemotherapy"
    }
    return {**flags, "chemotherapy": generation if "chemotherapy" in treatments else "0"}
