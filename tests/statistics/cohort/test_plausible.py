"""What a clinician must find plausible: the tails of the curves, and who is given no drugs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from dashboard.cohort.assignment import circumstances_of, open_regimens, propensities
from dashboard.cohort.assumptions import NO_DRUGS
from dashboard.cohort.calibrated import calibrated_model
from dashboard.cohort.curves import Curve
from dashboard.cohort.outcomes import OutcomeModel, true_risks
from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import Answer
from tests.statistics.cohort.conftest import PATIENTS, SEED

LIBRARY = load_library()
MOST_UNAIDED = np.array([0.45, 0.20, 0.12, 0.04])  # alive without drugs at 1, 2, 3 and 5 years
HIGHEST_PLATEAU = 0.10  # of survival, where nobody has been seen to be cured
MOST_UNAIDED_RESPONSE = 0.02
HARDLY = 0.02  # of a log hazard
LASTING = {"ici", "targeted"}  # families of which some patients are seen to live on


def alive(model: OutcomeModel, regimen: str) -> np.ndarray:
    """The share of first-line patients alive at one, two, three and five years under a regimen."""
    draw = model.population.draw(SEED, np.arange(PATIENTS))
    group = model.group(draw, 2020.0)
    rows = np.flatnonzero(draw.column("line") == 0.0)
    return true_risks(model, group, model.book.regimens.index(regimen), rows).os.mean(axis=0)


def implausible(model: OutcomeModel) -> list[str]:
    """Regimens whose survival nobody would believe."""
    found = []
    for name, held in model.parameters.regimens.items():
        regimen = model.pack.regimen(name)
        if regimen.setting == "early":
            continue
        shape = model.assumptions.shape_of(model.pack.expand_classes(regimen), "os")
        family = next(f for f, both in model.assumptions.shapes.items() if both.os == shape)
        lasting = family not in LASTING and held.os.plateau > HIGHEST_PLATEAU
        unaided = family == "supportive" and bool(np.any(alive(model, name) > MOST_UNAIDED))
        if lasting or unaided:
            found.append(name)
    return found


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_nobody_lives_on_who_is_not_seen_to(disease: str) -> None:
    """Survival goes on falling after five years, and under no drugs hardly anybody is left."""
    assert implausible(calibrated_model(LIBRARY.pack(disease))) == []


def test_flat_tail_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: care without drugs as a median and one landmark alone would have it."""
    regimens = dict(lung.parameters.regimens)
    flat = Curve(float(np.log(5.0)), float(np.log(1.57)), float(np.log(-np.log(0.2))))
    regimens["best-supportive-care"] = replace(regimens["best-supportive-care"], os=flat)
    broken = replace(lung, parameters=replace(lung.parameters, regimens=regimens))
    assert implausible(broken) == ["best-supportive-care"]


def without_drugs(model: OutcomeModel) -> tuple[float, float]:
    """The chance of care without drugs in the first line: of the fit, and of the bedridden."""
    draw = model.population.draw(SEED, np.arange(PATIENTS))
    where = circumstances_of(model, draw)
    group = model.group(draw, where.year)
    allowed = open_regimens(model, group)
    chances = propensities(model, group, allowed, where)
    none = chances[:, model.book.regimens.index("best-supportive-care")]
    first = draw.column("line") == 0.0
    some = allowed.sum(axis=1) > 1  # something else is open
    ecog = draw.column("ecog_ps")
    fit, frail = first & (ecog <= 1) & some, first & (ecog >= 3) & some
    return float(none[fit].mean()), float(none[frail].mean())


@pytest.mark.parametrize("disease", ["nsclc", "colorectal"])
def test_few_who_are_fit_go_without_drugs(disease: str) -> None:
    """Fewer than one in twenty-five of the fit, and many of those who lie most of the day."""
    fit, frail = without_drugs(calibrated_model(LIBRARY.pack(disease)))
    assert fit < 0.04
    assert frail > 0.25


def test_care_without_drugs_by_lot_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: care without drugs weighs as much as any other choice."""
    choice = lung.assumptions.choice.model_copy(
        update={"no_drugs": 0.0, "no_drugs_per_ecog": 0.0, "no_drugs_per_line": 0.0}
    )
    assumptions = lung.assumptions.model_copy(update={"choice": choice})
    fit, _ = without_drugs(replace(lung, assumptions=assumptions))
    assert fit > 0.04


def weaker_and_better_off(model: OutcomeModel) -> list[str]:
    """Regimens under which a worse performance status would lengthen life."""
    about = [
        (place, term)
        for place, term in enumerate(model.book.all_terms)
        if term.rule.names == {"ecog_ps"} and not term.slope_of
    ]
    found = []
    for column, name in enumerate(model.book.regimens):
        if model.pack.regimen(name).setting == "early":
            continue
        hazards = [
            sum(
                float(model.weights["os"][place, column])
                for place, term in about
                if term.rule.judge({"ecog_ps": level}).answer is Answer.YES
            )
            for level in ("0", "1", "2")
        ]
        if min(np.diff(hazards)) < -HARDLY:
            found.append(name)
    return found


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_nobody_lives_longer_for_being_weaker(disease: str) -> None:
    """Whatever the regimen, ECOG 1 does not outlive ECOG 0, nor ECOG 2 outlive ECOG 1."""
    assert weaker_and_better_off(calibrated_model(LIBRARY.pack(disease))) == []


def test_an_effect_kept_to_where_it_was_measured_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: ECOG 2 counted under immunotherapy alone leaves chemotherapy upside down."""
    place = next(n for n, t in enumerate(lung.book.all_terms) if t.id == "ecog_ps-os-1")
    weights = dict(lung.weights)
    weights["os"] = weights["os"].copy()
    spoken = lung.book.regimens.index("pembrolizumab-mono")
    measured = weights["os"][place, spoken]
    weights["os"][place, :] = 0.0
    weights["os"][place, spoken] = measured
    assert "platinum-doublet-chemo" in weaker_and_better_off(replace(lung, weights=weights))


def responders_without_drugs(model: OutcomeModel) -> list[str]:
    """Care without anticancer drugs to which tumours would respond all the same."""
    return [
        name
        for name, held in model.parameters.regimens.items()
        if model.pack.regimen(name).setting != "early"
        and NO_DRUGS & set(model.pack.regimen(name).classes)
        and float(expit(held.response)) > MOST_UNAIDED_RESPONSE
    ]


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_hardly_anybody_responds_without_drugs(disease: str) -> None:
    """A response needs a drug; where no arm tells a rate, none is invented."""
    assert responders_without_drugs(calibrated_model(LIBRARY.pack(disease))) == []


def test_a_usual_response_without_drugs_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: one in four, as regimens without a published rate start from."""
    regimens = dict(lung.parameters.regimens)
    care = regimens["best-supportive-care"]
    regimens["best-supportive-care"] = replace(care, response=float(logit(0.25)))
    broken = replace(lung, parameters=replace(lung.parameters, regimens=regimens))
    assert responders_without_drugs(broken) == ["best-supportive-care"]
