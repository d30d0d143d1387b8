"""What a clinician must find plausible: the tails of the curves, and who is given no drugs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.assignment import circumstances_of, open_regimens, propensities
from dashboard.cohort.calibrated import calibrated_model
from dashboard.cohort.curves import Curve
from dashboard.cohort.outcomes import OutcomeModel, true_risks
from dashboard.knowledge.library import load_library
from tests.statistics.cohort.conftest import PATIENTS, SEED

LIBRARY = load_library()
MOST_UNAIDED = np.array([0.45, 0.20, 0.12, 0.04])  # alive without drugs at 1, 2, 3 and 5 years
HIGHEST_PLATEAU = 0.10  # of survival, where nobody has been seen to be cured
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
