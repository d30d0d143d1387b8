"""The blend for a time to an event: ridge and forest hazards, averaged in log hazard.

Both halves are piecewise exponential on the same intervals: the ridge with effects of the regimen
that may change with time, the forest with the interval as one of its columns. Complexity is chosen
out of fold by the log likelihood, the baselines are refitted so that expected equals observed, and
the log cumulative hazard is recalibrated. Survival and competing risks are made of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import Timed
from dashboard.learning import widths
from dashboard.learning.boosting import Growth, Rows, grow, staged_trees
from dashboard.learning.chance import DISAGREEMENT, DISAGREEMENT_APART, lean_of, leaning
from dashboard.learning.intervals import Intervals
from dashboard.learning.parts import Parts
from dashboard.learning.posterior import Posterior
from dashboard.learning.recalibration import UNCHANGED, Recalibration, recalibrate_hazards
from dashboard.learning.ridge import WHOLE, Fit, HazardRows, Prior, Way, fit_hazard
from dashboard.learning.selection import (
    MIDDLE,
    PRODUCTS,
    SPREADS,
    Complexity,
    priors,
    select,
    usual,
)
from dashboard.learning.trees import Forest, read_forest
from dashboard.learning.views import Fold, Prepared, Study, Views

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STAGES = (100, 200, 300)
TIME = "interval"
_DEVIATIONS_AT = (0.0, 0.03, 0.1, 0.25, 0.5, 0.75, 1.0)  # straight lines in between
CHANGE = 0.5  # prior spread of an effect's change with time, as a share of the effect's own
_WIDER = 1.25  # than for chances, measured against hidden truth by benchmarks/simulated_cohort.py
_CHANGE_SPREAD = 0.25  # of effects' change with time, for intervals
# The variance of log hazards that no record tells: people of the same record do not fare alike.
UNTOLD = 0.1
_ARRAYS = ("coefficients", "changing", "baseline", "offsets", "level", "centre")


@dataclass(frozen=True)
class HazardModel:
    """A fitted blend; rows come as `Views` of the encoding it was fitted in."""

    intervals: Intervals
    coefficients: Floats  # of the linear half's columns without the intercept
    changing: Floats  # of the descriptors, in proportion to the intervals' shape
    baseline: Floats  # log hazards of the linear half
    offsets: Floats  # log hazards that the forest's scores are added to
    level: Floats  # what is added to the blend so that expected equals observed
    centre: Floats
    posterior: Posterior  # of baseline, coefficients and changing, in that order
    forest: Forest
    forest_text: str
    recalibration: Recalibration
    complexity: Complexity

    def to_parts(self) -> Parts:
        """The model as text, arrays and settings."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        settings = {
            "recalibration": [self.recalibration.shift, self.recalibration.slope],
            "complexity": [self.complexity.spread, self.complexity.product, self.complexity.trees],
            "cuts": list(self.intervals.cuts),
            "horizon": self.intervals.horizon,
            "clock": [list(tick) for tick in self.intervals.clock],
        }
        if self.forest.lean:
            arrays["lean"] = self.forest.lean.to_array()
        return Parts(
            {"trees": self.forest_text}, {**arrays, **self.posterior.to_arrays()}, settings
        )

    @classmethod
    def from_parts(cls, parts: Parts, columns: tuple[str, ...]) -> HazardModel:
        """Read back what `to_parts` gave; `columns` are those of the tree half."""
        spread, product, trees = parts.settings["complexity"]
        text = parts.text("trees")
        cuts = tuple(map(float, parts.settings["cuts"]))
        clock = tuple((float(month), float(time)) for month, time in parts.settings["clock"])
        return cls(
            intervals=Intervals(cuts, float(parts.settings["horizon"]), clock),
            posterior=Posterior(parts.numbers("scale"), parts.numbers("directions")),
            forest=leaning(read_forest(text, (*columns, TIME)), parts),
            forest_text=text,
            recalibration=Recalibration(*map(float, parts.settings["recalibration"])),
            complexity=Complexity(float(spread), float(product), int(trees)),
            **{name: parts.numbers(name) for name in _ARRAYS},
        )

    def halves(self, views: Views) -> tuple[Floats, Floats]:
        """Log hazards (rows x intervals) of the linear and of the tree half."""
        return self._linear(views), self._trees(views)

    @property
    def patient_part(self) -> tuple[Floats, Posterior]:
        """The linear half without baseline and changes: what it says, and how unsure it is."""
        first = self.intervals.count
        own = slice(first, first + len(self.coefficients))
        return self.coefficients, self.posterior.part(own)

    def log_hazards(self, views: Views) -> Floats:
        """Log hazards of the blend, before recalibration."""
        linear, trees = self.halves(views)
        blended: Floats = (linear + trees) / 2 + self.level
        return blended

    def log_cumulative(self, views: Views, months: Floats) -> Floats:
        """Recalibrated log cumulative hazards, rows x months."""
        return self.to_log_cumulative(self.log_hazards(views), months)

    def to_log_cumulative(self, log_hazards: Floats, months: Floats) -> Floats:
        """The same from log hazards."""
        total = np.maximum(self.intervals.cumulative(log_hazards, months), 1e-300)
        return self.recalibration.apply(np.log(total))

    def with_deviation(self, views: Views, months: Floats) -> tuple[Floats, Floats]:
        """Recalibrated log cumulative hazards and their standard deviation, rows x months."""
        linear, trees = self.halves(views)
        blended = (linear + trees) / 2 + self.level
        apart = self._log_total(linear, months) - self._log_total(trees, months)
        knots = np.unique(np.quantile(months, _DEVIATIONS_AT))
        spread = self._posterior_deviations(views, blended, knots)
        between = np.array([np.interp(months, knots, row) for row in spread])
        deviation = self.recalibration.slope * np.hypot(between, DISAGREEMENT * apart)
        return self.to_log_cumulative(blended, months), np.hypot(deviation, np.sqrt(UNTOLD))

    def _log_total(self, log_hazards: Floats, months: Floats) -> Floats:
        return np.log(np.maximum(self.intervals.cumulative(log_hazards, months), 1e-300))

    def _posterior_deviations(self, views: Views, log_hazards: Floats, knots: Floats) -> Floats:
        """By the delta method: each interval's share of the cumulative hazard until each month.

        What does not change with the month is multiplied out once: rows x months.
        """
        count, width = self.intervals.count, len(self.coefficients)
        whole = self.posterior
        early, late = slice(0, count), slice(count + width, None)
        steady = whole.part(slice(count, count + width)).spread_of(views.linear[:, 1:])
        moving = whole.part(late).spread_of(descriptors_of(views, len(self.changing)))
        found = np.empty((len(views.trees), len(knots)))
        for place, month in enumerate(knots):
            share = self._shares(log_hazards, month)
            pace = (share @ self.intervals.shape)[:, None]
            start = whole.part(early).spread_of(share)
            found[:, place] = start.plus(steady).plus(moving.times(pace)).deviation()
        return found

    def _shares(self, log_hazards: Floats, month: float) -> Floats:
        """Each interval's share of the cumulative hazard until a month."""
        parts = np.exp(log_hazards) * self.intervals.exposure(np.array([max(month, 1e-6)]))
        shares: Floats = parts / parts.sum(axis=1, keepdims=True)
        return shares

    def _posterior_rows(self, views: Views, log_hazards: Floats, month: float) -> Floats:
        share = self._shares(log_hazards, month)
        moving = descriptors_of(views, len(self.changing)) * (share @ self.intervals.shape)[:, None]
        return np.hstack([share, views.linear[:, 1:], moving])

    def covariance(self, views: Views, month: float) -> Floats:
        """The covariance of the rows' log cumulative hazards at a month, for differences."""
        linear, trees = self.halves(views)
        blended, months = (linear + trees) / 2 + self.level, np.array([max(month, 1e-6)])
        apart = self._log_total(linear, months) - self._log_total(trees, months)
        apart = DISAGREEMENT_APART * apart
        rows = self._posterior_rows(views, blended, month)
        shared = np.outer(apart, apart)
        covariance: Floats = self.recalibration.slope**2 * (
            self.posterior.covariance(rows) + shared
        )
        return covariance

    def _linear(self, views: Views) -> Floats:
        fixed = views.linear[:, 1:] @ self.coefficients
        moving = descriptors_of(views, len(self.changing)) @ self.changing
        log_hazards: Floats = (
            self.baseline + fixed[:, None] + moving[:, None] * self.intervals.shape
        )
        return log_hazards

    def _trees(self, views: Views) -> Floats:
        scores = self.forest.crossed(views.trees, _intervals(self.intervals.count))
        log_hazards: Floats = scores + self.offsets
        return log_hazards

    def contributions(
        self, views: Views, linear_owner: Integers, tree_owner: Integers
    ) -> tuple[Floats, Floats]:
        """Baseline log hazards (intervals), and what each input adds: rows x intervals x inputs.

        The last but one column is the regimen itself, the last the change of effects with time.
        """
        count, rows = self.intervals.count, len(views.trees)
        inputs = int(max(linear_owner.max(initial=-1), tree_owner.max(initial=-1))) + 1
        expected, by_column = self.forest.contributions(over_time(views.trees, count))
        by_column = by_column.reshape(rows, count, -1) / 2
        added = np.zeros((rows, count, inputs + 2))
        owners = np.append(np.where(tree_owner < 0, inputs, tree_owner), inputs + 1)
        for column, owner in enumerate(owners):
            added[:, :, owner] += by_column[:, :, column]
        by_coefficient = (views.linear[:, 1:] - self.centre[1:]) * self.coefficients / 2
        for column, owner in enumerate(linear_owner[1:]):
            place = inputs if owner < 0 else int(owner)
            added[:, :, place] += by_coefficient[:, column, None]
        moving = descriptors_of(views, len(self.changing)) @ self.changing
        added[:, :, inputs] += moving[:, None] * self.intervals.shape / 2
        baseline = (
            self.baseline + self.centre[1:] @ self.coefficients + self.offsets + expected
        ) / 2 + self.level
        return baseline, added


