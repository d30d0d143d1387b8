"""The blend for a yes-or-no outcome: hierarchical ridge and small forest, averaged in log-odds.

Fits both halves, chooses their complexity out of fold, recalibrates on the same predictions, and
answers with a log-odds, its uncertainty (the ridge's posterior plus a part of what the halves
disagree), and what each input contributed. Response and toxicity heads are made of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.learning.boosting import Growth, Rows, grow, staged_trees
from dashboard.learning.encoding import Direction, Encoding
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.parts import Parts
from dashboard.learning.posterior import Posterior
from dashboard.learning.recalibration import UNCHANGED, Recalibration, recalibrate_chances
from dashboard.learning.ridge import WHOLE, Fit, Prior, Way, fit_logistic
from dashboard.learning.selection import (
    MIDDLE,
    PRODUCTS,
    SPREADS,
    STAGES,
    Complexity,
    priors,
    select,
    usual,
)
from dashboard.learning.trees import Forest, Lean, read_forest
from dashboard.learning.views import Fold, Prepared, Study, Views
from dashboard.learning.widths import CHANCES, learnt_precision

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

REGIMEN_OWNER = -2
# The parts of the halves' disagreement that count as one standard deviation, of one forecast and
# of the difference of two; measured against hidden truth by benchmarks/simulated_cohort.py.
DISAGREEMENT = 0.5
DISAGREEMENT_APART = 0.8


@dataclass(frozen=True)
class ChanceModel:
    """A fitted blend; rows come as `Views` of the encoding it was fitted in."""

    coefficients: Floats
    centre: Floats  # the average training row of the linear half
    posterior: Posterior
    forest: Forest
    forest_text: str
    recalibration: Recalibration
    complexity: Complexity

    def to_parts(self) -> Parts:
        """The model as text, arrays and settings."""
        arrays = {"coefficients": self.coefficients, "centre": self.centre}
        settings = {
            "recalibration": [self.recalibration.shift, self.recalibration.slope],
            "complexity": [self.complexity.spread, self.complexity.product, self.complexity.trees],
        }
        if self.forest.lean:
            arrays["lean"] = self.forest.lean.to_array()
        return Parts(
            {"trees": self.forest_text}, {**arrays, **self.posterior.to_arrays()}, settings
        )

    @classmethod
    def from_parts(cls, parts: Parts, columns: tuple[str, ...]) -> ChanceModel:
        """Read back what `to_parts` gave; `columns` are those of the tree half."""
        spread, product, trees = parts.settings["complexity"]
        text = parts.text("trees")
        return cls(
            parts.numbers("coefficients"),
            parts.numbers("centre"),
            Posterior(parts.numbers("scale"), parts.numbers("directions")),
            leaning(read_forest(text, columns), parts),
            text,
            Recalibration(*map(float, parts.settings["recalibration"])),
            Complexity(float(spread), float(product), int(trees)),
        )

    def halves(self, views: Views) -> tuple[Floats, Floats]:
        """Log-odds of the linear and of the tree half, before recalibration."""
        return views.linear @ self.coefficients, self.forest.predict(views.trees)

    @property
    def patient_part(self) -> tuple[Floats, Posterior]:
        """The linear half without its intercept: what it says, and how unsure it is."""
        return self.coefficients[1:], self.posterior.part(slice(1, None))

    def log_odds(self, views: Views) -> Floats:
        """Log-odds of the blend."""
        linear, trees = self.halves(views)
        return self.recalibration.apply((linear + trees) / 2)

    def with_deviation(self, views: Views) -> tuple[Floats, Floats]:
        """Log-odds of the blend and their standard deviation, for intervals."""
        linear, trees = self.halves(views)
        apart = DISAGREEMENT * np.abs(linear - trees)
        deviation = np.hypot(self.posterior.deviation(views.linear), apart)
        middle = self.recalibration.apply((linear + trees) / 2)
        return middle, self.recalibration.slope * deviation

    def covariance(self, views: Views) -> Floats:
        """The covariance of the rows' log-odds with each other, for differences.

        What the halves disagree about is taken as one shared error, so that a disagreement on the
        patient cancels between two regimens and one on the regimens does not.
        """
        linear, trees = self.halves(views)
        apart = DISAGREEMENT_APART * (linear - trees)
        posterior = self.posterior.covariance(views.linear)
        covariance: Floats = self.recalibration.slope**2 * (posterior + np.outer(apart, apart))
        return covariance

    def effect_deviations(
        self, views: Views, linear_owner: npt.NDArray[np.int64], tree_owner: npt.NDArray[np.int64]
    ) -> Floats:
        """The standard deviation of each input's contribution, laid out as `contributions`."""
        centred = views.linear - self.centre
        linear = by_owner(centred * self.coefficients, linear_owner)
        trees = by_owner(self.forest.contributions(views.trees)[1], tree_owner, linear.shape[1])
        apart = DISAGREEMENT * (linear - trees)
        owners = [*range(linear.shape[1] - 1), REGIMEN_OWNER]
        own = [self.posterior.deviation(centred * (linear_owner == owner)) for owner in owners]
        return self.recalibration.slope * np.hypot(np.column_stack(own), apart)

    def contributions(
        self, views: Views, linear_owner: npt.NDArray[np.int64], tree_owner: npt.NDArray[np.int64]
    ) -> tuple[float, Floats]:
        """Baseline log-odds, and what each input adds; the last column is the regimen itself."""
        slope = self.recalibration.slope
        expected, by_column = self.forest.contributions(views.trees)
        by_coefficient = (views.linear - self.centre) * self.coefficients
        linear = by_owner(by_coefficient, linear_owner)
        added = slope * (linear + by_owner(by_column, tree_owner, linear.shape[1])) / 2
        baseline = self.recalibration.apply(
            np.array([(float(self.centre @ self.coefficients) + expected) / 2])
        )
        return float(baseline[0]), added


