"""A model's check of itself: it holds for a whole model, and each check notices its own fault."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.insight import self_check
from dashboard.insight.by_hand import Tree, trees_of
from dashboard.learning.forecasting import forecast
from tests.statistics.worlds import REGIMENS, facts_of


@pytest.fixture(scope="module")
def people(world):
    """Two patients."""
    return [facts_of(world.complete[place]) for place in (0, 3)]


@pytest.fixture(scope="module")
def forecasts(bundle, people):
    """Their forecasts."""
    return [forecast(bundle, facts, REGIMENS) for facts in people]


def with_model(bundle, name, **changes):
    """A bundle with one of its hazard models changed."""
    head = bundle.heads[name]
    return replace(
        bundle, heads={**bundle.heads, name: replace(head, model=replace(head.model, **changes))}
    )


def test_self_check_holds_for_a_whole_model(bundle, people):
    """Five checks, each with what it found; a regimen the model does not know is left out."""
    checks = list(self_check.checks_of(bundle, people, [*REGIMENS, "never-given"]))
    assert [check.name for check in checks if not check.holds] == []
    assert len(checks) == len({check.name for check in checks}) == 5
    assert all(check.found for check in checks)


def test_by_hand_notices_trees_that_are_not_those_written(bundle, people, forecasts):
    """A forecast from other trees than the text has is found out."""
    other = with_model(bundle, "os", forest_text=bundle.heads["pfs"].model.forest_text)
    assert not self_check.by_hand(other, people, forecasts, REGIMENS).holds
    assert not self_check.by_hand(bundle, [], [], REGIMENS).holds


@pytest.mark.parametrize("part", ["swapped", "rising", "outside", "whole"])
def test_invariants_notice_what_may_not_be(forecasts, part):
    """Curves exchanged, rising or outside their band, and answers that are no whole."""
    found = forecasts[0]
    each = found.regimens[0]
    rising = replace(each.os, probability=each.os.probability[::-1].copy())
    broken = {
        "swapped": replace(each, os=each.pfs, pfs=each.os),
        "rising": replace(each, os=rising),
        "outside": replace(each, os=replace(each.os, high=each.os.low)),
        "whole": replace(each, recist={**each.recist, "CR": 0.9}),
    }[part]
    told = self_check.invariants([replace(found, regimens=(broken, *found.regimens[1:]))])
    assert not told.holds
    assert each.regimen in told.found
    assert self_check.invariants(forecasts).holds


def test_again_notices_a_forecast_of_another(bundle, people, forecasts):
    """The forecasts of two patients exchanged are not the same answers."""
    assert not self_check.again(bundle, people, forecasts[::-1], REGIMENS).holds


def test_trees_are_read_as_they_were_written():
    """Both ways at a split, a missing value by its rule, and a tree that is one leaf."""
    text = (
        "Tree=0\nnum_leaves=2\nsplit_feature=1\nthreshold=0.5\ndecision_type=10\nleft_child=-1\n"
        "right_child=-2\nleaf_value=1 2\nshrinkage=1\n\nTree=1\nleaf_value=7\nshrinkage=1\n"
    )
    first, second = trees_of(text)
    assert [first.value([9.0, x]) for x in (0.5, 0.6, np.nan)] == [1, 2, 1]
    assert second.value([0.0]) == 7
    as_zero = Tree([0], [-1.0], [0], [-1], [-2], [1.0, 2.0])
    assert as_zero.value([np.nan]) == 2
    with pytest.raises(ValueError, match="without leaves"):
        trees_of("Tree=0\nnum_leaves=1\nshrinkage=1\n")
