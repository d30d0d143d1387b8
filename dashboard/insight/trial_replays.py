"""The model re-run on the patients of a published trial: what it says of them as a group.

Patients are drawn from the pack's population as the trial took them; the model is asked about each,
and their answers are read as the trial was read: the share that responds, the median, the share
alive at a time. Beside it stands how unsure the model says it is of the group: no more than a scale
between groups, because how far it is off is measured, by the trials. And how the features of one
patient move the model away from a group.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from dashboard.answers.forecast import SurvivalCurve
from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.population import Draw, Population, population_of
from dashboard.cohort.trial_populations import draw_trial, trial_population
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.agreement import MONTHS, SHARE, Point, point, to_scale
from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.schema import DiseasePack
from dashboard.learning.bundle import Bundle
from dashboard.learning.forecasting import STEP
from dashboard.learning.matrix import Contract
from dashboard.learning.response import ResponseHead
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import SurvivalHead, survival_of
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]

SEED = 40_417
PATIENTS = 150  # drawn for each trial
FEATURE_PATIENTS = 60  # of them, for what the features do
CURVES = ("pfs", "os")
LANDMARKS = (12, 24, 36, 60)
_EDGE = 0.002  # nearer than this to nobody or everybody, a curve says no hazard
_NEAR = 0.1  # of a median, on either side of it, to see how steep the curve is there
_LEAST_STEEPNESS = 0.2  # of the log cumulative hazard over log time
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One way of reading an endpoint: a share, a median, the share at a time."""

    endpoint: str
    label: str
    unit: str
    months: int | None = None  # of a share at a time
    column: str = ""  # of an arm


