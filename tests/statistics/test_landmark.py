"""The update at a landmark: what a response says of the hazard afterwards, and what it must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import RECIST, Graded, Timed
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence
from dashboard.learning.bundle import load_bundle, save_bundle
from dashboard.learning.landmark import (
    GRID,
    UNTIMED_FROM,
    WIDTH,
    Effects,
    LandmarkModel,
    answers_by,
    fit_effects,
)
from dashboard.learning.landmark_scores import judge_effects
from dashboard.learning.parts import Parts
from tests.statistics.landmarks import a_cohort

EFFECT = -0.8
MANY, FEW = 1_500, 400
REPLICATES = 40
NINETY = 1.645


def mean_ratio(effects: Effects, answer: str, month: float = 3.0) -> tuple[float, float]:
    """The log hazard ratio about half a year after a landmark, with its standard error."""
    ratio, columns = effects.log_ratio(answer, month, np.array([6.0]))
    return float(ratio[0]), float(np.sqrt(columns[0] @ effects.covariance @ columns[0]))


def holds(effects: Effects, answer: str, truth: float, width: float = 3.0) -> bool:
    """Whether the truth lies within so many standard errors of what was found."""
    ratio, error = mean_ratio(effects, answer)
    return abs(ratio - truth) <= width * error


def test_a_known_effect_of_response_is_found() -> None:
    """Responders at a landmark have the hazard they were given, the others that of the forecast."""
    cohort = a_cohort(MANY, 1, effect=EFFECT)
    effects = fit_effects(cohort.at_risk(), cohort.persons)
    assert effects.answers == ("SD", "PR")
    assert effects.landmarks == GRID
    assert holds(effects, "PR", EFFECT)
    assert not holds(effects, "PR", 0.0)
    assert holds(effects, "SD", 0.0)


def test_intervals_of_the_effect_hold_it_as_often_as_they_say() -> None:
    """Nine in ten 90 % intervals hold the truth, within three standard errors of the count."""
    held = 0
    for replicate in range(REPLICATES):
        cohort = a_cohort(FEW, 100 + replicate, effect=EFFECT)
        held += holds(fit_effects(cohort.at_risk(), cohort.persons), "PR", EFFECT, NINETY)
    least = 0.9 * REPLICATES - 3 * np.sqrt(REPLICATES * 0.9 * 0.1)
    assert held >= least


def test_shuffled_responses_say_nothing() -> None:
    """Broken twin: with responses dealt out to anybody there is no effect of any."""
    cohort = a_cohort(MANY, 2, effect=EFFECT)
    effects = fit_effects(cohort.at_risk(cohort.shuffled(3)), cohort.persons)
    ratio = {answer: mean_ratio(effects, answer)[0] for answer in effects.answers}
    assert not holds(effects, "PR", EFFECT)
    assert abs(ratio["PR"] - ratio["SD"]) < 0.3


def test_a_late_response_without_effect_shows_none() -> None:
    """Only responses known by the landmark count; living long enough to respond is no effect."""
    cohort = a_cohort(MANY, 4, effect=0.0, reached=(1.0, 20.0))
    effects = fit_effects(cohort.at_risk(), cohort.persons)
    assert holds(effects, "PR", 0.0)


def test_immortal_time_is_noticed() -> None:
    """Broken twin: responses used whenever they came feign an effect where there is none."""
    cohort = a_cohort(MANY, 4, effect=0.0, reached=(1.0, 20.0))
    whenever = Graded(cohort.response.codes, RECIST)
    effects = fit_effects(cohort.at_risk(whenever), cohort.persons)
    assert not holds(effects, "PR", 0.0)
    assert mean_ratio(effects, "PR")[0] < -0.2


def test_the_update_is_better_out_of_fold_where_response_matters() -> None:
    """Knowing the response lowers the error after a landmark, and levels events by response."""
    cohort = a_cohort(MANY, 5, effect=EFFECT)
    found = cohort.at_risk()
    card = judge_effects(found, cohort.pfs, cohort.trial, persons=cohort.persons)
    three = card["landmarks"][1]
    assert three["month"] == 3.0
    assert three["gain"] > 2 * three["gain_error"]
    assert abs(three["year_updated"] - three["year_observed"]) < 0.05
    responded = card["answers"]["PR"]
    assert responded["expected_time_alone"] > 1.5 * responded["events"]
    assert responded["expected_updated"] == pytest.approx(responded["events"], rel=0.1)


def test_the_update_gains_nothing_out_of_fold_where_response_does_not_matter() -> None:
    """Broken twin: of shuffled responses no gain is told."""
    cohort = a_cohort(MANY, 6, effect=EFFECT)
    found = cohort.at_risk(cohort.shuffled(7))
    card = judge_effects(found, cohort.pfs, cohort.trial, persons=cohort.persons)
    for each in card["landmarks"]:
        assert each["gain"] < 0.03
    told = card["answers"]
    assert told["PR"]["expected_updated"] == pytest.approx(told["PR"]["events"], rel=0.15)


def test_levels_of_folds_are_not_taken_for_effects() -> None:
    """Forecasts that are off by fold leave the effect of the response as it is."""
    cohort = a_cohort(MANY, 8, effect=EFFECT)
    off = np.array([0.5, -0.5, 0.4, -0.4])[cohort.trial.fold]
    trial = replace(cohort.trial, log_hazards=cohort.trial.log_hazards + off[:, None])
    effects = fit_effects(replace(cohort, trial=trial).at_risk(), cohort.persons)
    apart = mean_ratio(effects, "PR")[0] - mean_ratio(effects, "SD")[0]
    assert apart == pytest.approx(EFFECT, abs=0.25)


# -- what is known by when ------------------------------------------------------------------------


def answers(month: float, **changes: object) -> list[str]:
    """What four patients' responses were by a month, as words."""
    codes = np.array([2.0, 3.0, 1.0, 0.0])
    response = Graded(codes, RECIST, np.array([2.0, 5.0, np.nan, np.nan]))
    pfs = Timed(np.array([20.0, 20.0, 4.0, 1.5]), np.array([True, False, True, True]))
    given = {"response": response, "pfs": pfs} | changes
    found = answers_by(month, given["response"], given["pfs"])  # type: ignore[arg-type]
    return ["" if code != code else RECIST[int(code)] for code in found.tolist()]  # noqa: PLR0124


