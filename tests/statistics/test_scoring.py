"""Many patients at once get the numbers that each would get alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.learning.forecasting import forecast
from dashboard.learning.scoring import score
from tests.statistics.worlds import REGIMENS, a_world, facts_of

HORIZONS = (6.0, 12.0, 24.0)


@pytest.fixture(scope="module")
def values(bundle):
    """Fresh patients, a fifth of their values unknown."""
    return bundle.contract.of_cohort(a_world(25, 77, missing=0.2).data)


def gaps(bundle, values, scores):
    """The largest difference from the forecasts of single patients, by what is forecast."""
    found = {"response": 0.0, "pfs": 0.0, "os": 0.0, "inside": 0.0}
    for row, patient in enumerate(values):
        for place, each in enumerate(forecast(bundle, facts_of(patient), REGIMENS).regimens):
            apart = {
                "response": each.response.p - scores.response[row, place],
                "inside": float(each.support.inside != scores.inside[row]),
            }
            for name in ("pfs", "os"):
                curve = getattr(each, name)
                shared = [month for month in HORIZONS if month <= curve.months[-1]]
                alone = [curve.at(month).p for month in shared]
                batch = scores.curves[name][row, place, : len(shared)]
                apart[name] = np.abs(alone - batch).max()
            found = {name: max(gap, abs(apart[name])) for name, gap in found.items()}
    return found


def test_scores_are_the_forecasts(bundle, values):
    """Response, both curves and support agree to the last digits."""
    found = gaps(bundle, values, score(bundle, values, REGIMENS, HORIZONS))
    assert max(found.values()) < 1e-9


def test_scores_of_a_model_without_products_would_be_noticed(bundle, values):
    """Broken twin: the products of regimen and input are left out."""
    model = bundle.heads["response"].objective
    owners = bundle.encoding.linear_kind
    bare = np.where([kind == "product" for kind in owners], 0.0, model.coefficients)
    broken = replace(bundle.heads["response"], objective=replace(model, coefficients=bare))
    heads = {**bundle.heads, "response": broken}
    found = gaps(bundle, values, score(replace(bundle, heads=heads), values, REGIMENS, HORIZONS))
    assert found["response"] > 1e-3


def test_crossing_rows_and_contexts_is_predicting_each_pair(bundle, values):
    """Leaf by leaf, the same sums as for every pair laid out."""
    forest = bundle.heads["response"].objective.forest
    rows = bundle.encoding.tree_inputs(values)
    contexts = bundle.contract.descriptors
    pairs = np.hstack([np.repeat(rows, len(contexts), axis=0), np.tile(contexts, (len(rows), 1))])
    np.testing.assert_allclose(
        forest.crossed(rows, contexts).ravel(), forest.predict(pairs), atol=1e-12
    )
