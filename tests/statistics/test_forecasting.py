"""Forecasts of one patient under all regimens: consistent, honest about what is unknown, quick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.forecasting import forecast
from dashboard.learning.matrix import InputRefused
from dashboard.learning.scoring import score
from tests.effort import effort
from tests.statistics.worlds import CLASSES, REGIMENS, a_world, facts_of


@pytest.fixture(scope="module")
def facts() -> dict[str, float | bool | str]:
    """A patient with everything known."""
    return facts_of(a_world(20, 501, missing=0).complete[4])


def test_everything_is_forecast_for_every_regimen(bundle, facts):
    """Chances, curves, incidences and toxicities, in the order asked."""
    found = forecast(bundle, facts, REGIMENS, fingerprint="abc")
    assert tuple(each.regimen for each in found.regimens) == REGIMENS
    assert (found.patient_fingerprint, found.disease) == ("abc", "world")
    assert found.missing == ()
    for each in found.regimens:
        assert each.response.low < each.response.p < each.response.high
        assert sum(each.recist.values()) == pytest.approx(1)
        assert each.recist["CR"] + each.recist["PR"] == pytest.approx(each.response.p)
        assert set(each.toxicities) == {"hepatic", "skin"}
        assert each.os.at(12).low < each.os.at(12).p < each.os.at(12).high
        assert each.support.inside


def test_curves_agree_with_each_other(bundle):
    """PFS below OS, bands around their curve, incidences filling up what PFS leaves."""
    world = a_world(40, 502, missing=0.2)
    for row in bundle.contract.of_cohort(world.data):
        for each in forecast(bundle, facts_of(row), REGIMENS).regimens:
            shared = min(len(each.pfs.months), len(each.os.months))
            for name in ("probability", "low", "high"):
                curves = [getattr(curve, name) for curve in (each.pfs, each.os)]
                assert (curves[0][:shared] <= curves[1][:shared] + 1e-12).all()
                assert all((np.diff(values) <= 1e-12).all() for values in curves)
            for curve in (each.pfs, each.os):
                assert (curve.low <= curve.probability).all()
                assert (curve.probability <= curve.high).all()
            everybody = sum(each.progression.by_cause.values()) + each.progression.event_free
            np.testing.assert_allclose(everybody, 1.0, atol=1e-12)
            np.testing.assert_array_equal(each.progression.event_free, each.pfs.probability)


def test_what_is_unknown_widens_the_intervals_and_is_ranked(bundle, facts):
    """The strongest input first; an input without effect last and hardly wider."""
    whole = forecast(bundle, facts, ["io"]).of("io")
    partly = forecast(bundle, {n: v for n, v in facts.items() if n != "pdl1"}, ["io"])
    assert _width(partly.of("io").response) > 1.1 * _width(whole.response)
    assert partly.missing[0].feature == "pdl1"
    assert partly.missing[0].narrowing > 0.03
    without = {n: v for n, v in facts.items() if n not in {"pdl1", "noise", "albumin"}}
    ranked = [each.feature for each in forecast(bundle, without, REGIMENS).missing]
    assert ranked[0] in {"pdl1", "albumin"}
    assert ranked[-1] == "noise"
    blind = forecast(bundle, {n: v for n, v in facts.items() if n != "noise"}, ["io"]).of("io")
    assert _width(blind.response) < 1.08 * _width(whole.response)


def _width(chance) -> float:
    return chance.high - chance.low


def test_the_order_of_facts_and_regimens_changes_nothing(bundle, facts):
    """Names decide."""
    first = forecast(bundle, facts, REGIMENS)
    second = forecast(bundle, dict(reversed(facts.items())), REGIMENS[::-1])
    for name in REGIMENS:
        assert first.of(name).response.p == pytest.approx(second.of(name).response.p, abs=1e-12)


def test_a_wider_level_gives_a_wider_interval(bundle, facts):
    """And says which level it is."""
    narrow, wide = (forecast(bundle, facts, ["io"], level=level) for level in (0.5, 0.95))
    assert _width(narrow.of("io").response) < _width(wide.of("io").response)
    assert wide.of("io").response.level == wide.of("io").os.level == 0.95


def test_a_regimen_the_cohort_never_saw_is_inferred_from_its_classes_or_said(bundle, facts):
    """Never a number without its caution, never a missing row."""
    from dataclasses import replace

    contract = bundle.contract
    known = {**contract.classes, "new-io": ("pd1",)}
    encoding = replace(bundle.encoding, contract=replace(contract, classes=known))
    taught = replace(bundle, encoding=encoding)
    found = forecast(taught, facts, ["io", "new-io", "magic"])
    assert found.of("new-io").response is not None
    assert "never saw this regimen" in found.of("new-io").cautions[0]
    assert _width(found.of("new-io").response) > _width(found.of("io").response)
    assert found.of("magic").response is None
    assert "neither magic nor a regimen of its kind" in found.of("magic").cautions[0]


def test_a_patient_unlike_the_cohort_is_said_to_be(bundle, facts):
    """Possible values, but nobody like it."""
    odd = {**facts, "albumin": 1.0, "nlr": 90.0, "age": 20.0, "noise": 9.0}
    found = forecast(bundle, odd, ["io"]).of("io")
    assert not found.support.inside
    assert "albumin" in found.support.untypical
    assert any("unlike the patients" in caution for caution in found.cautions)


def test_nonsense_is_refused(bundle, facts):
    """An impossible value, and a patient of whom nothing is known."""
    with pytest.raises(InputRefused, match="not possible"):
        forecast(bundle, {**facts, "albumin": 39.0}, ["io"])
    with pytest.raises(NotEnoughEvidence, match="0 of 8 inputs"):
        forecast(bundle, {}, ["io"])


def test_a_forecast_takes_milliseconds(bundle, facts):
    """Six regimens, everything, intervals included: a third of the promise of 60 ms for twelve."""
    forecast(bundle, facts, REGIMENS)
    assert effort(lambda: forecast(bundle, facts, REGIMENS), turns=5) < 5


def test_intervals_hold_the_truth_about_as_often_as_they_say(bundle):
    """Nine in ten, within what one cohort of seven hundred can miss by."""
    truth = a_world(60, 503, missing=0)
    inside = []
    for row, response, survival in zip(
        truth.complete, truth.response, truth.survival(12.0), strict=True
    ):
        for place, each in enumerate(forecast(bundle, facts_of(row), REGIMENS).regimens):
            if each.support.propensity < 0.03:
                continue
            curve = each.os.at(12.0)
            inside.append(each.response.low <= response[place] <= each.response.high)
            inside.append(curve.low <= survival[place] <= curve.high)
    assert 0.8 < np.mean(inside) < 0.99


def test_what_was_never_recorded_under_a_regimen_is_not_forecast(bundle, facts):
    """Absent with a caution, in the forecast and in a batch; the others are as they were."""
    others = tuple(name for name in REGIMENS if "chemo" not in CLASSES[name])
    taught = {"toxicity:hepatic": others, "toxicity:skin": others, "response": others}
    silent = replace(bundle, card={**bundle.card, "taught": taught})
    found, before = (forecast(each, facts, REGIMENS) for each in (silent, bundle))
    chemo = found.of("chemo")
    assert chemo.toxicities == {}
    assert chemo.response is None
    assert chemo.recist == {}
    assert chemo.os is not None
    assert chemo.cautions[-2:] == (
        "Not known under this regimen: response.",
        "Not known under this regimen: severe side effects; none were recorded.",
    )
    assert found.of("io-chemo").toxicities == before.of("io-chemo").toxicities
    row = silent.contract.of_patient(facts)[0]
    scores = score(silent, row[None], REGIMENS, (6.0,))
    assert np.isnan(scores.response[0]).tolist() == [name == "chemo" for name in REGIMENS]
    assert np.isfinite(scores.curves["os"]).all()
