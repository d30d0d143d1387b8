"""The explanation of what happens in time: OS, PFS, and progression with death competing.

Chooses the models whose hazards matter, keeps PFS and OS consistent as the forecast does (only for
rows where the two curves would cross, so that others cost nothing), shares out, and says how sure
each share is. Which months are asked for, and what is said of the answer, is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import PROGRESSION
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.halves import Halves, hazard_baseline, hazard_halves
from dashboard.insight.paths import Shared, share_out
from dashboard.insight.readings import Consistent, Curve, Piece, Progressed, Survival
from dashboard.insight.stability import Leverage, hazard_leverage
from dashboard.learning.bundle import Bundle
from dashboard.learning.competing import CAUSES
from dashboard.learning.forecasting import STEP
from dashboard.learning.hazard import HazardModel
from dashboard.learning.survival import SurvivalHead
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CURVES = ("pfs", "os")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which months of a curve are needed, and how each number is read off them."""

    months: Floats
    weights: Floats  # sums x months


@dataclass(frozen=True, slots=True)
class SharedRows:
    """What was shared out for every row, in the caller's order."""

    baseline: Floats  # rows x sums
    output: Floats  # rows x sums
    effects: Floats  # rows x sums x parts
    leverages: tuple[Leverage, ...]  # of each model, for all rows


def horizon_of(bundle: Bundle, name: str) -> float:
    """The last month that can be asked for of a target.

    Raises:
        NotEnoughEvidence: the bundle was not trained for it.
    """
    needed = "pfs" if name == PROGRESSION else name
    if name not in bundle.heads or needed not in bundle.heads:
        raise NotEnoughEvidence(
            f"This bundle was not trained for {name}.",
            hint=f"It has {', '.join(bundle.heads)}.",
        )
    return float(grid(cast("SurvivalHead", bundle.heads[needed]))[-1])


def grid(head: SurvivalHead) -> Floats:
    """The months at which forecast curves are kept."""
    return np.arange(0.0, head.horizon + STEP / 2, STEP)


def asked_of(bundle: Bundle, name: str, months: Floats, scale_months: bool) -> Asked:
    """Lay out what is read off a curve: its value at months, or its area until them.

    Raises:
        NotEnoughEvidence: a month beyond what was observed, or no such target.
    """
    horizon = horizon_of(bundle, name)
    if not len(months) or not (np.all(months > 0) and np.all(months <= horizon)):
        raise NotEnoughEvidence(
            f"The cohort was followed for {horizon:g} months.",
            hint=f"Ask for a month from 0 to {horizon:g}.",
        )
    places = grid(cast("SurvivalHead", bundle.heads["pfs" if name == PROGRESSION else name]))
    weights = np.array([(_area if scale_months else _point)(places, m) for m in months])
    needed = np.flatnonzero(weights.any(axis=0))
    if name == PROGRESSION:
        needed = np.arange(needed[-1] + 1)
    return Asked(places[needed], weights[:, needed])


def _point(places: Floats, month: float) -> Floats:
    """A straight line between the grid's months."""
    after = min(int(np.searchsorted(places, month)), len(places) - 1)
    weights = np.zeros(len(places))
    before = max(after - 1, 0)
    share = (month - places[before]) / (places[after] - places[before]) if after else 1.0
    weights[before] += 1.0 - share
    weights[after] += share
    return weights


def _area(places: Floats, month: float) -> Floats:
    """Trapezoids between the grid's months, the last one cut at the month."""
    inside = places[places < month]
    steps = np.diff(np.append(inside, month))
    weights = np.zeros(len(places))
    weights[: len(inside)] += steps / 2
    weights[1 : len(inside)] += steps[:-1] / 2
    area: Floats = weights + steps[-1] / 2 * _point(places, month)
    return area


# ------------------------------------------------------------------------------------- sharing out


@dataclass(frozen=True, slots=True)
class _Scene:
    """A bundle's heads, the rows that are asked about, and what is asked."""

    bundle: Bundle
    views: Views
    asked: Asked
    name: str

    @property
    def first(self) -> str:
        """The head that the curve is read off, or event-free survival behind an incidence."""
        return "pfs" if self.name == PROGRESSION else self.name

    @property
    def other(self) -> str:
        """The head that the first is kept consistent with; empty where there is none."""
        other = "os" if self.first == "pfs" else "pfs"
        return other if other in self.bundle.heads else ""

    def model(self, name: str) -> HazardModel:
        """One model by its name."""
        if name in CURVES:
            return cast("SurvivalHead", self.bundle.heads[name]).model
        return cast("HazardModel", getattr(self.bundle.heads[PROGRESSION], name))

    def piece(self, name: str) -> Piece:
        """A model's cumulative hazards at the months that are needed."""
        model = self.model(name)
        return Piece(model.intervals.exposure(self.asked.months), model.recalibration)

    def names(self, *, consistent: bool) -> tuple[str, ...]:
        """The models needed, in the order of their log hazards."""
        causes = CAUSES if self.name == PROGRESSION else ()
        return (self.first, *((self.other,) if consistent else ()), *causes)

    def log_hazards(self) -> Floats:
        """Those of all the models that may matter, side by side for every row."""
        names = self.names(consistent=bool(self.other))
        return np.hstack([self.model(name).log_hazards(self.views) for name in names])

    def kept_consistent(self) -> Consistent:
        """The first curve kept consistent with the other."""
        ends = [grid(cast("SurvivalHead", self.bundle.heads[n]))[-1] for n in CURVES]
        return Consistent(
            Survival(self.piece(self.first)),
            Survival(self.piece(self.other)),
            self.asked.months <= min(ends),
            1 if self.first == "pfs" else -1,
            self.model(self.first).intervals.count,
        )

    def curve(self, *, consistent: bool) -> Curve:
        """What is asked for, of the log hazards of all the models needed."""
        free: Curve = Survival(self.piece(self.first))
        if consistent:
            free = self.kept_consistent()
        if self.name != PROGRESSION:
            return free
        counts = [self.model(n).intervals.count for n in self.names(consistent=consistent)]
        before = sum(counts[:-2])
        splits = before, before + counts[-2]
        progressed, died_first = (self.piece(cause) for cause in CAUSES)
        return Progressed(free, progressed, died_first, splits)


