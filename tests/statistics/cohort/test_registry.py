"""The simulated registry: possible histories, true risks, overlap, a record with gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.assignment import circumstances_of, open_regimens, propensities
from dashboard.cohort.decisions import Decision, Floats, Potential
from dashboard.cohort.histories import contradictions, impossible_histories
from dashboard.cohort.missingness import missingness_of
from dashboard.cohort.outcomes import LONGEST_MONTHS, PARTIAL, OutcomeModel, outcome_model
from dashboard.cohort.registry import CohortWriter
from dashboard.cohort.simulator import simulate_decisions
from tests.statistics.cohort.conftest import PATIENTS, SEED, SIGMAS, off_by


def impossible(model: OutcomeModel, decisions: tuple[Decision, ...]) -> int:
    """How many impossible things there are in all decisions."""
    return sum(sum(impossible_histories(model, decision).values()) for decision in decisions)


def test_no_history_is_impossible(melanoma: OutcomeModel, decisions: tuple[Decision, ...]) -> None:
    """Nobody progresses after death, responds after progression, or gets what is forbidden."""
    assert impossible(melanoma, decisions) == 0


def test_progression_after_death_is_noticed(
    melanoma: OutcomeModel, decisions: tuple[Decision, ...]
) -> None:
    """Broken twin: progression-free survival does not end with death."""
    first = decisions[0]
    longer = tuple(replace(p, pfs_months=p.os_months * 1.01) for p in first.potential)
    assert impossible(melanoma, (replace(first, potential=longer),)) > 0


def test_forbidden_treatment_is_noticed(
    melanoma: OutcomeModel, decisions: tuple[Decision, ...]
) -> None:
    """Broken twin: everybody is given the first regimen, whatever the rules say."""
    broken = replace(decisions[0], chosen=np.zeros_like(decisions[0].chosen))
    assert impossible(melanoma, (broken,)) > 0


def test_exclusive_drivers_never_meet(lung: OutcomeModel) -> None:
    """In 20,000 lung cancers no second driver stands beside the first."""
    draw = lung.population.draw(SEED, np.arange(20_000))
    flags = ("alk_fusion", "ros1_fusion", "ret_fusion", "ntrk_fusion", "braf_v600e")
    assert max(np.sum([draw.column(name) for name in flags], axis=0)) == 1.0


def test_independent_drivers_are_noticed(lung: OutcomeModel) -> None:
    """Broken twin: drivers drawn independently at their own rates meet."""
    draw = lung.population.draw(SEED, np.arange(20_000))
    flags = ("alk_fusion", "ros1_fusion", "ret_fusion", "ntrk_fusion", "braf_v600e")
    mixed = [
        np.random.default_rng(place).permutation(draw.column(name))
        for place, name in enumerate(flags)
    ]
    assert max(np.sum(mixed, axis=0)) > 1.0


def true_risks_gap(decision: Decision) -> float:
    """The largest gap between what was true and what came, in standard errors."""
    gaps = []
    for potential, risks in zip(decision.potential, decision.risks, strict=True):
        if potential.rows.size < 200:
            continue
        pairs = [
            (risks.response, potential.response >= PARTIAL),
            (risks.os[:, 0], potential.os_months > 12.0),
            (risks.pfs[:, 0], potential.pfs_months > 12.0),
            (risks.os[:, 2], potential.os_months > 36.0),
        ]
        for chance, came in pairs:
            gaps.append(
                off_by(float(came.sum()), float(chance.sum()), float((chance * (1 - chance)).sum()))
            )
    return max(gaps)


def test_true_risks_are_true(decisions: tuple[Decision, ...]) -> None:
    """Under every regimen, as many respond and live as the true risks say."""
    assert true_risks_gap(decisions[0]) < SIGMAS + 1.0  # the largest of some sixty comparisons


def test_wrong_risks_are_noticed(decisions: tuple[Decision, ...]) -> None:
    """Broken twin: risks of survival taken from another horizon."""
    first = decisions[0]
    wrong = tuple(replace(r, os=r.os[:, [1, 1, 1, 1]]) for r in first.risks)
    assert true_risks_gap(replace(first, risks=wrong)) > SIGMAS + 1.0


def later_line_ratio(decision: Decision) -> float:
    """Deaths within a year of the later decision, over what the true risks expect."""
    expected, died = 0.0, 0.0
    names = [r.id for r in decision.group.draw.population.pack.regimens]
    for potential, risks in zip(decision.potential, decision.risks, strict=True):
        mine = decision.chosen[potential.rows] == names.index(potential.regimen)
        expected += float((1.0 - risks.os[mine, 0]).sum())
        died += float((potential.os_months[mine] <= 12.0).sum())
    return died / expected


def later_lines_off(decisions: tuple[Decision, ...]) -> float:
    """The largest gap of those ratios from one, over the second to fourth decision."""
    return max(abs(later_line_ratio(decision) - 1.0) for decision in decisions[1:4])


def test_later_lines_are_calibrated(decisions: tuple[Decision, ...]) -> None:
    """At each later decision as many die within a year as the true risks say, within 20 %."""
    assert later_lines_off(decisions) < 0.20


def test_missing_carry_over_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: later lines without what the earlier ones say about them."""
    bare = outcome_model(lung.pack, lung.assumptions, replace(lung.parameters, carry_over={}))
    assert later_lines_off(tuple(simulate_decisions(bare, SEED, 0, 4000))) > 0.20


