"""What unsure effects make of unknown inputs, for all regimens at once, is the posterior's own."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.learning.encoding import fit_encoding
from dashboard.learning.matrix import contract_of
from dashboard.learning.posterior import Posterior
from dashboard.learning.scoring import PatientRows, uncertain_scores
from tests.statistics.worlds import a_world


@pytest.mark.parametrize("regimens", [("chemo", "io", "dual-io", "tki-chemo"), ("io",)])
def test_uncertain_scores_are_those_of_every_row_laid_out(regimens):
    """Regimen by regimen the same variance as of all its rows in the linear half."""
    data = a_world(300, 5, missing=0.1).data
    contract = contract_of(data)
    values = contract.of_cohort(data)
    given = contract.describe([data.regimens[r] for r in data.regimen])
    encoding, core = fit_encoding(contract, values, given)
    drawn = core[:20]
    known = np.zeros((len(drawn), values.shape[1]))
    patients = PatientRows(
        encoding, encoding.patient_columns(drawn, known), drawn, np.empty((len(drawn), 0))
    )
    width = len(encoding.linear_kind) - 1
    chance = np.random.default_rng(0)
    mixed = chance.normal(size=(3 * width, width))
    posterior = Posterior.of(mixed.T @ mixed / 10, np.full(width, 2.0))
    found = uncertain_scores(posterior, patients, contract.describe(regimens))
    for place, regimen in enumerate(regimens):
        under = np.repeat(contract.describe([regimen]), len(drawn), axis=0)
        rows = encoding.linear_of(drawn, known, under)[:, None, 1:]
        assert found[place] == pytest.approx(float(posterior.covariance_over(rows)[0, 0]))
