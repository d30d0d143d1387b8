"""Whether the model agrees with the trials it was calibrated to, and whether a wrong arm is found.

`python benchmarks/concordance.py DATA_FOLDER [DISEASE ...] [--anew]` takes the bundle of each
disease (trained first where there is none), asks it about the patients of every trial, and tells:
for how many regimens the model differs from its own trials, against the share that chance alone
would give; and how often an arm stands out, or the mark of its regimen changes, once its published
figures are made 30 % larger or smaller. Beside what is found stands what could be known at all: by
a test of the same level that knows the truth of every arm, so that nothing but the chance of the
arm's own patients is left. How figures hang together is estimated once, from what was published;
with --anew each time from the spoilt figures, which takes minutes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from dashboard.answers.concordance import LIMIT
from dashboard.insight.agreement import Point, Residuals, Spread, compared
from dashboard.insight.asked_trials import Asked, residuals_of
from dashboard.insight.noticed import found_alone
from dashboard.insight.standing_out import PLANTED as PLANTED_SIZE
from dashboard.insight.standing_out import (
    Field,
    Hanging,
    apart,
    changed,
    field_of,
    sampling_errors,
)
from dashboard.services import forecasts, replays
from dashboard.services.context import Context
from dashboard.services.installation import open_context

MEASURES = ("objective response", "median PFS", "median OS")
BY_CHANCE = 0.05
WELL_KNOWN = 0.1  # standard error, on the logarithm, of what an arm's figures are expected to be
PLANTED = (
    ("figures 30 % more", 1, False),
    ("figures 30 % less", -1, False),
    ("figures and hazard ratio 30 % better", 1, True),
    ("figures and hazard ratio 30 % worse", -1, True),
)


def regimen_tests(held: Residuals, spread: Spread) -> dict[str, float]:
    """For every regimen, the model against its trials on their own patients."""
    found = {}
    for regimen in dict.fromkeys(held.regimens):
        rows = [i for i, name in enumerate(held.regimens) if name == regimen]
        points = [Point(-held.differences[i], held.variances[i]) for i in rows]
        trials = [held.trials[i] for i in rows]
        unsure = spread.under(float(np.mean(held.claimed[rows])))
        contrast = compared(Point(0.0, 0.0), points, unsure, trials)
        if contrast:
            found[regimen] = contrast.z
    return found


def marks_changed(asked: Asked, field: Field, sign: int) -> dict[str, bool]:
    """For every arm in turn, whether a mark of its regimen changes with its figures."""
    residuals = residuals_of(asked.replays)
    arms = {m: [r.arm for r in asked.replays if r.measure == m] for m in MEASURES}
    steps = dict(zip(field.arms, _steps(field), strict=True))
    before = {m: regimen_tests(residuals[m], asked.spreads[m]) for m in MEASURES}
    found = {}
    for arm, regimen in zip(field.arms, field.regimens, strict=True):
        marks = []
        for measure in MEASURES:
            if arm not in arms[measure]:
                continue
            held = residuals[measure]
            moved = held.differences.copy()
            kind = "response" if measure.startswith("objective") else "time"
            moved[arms[measure].index(arm)] -= sign * steps[arm][kind]
            spoilt = replace(held, differences=moved)
            after = regimen_tests(spoilt, asked.spreads[measure])[regimen]
            marks.append((abs(before[measure][regimen]) > LIMIT) != (abs(after) > LIMIT))
        found[arm] = any(marks)
    return found


def _steps(field: Field) -> list[Mapping[str, float]]:
    """By arm, what 30 % is for its response and for its times."""
    found: list[Mapping[str, float]] = []
    for number in range(len(field.arms)):
        own = (field.arm == number) & ~field.ratio
        response = field.step[own & (field.endpoint == 0)]
        found.append(
            {"response": float(response[0]) if len(response) else 0.0, "time": float(np.log(1.3))}
        )
    return found


def share(flags: Sequence[bool]) -> str:
    """How many of how many."""
    return f"{sum(flags)} of {len(flags)} ({100 * np.mean(flags):.0f} %)" if flags else "none"


@dataclass
class Told:
    """The verdicts over regimens and over arms, what could be known, and what is noticed."""

    differing: list[bool] = field(default_factory=list)
    found: dict[str, list[bool]] = field(default_factory=dict)
    knowable: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)  # the smallest error noticed, as a factor

    def add(self, other: Told) -> None:
        """Another disease beside those so far."""
        self.differing += other.differing
        self.knowable += other.knowable
        self.sizes += other.sizes
        for words, flags in other.found.items():
            self.found[words] = self.found.get(words, []) + flags

    def show(self, name: str) -> None:
        """What was found, of how many, and of what could be."""
        for words, flags in self.found.items():
            print(f"{name}, planted {words}: {share(flags)} stand out")
        bound = float(np.mean(self.knowable))
        both = [float(np.mean(self.found[words])) for words, _, ratio in PLANTED if not ratio]
        print(
            f"{name}: 30 % could be known at all in {100 * bound:.0f} % of the arms; of these "
            f"{100 * both[0] / bound:.0f} and {100 * both[1] / bound:.0f} % are found"
        )
        low, middle, high = 100 * (np.quantile(self.sizes, (0.25, 0.5, 0.75)) - 1)
        print(
            f"{name}: smallest error noticed, quartiles over arms: {low:.0f}, {middle:.0f}, "
            f"{high:.0f} %; at most 30 % in {share([s <= PLANTED_SIZE for s in self.sizes])}"
        )


def measure(context: Context, disease: str, *, anew: bool = False) -> Told:
    """Ask, compare, plant, tell; the verdicts over regimens and over arms."""
    forecasts.prepare(context, disease)
    replays.prepare(context, disease)
    asked = replays.asked(context, disease)
    residuals = residuals_of(asked.replays)
    differing: list[bool] = []
    for name in MEASURES:
        spread = asked.spreads[name]
        z = list(regimen_tests(residuals[name], spread).values())
        differing += [abs(x) > LIMIT for x in z]
        parts = ", ".join(f"{v**0.5:.2f}" for v in (spread.regimen, spread.trial, spread.arm))
        told = share([abs(x) > LIMIT for x in z])
        print(
            f"{disease}, {name}: {told} regimens differ; deviation by regimen, trial, arm {parts}"
        )
    pack = context.library.pack(disease)
    held = field_of(asked.replays, {arm.id: arm.n or 0 for arm in pack.arms})
    at = None if anew else Hanging(held).likeliest()
    found = {"nothing": [a.stands_out for a in asked.apart.values()]}
    for words, sign, ratio in PLANTED:
        after = {n: apart(changed(held, n, sign, ratio=ratio), at, [n])[n] for n in held.arms}
        spoilt = {n: each.stands_out for n, each in after.items()}
        found[words] = list(spoilt.values())
        if not ratio:
            # The planted step moves an arm's z by the step over its standard error.
            moved = {n: abs(each.figures - asked.apart[n].figures) for n, each in after.items()}
            sure = [spoilt[n] for n in held.arms if moved[n] * WELL_KNOWN > np.log(PLANTED_SIZE)]
            found[f"{words}, arms that the rest foretells to 10 %"] = sure
            marks = marks_changed(asked, held, sign)
            either = [flag or marks[name] for name, flag in spoilt.items()]
            found[f"{words}, or a mark changes"] = either
    sizes = [each.noticed for each in asked.apart.values()]
    answer = Told(differing, found, knowable(held), sizes)
    answer.show(disease)
    return answer


def knowable(field: Field) -> list[float]:
    """By arm, the chance that 30 % is found by a test that knows the truth of every arm."""
    size = float(np.log(PLANTED_SIZE))
    return [found_alone(size, error) for error in sampling_errors(field).values()]


def main(folder: str, *asked: str) -> int:
    """The diseases named, or all; 1 when more regimens differ than chance explains."""
    diseases = [name for name in asked if name != "--anew"]
    context = open_context({"CONCORD_DATA_DIR": folder}, audit=lambda _: None)
    start = time.process_time()
    told = Told()
    for disease in diseases or context.library.ids:
        told.add(measure(context, disease, anew="--anew" in asked))
    differing = told.differing
    print(f"all: {share(differing)} regimens differ; by chance 5 %")
    told.show("all")
    print(f"{time.process_time() - start:.0f} s of processor time")
    return int(
        np.mean(differing)
        > BY_CHANCE + 1.64 * (BY_CHANCE * (1 - BY_CHANCE) / len(differing)) ** 0.5
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
