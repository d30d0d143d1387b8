"""Many patients under every regimen, without intervals: what a batch is made of.

Gives the same numbers as `forecasting` (a test holds them together) at a thousandth of the cost:
what depends on the patient and what depends on the regimen are computed apart and joined by matrix
products, in the linear half by its products and in the forests leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import ChanceModel
from dashboard.learning.encoding import Encoding
from dashboard.learning.hazard import HazardModel
from dashboard.learning.posterior import Posterior
from dashboard.learning.response import ResponseHead
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import SurvivalHead, consistent, survival_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ENDPOINTS = ("pfs", "os")


@dataclass(frozen=True, slots=True)
class Scores:
    """Forecasts of patients x regimens; a head the bundle lacks is None."""

    response: Floats | None
    curves: dict[str, Floats]  # patients x regimens x horizons; NaN beyond a curve's own end
    inside: Flags  # whether each patient is like those of the cohort


@dataclass(frozen=True, slots=True)
class PatientRows:
    """The patients' own part of everything."""

    encoding: Encoding
    columns: Floats  # of the linear half, without intercept, regimens and products
    core: Floats
    trees: Floats

    @classmethod
    def of(cls, encoding: Encoding, values: Floats) -> PatientRows:
        """Lay out a matrix of the contract's inputs."""
        core, unknown = encoding.filled(values), np.isnan(values).astype(np.float64)
        columns = encoding.patient_columns(core, unknown)
        return cls(encoding, columns, core, encoding.tree_inputs(values))


def score(
    bundle: Bundle, values: Floats, regimens: Sequence[str], horizons: Sequence[float]
) -> Scores:
    """Forecast every patient of a matrix under every regimen at the horizons.

    Args:
        bundle: a trained bundle.
        values: patients x inputs, as the contract lays them out; NaN unknown.
        regimens: those the bundle can speak of.
        horizons: rising months.

    Raises:
        NotEnoughEvidence: the bundle can say nothing of a regimen.
    """
    descriptors = bundle.contract.describe(regimens)
    patients = PatientRows.of(bundle.encoding, values)
    response = cast("ResponseHead | None", bundle.heads.get("response"))
    months = np.array(horizons, dtype=np.float64)
    heads = {n: cast("SurvivalHead", bundle.heads[n]) for n in ENDPOINTS if n in bundle.heads}
    curves = {n: _survival(h.model, patients, descriptors, months) for n, h in heads.items()}
    if len(curves) == len(ENDPOINTS):
        both = months <= min(head.horizon for head in heads.values())
        pair = consistent(curves["pfs"][:, :, both], curves["os"][:, :, both])
        curves["pfs"][:, :, both], curves["os"][:, :, both] = pair
    for name, head in heads.items():
        curves[name][:, :, months > head.horizon] = np.nan
    chances = chances_of(response.objective, patients, descriptors) if response else None
    for outcome, figures in (("response", chances), *curves.items()):
        silent = [not bundle.speaks_of(outcome, name) for name in regimens]
        if figures is not None:
            figures[:, silent] = np.nan  # never recorded under such a regimen
    return Scores(
        chances,
        curves,
        bundle.support.inside(patients.core),
    )


def linear_scores(
    patients: PatientRows, coefficients: Floats, intercept: float, descriptors: Floats
) -> Floats:
    """The linear half's scores: patients x regimens; coefficients without the intercept."""
    width, count = patients.columns.shape[1], descriptors.shape[1]
    own = patients.columns @ coefficients[:width] + intercept
    under = descriptors @ coefficients[width : width + count]
    products = np.zeros((count, patients.core.shape[1]))
    if patients.encoding.products:
        left, right = patients.encoding.product_places
        products[left, right] = coefficients[width + count :]
    joined: Floats = own[:, None] + under + patients.core @ (descriptors @ products).T
    return joined


def uncertain_scores(posterior: Posterior, patients: PatientRows, descriptors: Floats) -> Floats:
    """The variance of each regimen's linear score that unsure coefficients make of unsure columns.

    The same as the posterior's own (`covariance_over`) of all rows laid out: one a regimen.

    Args:
        posterior: of the linear half's columns without the intercept.
        patients: one patient as he may be, a row a draw.
        descriptors: of the regimens.
    """
    columns, core = (each - each.mean(axis=0) for each in (patients.columns, patients.core))
    width, count = columns.shape[1], descriptors.shape[1]
    scale, told = posterior.scale, posterior.directions
    own = columns * scale[:width]
    prior = np.full(len(descriptors), (own**2).sum())
    explained = np.repeat((own @ told[:width])[None], len(descriptors), axis=0)
    if patients.encoding.products:
        left, right = patients.encoding.product_places
        weighted = core[:, right] * scale[width + count :]
        prior += descriptors[:, left] ** 2 @ (weighted**2).sum(axis=0)
        for place in np.unique(left):
            among = left == place
            part = weighted[:, among] @ told[width + count :][among]
            under = np.flatnonzero(descriptors[:, place])
            explained[under] += descriptors[under, place, None, None] * part
    variance: Floats = np.maximum(prior - (explained**2).sum(axis=(1, 2)), 0.0) / len(columns)
    return variance


def chances_of(model: ChanceModel, patients: PatientRows, descriptors: Floats) -> Floats:
    """The chances of every patient under every regimen."""
    linear = linear_scores(
        patients, model.coefficients[1:], float(model.coefficients[0]), descriptors
    )
    trees = model.forest.crossed(patients.trees, descriptors)
    return sigmoid(model.recalibration.apply((linear + trees) / 2))


def _survival(
    model: HazardModel, patients: PatientRows, descriptors: Floats, months: Floats
) -> Floats:
    intervals = model.intervals.count
    fixed = linear_scores(patients, model.coefficients, 0.0, descriptors)
    moving = (descriptors @ model.changing)[:, None] * model.intervals.shape
    contexts = np.hstack(
        [
            np.repeat(descriptors, intervals, axis=0),
            np.tile(np.arange(float(intervals)), len(descriptors))[:, None],
        ]
    )
    trees = model.forest.crossed(patients.trees, contexts).reshape(len(fixed), -1, intervals)
    log_hazards = (model.baseline + fixed[:, :, None] + moving + trees + model.offsets) / 2
    log_hazards += model.level
    total = np.exp(log_hazards) @ model.intervals.exposure(months).T
    return survival_of(model.recalibration.apply(np.log(np.maximum(total, 1e-300))))
