"""Nine hundred real patients, where somebody has put them: read, trained, judged, forecast."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.real_data import ABSENT, real_cohort, real_table
from dashboard.learning.chance import fit_chance
from dashboard.learning.evaluation import auc, calibration_error, calibration_line
from dashboard.learning.matrix import contract_of
from dashboard.learning.ridge import sigmoid
from dashboard.learning.views import prepare_study

pytestmark = pytest.mark.skipif(real_table() is None, reason=ABSENT)


def test_the_real_cohort_is_read_whole():
    """Every row, every described column; deaths and progressions as published."""
    data = real_cohort()
    assert data.size == data.rows_read == 964
    assert data.findings == ()
    assert data.ignored == ("Year of ICI treatment start",)
    assert int(data.response.codes.sum()) == 282
    assert int(data.timed["os"].event.sum()) == 621
    assert int(data.timed["pfs"].event.sum()) == 813
    assert contract_of(data).regimens == ("anti-pd1", "anti-pd1-ctla4")


def test_response_is_ranked_and_calibrated_out_of_fold():
    """One round of five folds; three standard errors below the promise of many rounds."""
    data = real_cohort()
    study, used = prepare_study(data, contract_of(data), seed=0)
    _, trial = fit_chance(study, used.response.codes)
    p, answers = sigmoid(trial.log_odds), used.response.codes
    by_fold = [auc(p[study.fold == f], answers[study.fold == f]) for f in range(5)]
    assert np.mean(by_fold) > 0.70
    slope, intercept = calibration_line(p, answers)
    assert slope == pytest.approx(1, abs=0.2)
    assert intercept == pytest.approx(0, abs=0.05)
    assert calibration_error(p, answers) < 0.06
