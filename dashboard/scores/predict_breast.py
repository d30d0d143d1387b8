"""PREDICT Breast, versions 2.2 and 3.2, computed from their published coefficients.

Survival after surgery for early breast cancer with deaths from breast cancer and from other
causes kept apart, and the absolute benefit of each treatment added. It is a re-implementation for
teaching and comparison and never called the official tool. Coefficients: Candido dos Reis 2017
(v2.2) and Grootes 2024 (v3.2) with the public reference code; checked against that code on random
patients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Given = Mapping[str, Any]
YEARS = np.arange(1, 16, dtype=float)
EXTENDED_FROM = 11  # extended hormone therapy works in years 11 to 15
TREATMENTS = (
    "radiotherapy",
    "chemotherapy",
    "hormone",
    "extended_hormone",
    "trastuzumab",
    "bisphosphonate",
)


@dataclass(frozen=True, slots=True)
class Version:
    """One published version: its indices, baseline hazards and treatment effects."""

    name: str
    treatments: tuple[str, ...]
    breast_index: Callable[[Given], Floats]  # patients x years
    other_index: Callable[[Given], Floats]  # patients
    breast_hazard: Callable[[bool], Floats]  # cumulative baseline by year, given the receptor
    other_hazard: Floats
    extended: float


@dataclass(frozen=True, slots=True)
class Course:
    """What is expected year by year, in percent of patients: patients x years."""

    overall_survival: Floats
    breast_deaths: Floats
    other_deaths: Floats


def predict(version: Version, given: Given) -> Course:
    """Survival and deaths by cause, cumulative, for the treatments named in the inputs."""
    breast, other = _hazards(version, given)
    surviving_breast, surviving_other = np.exp(-breast), np.exp(-other)
    overall = surviving_breast * surviving_other
    deaths = _yearly(1 - overall)
    of_breast, of_other = _yearly(1 - surviving_breast), _yearly(1 - surviving_other)
    share = of_breast / (of_breast + of_other)
    by_breast = np.cumsum(share * deaths, axis=-1)
    by_other = np.cumsum((1 - share) * deaths, axis=-1)
    return Course(100 * overall, 100 * by_breast, 100 * by_other)


def overall_survival(version: Version, given: Given, *, years: int) -> Floats:
    """Overall survival at a year, in percent."""
    return np.squeeze(predict(version, given).overall_survival[..., years - 1])


def benefits(version: Version, given: Given, *, years: int) -> dict[str, float]:
    """Percentage points of overall survival that each treatment adds, in the order they are listed.

    Each is the gain from adding it to those before; together they are the whole gain.
    """
    gains, used = {}, _without(given, TREATMENTS)
    before = float(overall_survival(version, used, years=years))
    for treatment in _chosen(version, given):
        used = {**used, treatment: given[treatment]}
        after = float(overall_survival(version, used, years=years))
        gains[treatment], before = after - before, after
    return gains


def fair_benefits(version: Version, given: Given, *, years: int) -> dict[str, float]:
    """The joint gain split so that the order of treatments does not matter (Shapley)."""
    chosen = _chosen(version, given)
    worth = {
        frozenset(group): _survival_with(version, given, group, years)
        for size in range(len(chosen) + 1)
        for group in combinations(chosen, size)
    }
    return {treatment: _shapley(treatment, chosen, worth) for treatment in chosen}


def _shapley(player: str, players: tuple[str, ...], worth: Mapping[frozenset[str], float]) -> float:
    others, total = [name for name in players if name != player], 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(players))
        for group in combinations(others, size):
            total += weight * (worth[frozenset((*group, player))] - worth[frozenset(group)])
    return total


def _survival_with(version: Version, given: Given, group: tuple[str, ...], years: int) -> float:
    rest = tuple(name for name in TREATMENTS if name not in group)
    return float(overall_survival(version, _without(given, rest), years=years))


def _chosen(version: Version, given: Given) -> tuple[str, ...]:
    off = (False, "0", "none")
    return tuple(name for name in version.treatments if given.get(name, False) not in off)


def _without(given: Given, treatments: tuple[str, ...]) -> dict[str, Any]:
    off: dict[str, Any] = {name: "0" if name == "chemotherapy" else False for name in treatments}
    return {**given, **off}


def _hazards(version: Version, given: Given) -> tuple[Floats, Floats]:
    breast_effect, other_effect = _effects(version, given)
    positive = _is(given, "er", "positive")[..., None]
    baseline = _yearly(
        np.where(positive > 0, version.breast_hazard(True), version.breast_hazard(False))
    )
    breast = np.cumsum(baseline * np.exp(version.breast_index(given) + breast_effect), axis=-1)
    index = version.other_index(given)[..., None] + other_effect[..., None]
    return breast, np.cumsum(_yearly(version.other_hazard) * np.exp(index), axis=-1)


def _effects(version: Version, given: Given) -> tuple[Floats, Floats]:
    """Log hazard ratios on deaths from breast cancer (by year) and from other causes."""
    on = {name: _flag(given, name) for name in version.treatments if name != "chemotherapy"}
    generation = np.asarray(given.get("chemotherapy", "0"))
    chemo = np.select([generation == "2", generation == "3"], [-0.248, -0.446], 0.0)
    er, her2 = _is(given, "er", "positive"), _is(given, "her2", "positive")
    hormone = -0.3857 * (on["hormone"] * er)
    steady = chemo + hormone - 0.3567 * (on["trastuzumab"] * her2) - 0.198 * on["bisphosphonate"]
    extended = version.extended * (on["extended_hormone"] * on["hormone"] * er)
    other = np.zeros(np.shape(steady))
    if "radiotherapy" in on:
        steady = steady + np.log(0.82) * on["radiotherapy"]
        dose = np.asarray(given.get("heart_dose_gy", 0.0), dtype=float)
        other = np.log(1.02) * dose * on["radiotherapy"] + np.log(1.2) * (chemo != 0)
    late = np.where(YEARS >= EXTENDED_FROM, 1.0, 0.0)
    return steady[..., None] + extended[..., None] * late, other


def _flag(given: Given, name: str) -> Floats:
    return np.asarray(given.get(name, False), dtype=float)


def _is(given: Given, name: str, level: str) -> Floats:
    return np.asarray(np.asarray(given[name]) == level, dtype=float)


def _number(given: Given, name: str) -> Floats:
    return np.asarray(given[name], dtype=float)


def _marker(given: Given, name: str, positive: float, negative: float) -> Floats:
    return positive * _is(given, name, "positive") + negative * _is(given, name, "negative")


def _grade(given: Given) -> Floats:
    grade = np.asarray(given["grade"])
    return np.select([grade == "1", grade == "2", grade == "3"], [1.0, 2.0, 3.0], 2.13)


def _screen(given: Given) -> Floats:
    detected = np.asarray(given["screen_detected"])
    return np.select([detected == "yes", detected == "no"], [1.0, 0.0], 0.204)


def _yearly(cumulative: Floats) -> Floats:
    return np.diff(cumulative, axis=-1, prepend=0.0)


# -- version 2.2 ---------------------------------------------------------------------------------


def _breast_index_v2_2(given: Given) -> Floats:
    age, size = _number(given, "age_years"), _number(given, "tumour_size_mm") / 100
    nodes, grade = np.log((_number(given, "nodes_positive") + 1) / 10), _grade(given)
    her2 = _marker(given, "her2", 0.2413, -0.0762)
    decades = (age / 10) ** -2
    positive = (
        34.53642 * (decades - 0.0287449295)
        - 34.20342 * (decades * np.log(age / 10) - 0.0510121013)
        + 0.7530729 * (np.log(size) + 1.545233938)
        + 0.7060723 * (nodes + 1.387566896)
        + 0.746655 * grade
        - 0.22763366 * _screen(given)
        + _marker(given, "ki67", 0.14904, -0.11333)
    )
    negative = (
        0.0089827 * (age - 56.3254902)
        + 2.093446 * (np.sqrt(size) - 0.5090456276)
        + 0.6260541 * (nodes + 1.086916249)
        + 1.129091 * ((grade == 2) | (grade == 3))
    )
    index = np.where(_is(given, "er", "positive") > 0, positive, negative) + her2
    return np.asarray(np.repeat(index[..., None], len(YEARS), axis=-1))


def _other_index_v2_2(given: Given) -> Floats:
    decades: Floats = _number(given, "age_years") / 10
    return np.asarray(0.0698252 * (decades**2 - 34.23391957))


def _breast_hazard_v2_2(er_positive: bool) -> Floats:
    root = np.sqrt(YEARS)
    if er_positive:
        exponent: Floats = 0.7424402 - 7.527762 / root - 1.812513 * np.log(YEARS) / root
    else:
        exponent = -1.156036 + 0.4707332 / YEARS**2 - 3.51355 / YEARS
    return np.exp(exponent)


V2_2 = Version(
    name="2.2",
    treatments=("chemotherapy", "hormone", "extended_hormone", "trastuzumab", "bisphosphonate"),
    breast_index=_breast_index_v2_2,
    other_index=_other_index_v2_2,
    breast_hazard=_breast_hazard_v2_2,
    other_hazard=np.exp(-6.052919 + 1.079863 * np.log(YEARS) + 0.3255321 * np.sqrt(YEARS)),
    extended=-0.26,
)

# -- version 3.2 ---------------------------------------------------------------------------------

_YEAR_OF_DIAGNOSIS = 2017 - 2000  # fixed in the published code
_HER2_BY_YEAR = (0.608, 0.532, 0.457, 0.382, 0.307, 0.231, 0.156, 0.081, 0.006)
_NO_HER2_BY_YEAR = (-0.053, -0.046, -0.040, -0.033, -0.027, -0.020, -0.014, -0.007)


def _padded(values: tuple[float, ...]) -> Floats:
    return np.pad(np.asarray(values), (0, len(YEARS) - len(values)))


def _breast_index_v3_2(given: Given) -> Floats:
    age, size = (_number(given, "age_years") - 24) / 100, _number(given, "tumour_size_mm")
    nodes, grade = np.log(_number(given, "nodes_positive") + 1), _grade(given)
    screen = _screen(given)
    positive = (
        0.1958986203588129 * age**-0.5
        + 2.929125051895787 * age**2
        + 2.27417420673498 * (1 - np.exp(-size / 20))
        + 0.6724828209061207 * nodes
        + 0.7050339629739382 * grade
        - 0.32039363353015476 * screen
        - 0.048251370712776756 * _YEAR_OF_DIAGNOSIS
        + _marker(given, "ki67", 0.14904, -0.11333)
        + _marker(given, "pr", -0.0619, 0.2624)
        + 0.7
    )
    negative = (
        1.7560679383953317 * age
        + 4.555274634880487 * age * np.log(age)
        + 0.7443277265210039 * np.log(size)
        + 0.6308590364310884 * nodes
        + 0.3462287839000938 * grade
        - 0.2110969326598672 * screen
        - 0.045504610416172736 * _YEAR_OF_DIAGNOSIS
        + _marker(given, "her2", 0.2316, -0.08589)
        + _marker(given, "pr", -0.2231, 0.0296)
        + 0.55
    )
    her2 = _is(given, "her2", "positive")[..., None] * _padded(_HER2_BY_YEAR)
    her2 = her2 + _is(given, "her2", "negative")[..., None] * _padded(_NO_HER2_BY_YEAR)
    er = _is(given, "er", "positive")[..., None] > 0
    return np.where(er, positive[..., None] + her2, negative[..., None])


def _other_index_v3_2(given: Given) -> Floats:
    cubed = ((_number(given, "age_years") - 24) / 100) ** 3
    smoking = np.log(np.where(np.asarray(given["smoker"], dtype=bool), 1.25, 1.0) / 1.025)
    return np.asarray(
        4.211443507724736 * cubed
        - 31.41202815365277 * cubed * np.log(cubed) / 3
        - 0.021186462111818898 * _YEAR_OF_DIAGNOSIS
        - 0.062
        + smoking
    )


def _breast_hazard_v3_2(er_positive: bool) -> Floats:
    decades = YEARS / 10
    if er_positive:
        power, first, second, third = (
            -0.5,
            -2.3193510039281637,
            -3.622538332641392,
            -0.542240944493945,
        )
    else:
        power, first, second, third = (
            -1.0,
            -3.0153139765165835,
            -0.5755380524044251,
            -0.1028439317178058,
        )
    scaled = decades**power
    return np.exp(first + second * scaled + third * scaled * np.log(decades))


V3_2 = Version(
    name="3.2",
    treatments=TREATMENTS,
    breast_index=_breast_index_v3_2,
    other_index=_other_index_v3_2,
    breast_hazard=_breast_hazard_v3_2,
    other_hazard=np.exp(
        -4.845654758283992
        + 1.341348310005262 * np.log(YEARS / 10)
        + 0.49539394353046057 * YEARS / 10
    ),
    extended=-0.301,
)
