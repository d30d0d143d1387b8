"""The gate before a personal ranking opens where choosing gains something, and not elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.learning.forecasting import forecast
from dashboard.learning.ranking import SURE, Judged, Rules, ranking_of
from tests.statistics.worlds import REGIMENS, a_world, facts_of

SIZE = 4000


def a_trial(modified: float, seed: int = 8) -> Rules:
    """A randomised choice of two regimens whose difference depends on the patient that much."""
    chance = np.random.default_rng(seed)
    marker = chance.normal(size=SIZE)
    true = 0.4 + np.column_stack([np.zeros(SIZE), 0.03 + modified * np.tanh(marker)])
    received = chance.integers(0, 2, SIZE)
    answers = (chance.random(SIZE) < true[np.arange(SIZE), received]).astype(float)
    noisy = true + chance.normal(0, 0.03, true.shape)
    return Rules(noisy, np.full(true.shape, 0.5), received, answers)


def judged(rules: Rules) -> Judged:
    """The gain of the personal rule over the second regimen for everybody."""
    gains = rules.gains(np.array([0.4, 0.43]))
    return Judged(len(gains), float(gains.mean()), float(gains.std() / np.sqrt(len(gains))))


def test_gate_opens_where_the_difference_depends_on_the_patient():
    """The gain is found, near its true size."""
    found = judged(a_trial(modified=0.2))
    assert found.open
    true = 0.2 * 0.27  # about half the patients gain a quarter by being given the other regimen
    assert found.gain == pytest.approx(true, abs=3 * found.error)


def test_gate_stays_closed_where_one_regimen_is_better_for_all():
    """Noise in the forecasts is not taken for personal differences."""
    found = [judged(a_trial(modified=0.0, seed=seed)) for seed in range(20)]
    assert sum(each.open for each in found) <= 4  # a tenth would open by chance


def test_gate_corrects_a_forecast_that_promises_too_much():
    """Broken twin: forecasts that rank backwards gain nothing, whatever they say themselves."""
    rules = a_trial(modified=0.2)
    backwards = replace(rules, chances=rules.chances[:, ::-1].copy())
    assert judged(backwards).gain < 0
    assert not judged(backwards).open


def test_regimens_that_patients_hardly_receive_are_no_choice():
    """A row with one real choice says nothing about choosing."""
    rules = a_trial(modified=0.2)
    rare = np.tile([0.99, 0.01], (SIZE, 1))
    assert len(replace(rules, propensity=rare).gains(np.array([0.4, 0.43]))) == 0


@pytest.mark.parametrize(
    ("kept", "personal", "words"),
    [
        ({"patients": 900, "gain": 0.05, "error": 0.02}, True, "gained +5.0 responses"),
        ({"patients": 900, "gain": 0.05, "error": 0.05 / SURE}, False, "within chance"),
        ({"patients": 40, "gain": 0.2, "error": 0.02}, False, "only 40 patients"),
        ({"judged": "No response was recorded."}, False, "No response was recorded."),
        ({}, False, "It was never judged."),
    ],
)
def test_gate_says_why(kept, personal, words):
    """Open or closed, with the gain and its error, in words for the board."""
    found = ranking_of(kept)
    assert found.personal is personal
    assert words in found.reason


def test_a_bundle_carries_its_gate(bundle):
    """Training judges it, and every forecast tells it."""
    kept = bundle.card["ranking"]
    assert kept["patients"] > 100
    assert kept["open"] == (kept["gain"] > SURE * kept["error"])
    facts = facts_of(a_world(5, 3, missing=0).complete[0])
    assert forecast(bundle, facts, REGIMENS).ranking == ranking_of(kept)
