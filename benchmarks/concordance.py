"""Whether the model agrees with the trials it was calibrated to, and whether a wrong arm is found.

`python benchmarks/concordance.py DISEASE DATA_FOLDER` takes the bundle of a disease (trained first
where there is none), asks it about the patients of every trial, and tells: for how many regimens
the model differs from its own trials, against the share that chance alone would give; and how often
an arm whose figures are made 30 % larger or smaller stands out, by how closely it is determined.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from dashboard.answers.concordance import LIMIT
from dashboard.insight.agreement import Point, Residuals, Spread, compared, together
from dashboard.services import concordance, forecasts
from dashboard.services.installation import open_context

PLANTED = math.log(1.3)
MEASURES = ("objective response", "median PFS", "median OS")


def regimen_tests(held: Residuals, spread: Spread) -> list[float]:
    """For every regimen, the model against its trials on their own patients."""
    found = []
    for regimen in dict.fromkeys(held.regimens):
        rows = [i for i, name in enumerate(held.regimens) if name == regimen]
        points = [Point(-held.differences[i], held.variances[i]) for i in rows]
        contrast = compared(Point(0.0, 0.0), points, spread)
        found += [contrast.z] if contrast else []
    return found


def planted(by_measure: Sequence[tuple[list[str], Residuals]], shift: float) -> dict[str, bool]:
    """For every arm in turn, whether it stands out once all its figures are changed by this."""
    alone = [(arms, *held.standing_out()) for arms, held in by_measure]
    scores = [dict(zip(arms, z.tolist(), strict=True)) for arms, z, _ in alone]
    shifts = [dict(zip(arms, (shift / e).tolist(), strict=True)) for arms, _, e in alone]
    found: dict[str, bool] = {}
    for arm in dict.fromkeys(name for kind in scores for name in kind):
        spoilt = [
            {**kind, **({arm: kind[arm] - moved[arm]} if arm in kind else {})}
            for kind, moved in zip(scores, shifts, strict=True)
        ]
        found[arm] = abs(together(spoilt)[arm]) > LIMIT
    return found


def closeness(by_measure: Sequence[tuple[list[str], Residuals]]) -> dict[str, float]:
    """By arm, how many standard errors a planted error amounts to, over its figures."""
    found: dict[str, float] = {}
    for arms, held in by_measure:
        for arm, error in zip(arms, held.standing_out()[1].tolist(), strict=True):
            found[arm] = found.get(arm, 0.0) + (PLANTED / error) ** 2
    return found


def share(flags: Sequence[bool]) -> str:
    """How many of how many."""
    return f"{sum(flags)} of {len(flags)} ({100 * np.mean(flags):.0f}%)" if flags else "none"


def main(disease: str, folder: str) -> int:
    """Ask, compare, plant, tell."""
    context = open_context({"CONCORD_DATA_DIR": folder}, audit=lambda _: None)
    forecasts.prepare(context, disease)
    start = time.process_time()
    concordance.prepare(context, disease)
    print(f"asked about every trial in {time.process_time() - start:.1f} s of processor time")
    replays = concordance.replays(context, disease)
    residuals = concordance.residuals_of(replays)
    tests: list[float] = []
    for name in MEASURES:
        held = residuals[name]
        spread = held.spread()
        z = regimen_tests(held, spread)
        tests += z
        deviations = ", ".join(f"{v**0.5:.2f}" for v in (spread.regimen, spread.trial, spread.arm))
        print(
            f"{name}: {len(z)} regimens, {share([abs(x) > LIMIT for x in z])} differ; deviation "
            f"shared by regimen, by trial, of the arm {deviations}"
        )
    differing = [abs(x) > LIMIT for x in tests]
    print(f"all: {share(differing)} differ; by chance 5%")
    kinds = [([r.arm for r in replays if r.measure == m], residuals[m]) for m in MEASURES]
    clear = closeness(kinds)
    close = {arm for arm in clear if clear[arm] >= np.quantile(list(clear.values()), 0.75)}
    for words, shift in (("nothing", 0.0), ("30 % more", PLANTED), ("30 % less", -PLANTED)):
        found = planted(kinds, shift)
        quarter = [flag for arm, flag in found.items() if arm in close]
        print(
            f"planted {words}: {share(list(found.values()))} stand out; of the quarter of arms "
            f"that is determined most closely {share(quarter)}"
        )
    return int(np.mean(differing) > 1 - 0.95)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