def descriptors_of(views: Views, width: int) -> Floats:
    """The regimen's descriptors: the last columns of the tree half."""
    found: Floats = views.trees[:, views.trees.shape[1] - width :]
    return found


def over_time(trees: Floats, intervals: int) -> Floats:
    """Each row once an interval, the interval's position as a last column."""
    repeated = np.repeat(trees, intervals, axis=0)
    return np.column_stack([repeated, np.tile(np.arange(float(intervals)), len(trees))])


def _intervals(count: int) -> Floats:
    """The column that a row is crossed with to stand in every interval."""
    return np.arange(float(count))[:, None]


@dataclass(frozen=True, slots=True)
class HazardTrial:
    """How the blend did out of fold: recalibrated hazards row by row; NaN without an outcome."""

    log_hazards: Floats
    recalibrations: tuple[Recalibration, ...]  # one a fold, learnt on the others
    fold: Integers
    losses: Floats
    candidates: tuple[Complexity, ...]
    intervals: Intervals

    def log_cumulative(self, months: Floats) -> Floats:
        """Recalibrated log cumulative hazards out of fold, rows x months."""
        total = np.log(np.maximum(self.intervals.cumulative(self.log_hazards, months), 1e-300))
        shift = np.array([pair.shift for pair in self.recalibrations])[self.fold]
        slope = np.array([pair.slope for pair in self.recalibrations])[self.fold]
        recalibrated: Floats = shift[:, None] + slope[:, None] * total
        return recalibrated

    def log_cumulative_at(self, months: Floats) -> Floats:
        """The same for each row at its own month."""
        exposure = self.intervals.exposure(np.maximum(months, 1 / 60))
        total = np.log(np.maximum((np.exp(self.log_hazards) * exposure).sum(axis=1), 1e-300))
        shift = np.array([pair.shift for pair in self.recalibrations])[self.fold]
        slope = np.array([pair.slope for pair in self.recalibrations])[self.fold]
        recalibrated: Floats = shift + slope * total
        return recalibrated


