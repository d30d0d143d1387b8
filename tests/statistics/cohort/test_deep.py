"""The same statistical assertions with a thousand replicates, on every pack; nightly.

A long registry is cut into a thousand small ones. In each, what came under the regimen that was
given is counted against what the true risks say; over a thousand the scores must be standard
normal. The checks of one registry are repeated with five times the patients and narrower bands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from dashboard.cohort.calibrated import REPORT_SEED, calibrated_model, calibration_report
from dashboard.cohort.decisions import Decision
from dashboard.cohort.estimators import binomial_interval, cox_two_groups, kaplan_meier
from dashboard.cohort.outcomes import PARTIAL, OutcomeModel
from dashboard.cohort.simulator import simulate_decisions
from dashboard.knowledge.library import load_library
from tests.contracts.test_calibration_current import shipped
from tests.statistics.cohort.conftest import SEED, SIGMAS
from tests.statistics.cohort.test_population import margin_gap
from tests.statistics.cohort.test_registry import impossible, later_lines_off, smallest_propensity

pytestmark = pytest.mark.deep
LIBRARY = load_library()
REPLICATES = 1000
EACH = 120  # patients of a replicate
MANY = 30_000
CHUNK = 8192
CAME = ("response", "dead within a year", "progressed within a year", "alive at three years")

Floats = npt.NDArray[np.float64]


@dataclass
class Replicates:
    """Sums by replicate: what came, what was expected, and its variance."""

    came: Floats = field(default_factory=lambda: np.zeros((len(CAME), REPLICATES)))
    expected: Floats = field(default_factory=lambda: np.zeros((len(CAME), REPLICATES)))
    variance: Floats = field(default_factory=lambda: np.zeros((len(CAME), REPLICATES)))

    def add(self, decision: Decision, *, tilt: float = 0.0) -> None:
        """Count a first decision; a tilt moves the log odds of every expected chance."""
        names = [r.id for r in decision.group.draw.population.pack.regimens]
        for potential, risks in zip(decision.potential, decision.risks, strict=True):
            mine = decision.chosen[potential.rows] == names.index(potential.regimen)
            patients = decision.group.draw.patients[potential.rows[mine]]
            chances = (
                risks.response[mine],
                1.0 - risks.os[mine, 0],
                1.0 - risks.pfs[mine, 0],
                risks.os[mine, 2],
            )
            came = (
                potential.response[mine] >= PARTIAL,
                potential.os_months[mine] <= 12.0,
                potential.pfs_months[mine] <= 12.0,
                potential.os_months[mine] > 36.0,
            )
            for row, (chance, event) in enumerate(zip(chances, came, strict=True)):
                odds = np.exp(tilt) * chance / np.maximum(1.0 - chance, 1e-12)
                told = odds / (1.0 + odds)
                np.add.at(self.came[row], patients // EACH, event.astype(float))
                np.add.at(self.expected[row], patients // EACH, told)
                np.add.at(self.variance[row], patients // EACH, told * (1.0 - told))

    def scores(self) -> Floats:
        """How many standard errors what came is from what was expected."""
        held: Floats = (self.came - self.expected) / np.sqrt(self.variance)
        return held


def replicates(model: OutcomeModel, tilt: float = 0.0) -> Replicates:
    """A thousand registries of this model, judged by its true risks, or by tilted ones."""
    held = Replicates()
    for first in range(0, REPLICATES * EACH, CHUNK):
        count = min(CHUNK, REPLICATES * EACH - first)
        held.add(next(simulate_decisions(model, SEED, first, count)), tilt=tilt)
    return held


def scores_off(held: Replicates) -> float:
    """How far the thousand scores are from standard normal, in standard errors; the worst."""
    scores = held.scores()
    mean = np.abs(scores.mean(axis=1)) * np.sqrt(REPLICATES)
    spread = np.abs(scores.std(axis=1) - 1.0) * np.sqrt(2.0 * REPLICATES)
    return float(max(mean.max(), spread.max()))


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_true_risks_are_true_in_a_thousand_registries(disease: str) -> None:
    """Over a thousand registries the scores of what came have mean nought and spread one."""
    assert scores_off(replicates(calibrated_model(LIBRARY.pack(disease)))) < SIGMAS + 0.5


def test_risks_tilted_by_a_tenth_are_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: log odds of every risk off by 0.1, which one registry would never show."""
    assert scores_off(replicates(melanoma, tilt=0.1)) > SIGMAS + 0.5


@pytest.fixture(scope="module", params=LIBRARY.ids)
def long_registry(request: pytest.FixtureRequest) -> tuple[OutcomeModel, tuple[Decision, ...]]:
    """Five times the patients, first lines and later ones, of every pack in turn."""
    model = calibrated_model(LIBRARY.pack(request.param))
    return model, tuple(simulate_decisions(model, SEED + 1, 0, MANY))


def test_no_history_is_impossible_in_any_pack(
    long_registry: tuple[OutcomeModel, tuple[Decision, ...]],
) -> None:
    """Nobody of thirty thousand lives what cannot be."""
    model, decisions = long_registry
    assert impossible(model, decisions) == 0


def test_one_impossible_history_in_thirty_thousand_is_noticed(
    long_registry: tuple[OutcomeModel, tuple[Decision, ...]],
) -> None:
    """Broken twin: a single patient progresses a day after death."""
    model, decisions = long_registry
    first = decisions[0]
    one = first.potential[0]
    months = one.pfs_months.copy()
    months[0] = one.os_months[0] + 0.03
    broken = replace(first, potential=(replace(one, pfs_months=months), *first.potential[1:]))
    assert impossible(model, (broken,)) >= 1