def regimens_matter(decisions: tuple[Decision, ...], *, given: bool = True) -> float:
    """How far a year's survival follows what the true risks say of the regimen that was given.

    The slope of being alive on what the given regimen promises above the patient's open ones, each
    by its chance: 1 where survival depends on the regimen as is said, 0 where not at all.
    """
    above, alive = [], []
    for decision in decisions:
        promised = np.zeros(decision.chances.shape)
        names = [r.id for r in decision.group.draw.population.pack.regimens]
        for potential, risks in zip(decision.potential, decision.risks, strict=True):
            promised[potential.rows, names.index(potential.regimen)] = risks.os[:, 0]
        usual = (decision.chances * promised).sum(axis=1)
        rows = np.flatnonzero(decision.chosen >= 0)
        chosen = decision.chosen[rows] if given else choose_anew(decision, rows)
        above.append(promised[rows, chosen] - usual[rows])
        alive.append((decision.received("os_months")[rows] > 12.0) - usual[rows])
    promise, came = np.concatenate(above), np.concatenate(alive)
    return float(promise @ came / (promise @ promise))


def choose_anew(decision: Decision, rows: np.ndarray) -> np.ndarray:
    """Another draw of what is given, which the patients did not get."""
    luck = np.random.default_rng(5).random(len(rows))
    summed = np.cumsum(decision.chances[rows], axis=1)
    return np.minimum((summed < luck[:, None]).sum(axis=1), summed.shape[1] - 1)


def test_regimens_of_later_lines_matter_as_much_as_is_said(lung: OutcomeModel) -> None:
    """Survival after later decisions depends on the regimen as the true risks say."""
    decisions = tuple(simulate_decisions(lung, SEED, 0, 6000))
    assert abs(regimens_matter(decisions[1:]) - 1.0) < 0.35
    assert abs(regimens_matter(decisions[:1]) - 1.0) < 0.35
    assert regimens_matter(decisions[1:], given=False) < 0.35  # the twin: what was not given


def test_a_history_is_one_history(decisions: tuple[Decision, ...]) -> None:
    """The survival after the first decision takes up what came of the second."""
    first, second = decisions[0], decisions[1]
    places = np.searchsorted(first.group.draw.patients, second.group.draw.patients)
    overall = first.received("os_months")[places]
    left = overall - first.received("pfs_months")[places] - 0.8
    lived = second.received("os_months")
    given = (second.chosen >= 0) & (overall < LONGEST_MONTHS)  # nobody is followed longer
    assert lived[given] == pytest.approx(np.maximum(left[given], 0.03), abs=1e-6)


def responders_outlive(model: OutcomeModel) -> float:
    """Log ratio of median survival after a landmark: responders over the rest alive by then."""
    decision = next(iter(simulate_decisions(model, SEED, 0, 4000, with_risks=False)))
    potential = max(decision.potential, key=lambda p: p.rows.size)
    alive = potential.pfs_months > 6.0
    responded = potential.response >= PARTIAL
    medians = [np.median(potential.os_months[alive & rows]) for rows in (responded, ~responded)]
    return float(np.log(medians[0] / medians[1]))


def test_responders_live_longer(melanoma: OutcomeModel) -> None:
    """Those who respond live longer than others still free of progression at six months."""
    assert responders_outlive(melanoma) > 0.15


def test_response_without_the_state_is_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: response does not lean on the hidden state, nor on what is known."""
    outcomes = melanoma.assumptions.outcomes.model_copy(update={"response_on_state": 0.0})
    assumptions = melanoma.assumptions.model_copy(update={"outcomes": outcomes})
    broken = outcome_model(melanoma.pack, assumptions, replace(melanoma.parameters, sizes={}))
    assert responders_outlive(broken) < 0.15


def smallest_propensity(model: OutcomeModel) -> float:
    """The smallest true chance of any regimen that is open to somebody."""
    draw = model.population.draw(SEED, np.arange(PATIENTS))
    where = circumstances_of(model, draw)
    group = model.group(draw, where.year)
    allowed = open_regimens(model, group)
    return float(propensities(model, group, allowed, where)[allowed].min())


def test_every_open_regimen_has_a_chance(melanoma: OutcomeModel) -> None:
    """No open regimen has a propensity below one in a hundred."""
    assert smallest_propensity(melanoma) >= 0.01 - 1e-9


def test_unbounded_propensities_are_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: choice without a floor."""
    choice = melanoma.assumptions.choice.model_copy(update={"floor": 0.0})
    broken = replace(
        melanoma, assumptions=melanoma.assumptions.model_copy(update={"choice": choice})
    )
    assert smallest_propensity(broken) < 0.01