def fit_time(study: Study, timed: Timed) -> tuple[HazardModel, HazardTrial]:
    """Fit the blend to a study's rows whose time is known."""
    intervals = Intervals.of(timed)
    rows = intervals.rows(timed)
    tried = priors(products=bool(study.whole.encoding.products))
    stages = staged_trees(STAGES, len(timed.months))
    candidates = tuple(Complexity(s, p, t) for s, p in tried for t in stages)
    hazards = np.full((len(candidates), len(timed.months), intervals.count), np.nan)
    for fold in study.folds:
        hazards[:, fold.held_out] = _fold_hazards(fold, rows, tried, stages)
    known = np.flatnonzero(timed.known)
    losses = -(rows.events[known] * hazards[:, known]).sum(axis=2) + (
        rows.exposure[known] * np.exp(hazards[:, known])
    ).sum(axis=2)
    of_fold, weight = study.fold[known], study.weight[known]
    choice = select(losses, of_fold, weight, usual(candidates, max(stages)))
    chosen = hazards[np.array(choice.by_fold)[study.fold], np.arange(len(study.fold))]
    trial = HazardTrial(
        chosen,
        tuple(
            _recalibrated(intervals, chosen, timed, study.weight, study.fold != f)
            for f in range(len(study.folds))
        ),
        study.fold,
        choice.mean_losses,
        candidates,
        intervals,
    )
    pair = _recalibrated(intervals, chosen, timed, study.weight, np.ones(len(chosen), dtype=bool))
    model = _fit_once(study.whole, rows, candidates[choice.best], intervals)
    return replace(model, recalibration=pair), trial