def test_later_lines_are_calibrated_in_every_pack(
    long_registry: tuple[OutcomeModel, tuple[Decision, ...]],
) -> None:
    """At each later decision as many die within a year as the true risks say, within 12 %."""
    assert later_lines_off(long_registry[1]) < 0.12


def test_later_lines_without_carry_over_are_noticed(lung: OutcomeModel) -> None:
    """Broken twin: what the earlier lines say is dropped."""
    bare = replace(lung, parameters=replace(lung.parameters, carry_over={}))
    assert later_lines_off(tuple(simulate_decisions(bare, SEED + 1, 0, MANY))) > 0.12


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_every_open_regimen_has_a_chance_in_every_pack(disease: str) -> None:
    """No open regimen has a propensity below one in a hundred."""
    assert smallest_propensity(calibrated_model(LIBRARY.pack(disease))) >= 0.01 - 1e-9


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_a_lower_floor_is_noticed_in_every_pack(disease: str) -> None:
    """Broken twin: a floor of nine in a thousand."""
    model = calibrated_model(LIBRARY.pack(disease))
    choice = model.assumptions.choice.model_copy(update={"floor": 0.009})
    assumptions = model.assumptions.model_copy(update={"choice": choice})
    assert smallest_propensity(replace(model, assumptions=assumptions)) < 0.01 - 1e-9


def coverage(spoil: float = 1.0) -> dict[str, float]:
    """How often 95 % intervals hold the truth in a thousand small trials; `spoil` changes it."""
    held = {"median": 0, "hazard ratio": 0, "share": 0}
    for replicate in range(REPLICATES):
        rng = np.random.default_rng((SEED, replicate))
        group = np.arange(300) % 2 == 0
        months = rng.exponential(np.where(group, 12.0 * spoil / 0.7, 12.0))
        months *= spoil
        end = rng.uniform(6.0, 60.0, months.size)
        low, high = kaplan_meier(months[~group], np.ones(150, bool)).median_interval
        held["median"] += low <= 12.0 * np.log(2.0) <= high
        ratio = cox_two_groups(np.minimum(months, end), months <= end, group)
        held["hazard ratio"] += ratio.low <= 0.7 <= ratio.high
        low, high = binomial_interval(int(rng.binomial(150, min(0.3 * spoil, 1.0))), 150)
        held["share"] += low <= 0.3 <= high
    return {name: count / REPLICATES for name, count in held.items()}


def test_intervals_hold_the_truth() -> None:
    """In a thousand trials 95 % intervals hold it in 95 %, exact ones somewhat more often."""
    found = coverage()
    assert found["median"] == pytest.approx(0.95, abs=0.025)
    assert found["hazard ratio"] == pytest.approx(0.95, abs=0.025)
    assert 0.94 <= found["share"] <= 0.99


def test_intervals_of_something_else_are_noticed() -> None:
    """Broken twin: everything lasts a third longer, and the treated longer still."""
    found = coverage(spoil=1.35)
    assert found["hazard ratio"] < 0.90
    assert found["median"] < 0.90
    assert found["share"] < 0.90


def test_margins_are_published_ones_to_a_hair(lung: OutcomeModel) -> None:
    """Broken twin included: an odds ratio of 1.1 on one level would be seen in these patients."""
    assert margin_gap(lung.population) < SIGMAS
    share, many = 0.45, 200_000
    drawn = lung.population.draw(SEED, np.arange(many)).column("ecog_ps")
    tilted = share * 1.1 / (1.0 + share * 0.1)
    error = np.sqrt(share * (1.0 - share) / many)
    assert abs(float((drawn == 1.0).mean()) - share) < SIGMAS * error
    assert abs(float((drawn == 1.0).mean()) - tilted) > SIGMAS * error


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_shipped_report_is_what_a_replay_gives(disease: str) -> None:
    """Replaying the trials of a pack gives the report that ships with it, figure by figure."""
    kept = shipped(disease)
    assert kept is not None
    fresh = calibration_report(LIBRARY.pack(disease), seed=REPORT_SEED)
    for one, other in zip(kept.figures, fresh.figures, strict=True):
        assert (one.row, one.kind, one.inside) == (other.row, other.kind, other.inside)
        assert one.simulated == pytest.approx(other.simulated, rel=1e-4)


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_a_third_seed_reaches_the_figures_too(disease: str) -> None:
    """Patients of yet another seed meet as many figures, but for two points of their own noise."""
    from dashboard.answers.population import WANTED

    report = calibration_report(LIBRARY.pack(disease), seed=SEED)
    for kind, wanted in WANTED.items():
        assert (report.share_inside(kind) or 0.0) >= wanted - 0.02, kind


def test_scores_of_a_thousand_fair_coins_are_standard() -> None:
    """The judge itself: standard normal scores pass, scores of another spread do not."""
    rng = np.random.default_rng(SEED)
    fair = Replicates(
        came=rng.normal(size=(len(CAME), REPLICATES)),
        variance=np.ones((len(CAME), REPLICATES)),
    )
    wide = replace(fair, came=fair.came * 1.2)
    assert scores_off(fair) < SIGMAS + 0.5
    assert scores_off(wide) > SIGMAS + 0.5
    assert stats.kstest(fair.scores()[0], "norm").pvalue > 1e-4