def test_answers_are_those_known_by_the_month() -> None:
    """A response counts from when it was reached, a progression from when it came."""
    assert answers(1.0) == ["SD", "SD", "SD", ""]
    assert answers(3.0) == ["PR", "SD", "SD", "PD"]
    assert answers(6.0) == ["PR", "CR", "PD", "PD"]


def test_answers_of_whom_nobody_followed_are_not_known() -> None:
    """Who left observation without progression is not taken for stable."""
    left = Timed(np.array([2.5, np.nan, 4.0, 4.0]), np.array([False, False, False, False]))
    assert answers(3.0, pfs=left) == ["", "", "SD", ""]


def test_answers_without_times_are_known_from_the_first_usual_scan_on() -> None:
    """Where the cohort tells no times nothing is known before the third month."""
    untimed = Graded(np.array([2.0, 3.0, 1.0, 0.0]), RECIST)
    assert answers(2.0, response=untimed, pfs=None) == [""] * 4
    assert answers(UNTIMED_FROM, response=untimed) == ["PR", "CR", "SD", "PD"]
    assert answers(UNTIMED_FROM, response=untimed, pfs=None) == ["PR", "CR", "SD", "PD"]


def test_answers_of_yes_and_no_are_partial_or_stable() -> None:
    """Without grades a yes stands for both responses, a no before progression for SD."""
    graded = Graded(np.array([1.0, 1.0, 0.0, np.nan]), ("no response", "response"))
    assert answers(3.0, response=graded) == ["PR", "PR", "SD", "PD"]
    assert answers(3.0, response=graded, pfs=None) == ["PR", "PR", "", ""]


def test_a_response_without_its_time_is_not_known() -> None:
    """Among timed responses one without a time is left out rather than guessed."""
    lacking = Graded(np.array([2.0, 3.0, 1.0, 0.0]), RECIST, np.full(4, np.nan))
    assert answers(3.0, response=lacking) == ["", "", "SD", "PD"]