def fit_usual(study: Study, timed: Timed) -> HazardModel:
    """The blend as it usually is best, without a trial: for what only shares out another curve."""
    intervals = Intervals.of(timed)
    trees = max(staged_trees(STAGES, len(timed.months)))
    usual_one = Complexity(SPREADS[MIDDLE], PRODUCTS[MIDDLE], trees)
    return _fit_once(study.whole, intervals.rows(timed), usual_one, intervals)


def _recalibrated(
    intervals: Intervals,
    log_hazards: Floats,
    timed: Timed,
    weight: Floats,
    among: npt.NDArray[np.bool_],
) -> Recalibration:
    use = np.flatnonzero(among & timed.known)
    months = np.maximum(timed.months[use], 1 / 60)
    own = log_hazards[use]
    total = (np.exp(own) * intervals.exposure(months)).sum(axis=1)
    interval = np.searchsorted(np.array(intervals.cuts), months, side="left")
    at_end = own[np.arange(len(use)), interval]
    events = timed.event[use].astype(np.float64)
    return recalibrate_hazards(np.log(np.maximum(total, 1e-12)), at_end, events, weight[use])


def _fold_hazards(
    fold: Fold,
    rows: HazardRows,
    tried: tuple[tuple[float, float], ...],
    stages: tuple[int, ...],
) -> Floats:
    own = HazardRows(rows.exposure[fold.training], rows.events[fold.training], rows.shape)
    fits: list[Fit] = []
    for prior in tried:
        way = Way(fits[-1] if fits else None, rough=True)
        fits.append(fit_linear(fold.prepared, own, prior, way=way))
    ordinary = fits[tried.index((SPREADS[MIDDLE], PRODUCTS[MIDDLE]))]
    offsets, forest, _ = _grow(fold.prepared, own, max(stages), ordinary)
    times = _intervals(rows.exposure.shape[1])
    both = [
        forest.crossed_stages(views.trees, times, stages)
        for views in (fold.prepared.views, fold.views)
    ]
    staged = [tuple(scores + offsets for scores in pair) for pair in zip(*both, strict=True)]
    found: list[Floats] = []
    for fit in fits:
        linear = [_linear_hazards(v, fit, rows.shape) for v in (fold.prepared.views, fold.views)]
        for trees in staged:
            level = _level((linear[0] + trees[0]) / 2, own, fold.prepared.weight)
            found.append((linear[1] + trees[1]) / 2 + level)
    return np.array(found)


def _linear_hazards(views: Views, fit: Fit, shape: Floats) -> Floats:
    count, width = len(shape), views.linear.shape[1] - 1
    fixed = views.linear[:, 1:] @ fit.coefficients[count : count + width]
    changing = fit.coefficients[count + width :]
    moving = descriptors_of(views, len(changing)) @ changing
    log_hazards: Floats = fit.coefficients[:count] + fixed[:, None] + moving[:, None] * shape
    return log_hazards


def _level(log_hazards: Floats, rows: HazardRows, weight: Floats) -> Floats:
    """Per interval: what makes the expected events equal the observed ones."""
    expected = weight @ (rows.exposure * np.exp(log_hazards))
    level: Floats = np.log((weight @ rows.events + 0.5) / (expected + 0.5))
    return level