def by_owner(columns: Floats, owner: npt.NDArray[np.int64], width: int | None = None) -> Floats:
    """Columns added up by the input they belong to; the last column is the regimen itself."""
    inputs = int(owner.max(initial=-1)) + 1 if width is None else width - 1
    added = np.zeros((inputs + 1, len(columns)))
    place = np.where(owner == REGIMEN_OWNER, inputs, owner)
    kept = place >= 0  # the intercept is centred and adds nothing
    np.add.at(added, place[kept], columns[:, kept].T)
    return added.T


@dataclass(frozen=True, slots=True)
class ChanceTrial:
    """How the blend did out of fold, row by row; NaN where a row has no outcome."""

    log_odds: Floats  # recalibrated on the other folds
    answers: Floats
    losses: Floats  # mean loss of every candidate
    candidates: tuple[Complexity, ...]


def enough(answers: Floats) -> bool:
    """Whether there are enough patients of either answer to learn anything."""
    known = answers[~np.isnan(answers)]
    return bool(min((known > 0).sum(), (known <= 0).sum()) >= 2 * LEAST_GROUP)


@dataclass(frozen=True, slots=True)
class Aim:
    """Which declared directions hold, and what coefficients shrink towards (zero by default)."""

    direction: Direction = "response"
    mean: Floats | None = None
    near: Fit | None = None  # a fit to like answers, to start from


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried, and what is aimed at: in the whole cohort, and fold by fold if it differs."""

    stages: tuple[int, ...] = STAGES
    aim: Aim = Aim()
    aims: Sequence[Aim] = ()
    few_priors: bool = False  # in a large cohort: of what is forecast beside the outcome itself

    def at(self, fold: int) -> Aim:
        """What is aimed at in one fold."""
        return self.aims[fold] if self.aims else self.aim


def fit_chance(
    study: Study, answers: Floats, plan: Plan | None = None
) -> tuple[ChanceModel, ChanceTrial]:
    """Fit the blend to a study's rows whose answer is known."""
    plan = plan or Plan()
    known = ~np.isnan(answers)
    tried = priors(
        products=bool(study.whole.encoding.products), few=plan.few_priors and study.whole.large
    )
    stages = staged_trees(plan.stages, len(answers))
    candidates = tuple(Complexity(s, p, t) for s, p in tried for t in stages)
    scores = np.zeros((len(candidates), len(answers)))
    for number, fold in enumerate(study.folds):
        found = _fold_scores(fold, answers[fold.training], tried, stages, plan.at(number))
        scores[:, fold.held_out] = found
    rows = np.flatnonzero(known)
    target, weight, of_fold = answers[rows], study.weight[rows], study.fold[rows]
    losses = np.logaddexp(0.0, scores[:, rows]) - target * scores[:, rows]
    selection = select(losses, of_fold, weight, usual(candidates, max(stages)))
    chosen = selection.out_of_fold(scores[:, rows], of_fold)
    recalibrated = np.full(len(answers), np.nan)
    recalibrated[rows] = crossfit(chosen, target, weight, of_fold)
    pair = recalibrate_chances(chosen, target, weight)
    model = fit_at(
        study.whole, answers, candidates[selection.best], recalibration=pair, aim=plan.aim
    )
    return model, ChanceTrial(recalibrated, answers, selection.mean_losses, candidates)


def crossfit(scores: Floats, target: Floats, weight: Floats, fold: npt.NDArray[np.int64]) -> Floats:
    """Scores recalibrated fold by fold with what the other folds teach."""
    recalibrated = np.empty_like(scores)
    for f in np.unique(fold):
        others, own = fold != f, fold == f
        pair = recalibrate_chances(scores[others], target[others], weight[others])
        recalibrated[own] = pair.apply(scores[own])
    return recalibrated


def _fold_scores(
    fold: Fold,
    answers: Floats,
    tried: tuple[tuple[float, float], ...],
    stages: tuple[int, ...],
    aim: Aim,
) -> Floats:
    rows = LinearRows.known(fold.prepared, answers)
    fits: list[Fit] = []
    for prior in tried:
        way = Way(fits[-1] if fits else aim.near, rough=True)
        fits.append(fit_linear(rows, prior, aim=aim, way=way))
    ordinary = fits[tried.index((SPREADS[MIDDLE], PRODUCTS[MIDDLE]))]
    grown = Grown(fold.prepared, answers, max(stages), aim.direction, ordinary.coefficients)
    staged = grown.forest()[0].staged(fold.views.trees, stages)
    linear = [fold.views.linear @ fit.coefficients for fit in fits]
    return np.array([(own + trees) / 2 for own in linear for trees in staged])