RATIOS = {f"{name.upper()} hazard ratio": name for name in CURVES}
MEASURES: tuple[Measure, ...] = (
    Measure("response", "objective response", SHARE, None, "orr_pct"),
    *(
        measure
        for name in CURVES
        for measure in (
            Measure(name, f"median {name.upper()}", MONTHS, None, f"{name}_median_months"),
            *(
                Measure(name, f"{m}-month {name.upper()}", SHARE, m, f"{name}_{m}mo_pct")
                for m in LANDMARKS
            ),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Replay:
    """One published figure of an arm beside the model on that trial's own patients."""

    arm: str
    regimen: str
    measure: str
    trial: str
    published: Point
    model: float  # on the scale of comparison
    against: str = ""  # the control arm, where the figure is a hazard ratio
    claimed: float = 0.0  # the deviation that the model gives itself; none for a hazard ratio

    @property
    def difference(self) -> float:
        """Model minus trial, on the scale of comparison."""
        return self.model - self.published.value


def published_point(arm: Arm, measure: Measure) -> Point | None:
    """A published figure on the scale of comparison; None where it cannot be compared."""
    value = getattr(arm, measure.column)
    if measure.unit == MONTHS:
        stem = measure.column.removesuffix("_months")
        ends = getattr(arm, f"{stem}_low"), getattr(arm, f"{stem}_high")
        return point(value, *ends, unit=MONTHS)
    if value is None or not arm.n:
        return None
    share = min(max(value / 100, 0.5 / arm.n), 1 - 0.5 / arm.n)
    return Point(to_scale(100 * share, SHARE), 1 / (arm.n * share * (1 - share)))


def replay_trials(
    bundle: Bundle, pack: DiseasePack, assumptions: Assumptions, tell: Tell
) -> tuple[Replay, ...]:
    """Every figure of every arm the bundle can speak of, beside the model on its own patients."""
    known = [arm for arm in pack.arms if bundle.contract.speaks_of(arm.regimen_id)]
    population = population_of(pack, assumptions)
    found: list[Replay] = []
    for number, arm in enumerate(known):
        tell(number / max(len(known), 1), f"Asking the model about the patients of {arm.trial}")
        rows = trial_rows(bundle.contract, population, assumptions, arm)
        if rows is not None:
            found += _of_arm(bundle, arm, rows)
            found += _ratios(bundle, arm, control_of(arm, known), rows)
    return tuple(found)


def control_of(arm: Arm, arms: Iterable[Arm]) -> Arm | None:
    """The arm that this one's hazard ratios are against; None where it is not known."""
    same = (
        each
        for each in arms
        if (each.trial, each.nct_id) == (arm.trial, arm.nct_id)
        and each.population_when == arm.population_when
        and each.regimen_id == arm.control_regimen_id
    )
    return next(same, None)


def trial_rows(
    contract: Contract,
    population: Population,
    assumptions: Assumptions,
    arm: Arm,
    *,
    patients: int = PATIENTS,
) -> Floats | None:
    """Patients as the trial took them, as the model reads them; None where hardly anybody fits."""
    wanted = trial_population(arm, population, assumptions)
    try:
        return rows_of(contract, draw_trial(wanted, population, SEED, patients))
    except NotEnoughEvidence:
        return None


def rows_of(contract: Contract, draw: Draw) -> Floats:
    """Drawn patients in the columns of a model; what is not drawn stays unknown."""
    rows = np.full((draw.patients.size, len(contract.inputs)), np.nan)
    for place, each in enumerate(contract.inputs):
        if each.id not in draw.population.recipes:
            continue
        column = draw.column(each.id)
        levels = draw.population.pack.feature(each.id).levels
        if levels and not each.levels:  # an ordinal that the model reads as a number
            column = np.array([float(level) for level in levels])[column.astype(int)]
        elif levels:
            places = [each.levels.index(x) if x in each.levels else np.nan for x in levels]
            column = np.array(places, dtype=np.float64)[column.astype(int)]
        rows[:, place] = column
    return rows


def views_of(bundle: Bundle, rows: Floats, regimen: str) -> Views:
    """These patients under one regimen, as both halves of the models take them."""
    descriptors = np.repeat(bundle.contract.describe([regimen]), len(rows), axis=0)
    encoding = bundle.encoding
    return Views(encoding.linear(rows, descriptors), encoding.trees(rows, descriptors))


def read_group(bundle: Bundle, views: Views, measures: Iterable[Measure]) -> dict[str, Point]:
    """What the model says of a group, by measure, on the scale of comparison, where it can say."""
    curves: dict[str, _GroupCurve] = {}
    found: dict[str, Point] = {}
    for measure in measures:
        if measure.endpoint not in bundle.heads:
            continue
        if measure.endpoint == "response":
            head = cast("ResponseHead", bundle.heads["response"])
            share = float(sigmoid(head.objective.log_odds(views)).mean())
            variance = float(head.objective.covariance(views).mean())
            found[measure.label] = Point(to_scale(100 * share, SHARE), variance)
            continue
        if measure.endpoint not in curves:
            curves[measure.endpoint] = _GroupCurve.of(bundle, views, measure.endpoint)
        held = curves[measure.endpoint]
        value = _read(held.curve, measure)
        if value is not None:
            place = to_scale(value, measure.unit)
            found[measure.label] = Point(place, held.variance_of(measure, value))
    return found


@dataclass(frozen=True)
class _GroupCurve:
    """A group's mean curve, and how unsure the model is of its cumulative hazard."""

    curve: SurvivalCurve
    variance: float  # of the logarithm of the mean cumulative hazard, at the group's median

    @classmethod
    def of(cls, bundle: Bundle, views: Views, endpoint: str) -> _GroupCurve:
        curve = mean_curve(bundle, views, endpoint)
        months = curve.median.months or float(curve.months[-1])
        model = cast("SurvivalHead", bundle.heads[endpoint]).model
        return cls(curve, float(model.covariance(views, months).mean()))

    def variance_of(self, measure: Measure, value: float) -> float:
        """What that makes of the variance of a median's logarithm, or of a share's log-odds."""
        if measure.months is not None:
            share = min(max(value / 100, _EDGE), 1 - _EDGE)
            return self.variance * (math.log(share) / (1 - share)) ** 2
        ends = [value * (1 - _NEAR), value * (1 + _NEAR)]
        hazards = [
            math.log(-math.log(min(max(float(share), _EDGE), 1 - _EDGE)))
            for share in np.interp(ends, self.curve.months, self.curve.probability)
        ]
        steepness = (hazards[1] - hazards[0]) / math.log(ends[1] / ends[0])
        return self.variance / max(steepness, _LEAST_STEEPNESS) ** 2


def mean_curve(bundle: Bundle, views: Views, endpoint: str) -> SurvivalCurve:
    """The curve of a group: the mean of its patients' curves."""
    head = cast("SurvivalHead", bundle.heads[endpoint])
    months = np.arange(0.0, head.horizon + STEP / 2, STEP)
    mean = survival_of(head.model.log_cumulative(views, months)).mean(axis=0)
    mean = np.minimum.accumulate(np.clip(mean, 0.0, 1.0))
    return SurvivalCurve(months, mean, mean, mean)


def _of_arm(bundle: Bundle, arm: Arm, rows: Floats) -> Iterable[Replay]:
    published = {
        measure.label: point
        for measure in MEASURES
        if (point := published_point(arm, measure)) is not None
    }
    wanted = [measure for measure in MEASURES if measure.label in published]
    said = read_group(bundle, views_of(bundle, rows, arm.regimen_id), wanted)
    for label, value in said.items():
        trial = arm.nct_id or arm.trial
        yield Replay(
            arm.id, arm.regimen_id, label, trial, published[label], value.value,
            claimed=value.variance**0.5,
        )  # fmt: skip


def _ratios(bundle: Bundle, arm: Arm, control: Arm | None, rows: Floats) -> Iterable[Replay]:
    """The arm's hazard ratios beside those between the model's two curves of the same patients."""
    if control is None:
        return
    sides = [views_of(bundle, rows, each.regimen_id) for each in (arm, control)]
    for label, endpoint in RATIOS.items():
        published = ratio_point(arm, endpoint)
        if published is None or endpoint not in bundle.heads:
            continue
        ours = log_ratio(*(mean_curve(bundle, views, endpoint) for views in sides))
        trial = arm.nct_id or arm.trial
        yield Replay(arm.id, arm.regimen_id, label, trial, published, ours, control.id)


def ratio_point(arm: Arm, endpoint: str) -> Point | None:
    """A published hazard ratio as its logarithm; None without an interval."""
    value, low, high, level = (
        getattr(arm, f"{endpoint}_hr{end}") for end in ("", "_low", "_high", "_level")
    )
    return point(value, low, high, unit=MONTHS, level=level / 100) if value else None


def log_ratio(arm: SurvivalCurve, control: SurvivalCurve) -> float:
    """The logarithm of the ratio of cumulative hazards at the control's median, or at the end."""
    months = control.median.months or float(control.months[-1])
    hazards = [
        -math.log(min(max(float(np.interp(months, c.months, c.probability)), _EDGE), 1 - _EDGE))
        for c in (arm, control)
    ]
    return math.log(hazards[0] / hazards[1])


def _read(curve: SurvivalCurve, measure: Measure) -> float | None:
    if measure.months is None:
        return curve.median.months
    if measure.months > curve.months[-1]:
        return None
    return 100 * float(np.interp(measure.months, curve.months, curve.probability))


# -- what the features do -------------------------------------------------------------------------


def feature_parts(
    bundle: Bundle, patient: Floats, group: Floats, *, regimen: str, measure: Measure
) -> tuple[tuple[str, float], ...]:
    """How each input moves the model from the group to the patient: log-odds, or minus log hazard.

    The parts add up to the difference between the patient's score and the group's mean score.

    Args:
        bundle: the model.
        patient: one row in its columns.
        group: the rows of the others.
        regimen: under which they are compared.
        measure: what is asked; a curve is compared over its time until the group's median.
    """
    views = views_of(bundle, np.vstack([patient[None], group[:FEATURE_PATIENTS]]), regimen)
    owners = bundle.encoding.linear_owner, bundle.encoding.tree_owner
    if measure.endpoint == "response":
        head = cast("ResponseHead", bundle.heads["response"])
        _, added = head.objective.contributions(views, *owners)
    else:
        model = cast("SurvivalHead", bundle.heads[measure.endpoint]).model
        _, by_interval = model.contributions(views, *owners)
        months = np.array([float(measure.months or _median_of(bundle, views, measure))])
        exposure = model.intervals.exposure(months)[0]
        hazard = exposure * np.exp(model.log_hazards(views)[1:].mean(axis=0))
        added = -np.einsum("rkj,k->rj", by_interval, hazard / hazard.sum())
    moved = added[0] - added[1:].mean(axis=0)
    parts = zip(bundle.contract.ids, moved[: len(bundle.contract.ids)], strict=True)
    return tuple((name, float(part)) for name, part in parts)


def _median_of(bundle: Bundle, views: Views, measure: Measure) -> float:
    group = views.take(np.arange(1, len(views.linear)))
    curve = mean_curve(bundle, group, measure.endpoint)
    return curve.median.months or float(curve.months[-1])