def fit_linear(
    prepared: Prepared,
    rows: HazardRows,
    prior: tuple[float, float],
    *,
    way: Way = WHOLE,
) -> Fit:
    """The linear half under one prior (spread, product)."""
    precision, signs = _prior(prepared, rows.exposure.shape[1], *prior)
    varying = descriptors_of(prepared.views, len(prepared.encoding.contract.descriptor_names))
    return fit_hazard(
        prepared.views.linear[:, 1:],
        varying,
        rows,
        Prior(precision, np.zeros_like(precision), signs),
        weights=prepared.weight,
        way=way,
    )


def _prior(
    prepared: Prepared, intervals: int, spread: float, product: float
) -> tuple[Floats, Floats]:
    encoding = prepared.encoding
    names = len(encoding.contract.descriptor_names)
    changing = np.full(names, (CHANGE * spread) ** -2.0)
    fixed = encoding.precision(spread, product)[1:]
    precision = np.concatenate([np.zeros(intervals), fixed, changing])
    signs = np.concatenate([np.zeros(intervals), encoding.signs("hazard")[1:], np.zeros(names)])
    return precision, signs


def _grow(
    prepared: Prepared, rows: HazardRows, trees: int, linear: Fit
) -> tuple[Floats, Forest, str]:
    """The forest over rows x intervals; also the log hazards its scores are added to.

    It starts from the effects that regimens have in the linear half.
    """
    count, copies = rows.exposure.shape[1], prepared.copies
    lean = lean_of(prepared.encoding, linear.coefficients[count:], prepared.copied_trees)
    starts = np.zeros(len(copies.patient)) if lean is None else lean.of(prepared.copied_trees)
    weight = copies.weight * prepared.weight[copies.patient]
    events = weight @ rows.events[copies.patient]
    exposure = (weight * np.exp(starts)) @ rows.exposure[copies.patient]
    offsets = np.log((events + 0.5) / (exposure + 0.01))
    copy, interval = np.nonzero(rows.exposure[copies.patient] > 0)
    patient = copies.patient[copy]
    training = Rows(
        np.column_stack([prepared.copied_trees[copy], interval.astype(np.float64)]),
        rows.events[patient, interval],
        patient,
        weight[copy],
        np.log(rows.exposure[patient, interval]) + offsets[interval] + starts[copy],
        None if lean is None else lean.and_nothing(),
    )
    forest, text = grow(
        training,
        (*prepared.encoding.tree_columns, TIME),
        Growth.of(trees, prepared.rows),
        objective="poisson",
        signs=[*prepared.encoding.tree_signs("hazard"), 0],
        seed=prepared.seed,
    )
    return offsets, forest, text


def _fit_once(
    prepared: Prepared, rows: HazardRows, complexity: Complexity, intervals: Intervals
) -> HazardModel:
    fit = fit_linear(prepared, rows, (complexity.spread, complexity.product))
    offsets, forest, text = _grow(prepared, rows, complexity.trees, fit)
    count, width = intervals.count, prepared.views.linear.shape[1] - 1
    wide = _width_precision(prepared, rows.exposure.shape[1], complexity, fit)
    model = HazardModel(
        intervals,
        fit.coefficients[count : count + width],
        fit.coefficients[count + width :],
        fit.coefficients[:count],
        offsets,
        np.zeros(count),
        prepared.views.linear.mean(axis=0),
        Posterior.of(fit.information, wide),
        forest,
        text,
        UNCHANGED,
        complexity,
    )
    level = _level(model.log_hazards(prepared.views), rows, prepared.weight)
    return replace(model, level=level)


def _width_precision(
    prepared: Prepared, intervals: int, complexity: Complexity, fit: Fit
) -> Floats:
    """The prior precision that intervals are taken from."""
    encoding = prepared.encoding
    names = len(encoding.contract.descriptor_names)
    usual_width = np.concatenate(
        [
            np.zeros(intervals),
            encoding.width_precision()[1:] / _WIDER**2,
            np.full(names, (CHANGE * _CHANGE_SPREAD * _WIDER) ** -2.0),
        ]
    )
    kinds = ["baseline"] * intervals + [*encoding.linear_kind[1:]] + [widths.CHANGE] * names
    precision, signs = _prior(prepared, intervals, complexity.spread, complexity.product)
    prior = Prior(precision, np.zeros_like(precision), signs)
    return widths.learnt_precision(fit, prior, usual_width, kinds=kinds, wider=widths.HAZARDS)
