"""How the contract's matrix enters the two halves of a model.

The linear half sees standardised columns, smooth bends, missingness indicators and products of
regimen descriptors with the patient's columns, each with a prior scale (a hierarchy: main effects
widest, products narrower). The tree half sees the clipped values, levels as indicators, and the
descriptors. Both know which input every column belongs to, so that contributions add up per input.
Fitting coefficients is not done here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dashboard.knowledge.schema import Kind
from dashboard.learning.completion import Completion
from dashboard.learning.matrix import LEAST_GROUP, Contract, Input

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Direction = Literal["response", "no response", "hazard", ""]  # "" holds nothing

_KNOTS = (10.0, 50.0, 90.0)
_SKEWED = 1.5
_MISSING_BETWEEN = (0.02, 0.98)
_SCALES: Mapping[str, float] = {
    "main": 1.0,
    "bend": 0.5,
    "level": 2.0,  # levels are few patients each; a wide prior is pooled by the data
    "missing": 0.5,
    "class": 6.0,  # regimens differ far more than patients do: a log-odds apart is ordinary
    "regimen": 3.0,
    "product": 1.0,
}
_LEAST_CLASS_SPREAD = 0.2
_MOST_PRODUCTS = 400
# Measured against hidden truth by benchmarks/simulated_cohort.py, where 600 columns share it.
_WIDE_SPREAD, _WIDE_COLUMNS, _WIDE_PRODUCTS = 0.32, 150, 40
_WIDE_SPREADS, _WIDE_SHARES = (0.2, 0.32), (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """How one number becomes a standardised column, and where its bends are."""

    logged: bool
    shift: float
    mean: float
    spread: float
    knots: tuple[float, ...]

    def standard(self, values: Floats) -> Floats:
        """The standardised values."""
        raw = np.log(values + self.shift) if self.logged else values
        return (raw - self.mean) / self.spread


@dataclass(frozen=True)
class Encoding:
    """The linear half's columns and the tree half's columns of one contract."""

    contract: Contract
    axes: tuple[Axis, ...]  # one an input; levels of a category have none of their own
    completion: Completion
    indicators: tuple[int, ...]  # inputs whose missingness is a column of its own
    products: tuple[tuple[int, int], ...]  # (descriptor, core column)
    bend_centre: Floats
    levels_kept: Mapping[int, tuple[int, ...]]

    # ------------------------------------------------------------------ the columns of the patient

    @cached_property
    def core_input(self) -> Integers:
        """The input of each core column (one an input, or one a level of a category)."""
        owners = [
            i
            for i, each in enumerate(self.contract.inputs)
            for _ in (self.levels_kept[i] if each.kind is Kind.CATEGORY else (0,))
        ]
        return np.array(owners, dtype=np.int64)

    def core(self, values: Floats) -> Floats:
        """Standardised columns with NaN where unknown; values must be clipped."""
        return _core(self.contract.inputs, self.axes, self.levels_kept, values)

    def filled(self, values: Floats) -> Floats:
        """The core columns with unknowns at their conditional means."""
        return self.completion.fill(self.core(self.contract.clipped(values)))

    def patient_columns(self, core: Floats, unknown: Floats) -> Floats:
        """Main columns, bends and missingness indicators of complete core columns."""
        bends = _bends(self.contract.inputs, self.axes, core, self.core_input) - self.bend_centre
        return np.hstack([core, bends, unknown[:, list(self.indicators)]])

    # ------------------------------------------------------------------------- the linear half

    def linear(self, values: Floats, descriptors: Floats) -> Floats:
        """The linear half's design, one row a patient and regimen."""
        core = self.filled(values)
        return self.linear_of(core, np.isnan(values).astype(np.float64), descriptors)

    def linear_of(self, core: Floats, unknown: Floats, descriptors: Floats) -> Floats:
        """The same from complete core columns."""
        parts = [np.ones((len(core), 1)), self.patient_columns(core, unknown), descriptors]
        if self.products:
            left, right = self.product_places
            parts.append(descriptors[:, left] * core[:, right])
        return np.hstack(parts)

    @cached_property
    def product_places(self) -> Integers:
        """The descriptor and the core column of every product: two rows."""
        return np.array(self.products, dtype=np.int64).reshape(-1, 2).T

    @cached_property
    def linear_owner(self) -> Integers:
        """Per linear column: the input it belongs to; -1 intercept, -2 the regimen itself."""
        bends = [int(self.core_input[c]) for c, _, _ in self._bend_list]
        products = [int(self.core_input[c]) for _, c in self.products]
        regimen = [-2] * len(self.contract.descriptor_names)
        owners = [-1, *self.core_input, *bends, *self.indicators, *regimen, *products]
        return np.array(owners, dtype=np.int64)

    @cached_property
    def linear_kind(self) -> tuple[str, ...]:
        """What sort of column each linear column is."""
        inputs = self.contract.inputs
        core = ["level" if inputs[i].kind is Kind.CATEGORY else "main" for i in self.core_input]
        descriptors = [name.split(":")[0] for name in self.contract.descriptor_names]
        return (
            "intercept",
            *core,
            *["bend"] * len(self._bend_list),
            *["missing"] * len(self.indicators),
            *descriptors,
            *["product"] * len(self.products),
        )

    def precision(self, spread: float, product: float) -> Floats:
        """The prior precision of each linear column.

        Args:
            spread: prior standard deviation of a main effect per standard deviation.
            product: that of a product of regimen and input, as a share of `spread`.
        """
        scales = np.array([_SCALES.get(kind, np.inf) for kind in self.linear_kind])
        scales[[kind == "product" for kind in self.linear_kind]] *= product
        # Drug classes do not differ less where the facts of patients tell little.
        classes = [kind == "class" for kind in self.linear_kind]
        spreads = np.where(classes, max(spread, _LEAST_CLASS_SPREAD), spread)
        precision: Floats = np.where(np.isinf(scales), 0.0, (scales * spreads) ** -2.0)
        return precision

    def width_precision(self) -> Floats:
        """The prior precision that intervals are taken from: wider than what is fitted with.

        The more columns there are, the less of the spread each gets: what a prior says is how far
        whole scores spread, and that does not grow with the number of features.
        """
        columns, products = len(self.linear_kind), max(1, len(self.products))
        spread = _WIDE_SPREAD * np.sqrt(_WIDE_COLUMNS / columns)
        product = np.sqrt(_WIDE_PRODUCTS / products)
        return self.precision(
            float(np.clip(spread, *_WIDE_SPREADS)), float(np.clip(product, *_WIDE_SHARES))
        )

    def signs(self, direction: Direction) -> Floats:
        """Per linear column: the sign its coefficient is held to, 0 where it is free."""
        stated = np.array([_stated(each, direction) for each in self.contract.inputs] + [0, 0])
        signs: Floats = stated[self.linear_owner].astype(np.float64)
        signs[[kind == "missing" for kind in self.linear_kind]] = 0.0
        return signs

    @cached_property
    def _bend_list(self) -> list[tuple[int, float, float]]:
        return _bend_list(self.contract.inputs, self.axes, self.core_input)

    # --------------------------------------------------------------------------- the tree half

    @cached_property
    def tree_columns(self) -> tuple[str, ...]:
        """Names of the tree half's columns: inputs or their levels, then the descriptors."""
        names: list[str] = []
        for i, each in enumerate(self.contract.inputs):
            if each.kind is Kind.CATEGORY:
                names += [f"{each.id}={each.levels[level]}" for level in self.levels_kept[i]]
            else:
                names.append(each.id)
        return (*names, *self.contract.descriptor_names)

    @cached_property
    def tree_owner(self) -> Integers:
        """Per tree column: the input it belongs to; -2 the regimen itself."""
        regimen = [-2] * len(self.contract.descriptor_names)
        return np.array([*self.core_input, *regimen], dtype=np.int64)

    def tree_inputs(self, values: Floats) -> Floats:
        """The patient's part of the tree half's columns."""
        clipped = self.contract.clipped(values)
        parts: list[Floats] = []
        for i, each in enumerate(self.contract.inputs):
            column = clipped[:, i]
            if each.kind is Kind.CATEGORY:
                parts += [_indicator(column, level) for level in self.levels_kept[i]]
            else:
                parts.append(column)
        return np.column_stack(parts)

    def trees(self, values: Floats, descriptors: Floats) -> Floats:
        """The tree half's rows."""
        return np.hstack([self.tree_inputs(values), descriptors])

    def tree_signs(self, direction: Direction) -> list[int]:
        """Per tree column: the direction the trees are held to."""
        stated = [_stated(each, direction) for each in self.contract.inputs]
        kinds = [each.kind for each in self.contract.inputs]
        return [
            stated[i] if i >= 0 and kinds[i] is not Kind.CATEGORY else 0 for i in self.tree_owner
        ]

    # ------------------------------------------------------------------------------- to and from

    def to_arrays(self) -> dict[str, Floats]:
        """Everything fitted, as arrays for the bundle."""
        knots = np.full((len(self.axes), 4 + len(_KNOTS)), np.nan)
        for i, axis in enumerate(self.axes):
            knots[i, :4] = (axis.logged, axis.shift, axis.mean, axis.spread)
            knots[i, 4 : 4 + len(axis.knots)] = axis.knots
        kept = [(i, level) for i, levels in self.levels_kept.items() for level in levels]
        return {
            "axes": knots,
            "mean": self.completion.mean,
            "covariance": self.completion.covariance,
            "indicators": np.array(self.indicators, dtype=np.float64),
            "products": np.array(self.products, dtype=np.float64).reshape(-1, 2),
            "bend_centre": self.bend_centre,
            "levels": np.array(kept, dtype=np.float64).reshape(-1, 2),
        }

    @classmethod
    def from_arrays(cls, contract: Contract, arrays: Mapping[str, Any]) -> Encoding:
        """Read back what `to_arrays` gave."""
        axes = tuple(
            Axis(bool(row[0]), row[1], row[2], row[3], tuple(k for k in row[4:] if not np.isnan(k)))
            for row in arrays["axes"].tolist()
        )
        kept: dict[int, list[int]] = {
            i: [] for i, each in enumerate(contract.inputs) if each.kind is Kind.CATEGORY
        }
        for i, level in arrays["levels"]:
            kept[int(i)].append(int(level))
        return cls(
            contract,
            axes,
            Completion(arrays["mean"], arrays["covariance"]),
            tuple(int(i) for i in arrays["indicators"]),
            tuple((int(d), int(c)) for d, c in arrays["products"]),
            arrays["bend_centre"],
            {i: tuple(levels) for i, levels in kept.items()},
        )