def share_curve(bundle: Bundle, views: Views, name: str, asked: Asked) -> SharedRows:
    """Share out what was asked of a curve, for every row."""
    scene = _Scene(bundle, views, asked, name)
    halves = hazard_halves(scene.model(scene.first), views, bundle.encoding)
    crossed = _crossing(scene, halves)
    return _joined(
        [
            _share_alike(scene, halves, np.flatnonzero(crossed == both), consistent=both)
            for both in (False, True)
            if (crossed == both).any()
        ]
    )


def read_curve(bundle: Bundle, views: Views, name: str, asked: Asked) -> Floats:
    """What was asked of a curve as it is forecast, for many rows: rows x sums."""
    scene = _Scene(bundle, views, asked, name)
    values = scene.curve(consistent=bool(scene.other)).values(scene.log_hazards())
    found: Floats = values @ asked.weights.T
    return found


def steep_models(
    bundle: Bundle, views: Views, name: str, asked: Asked
) -> tuple[tuple[HazardModel, Floats], ...]:
    """How the first number asked for moves with each model's log hazards: rows x intervals."""
    scene = _Scene(bundle, views, asked, name)
    names = scene.names(consistent=bool(scene.other))
    curve = scene.curve(consistent=bool(scene.other))
    slopes = curve.pull(scene.log_hazards(), asked.weights[:1])[:, 0]
    models = [scene.model(each) for each in names]
    ends = np.cumsum([model.intervals.count for model in models])
    return tuple(zip(models, np.split(slopes, ends[:-1], axis=1), strict=True))


def _crossing(scene: _Scene, halves: Halves) -> Flags:
    """Rows that are changed for consistency; all, if the average patient is."""
    ends = halves.baseline + halves.parts.sum(axis=2)
    if not scene.other:
        return np.zeros(len(ends), dtype=bool)
    other, curve = scene.model(scene.other), scene.kept_consistent()
    average = np.concatenate([halves.baseline, hazard_baseline(other)])
    others = other.log_hazards(scene.views)
    crossed: Flags = curve.crossed(np.hstack([ends, others])) | curve.crossed(average)
    return crossed


@dataclass(frozen=True, slots=True)
class _Alike:
    """Rows that need the same models, shared out."""

    rows: Integers
    shared: Shared
    leverages: tuple[Leverage, ...]


def _share_alike(scene: _Scene, first: Halves, rows: Integers, *, consistent: bool) -> _Alike:
    views, encoding = scene.views.take(rows), scene.bundle.encoding
    names = scene.names(consistent=consistent)
    halves = [first.take(rows)]
    halves += [hazard_halves(scene.model(name), views, encoding) for name in names[1:]]
    shared = share_out(
        np.concatenate([each.baseline for each in halves]),
        np.concatenate([each.parts for each in halves], axis=1),
        scene.curve(consistent=consistent),
        scene.asked.weights,
    )
    ends = np.cumsum([len(each.baseline) for each in halves])
    slopes = np.split(shared.slopes, ends[:-1], axis=2)
    leverages = [
        hazard_leverage(scene.model(name), own, views, encoding, slopes=slope)
        for name, own, slope in zip(names, halves, slopes, strict=True)
    ]
    return _Alike(rows, shared, tuple(leverages))


def _joined(found: Sequence[_Alike]) -> SharedRows:
    """Rows back in their order; a model that a row did not need has no leverage on it."""
    order = np.argsort(np.concatenate([each.rows for each in found]))

    def stacked(pieces: list[Floats]) -> Floats:
        joined: Floats = np.concatenate(pieces)[order]
        return joined

    models = {id(own.posterior): own for each in found for own in each.leverages}
    leverages: list[Leverage] = []
    for key, like in models.items():
        own = [next((o for o in f.leverages if id(o.posterior) == key), None) for f in found]
        rows, apart, steep = (
            stacked(
                [
                    getattr(o, name) if o else _none(getattr(like, name), f)
                    for o, f in zip(own, found, strict=True)
                ]
            )
            for name in ("rows", "apart", "steep")
        )
        leverages.append(replace(like, rows=rows, apart=apart, steep=steep))
    return SharedRows(
        stacked([np.repeat(f.shared.baseline[None], len(f.rows), axis=0) for f in found]),
        stacked([f.shared.output for f in found]),
        stacked([f.shared.effects for f in found]),
        tuple(leverages),
    )


def _none(like: Floats, found: _Alike) -> Floats:
    return np.zeros((len(found.rows), *like.shape[1:]))