@dataclass(frozen=True, slots=True)
class LinearRows:
    """What the linear half is fitted to: the rows whose answer is known."""

    encoding: Encoding
    design: Floats
    answers: Floats
    weights: Floats

    @classmethod
    def known(cls, prepared: Prepared, answers: Floats) -> LinearRows:
        """The rows whose answer is known."""
        rows = ~np.isnan(answers)
        design, weights = prepared.views.linear, prepared.weight
        if not rows.all():
            design, answers, weights = design[rows], answers[rows], weights[rows]
        return cls(prepared.encoding, design, answers, weights)


def fit_linear(
    rows: LinearRows,
    spread_and_product: tuple[float, float],
    *,
    aim: Aim | None = None,
    way: Way = WHOLE,
) -> Fit:
    """The linear half under one prior."""
    prior = _prior(rows.encoding, spread_and_product, aim or Aim())
    return fit_logistic(rows.design, rows.answers, prior, weights=rows.weights, way=way)


def _prior(encoding: Encoding, spread_and_product: tuple[float, float], aim: Aim) -> Prior:
    precision = encoding.precision(*spread_and_product)
    centre = np.zeros_like(precision) if aim.mean is None else aim.mean
    return Prior(precision, centre, encoding.signs(aim.direction))


@dataclass(frozen=True, slots=True)
class Grown:
    """What a forest is grown on, and the linear half whose effects of regimens it starts from."""

    prepared: Prepared
    answers: Floats
    trees: int
    direction: Direction
    coefficients: Floats

    def forest(self) -> tuple[Forest, str]:
        """The forest, and LightGBM's text of it."""
        prepared, copies = self.prepared, self.prepared.copies
        use = prepared.copies_among(~np.isnan(self.answers))
        patient = copies.patient[use]
        matrix, answers = prepared.copied_trees[use], self.answers[patient]
        weight = copies.weight[use] * prepared.weight[patient]
        start, lean = None, lean_of(prepared.encoding, self.coefficients[1:], matrix)
        if lean is not None:
            lean = replace(lean, base=_level(lean.of(matrix), answers, weight))
            start = lean.of(matrix)
        return grow(
            Rows(matrix, answers, patient, weight, start, lean),
            prepared.encoding.tree_columns,
            Growth.of(self.trees, prepared.rows),
            objective="binary",
            signs=prepared.encoding.tree_signs(self.direction),
            seed=prepared.seed,
        )


def lean_of(encoding: Encoding, coefficients: Floats, matrix: Floats) -> Lean | None:
    """The linear half's effects of regimens as columns of the trees; None without regimens.

    Args:
        encoding: of both halves.
        coefficients: of the linear half, without its intercept.
        matrix: the rows of the trees, whose means lie at no effect.
    """
    of_regimen = np.flatnonzero(encoding.linear_owner[1:] == REGIMEN_OWNER)
    if not len(of_regimen):
        return None
    slopes, centre = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    columns = np.flatnonzero(encoding.tree_owner == REGIMEN_OWNER)
    slopes[columns] = coefficients[of_regimen]
    centre[columns] = matrix[:, columns].mean(axis=0)
    return Lean(0.0, slopes, centre)


def leaning(forest: Forest, parts: Parts) -> Forest:
    """A forest read from its text with what it started from."""
    if "lean" not in parts.arrays:
        return forest
    return replace(forest, lean=Lean.from_array(parts.numbers("lean"), len(forest.columns)))


def _level(scores: Floats, answers: Floats, weight: Floats) -> float:
    """What has to be added to log-odds so that as many are expected as there are."""
    free = Prior.centred(np.zeros(1))
    ones = np.ones((len(scores), 1))
    fit = fit_logistic(ones, answers, free, weights=weight, offset=scores, way=Way(rough=True))
    return float(fit.coefficients[0])


def fit_at(
    prepared: Prepared,
    answers: Floats,
    complexity: Complexity,
    *,
    recalibration: Recalibration = UNCHANGED,
    aim: Aim | None = None,
) -> ChanceModel:
    """The blend at a complexity that was chosen before."""
    aim = aim or Aim()
    rows = LinearRows.known(prepared, answers)
    shrinking = (complexity.spread, complexity.product)
    fit = fit_linear(rows, shrinking, aim=aim, way=Way(aim.near))
    forest, text = Grown(
        prepared, answers, complexity.trees, aim.direction, fit.coefficients
    ).forest()
    encoding = prepared.encoding
    prior, usual_width = _prior(encoding, shrinking, aim), encoding.width_precision()
    wide = learnt_precision(fit, prior, usual_width, kinds=encoding.linear_kind, wider=CHANCES)
    return ChanceModel(
        fit.coefficients,
        prepared.views.linear.mean(axis=0),
        Posterior.of(fit.information, wide),
        forest,
        text,
        recalibration,
        complexity,
    )
