"""Trials as they were read: who was judged, by whom, and how a published median is compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.assumptions import Reading, load_assumptions
from dashboard.cohort.calibration import chance_targets
from dashboard.cohort.effects import INDEPENDENT_REVIEW, effect_book
from dashboard.cohort.trial_cases import Cases, cases_of
from dashboard.cohort.trial_simulation import _rounds_into
from dashboard.knowledge.library import load_library

LIBRARY = load_library()
BREAST = LIBRARY.pack("breast")
TRIALS = ("FALCON", "EMBRACE")


def cases(readings: tuple[Reading, ...] | None = None) -> Cases:
    """The arms of two breast trials with few patients, read as the pack says or as asked."""
    pack = BREAST.model_copy(
        update={
            "arms": tuple(arm for arm in BREAST.arms if arm.trial in TRIALS),
            "regimens": tuple(r for r in BREAST.regimens if r.setting != "early"),
            "effects": (),
        }
    )
    assumptions = load_assumptions("breast")
    if readings is not None:
        assumptions = assumptions.model_copy(update={"readings": readings})
    return cases_of(pack, assumptions, seed=5, patients=120)


@pytest.fixture(scope="module")
def shipped() -> Cases:
    """The two trials as the pack reads them."""
    return cases()


def test_response_rate_is_of_those_with_something_to_measure(shipped: Cases) -> None:
    """Disease in the bones alone is left out of FALCON's response rate, and 193 are counted."""
    case = shipped.arms["falcon-fulvestrant"]
    assert case.patients_judged == 193
    assert case.responders_of.size < case.group.size
    assert not case.responders_of.draw.column("bone_only_disease").any()
    assert case.judged is not None
    assert case.judged.rows.sum() == case.responders_of.size


def test_without_a_reading_everybody_is_judged() -> None:
    """No reading: the response rate is of all who were randomised."""
    case = cases(()).arms["falcon-fulvestrant"]
    assert case.judged is None
    assert case.responders_of is case.group
    assert case.patients_judged == case.arm.n == 230


def test_fewer_judged_patients_make_a_wider_target(shipped: Cases) -> None:
    """A rate of 193 patients is known less well than one of 230."""

    def error(held: Cases) -> float:
        targets = chance_targets(held, "orr_pct")
        return next(t.error for t in targets if t.arms == ("falcon-fulvestrant",))

    assert error(shipped) == pytest.approx(error(cases(())) * np.sqrt(230 / 193))


def test_panel_review_is_a_trait_of_the_trial(shipped: Cases) -> None:
    """A panel judged EMBRACE and not FALCON, and no patient's record says anything of it."""
    terms = [t.slope_of for t in shipped.book.all_terms]
    column = terms.index(INDEPENDENT_REVIEW)
    assert set(shipped.arms["embrace-eribulin"].group.design[:, column]) == {1.0}
    assert set(shipped.arms["falcon-fulvestrant"].group.design[:, column]) == {0.0}


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_readings_reproduce_the_published_percentage(disease: str) -> None:
    """A whole number of responders among those judged gives the rate, to a point."""
    pack = LIBRARY.pack(disease)
    arms = {arm.id: arm for arm in pack.arms}
    for reading in load_assumptions(disease).readings:
        assert any(reading.speaks_of(arm.trial, arm.id) for arm in pack.arms), reading.trial
        for row, patients in reading.patients.items():
            percent, enrolled = arms[row].orr_pct, arms[row].n
            assert percent is not None, row
            assert patients <= (enrolled or 0), row
            responders = round(percent / 100 * patients)
            assert abs(100 * responders / patients - percent) < 0.6, row


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_every_refinement_speaks_of_a_trial(disease: str) -> None:
    """A refinement that names no trial of the pack is a slip of the pen."""
    pack = LIBRARY.pack(disease)
    for refinement in load_assumptions(disease).refinements:
        spoken = [arm for arm in pack.arms if refinement.speaks_of(arm.trial, arm.id)]
        assert spoken, refinement.why


def test_term_of_the_review_has_no_centre() -> None:
    """Patients of the registry, whom those who treat judge, are not moved by the term."""
    book = effect_book(BREAST, load_assumptions("breast"))
    (term,) = [t for t in book.mechanisms if t.slope_of == INDEPENDENT_REVIEW]
    assert (term.per, term.centre) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("shown", "low", "high", "inside"),
    [
        (1.86, 1.9, 2.1, True),
        (1.84, 1.9, 2.1, False),
        (2.149, 1.9, 2.1, True),
        (2.16, 1.9, 2.1, False),
        (np.inf, 20.0, None, True),
        (19.9, 20.0, None, False),
        (12.0, 11.99, 16.59, True),
    ],
)
def test_median_is_rounded_as_it_was_published(
    shown: float, low: float, high: float | None, inside: bool
) -> None:
    """A published end of 1.9 months is anything from 1.85 to 1.95."""
    assert _rounds_into(shown, low, high) is inside


def test_arms_of_one_trial_share_their_patients(shipped: Cases) -> None:
    """Randomised arms have the same patients, read in the same way."""
    first, second = (shipped.arms[f"falcon-{arm}"] for arm in ("fulvestrant", "anastrozole"))
    assert first.group is second.group
    assert replace(first, judged=None).responders_of is first.group
