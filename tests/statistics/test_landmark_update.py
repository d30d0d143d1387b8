"""An update of one patient's forecast: what must hold whatever the response, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.curves import given_survived
from dashboard.answers.forecast import RegimenForecast
from dashboard.foundation.errors import NotEnoughEvidence, UserError
from dashboard.insight import landmark
from dashboard.learning.bundle import Bundle
from dashboard.learning.description import describe_bundle
from dashboard.learning.forecasting import forecast
from dashboard.learning.landmark import WIDTH, Effects, LandmarkModel
from tests.statistics.worlds import World, facts_of

MONTH = 3.0
HALF = -0.7


def effects(*answers: str, **by_kind: float) -> Effects:
    """Effects made up, each with a little doubt."""
    coefficients = np.zeros(WIDTH)
    for place, kind in enumerate(("progressed", "stable", "responded", "complete")):
        coefficients[place] = by_kind.get(kind, 0.0)
    return Effects(coefficients, 0.01 * np.eye(WIDTH), answers, (3.0, 6.0, 12.0))


@pytest.fixture
def moved(bundle: Bundle) -> Bundle:
    """The world's bundle with effects that are known: responders half the hazard, and so on."""
    model = LandmarkModel(
        {
            "pfs": effects("SD", "PR", "CR", stable=0.3, responded=HALF, complete=-0.4),
            "os": effects("PD", "SD", "PR", "CR", progressed=0.9, responded=HALF),
        },
        timed=True,
        graded=True,
    )
    return replace(bundle, landmark=model)


@pytest.fixture(scope="session")
def first(bundle: Bundle, world: World) -> RegimenForecast:
    """One patient's forecast before treatment."""
    return forecast(bundle, facts_of(world.complete[5]), ["io-chemo"]).regimens[0]


def test_without_a_response_the_update_is_the_forecast_by_time_alone(moved, first) -> None:
    """Nothing known, nothing moved: the curve divided by its value, band and all."""
    found = landmark.update(moved, first, month=MONTH)
    for updated, curve in ((found.pfs, first.pfs), (found.os, first.os)):
        plain = given_survived(curve, MONTH)
        for name in ("months", "probability", "low", "high"):
            np.testing.assert_array_equal(getattr(updated.now, name), getattr(plain, name))
            np.testing.assert_array_equal(getattr(updated.before, name), getattr(plain, name))
        assert updated.ratio is None
        assert not updated.change.value.any()


def test_effects_of_nothing_change_no_curve_and_widen_it_only(bundle, first) -> None:
    """An effect of zero leaves the curve, and its doubt widens the band."""
    none = LandmarkModel({"pfs": effects("PR")}, timed=True, graded=True)
    found = landmark.update(replace(bundle, landmark=none), first, month=MONTH, answer="PR")
    np.testing.assert_allclose(found.pfs.now.probability, found.pfs.before.probability)
    assert np.all(found.pfs.now.low[1:] < found.pfs.before.low[1:])
    assert np.all(found.pfs.now.high[1:] > found.pfs.before.high[1:])
    assert found.pfs.ratio.low < 1.0 < found.pfs.ratio.high


def test_a_response_halves_the_hazard_from_then_on(moved, first) -> None:
    """The cumulative hazard from the landmark on is the first one's times the effect."""
    found = landmark.update(moved, first, month=MONTH, answer="PR")
    hazards = [-np.log(curve.probability[1:]) for curve in (found.pfs.now, found.pfs.before)]
    np.testing.assert_allclose(hazards[0], np.exp(HALF) * hazards[1], rtol=1e-6)
    assert found.pfs.ratio.value == pytest.approx(np.exp(HALF))
    better = landmark.update(moved, first, month=MONTH, answer="CR")
    assert better.pfs.now.at(12).p > found.pfs.now.at(12).p > found.pfs.before.at(12).p


@pytest.mark.parametrize("answer", ["CR", "PR", "SD", "PD"])
@pytest.mark.parametrize("month", [3.0, 4.5, 12.0])
def test_updated_curves_fall_within_their_bands_and_in_order(moved, first, answer, month) -> None:
    """Curves fall from one, lie within their bands, PFS never above OS, and parts make a whole."""
    found = landmark.update(moved, first, month=month, answer=answer)
    for updated in (found.pfs, found.os):
        if updated is None:
            continue
        curve, change = updated.now, updated.change
        assert curve.probability[0] == curve.low[0] == curve.high[0] == 1.0
        for values in (curve.probability, curve.low, curve.high):
            assert np.all(np.diff(values) <= 1e-12)
        assert np.all((curve.low <= curve.probability) & (curve.probability <= curve.high))
        assert np.all((change.low <= change.value) & (change.value <= change.high))
        np.testing.assert_allclose(
            change.value, curve.probability - updated.before.probability, atol=1e-12
        )
    if answer == "PD":
        assert found.pfs is None
        assert found.progression is None
        return
    shared = min(len(found.pfs.now.months), len(found.os.now.months))
    for name in ("probability", "low", "high"):
        pfs, overall = (getattr(each.now, name)[:shared] for each in (found.pfs, found.os))
        assert np.all(pfs <= overall + 1e-12)
    parts = sum(found.progression.by_cause.values()) + found.progression.event_free
    np.testing.assert_allclose(parts, 1.0, atol=1e-9)
    for values in found.progression.by_cause.values():
        assert np.all(np.diff(values) >= -1e-12)


