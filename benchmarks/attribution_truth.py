"""Do explanations find the true effects of a simulated cohort, and would retrained models agree?

`python -m benchmarks.attribution_truth DISEASE [--bundle DIR]` draws a cohort from a pack, trains
response and OS on it, and asks for the explanations of fresh patients of whom everything is known.
The simulator's own terms say what each fact truly adds (log odds or log hazard around the cohort's
mean, told in points at the patient). Printed for each target: how often the sign agrees where the
true effect is five points or more, beside a twin whose effects are dealt to the wrong facts; and
the mean share of everything that goes to the facts without any true effect. With `--refits N` it
also trains on N other cohorts of the size and prints how far shares wander, against the deviations
that the explanation states, and how often another model has the sign of a share called stable.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Attribution, Target
from dashboard.cohort.calibrated import calibrated_model, simulate_cohort
from dashboard.cohort.columns import RECIST, CohortData, Graded
from dashboard.cohort.folder import read_cohort
from dashboard.cohort.outcomes import OutcomeModel, true_risks
from dashboard.insight.attribution import Z, attribute
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import DiseasePack, Kind
from dashboard.learning.bundle import Bundle, load_bundle
from dashboard.learning.training import train
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

TARGETS = (Target("response"), Target("os", 12.0))
POINTS = 0.05
MONTHS_12 = 1  # the place of twelve months among the simulator's horizons
YEAR = 2022.0
FRESH = 4242


@dataclass(frozen=True)
class People:
    """Fresh patients and what is true of them."""

    facts: list[dict[str, Value]]
    model: OutcomeModel
    design: Floats
    later_line: Floats
    group: object


def main() -> None:
    """Print the figures of one disease."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("disease")
    parser.add_argument("--patients", type=int, default=6000)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--regimens", type=int, default=6)
    parser.add_argument("--refits", type=int, default=0)
    parser.add_argument("--bundle", type=Path, help="one trained on the same cohort already")
    options = parser.parse_args()
    pack = load_library().pack(options.disease)
    started = time.process_time()
    bundle, data = _trained(pack, options.patients, seed=1, kept=options.bundle)
    print(f"{data.size} rows, trained in {time.process_time() - started:.0f} s of computing")
    people = _people(pack, bundle, options.people)
    regimens = _commonest(data, bundle, options.regimens)
    for target in TARGETS:
        _against_truth(bundle, people, regimens, target)
    if options.refits:
        others = [_trained(pack, options.patients, seed=s + 2)[0] for s in range(options.refits)]
        for target in TARGETS:
            _against_each_other([bundle, *others], people.facts, regimens, target)


def _trained(
    pack: DiseasePack, patients: int, *, seed: int, kept: Path | None = None
) -> tuple[Bundle, CohortData]:
    """Response and OS alone, so that the benchmark stays short."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cohort"
        simulate_cohort(pack, patients=patients, seed=seed, out=out)
        data = read_cohort(out, load_library())
    graded = data.response
    if graded is not None and graded.levels == RECIST:
        codes = np.where(np.isnan(graded.codes), np.nan, graded.codes >= RECIST.index("PR"))
        graded = Graded(codes, ("no response", "response"))
    lean = replace(data, response=graded, timed={"os": data.timed["os"]}, toxicities={})
    return load_bundle(kept) if kept else train(lean, seed=1), lean


def _commonest(data: CohortData, bundle: Bundle, count: int) -> list[str]:
    given = np.bincount(data.regimen if data.regimen is not None else [], minlength=1)
    order = np.argsort(-given, kind="stable")
    names = [data.regimens[place] for place in order]
    return [name for name in names if name in bundle.contract.regimens][:count]


def _people(pack: DiseasePack, bundle: Bundle, count: int) -> People:
    model = calibrated_model(pack)
    draw = model.population.draw(FRESH, np.arange(count))
    group = model.group(draw, YEAR)
    facts: list[dict[str, Value]] = [{} for _ in range(count)]
    for each in bundle.contract.inputs:
        column = draw.column(each.id)
        if each.id == "line":
            column = column + 1.0
        for person, place in zip(facts, column.tolist(), strict=True):
            if not np.isnan(place):
                person[each.id] = _value(each.kind, each.levels, place)
    return People(facts, model, group.design, group.later_line, group)


def _value(kind: Kind, levels: tuple[str, ...], place: float) -> Value:
    if levels:
        return levels[int(place)]
    return bool(place) if kind is Kind.FLAG else place


def _truth(people: People, regimen: str, target: Target) -> dict[str, Floats]:
    """What each fact truly adds for every person, in points."""
    model, endpoint = people.model, target.name
    column = model.book.regimens.index(regimen)
    added = people.design * model.weights[endpoint][:, column]
    points = _slope(people, column, target)
    found: dict[str, Floats] = {}
    for place, term in enumerate(model.book.all_terms):
        names = {term.feature} if term.feature else term.rule.names | ({term.slope_of} - {""})
        for name in names:
            own = (added[:, place] - added[:, place].mean()) / len(names)
            found[name] = found.get(name, np.zeros(len(own))) + own * points
    later = model.parameters.regimens[regimen].later_line.get(endpoint, 0.0) * people.later_line
    line = found.get("line", np.zeros(len(later)))
    found["line"] = line + (later - later.mean()) * points
    return found


def _slope(people: People, column: int, target: Target) -> Floats:
    """Points a unit of log odds or log hazard, at each person's own risk."""
    rows = np.arange(len(people.facts))
    risks = true_risks(people.model, people.group, column, rows)  # type: ignore[arg-type]
    if target.name == "response":
        slope: Floats = risks.response * (1 - risks.response)
        return slope
    alive = np.clip(risks.os[:, MONTHS_12], 1e-6, 1 - 1e-6)
    steep: Floats = alive * np.log(alive)
    return steep