def _stated(each: Input, direction: Direction) -> int:
    directions = {
        "response": each.monotone_response,
        "no response": -each.monotone_response,
        "hazard": each.monotone_hazard,
    }
    return directions.get(direction, 0)


# --------------------------------------------------------------------------------------- fitting


def fit_encoding(
    contract: Contract, values: Floats, descriptors: Floats, *, start: Completion | None = None
) -> tuple[Encoding, Floats]:
    """Fit standardisation, completion, bends and the choice of products to a cohort's matrix.

    Returns the encoding with the complete core columns of the matrix; `start` is the completion of
    a cohort of which these rows are a part, in the same columns.
    """
    clipped = contract.clipped(values)
    axes = tuple(_axis(each, clipped[:, i]) for i, each in enumerate(contract.inputs))
    kept = {
        i: _common_levels(each, clipped[:, i])
        for i, each in enumerate(contract.inputs)
        if each.kind is Kind.CATEGORY
    }
    core = _core(contract.inputs, axes, kept, clipped)
    fits = start is not None and len(start.mean) == core.shape[1]
    completion = Completion.fitted(core, start if fits else None)
    draft = Encoding(contract, axes, completion, (), (), np.zeros(0), kept)
    complete = completion.fill(core)
    bends = _bends(contract.inputs, axes, complete, draft.core_input)
    share = np.isnan(values).mean(axis=0)
    low, high = _MISSING_BETWEEN
    enough = np.minimum(share, 1 - share) * len(values) >= LEAST_GROUP
    encoding = Encoding(
        contract,
        axes,
        completion,
        tuple(np.flatnonzero((share > low) & (share < high) & enough).tolist()),
        _products(contract, complete, descriptors),
        bends.mean(axis=0),
        kept,
    )
    return encoding, complete