def test_curves_that_would_cross_meet_halfway(bundle, first) -> None:
    """Where the effects would lift PFS above OS, both give way and the order holds."""
    model = LandmarkModel(
        {"pfs": effects("PR", responded=-3.0), "os": effects("PR", responded=1.5)},
        timed=True,
        graded=True,
    )
    found = landmark.update(replace(bundle, landmark=model), first, month=MONTH, answer="PR")
    shared = min(len(found.pfs.now.months), len(found.os.now.months))
    apart = found.os.now.probability[:shared] - found.pfs.now.probability[:shared]
    assert np.all(apart >= -1e-12)
    assert apart.max() < 1e-9
    assert found.pfs.change.value[10] == pytest.approx(
        found.pfs.now.probability[10] - found.pfs.before.probability[10]
    )


def test_a_bundle_without_the_model_says_why(bundle, first) -> None:
    """A cohort without response has no update, and scope, update and card say so."""
    card = {**bundle.card, "landmark": {"absent": "The cohort records no response."}}
    without = replace(bundle, landmark=None, card=card)
    assert landmark.scope(without).months is None
    assert "records no response" in landmark.scope(without).why_not
    with pytest.raises(NotEnoughEvidence, match=r"no update at a landmark\. The cohort records no"):
        landmark.update(without, first, month=MONTH, answer="PR")
    limits = describe_bundle(without).limits
    assert any("No update at a landmark: The cohort records no response." in one for one in limits)
    assert describe_bundle(without).updates == ()


def test_a_month_or_response_that_cannot_be_asked_about_is_refused(moved, first) -> None:
    """Before the first landmark, after the last, and of no RECIST answer nothing is said."""
    for month in (1.0, 12.5):
        with pytest.raises(UserError, match=f"update at {month:g} months cannot be told"):
            landmark.update(moved, first, month=month, answer="PR")
    with pytest.raises(UserError, match="There is no response 'NE'"):
        landmark.update(moved, first, month=MONTH, answer="NE")
    short = replace(first, pfs=None, os=None)
    with pytest.raises(NotEnoughEvidence, match="Nothing is forecast beyond 3 months"):
        landmark.update(moved, short, month=MONTH, answer="PR")


def test_a_curve_that_ends_before_is_left_out_and_said(moved, first) -> None:
    """Where follow-up of one endpoint ends before the landmark, the other still answers."""
    early = first.pfs.months <= 2.5
    parts = (getattr(first.pfs, n)[early] for n in ("months", "probability", "low", "high"))
    found = landmark.update(
        moved, replace(first, pfs=type(first.pfs)(*parts)), month=MONTH, answer="PR"
    )
    assert found.pfs is None
    assert "Followed 2 months only: PFS." in found.cautions
    assert found.os is not None


def test_a_response_too_few_had_leaves_the_forecast_by_time(bundle, first) -> None:
    """An answer that hardly anybody had moves nothing, and it is said."""
    model = LandmarkModel({"pfs": effects("SD"), "os": effects("SD")}, timed=True, graded=True)
    found = landmark.update(replace(bundle, landmark=model), first, month=MONTH, answer="CR")
    assert found.pfs.ratio is None
    assert "Too few patients had CR by then: PFS by time alone." in found.cautions


def test_without_grades_both_responses_are_one(bundle, first) -> None:
    """A cohort of yes and no answers for CR and PR alike."""
    model = LandmarkModel({"pfs": effects("SD", "PR", responded=HALF)}, timed=True, graded=False)
    yes_or_no = replace(bundle, landmark=model)
    assert landmark.scope(yes_or_no).answers == ("CR", "PR", "SD")
    both = [
        landmark.update(yes_or_no, first, month=MONTH, answer=answer).pfs.now.probability
        for answer in ("CR", "PR")
    ]
    np.testing.assert_array_equal(both[0], both[1])


def test_what_training_learnt_is_told_with_its_limits(bundle, first) -> None:
    """The world tells no times of response: scope, card and every update say what that means."""
    known = landmark.scope(bundle)
    assert known.months is not None
    assert known.months[0] == 3.0
    assert not known.timed
    found = landmark.update(bundle, first, month=6.0, answer="PR")
    assert any("does not tell when a response was reached" in each for each in found.cautions)
    card = describe_bundle(bundle)
    assert any("takes it as known from month 3 on" in each for each in card.limits)
    assert {each.endpoint for each in card.updates} == {"pfs", "os"}
    assert [each.month for each in found.errors] == [6.0, 6.0]


def test_an_update_that_was_no_better_out_of_fold_says_so(moved, first) -> None:
    """Where knowing the response did not lower the error, whoever reads it is told."""
    row = {
        "month": 3.0, "n": 90, "ibs_time_alone": 0.1, "ibs_updated": 0.12, "gain": -0.02,
        "gain_error": 0.01,
    }  # fmt: skip
    worse = replace(moved, card={**moved.card, "landmark": {"pfs": {"landmarks": [row]}}})
    told = landmark.update(worse, first, month=MONTH, answer="PR").cautions
    assert any("did not make forecasts of PFS better out of fold" in each for each in told)
    assert not landmark.update(worse, first, month=MONTH).cautions