def _against_truth(bundle: Bundle, people: People, regimens: list[str], target: Target) -> None:
    tally = _Tally(np.random.default_rng(0))
    null = set(bundle.contract.ids) - people.model.book.names() - {"line"}
    truth = {regimen: _truth(people, regimen, target) for regimen in regimens}
    for person, facts in enumerate(people.facts):
        for found in attribute(bundle, facts, regimens, target):
            true = {name: points[person] for name, points in truth[found.regimen].items()}
            tally.add(found, {name: float(v) for name, v in true.items() if name in facts}, null)
    tally.tell(target, len(null))


@dataclass
class _Tally:
    """Signs that were right, and what went to facts that do nothing: all bars, bars shown."""

    chance: np.random.Generator
    signs: list[tuple[str, bool, bool]] = field(default_factory=list)  # fact, right, shown
    twin: list[bool] = field(default_factory=list)
    shares: dict[str, list[float]] = field(default_factory=dict)
    shown_shares: dict[str, list[float]] = field(default_factory=dict)

    def add(self, found: Attribution, true: dict[str, float], null: set[str]) -> None:
        """Count one explanation."""
        parts = {each.feature: each for each in found.contributions}
        dealt = dict(zip(parts, self.chance.permutation(list(parts)), strict=True))
        for name, points in true.items():
            if name in parts and abs(points) >= POINTS:
                right = parts[name].effect * points > 0
                self.signs.append((name, right, parts[name].stable))
                self.twin.append(parts[str(dealt[name])].effect * points > 0)
        whole = sum(abs(each.effect) for each in found.contributions)
        shown = sum(abs(each.effect) for each in found.stable)
        for name in null:
            effect = abs(parts[name].effect)
            self.shares.setdefault(name, []).append(effect / whole)
            drawn = effect * parts[name].stable / max(shown, 1e-12)
            self.shown_shares.setdefault(name, []).append(drawn)

    def tell(self, target: Target, null: int) -> None:
        """Print the figures."""
        right = np.array([each[1] for each in self.signs])
        shown = np.array([each[2] for each in self.signs])
        wrong = Counter(name for name, fine, _ in self.signs if not fine).most_common(4)
        print(
            f"{target.name}: sign right in {right.mean():.1%} of {len(right)} true effects of "
            f"{POINTS * 100:.0f} points or more, in {right[shown].mean():.1%} of the "
            f"{shown.mean():.0%} that are shown; dealt to wrong facts {np.mean(self.twin):.1%}; "
            f"wrong most often: {wrong}"
        )
        for shares, said in ((self.shares, "all bars"), (self.shown_shares, "bars shown")):
            means = sorted(((float(np.mean(v)), n) for n, v in shares.items()), reverse=True)
            largest = ", ".join(f"{name} {share:.2%}" for share, name in means[:4])
            print(f"  {null} facts without effect, mean share of {said}: {largest}")


def _against_each_other(
    bundles: list[Bundle], people: list[dict[str, Value]], regimens: list[str], target: Target
) -> None:
    spoken = [r for r in regimens if all(r in bundle.contract.regimens for bundle in bundles)]
    found = [[attribute(bundle, facts, spoken, target) for facts in people] for bundle in bundles]
    names = set.intersection(*({c.feature for c in each[0][0].contributions} for each in found))
    effects, half = (
        np.array([[[_row(a, names, half=h) for a in person] for person in each] for each in found])
        for h in (False, True)
    )
    wandered = np.sqrt((effects.var(axis=0, ddof=1)).mean())
    stated = np.sqrt(((half / Z) ** 2).mean())
    stable = np.abs(effects) > half
    pairs = list(permutations(range(len(bundles)), 2))
    same = np.mean([np.mean(_alike(effects, a, b)[stable[a]]) for a, b in pairs])
    rest = np.mean([np.mean(_alike(effects, a, b)[~stable[a]]) for a, b in pairs])
    print(
        f"{target.name}: shares of {len(bundles)} models differ by {wandered / stated:.2f} of the "
        f"stated deviation; {stable.mean():.0%} of bars with "
        f"{np.abs(effects)[stable].sum() / np.abs(effects).sum():.0%} of what is shared out are "
        f"called stable, another model agrees with the sign of {same:.1%} of them and of "
        f"{rest:.1%} of the others"
    )


def _row(found: Attribution, names: set[str], *, half: bool) -> list[float]:
    return [
        (each.high or 0.0) - each.effect if half else each.effect
        for each in found.contributions
        if each.feature in names
    ]


def _alike(effects: Floats, first: int, second: int) -> npt.NDArray[np.bool_]:
    alike: npt.NDArray[np.bool_] = np.sign(effects[first]) == np.sign(effects[second])
    return alike


if __name__ == "__main__":
    main()
