"""Who is drawn: published margins, a documented dependence, and patients that stay themselves."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.population import Population, population_of
from tests.statistics.cohort.conftest import SEED, SIGMAS, off_by

MANY = 20_000


def margin_gap(population: Population) -> float:
    """The largest gap of a drawn share from the pack's, in standard errors."""
    draw = population.draw(SEED, np.arange(MANY))
    shares = {"ecog_ps": (0.27, 0.45, 0.20), "stage": (0.10, 0.38, 0.52)}
    gaps = []
    for name, expected in shares.items():
        column = draw.column(name)
        for place, share in enumerate(expected):
            variance = MANY * share * (1 - share)
            gaps.append(off_by(float((column == place).sum()), MANY * share, variance))
    return max(gaps)


def test_margins_stay_as_published(lung: OutcomeModel) -> None:
    """Dependence between features leaves each one's distribution as the pack has it."""
    assert margin_gap(lung.population) < SIGMAS


def test_a_wrong_margin_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: performance status drawn from another distribution."""
    feature = lung.pack.feature("ecog_ps")
    case = feature.distribution[0].model_copy(
        update={"draw": "cat(0:0.35, 1:0.4, 2:0.17, 3:0.07, 4:0.01)"}
    )
    features = tuple(
        feature.model_copy(update={"distribution": (case,)}) if f.id == "ecog_ps" else f
        for f in lung.pack.features
    )
    pack = lung.pack.model_copy(update={"features": features})
    assert margin_gap(population_of(pack, lung.assumptions)) > SIGMAS


def dependence(population: Population) -> float:
    """Correlation of albumin with performance status."""
    draw = population.draw(SEED, np.arange(MANY))
    return float(np.corrcoef(draw.column("albumin_g_dl"), draw.column("ecog_ps"))[0, 1])


def test_sick_patients_are_sick_in_several_ways(lung: OutcomeModel) -> None:
    """Low albumin goes with poor performance status."""
    assert dependence(lung.population) < -0.15


def test_independence_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: no hidden states behind the values."""
    bare = lung.assumptions.model_copy(update={"dependence": {}})
    assert abs(dependence(population_of(lung.pack, bare))) < SIGMAS / np.sqrt(MANY)


def test_patient_depends_on_seed_and_place_alone(lung: OutcomeModel) -> None:
    """A larger cohort extends a smaller one bit for bit, and any patient can be drawn alone."""
    large = lung.population.draw(SEED, np.arange(9000))
    small = lung.population.draw(SEED, np.arange(5000))
    alone = lung.population.draw(SEED, np.array([4321]))
    for name in lung.population.order:
        column = large.column(name)
        assert np.array_equal(column[:5000], small.column(name), equal_nan=True)
        assert np.array_equal(column[[4321]], alone.column(name), equal_nan=True)


def test_another_seed_is_another_cohort(lung: OutcomeModel) -> None:
    """Broken twin of the above: with another seed the patients differ."""
    first = lung.population.draw(SEED, np.arange(100)).column("nlr")
    other = lung.population.draw(SEED + 1, np.arange(100)).column("nlr")
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("disease", ["breast", "colorectal"])
def test_redrawn_features_keep_their_shares(disease: str) -> None:
    """Features drawn so that facts agree keep the table's share within three points."""
    from dashboard.cohort.assumptions import load_assumptions
    from dashboard.knowledge.library import load_library

    pack = load_library().pack(disease)
    assumptions = load_assumptions(disease)
    as_table = population_of(pack, assumptions.model_copy(update={"draws": ()}))
    redrawn = population_of(pack, assumptions)
    for one in assumptions.draws:
        before = as_table.draw(SEED, np.arange(MANY)).column(one.feature).mean()
        after = redrawn.draw(SEED, np.arange(MANY)).column(one.feature).mean()
        assert after == pytest.approx(before, abs=0.03), one.feature
