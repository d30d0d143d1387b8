"""The curve family: inverses, plateaus, the shared state and what two curves imply."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from dashboard.cohort.curves import (
    Background,
    Curve,
    Loads,
    disease_survival,
    event_free,
    given_state,
    population_hazard_ratio,
    responding,
)
from dashboard.cohort.margins import place_of, quantile_of
from dashboard.knowledge.distributions import parse_draw
from tests.builders import a_feature

CURVE = Curve(np.log(10.0), np.log(1.3), np.log(2.0))


def test_when_inverts_the_hazard() -> None:
    """The time at which a hazard is reached has that hazard."""
    months = np.array([0.5, 3.0, 20.0, 60.0])
    assert CURVE.when(CURVE.hazard(months)) == pytest.approx(months)


def test_nothing_happens_beyond_the_plateau() -> None:
    """A patient who bears more than the curve ever asks has no event."""
    assert np.isinf(CURVE.when(np.array([2.1]))[0])
    assert CURVE.plateau == pytest.approx(np.exp(-2.0))


def test_quadrature_keeps_the_margin() -> None:
    """Integrating the conditional survival over the state gives the survival back."""
    survival = np.array([[0.05, 0.3, 0.7, 0.95]])
    loads = Loads(0.75, 0.0, 0.0)
    assert event_free(survival, np.ones_like(survival), loads) == pytest.approx(survival, abs=2e-3)


def test_shared_state_makes_joint_survival_likelier() -> None:
    """The joint share agrees with the bivariate normal and exceeds independence."""
    loads = Loads(0.75, 0.65, 0.0)
    joint = float(event_free(np.array([[0.4]]), np.array([[0.6]]), loads)[0, 0])
    corr = loads.progression * loads.death
    bounds = [special.ndtri(0.4), special.ndtri(0.6)]
    exact = stats.multivariate_normal([0, 0], [[1, corr], [corr, 1]]).cdf(bounds)
    assert joint == pytest.approx(float(exact), abs=2e-3)
    assert joint > 0.4 * 0.6


def test_nobody_responds_with_certain_early_progression() -> None:
    """Where everybody has progressed by the first assessment, no response is possible."""
    loads = Loads(0.75, 0.65, 0.8)
    chance = np.array([[0.5]])
    gone = responding(chance, np.array([[1e-12]]), np.array([[1.0 - 1e-9]]), loads)
    assert float(gone[0, 0]) < 1e-6


def test_given_state_rises_with_the_state() -> None:
    """A better state means a larger conditional survival."""
    conditional = given_state(np.array([[0.5]]), 0.7)[0, 0]
    assert np.all(np.diff(conditional) > 0)


def test_equal_effect_gives_its_own_ratio() -> None:
    """Two curves with proportional hazards imply their hazard ratio."""
    months = np.linspace(0.1, 60, 600)
    flat = Curve(np.log(500.0), 0.0, np.log(50.0))
    control = disease_survival(flat, np.zeros(1), months)[0]
    treated = disease_survival(flat, np.log([0.7]), months)[0]
    assert population_hazard_ratio(treated, control) == pytest.approx(np.log(0.7), abs=0.01)


def test_background_death_doubles_as_stated() -> None:
    """Eight and a half years older, twice the hazard; the inverse gives the month back."""
    background = Background(0.012, 8.5)
    hazard = background.hazard(np.array([65.0, 73.5]), np.array([12.0]))[:, 0]
    assert hazard[1] / hazard[0] == pytest.approx(2.0)
    assert background.when(np.array([70.0]), background.hazard(np.array([70.0]), [24.0])[:, 0]) == (
        pytest.approx([24.0])
    )


@pytest.mark.parametrize(
    ("text", "share_at_most", "share"),
    [
        ("normal(60, 10)", 60.0, 0.5),
        ("normal(60, 10, 50, 70)", 60.0, 0.5),
        ("lognormal(median=4, sigma=0.5)", 4.0, 0.5),
        ("uniform(0, 10)", 2.5, 0.25),
        ("poisson(2)", 2.0, float(stats.poisson.cdf(2, 2))),
        ("catrange(0-0:0.4, 1-49:0.4, 50-100:0.2)", 49.0, 0.8),
        ("mix(0.3:point(0), 0.7:uniform(1, 3))", 0.0, 0.3),
        ("beta(2, 5)", 0.2, float(stats.beta.cdf(0.2, 2, 5))),
        ("bernoulli(0.3)", 0.0, 0.7),
    ],
)
def test_quantiles_have_the_margin_of_their_text(
    text: str, share_at_most: float, share: float
) -> None:
    """Evenly spread uniform numbers give the distribution that the text states."""
    quantile = quantile_of(parse_draw(text), a_feature("count"))
    drawn = quantile((np.arange(40_000) + 0.5) / 40_000, {})
    assert float((drawn <= share_at_most).mean()) == pytest.approx(share, abs=0.002)


def test_levels_stand_at_their_place() -> None:
    """A level is the number of its place; a flag is 0 or 1."""
    feature = a_feature("ecog_ps")
    assert place_of("1", feature) == feature.levels.index("1")


def test_missing_is_no_number() -> None:
    """What does not apply stays unknown."""
    quantile = quantile_of(parse_draw("missing()"), a_feature("count"))
    assert np.isnan(quantile(np.array([0.2]), {})).all()


def test_expressions_are_worked_out() -> None:
    """A ratio of two features is computed row by row."""
    quantile = quantile_of(parse_draw("expr(first / second)"), a_feature("ratio"))
    columns = {"first": np.array([6.0, 9.0]), "second": np.array([2.0, 3.0])}
    assert quantile(np.zeros(2), columns).tolist() == [3.0, 3.0]
