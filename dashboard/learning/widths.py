"""How wide the prior is that intervals are taken from: learnt from the cohort, sort by sort.

A coefficient's prior says how far the truth may lie where the data are silent. Of each sort of
column (what patients bring, bends, drug classes, regimens, products, changes with time) the cohort
tells how widely its effects spread: the spread under which the data would have been most probable
(MacKay's fixed point on the fit's own quadratic), held near the usual one where a sort has few
columns. A normal prior at its most probable spread is narrower than the truth, whose effects are
few and large: each sort is widened by a factor that is the same for every cohort. Nothing is
fitted or forecast here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import linalg

from dashboard.learning.ridge import Fit, Prior

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PRODUCT, CHANGE = "product", "change"
_SORTS: Mapping[str, str] = {
    "main": "patient",
    "level": "patient",
    "missing": "patient",
    "bend": "bend",
    "class": "class",
    "regimen": "regimen",
    PRODUCT: PRODUCT,
    CHANGE: CHANGE,
}
# Chosen against the hidden truth of all default cohorts at once (seed 1), judged on other seeds, by
# benchmarks/simulated_cohort.py.
CHANCES: Mapping[str, float] = {PRODUCT: 1.1}
HAZARDS: Mapping[str, float] = {
    "patient": 2.0,
    "class": 2.0,
    "regimen": 2.0,
    CHANGE: 2.0,
    PRODUCT: 1.6,
}
_ROUNDS, _SETTLED = 25, 0.02
_USUAL_COLUMNS = 5.0  # the usual spread counts as much as so many well-known coefficients
_VARIANCES = (0.02, 4.0)  # of the usual one: what a cohort may say
_LEAST_PRECISION = 1e-8


def learnt_precision(
    fit: Fit,
    prior: Prior,
    usual: Floats,
    *,
    kinds: Sequence[str],
    wider: Mapping[str, float],
) -> Floats:
    """The precision that intervals are taken from.

    Args:
        fit: of the linear half.
        prior: the one it was fitted with.
        usual: the precision of each coefficient where a cohort says nothing.
        kinds: what sort of column each coefficient belongs to; others keep the usual precision.
        wider: per sort of column, how much wider than the most probable spread.
    """
    sorts = np.array([_SORTS.get(kind, "") for kind in kinds])
    groups = {name: sorts == name for name in sorted(set(sorts)) if name}
    apart = fit.coefficients - prior.mean
    pulled = fit.information @ apart + prior.precision * apart
    share = np.ones(len(usual))  # of the usual variance
    for _ in range(_ROUNDS):
        before = share.copy()
        mean, kept = _posterior(fit.information, usual / share, pulled)
        for name, among in groups.items():
            expected = _USUAL_COLUMNS / wider.get(name, 1.0) ** 2
            told = float((usual[among] * mean[among] ** 2).sum())
            taught = float((1.0 - kept[among]).sum())
            found = (told + expected) / (taught + _USUAL_COLUMNS)
            share[among] = np.clip(found, *_VARIANCES)
        if np.abs(np.log(share / before)).max(initial=0.0) < _SETTLED:
            break
    factor = np.array([wider.get(name, 1.0) for name in sorts.tolist()])
    precision: Floats = usual / share / factor**2
    return precision


def _posterior(information: Floats, precision: Floats, pulled: Floats) -> tuple[Floats, Floats]:
    """The posterior mean, and per coefficient the share of its prior variance that is left."""
    held = np.maximum(precision, _LEAST_PRECISION)
    factor = linalg.cholesky(information + np.diag(held), lower=True)
    inverse, _ = linalg.lapack.dpotri(factor, lower=1)
    mean = linalg.cho_solve((factor, True), pulled)
    return mean, held * np.diag(inverse)