def _axis(each: Input, column: Floats) -> Axis:
    known = column[~np.isnan(column)]
    if each.kind is Kind.CATEGORY:
        return Axis(False, 0.0, 0.0, 1.0, ())
    logged, shift = False, 0.0
    if each.kind is Kind.NUMBER and known.min() >= 0 and _skewness(known) > _SKEWED:
        logged, shift = True, max(float(np.median(known)) / 4, 1e-3)
    raw = np.log(known + shift) if logged else known
    spread = float(raw.std()) or 1.0
    mean = float(raw.mean())
    knots: tuple[float, ...] = ()
    if each.kind is Kind.NUMBER:
        places = np.unique(np.round(np.percentile((raw - mean) / spread, _KNOTS), 3))
        knots = tuple(places.tolist()) if len(places) == len(_KNOTS) else ()
    return Axis(logged, shift, mean, spread, knots)


def _skewness(known: Floats) -> float:
    spread = known.std()
    return float(((known - known.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0


def _common_levels(each: Input, column: Floats) -> tuple[int, ...]:
    counts = np.bincount(column[~np.isnan(column)].astype(np.int64), minlength=len(each.levels))
    return tuple(np.flatnonzero(counts >= LEAST_GROUP).tolist())


def _indicator(column: Floats, level: int) -> Floats:
    return np.where(np.isnan(column), np.nan, (column == level).astype(np.float64))


def _core(
    inputs: tuple[Input, ...],
    axes: tuple[Axis, ...],
    kept: Mapping[int, tuple[int, ...]],
    clipped: Floats,
) -> Floats:
    parts: list[Floats] = []
    for i, each in enumerate(inputs):
        if each.kind is Kind.CATEGORY:
            parts += [_indicator(clipped[:, i], level) for level in kept[i]]
        else:
            parts.append(axes[i].standard(clipped[:, i]))
    return np.column_stack(parts) if parts else np.empty((len(clipped), 0))


def _bend_list(
    inputs: tuple[Input, ...], axes: tuple[Axis, ...], owner: Integers
) -> list[tuple[int, float, float]]:
    """Core column and segment of every bend: the slope may change between the knots."""
    return [
        (column, low, high)
        for column, i in enumerate(owner)
        if inputs[i].kind is Kind.NUMBER and axes[i].knots
        for low, high in zip(axes[i].knots[:-1], axes[i].knots[1:], strict=True)
    ]


def _bends(
    inputs: tuple[Input, ...], axes: tuple[Axis, ...], core: Floats, owner: Integers
) -> Floats:
    listed = _bend_list(inputs, axes, owner)
    columns = [_ramp(core[:, c], low, high) for c, low, high in listed]
    return np.column_stack(columns) if columns else np.empty((len(core), 0))


def _ramp(column: Floats, low: float, high: float) -> Floats:
    """Rises smoothly from 0 below the segment to its length above it."""
    place = np.clip((column - low) / (high - low), 0.0, 1.0)
    ramp: Floats = (high - low) * place**2 * (3 - 2 * place)
    return ramp


def _products(contract: Contract, core: Floats, descriptors: Floats) -> tuple[tuple[int, int], ...]:
    """The products of descriptor and input that enough patients inform, most informed first."""
    if not descriptors.shape[1]:
        return ()
    ranked: list[tuple[float, int, int]] = []
    for d in range(descriptors.shape[1]):
        inside = descriptors[:, d] > 0
        if min(inside.sum(), (~inside).sum()) < LEAST_GROUP:
            continue
        spread = core[inside].var(axis=0) * inside.sum()
        ranked += [(-float(s), d, c) for c, s in enumerate(spread) if s >= LEAST_GROUP / 4]
    classes = len(contract.class_names)
    ranked.sort(key=lambda item: (item[1] >= classes, item[0], item[1], item[2]))
    return tuple(sorted((d, c) for _, d, c in ranked[:_MOST_PRODUCTS]))
