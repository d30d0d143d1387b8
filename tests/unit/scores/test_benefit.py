"""PREDICT laid out: the course by year, and what each treatment adds, in order and order-free."""

import pytest

from dashboard.scores.benefit import YEARS, benefit_table, offered
from dashboard.scores.shelf import built_in_shelf

V3 = "predict-breast-v3-2"
EXAMPLES = built_in_shelf().score(V3).examples


def inputs(place=0, **changes):
    """A worked example's complete inputs."""
    result = built_in_shelf().evaluate(V3, {**EXAMPLES[place].inputs, **changes})
    return {used.id: used.value for used in result.used}


def test_course_adds_up_to_everybody():
    """Alive, dead of breast cancer and dead otherwise are 100 of 100 patients."""
    table = benefit_table(V3, inputs(), ["hormone", "chemotherapy"])
    assert [year.years for year in table.course] == list(YEARS)
    for year in table.course:
        assert year.alive + year.breast_deaths + year.other_deaths == pytest.approx(100)
        assert year.alive > year.alive_untreated


def test_course_without_treatment_is_the_worked_example():
    """The untreated ten years are the first example's digits."""
    ten = next(y for y in benefit_table(V3, inputs(), []).course if y.years == 10)
    assert ten.alive == ten.alive_untreated == pytest.approx(69.9336, abs=5e-5)


@pytest.mark.parametrize("years", YEARS)
def test_both_splits_add_up_to_the_joint_gain(years):
    """Whatever the order, the parts are the whole."""
    table = benefit_table(V3, inputs(), ["hormone", "chemotherapy", "radiotherapy"])
    course = next(year for year in table.course if year.years == years)
    held = [benefit for benefit in table.benefits if benefit.years == years]
    gain = course.alive - course.alive_untreated
    assert sum(b.in_order for b in held) == pytest.approx(gain)
    assert sum(b.order_free for b in held) == pytest.approx(gain)
    assert {b.treatment for b in held} == {"hormone", "chemotherapy", "radiotherapy"}


def test_the_splits_differ_where_treatments_share_their_gain():
    """Order-free is not the stepwise split under another name."""
    table = benefit_table(V3, inputs(), ["hormone", "chemotherapy"])
    assert any(abs(b.in_order - b.order_free) > 0.1 for b in table.benefits)


def test_generation_of_chemotherapy_matters():
    """The third generation adds more than the second."""
    second, third = (
        benefit_table(V3, inputs(), ["chemotherapy"], generation).benefits[0].order_free
        for generation in ("2", "3")
    )
    assert third > second > 0


def test_only_treatments_that_can_act_are_offered():
    """Hormones need the receptor, trastuzumab needs HER2; version 2.2 knows no radiotherapy."""
    assert "trastuzumab" not in offered(V3, {"er": "positive", "her2": "negative"})
    assert {"hormone", "extended_hormone"} <= set(offered(V3, {"er": "positive"}))
    assert "hormone" not in offered(V3, {"er": "negative", "her2": "positive"})
    assert "radiotherapy" not in offered("predict-breast-v2-2", {"er": "positive"})