def test_few_patients_make_no_update() -> None:
    """Below the least numbers nothing is learnt, and it is said."""
    cohort = a_cohort(40, 9, effect=EFFECT)
    with pytest.raises(NotEnoughEvidence, match="Too few patients with a known response"):
        cohort.at_risk()
    large = a_cohort(FEW, 9, effect=EFFECT)
    nobody = np.array(["one"] * FEW, dtype=object)
    with pytest.raises(NotEnoughEvidence, match="No response has enough patients"):
        fit_effects(large.at_risk(), nobody)


def test_too_few_to_judge_is_said() -> None:
    """Where the other folds cannot learn the effects no figure is told."""
    cohort = a_cohort(FEW, 10, effect=EFFECT)
    nobody = np.array(["one"] * FEW, dtype=object)
    card = judge_effects(cohort.at_risk(), cohort.pfs, cohort.trial, persons=nobody)
    assert card == {"judged": "too few to judge"}


# -- as a part of a bundle ------------------------------------------------------------------------


def a_model() -> LandmarkModel:
    """A small model, made up."""
    effects = Effects(np.zeros(WIDTH), np.eye(WIDTH), ("SD", "PR"), (3.0, 6.0))
    return LandmarkModel({"pfs": effects}, timed=True, graded=True)


def test_the_model_survives_a_bundle(bundle, tmp_path) -> None:
    """What is saved is loaded: the same effects, for the same answers."""
    assert bundle.landmark is not None
    save_bundle(bundle, tmp_path / "b")
    back = load_bundle(tmp_path / "b").landmark
    assert back is not None
    assert list(back.effects) == list(bundle.landmark.effects)
    for name, effects in bundle.landmark.effects.items():
        np.testing.assert_array_equal(back.effects[name].coefficients, effects.coefficients)
        np.testing.assert_array_equal(back.effects[name].covariance, effects.covariance)
        assert back.effects[name].answers == effects.answers
    assert (back.timed, back.graded) == (bundle.landmark.timed, bundle.landmark.graded)


def test_a_bundle_without_the_model_loads_without_it(bundle, tmp_path) -> None:
    """A cohort without response has a bundle without the update."""
    save_bundle(replace(bundle, landmark=None), tmp_path / "b")
    assert load_bundle(tmp_path / "b").landmark is None


@pytest.mark.parametrize(
    "change",
    [
        {"coefficients": np.zeros(WIDTH - 1)},
        {"covariance": np.eye(WIDTH + 1)},
        {"covariance": -np.eye(WIDTH)},
        {"covariance": np.triu(np.ones((WIDTH, WIDTH)))},
        {"answers": ("SD", "NE")},
        {"answers": ()},
        {"landmarks": ()},
        {"landmarks": (6.0, 3.0)},
        {"landmarks": (0.0, 3.0)},
    ],
)
def test_a_damaged_model_is_refused(change) -> None:
    """Effects of another shape, or that cannot be, are never used."""
    damaged = replace(a_model().effects["pfs"], **change)
    model = replace(a_model(), effects={"pfs": damaged})
    with pytest.raises(BundleMismatch, match="update at a landmark is damaged"):
        LandmarkModel.from_files(model.to_files())


def test_a_model_with_a_part_missing_is_refused(bundle, tmp_path) -> None:
    """A bundle that names effects it does not hold is damaged as a whole."""
    parts = a_model().to_files()
    lacking = Parts(parts.texts, {}, parts.settings)
    with pytest.raises(BundleMismatch, match="coefficients are absent or damaged"):
        LandmarkModel.from_files(lacking)
    broken = replace(a_model().effects["pfs"], coefficients=np.full(WIDTH, np.nan))
    model = LandmarkModel({"pfs": broken}, timed=True, graded=True)
    save_bundle(replace(bundle, landmark=model), tmp_path / "b")
    with pytest.raises(BundleMismatch, match="absent or damaged"):
        load_bundle(tmp_path / "b")
