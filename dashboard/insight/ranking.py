"""Which regimen comes first under a patient's own weights, and how sure that is.

Benefit, harm and burden are put on one scale from 0 to 1 and added up with the weights. Benefit and
harm are drawn many times from their intervals (normal in log-odds, each side as wide as its own
half of the interval), and the share of draws in which a regimen scores highest is its chance of
being first. Regimens are drawn independently of each other: what their intervals share (they are of
one patient) would cancel in a comparison, so the chances told here err towards "we cannot tell". A
regimen that lacks a figure which counts, or that may not be ranked for this patient, is left out
and says why; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dashboard.answers.forecast import Chance
from dashboard.answers.ranking import Option, Ranking, Standing, Weights
from dashboard.foundation.seeds import generator
from dashboard.insight.weight_turns import turns

MOST_VISITS = 12.0  # in twelve weeks: once a week weighs as much as certain harm
DRAWS = 4000
_LEAST = 1e-4
_Z_90 = 1.6448536269514722
_Z = {0.8: 1.2815515655446004, 0.9: _Z_90, 0.95: 1.959963984540054}

Floats = npt.NDArray[np.float64]


def rank(options: Sequence[Option], weights: Weights, *, seed: int = 0) -> Ranking:
    """Rank options by their expected place under weights.

    Args:
        options: the regimens to compare.
        weights: how much each of benefit, harm and burden counts.
        seed: of the draws; equal seeds, equal chances.
    """
    left_out = {o.regimen: reason for o in options if (reason := _why_not(o, weights))}
    ranked = [option for option in options if option.regimen not in left_out]
    if weights.total == 0:
        return Ranking(weights, (), left_out, "Every weight is zero: nothing would count.")
    if len(ranked) < len(("one", "another")):
        return Ranking(weights, (), left_out, _closed(options, left_out))
    benefit = np.stack([_draw(o.benefit, seed, f"benefit {o.regimen}") for o in ranked])
    harm = np.stack([_draw(o.harm, seed, f"harm {o.regimen}") for o in ranked])
    visits = np.array([o.burden or 0.0 for o in ranked])
    burden = np.broadcast_to(np.minimum(visits / MOST_VISITS, 1.0)[:, None], benefit.shape)
    worth = _worth(weights, benefit, harm, burden)
    places = 1.0 + (worth[None, :, :] > worth[:, None, :]).sum(axis=1).mean(axis=1)
    firsts = _firsts(worth)
    dominated = _dominated(ranked, weights, np.stack([benefit, 1 - harm, 1 - burden]))
    standings = [
        Standing(option.regimen, float(firsts[i]), float(places[i]), *dominated[i])
        for i, option in enumerate(ranked)
    ]
    turned = turns(ranked, weights, most_visits=MOST_VISITS)
    return Ranking(
        weights, tuple(sorted(standings, key=lambda s: s.place)), left_out, turns=turned
    )  # fmt: skip


def _why_not(option: Option, weights: Weights) -> str:
    if option.closed:
        return option.closed
    wanted = (
        (weights.benefit, option.benefit, "the benefit chosen"),
        (weights.harm, option.harm, "severe toxicity"),
        (weights.burden, option.burden, "visits"),
    )
    missing = [words for weight, figure, words in wanted if weight and figure is None]
    return f"No figure for {' and '.join(missing)}." if missing else ""


def _closed(options: Sequence[Option], left_out: dict[str, str]) -> str:
    if not left_out:
        return "A ranking needs two regimens."
    kept = len(options) - len(left_out)
    word = "none" if kept == 0 else "only one"
    if len(options) == 1:
        return "The one regimen asked about cannot be ranked for this patient."
    return f"Of {len(options)} regimens {word} can be ranked for this patient."


def _draw(chance: Chance | None, seed: int, name: str) -> Floats:
    if chance is None:  # counts for nothing: its weight is zero
        return np.zeros(DRAWS)
    middle, low, high = (_logit(value) for value in (chance.p, chance.low, chance.high))
    z = _Z.get(round(chance.level, 2), _Z_90)
    normals = generator(seed, name).standard_normal(DRAWS)
    width = np.where(normals < 0, (middle - low) / z, (high - middle) / z)
    drawn: Floats = 1.0 / (1.0 + np.exp(-(middle + width * normals)))
    return drawn


def _logit(p: float) -> float:
    inside = min(max(p, _LEAST), 1 - _LEAST)
    return float(np.log(inside / (1 - inside)))


def _worth(weights: Weights, benefit: Floats, harm: Floats, burden: Floats) -> Floats:
    total: Floats = (
        weights.benefit * benefit + weights.harm * (1 - harm) + weights.burden * (1 - burden)
    ) / weights.total
    return total


def _firsts(worth: Floats) -> Floats:
    """The share of draws in which each is first; equals share it."""
    winning = np.isclose(worth, worth.max(axis=0), rtol=0.0, atol=1e-12)
    shares: Floats = (winning / winning.sum(axis=0)).mean(axis=1)
    return shares


def _dominated(
    options: Sequence[Option], weights: Weights, goods: Floats
) -> list[tuple[str, float]]:
    """For each the other that is as good in all that counts by the estimates, and how surely."""
    counts = np.array([weights.benefit, weights.harm, weights.burden]) > 0
    goods = goods[counts]
    middles = np.stack([_middles(option) for option in options])[:, counts]
    found: list[tuple[str, float]] = []
    for i, own in enumerate(middles):
        rivals = [
            (float((goods[:, j] >= goods[:, i]).all(axis=0).mean()), options[j].regimen)
            for j, other in enumerate(middles)
            if j != i and (other >= own).all() and (other > own).any()
        ]
        share, name = max(rivals, default=(0.0, ""))
        found.append((name, share))
    return found


def _middles(option: Option) -> Floats:
    benefit = option.benefit.p if option.benefit else 0.0
    harm = option.harm.p if option.harm else 0.0
    return np.array([benefit, 1 - harm, -(option.burden or 0.0)])