def confounding(decision: Decision) -> float:
    """How much fitter those given combined immunotherapy are, in points of performance status."""
    names = [r.id for r in decision.group.draw.population.pack.regimens]
    combined = decision.chosen == names.index("nivolumab-ipilimumab")
    single = decision.chosen == names.index("nivolumab")
    ecog = decision.group.draw.column("ecog_ps")
    return float(ecog[single].mean() - ecog[combined].mean())


def test_treatment_follows_fitness(decisions: tuple[Decision, ...]) -> None:
    """Frailer patients are spared the combination: confounding by indication is there."""
    assert confounding(decisions[0]) > 0.08


def test_random_assignment_is_noticed(decisions: tuple[Decision, ...]) -> None:
    """Broken twin: treatment by lot shows no such difference."""
    first = decisions[0]
    lot = np.random.default_rng(SEED).permutation(first.chosen)
    assert abs(confounding(replace(first, chosen=lot))) < 0.08


def common_events(potential: Potential) -> list[Floats]:
    """Who has each kind of severe event, of the kinds that are not rare under a regimen."""
    happened = [
        ~np.isnan(onset) for name, onset in potential.severe_months.items() if name != "any"
    ]
    return [events.astype(float) for events in happened if events.mean() > 0.03]


def frailty_covariance(decision: Decision) -> float:
    """Mean correlation of severe events of different groups under one regimen."""
    common = max(map(common_events, decision.potential), key=lambda c: sum(e.size for e in c))
    matrix = np.corrcoef(common)
    return float(matrix[np.triu_indices_from(matrix, 1)].mean())


def test_severe_events_hang_together(lung: OutcomeModel) -> None:
    """Who has one severe event is likelier to have another."""
    first = next(iter(simulate_decisions(lung, SEED, 0, PATIENTS, with_risks=False)))
    assert frailty_covariance(first) > 0.015


def test_removed_frailty_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: without a shared frailty, events are nearly independent."""
    bare = {
        name: replace(held, severe=replace(held.severe, frailty=0.0))
        for name, held in lung.parameters.regimens.items()
    }
    parameters = replace(lung.parameters, regimens=bare, sizes={})
    host = lung.assumptions.toxicity.model_copy(
        update={"older_by_decade": 0.0, "ecog_2_or_worse": 0.0}
    )
    broken = outcome_model(
        lung.pack, lung.assumptions.model_copy(update={"toxicity": host}), parameters
    )
    first = next(iter(simulate_decisions(broken, SEED, 0, PATIENTS, with_risks=False)))
    assert frailty_covariance(first) < 0.015


def untested_by_fitness(model: OutcomeModel) -> float:
    """How much more often a molecular test is missing in frail patients."""
    draw = model.population.draw(SEED, np.arange(PATIENTS))
    where = circumstances_of(model, draw)
    group = model.group(draw, where.year)
    lacking = missingness_of(model).draw(group, where)["tmb_mut_mb"]
    frail = draw.column("ecog_ps") >= 2
    return float(lacking[frail].mean() - lacking[~frail].mean())


def test_frail_patients_are_tested_less(lung: OutcomeModel) -> None:
    """Missing values depend on what is in the record."""
    assert untested_by_fitness(lung) > 0.04


def test_missing_by_lot_is_noticed(lung: OutcomeModel) -> None:
    """Broken twin: values missing for no reason."""
    broken = replace(lung, assumptions=lung.assumptions.model_copy(update={"missingness": {}}))
    assert abs(untested_by_fitness(broken)) < 0.04


def test_missing_rates_are_the_tables(lung: OutcomeModel) -> None:
    """Each feature is missing about as often as its table says."""
    draw = lung.population.draw(SEED, np.arange(PATIENTS))
    where = circumstances_of(lung, draw)
    lacking = missingness_of(lung).draw(lung.group(draw, where.year), where)
    for name in ("pd_l1_tps", "ecog_ps", "ldh_x_uln", "driver_alteration"):
        assert lacking[name].mean() == pytest.approx(lung.pack.feature(name).missing_rate, abs=0.03)


def test_facts_agree_in_every_pack(lung: OutcomeModel, decisions: tuple[Decision, ...]) -> None:
    """No implication of the pack is broken, in first lines or later ones."""
    first = next(iter(simulate_decisions(lung, SEED, 0, 2000, with_risks=False)))
    assert contradictions(lung, first) == 0


def test_times_of_response_are_those_seen_before_progression(
    melanoma: OutcomeModel, decisions: tuple[Decision, ...]
) -> None:
    """A response has a time while followed and before progression; nothing else has one."""
    writer = CohortWriter(melanoma, SEED)
    for decision in decisions:
        writer.add(decision)
    data = writer.data()
    assert data.response is not None
    reached, pfs = data.response.months, data.timed["pfs"]
    assert reached is not None
    responded = data.response.codes >= PARTIAL
    np.testing.assert_array_equal(~np.isnan(reached), responded)
    assert np.all(reached[responded] <= pfs.months[responded] * 1.001)
    assert reached[responded].min() >= melanoma.assumptions.outcomes.first_assessment_months * 0.999
