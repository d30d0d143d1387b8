"""The plain models in the card: they find what is there, the right way round, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.columns import Timed
from dashboard.learning import glass_box
from dashboard.learning.description import describe_bundle
from dashboard.learning.matrix import contract_of
from dashboard.learning.views import prepare_study


@pytest.fixture(scope="module")
def prepared(world):
    """The world as it is trained on, with each row's regimen."""
    study, used = prepare_study(world.data, contract_of(world.data), seed=3)
    return study, used


def ratios(study, timed, regimen):
    """Hazard ratio by feature."""
    return {row["feature"]: row for row in glass_box.hazard_ratios(study, timed, regimen)}


def test_plain_regression_finds_the_direction_of_every_true_effect(prepared):
    """Albumin protects, a worse performance status harms, and the interval of noise holds one."""
    study, used = prepared
    found = ratios(study, used.timed["os"], used.regimen)
    assert found["albumin"]["high"] < 1
    assert found["ecog"]["low"] > 1
    assert found["noise"]["low"] < 1 < found["noise"]["high"]
    assert found["ecog"]["words"] == "ECOG: one step more"


def test_plain_regression_finds_nothing_where_the_times_are_shuffled(prepared):
    """The broken twin: with somebody else's survival no effect is sure."""
    study, used = prepared
    timed = used.timed["os"]
    order = np.random.default_rng(5).permutation(len(timed.months))
    found = ratios(study, Timed(timed.months[order], timed.event[order]), used.regimen)
    sure = [name for name, row in found.items() if row["low"] > 1 or row["high"] < 1]
    assert len(sure) <= 3
    assert found["albumin"]["high"] > 0.85


def test_plain_regression_says_nothing_with_too_few_events(prepared):
    """Fewer than two events a column give no ratios, not wild ones."""
    study, used = prepared
    timed = used.timed["os"]
    none = Timed(timed.months, np.zeros_like(timed.event))
    assert glass_box.hazard_ratios(study, none, used.regimen) == []


def test_card_shows_ratios_and_what_moves_response(bundle):
    """The card has both plain models; facts come by how much they move the chance."""
    card = describe_bundle(bundle)
    assert {"os", "pfs"} <= set(card.plain)
    assert all(effect.low <= effect.ratio <= effect.high for effect in card.plain["os"])
    points = [share for _, share in card.moved]
    assert points == sorted(points, reverse=True)
    names = [name for name, _ in card.moved]
    assert names.index("pdl1") < 4
    assert "regimen" in names
