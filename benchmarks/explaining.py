"""How long the explanations of one patient take, beside shap and sampling on the same models.

`python -m benchmarks.explaining COHORT` trains response and OS on a cohort folder, then explains
both (OS at 12 months) under every regimen, warm, and prints the computing time; in the same run it
has shap's TreeExplainer explain the same response trees for the same rows, and explains the same OS
models as SurvSHAP(t) does: by permutations against rows of the cohort. shap is for this benchmark
alone and no part of the product.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Target
from dashboard.cohort.folder import read_cohort
from dashboard.insight.attribution import attribute
from dashboard.insight.outputs import Outputs
from dashboard.knowledge.library import load_library
from dashboard.learning.bundle import Bundle
from dashboard.learning.response import ResponseHead
from dashboard.learning.training import train
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

RESPONSE, SURVIVAL = Target("response"), Target("os", 12.0)
ORDERS = 25  # SurvSHAP(t)'s own default number of permutations


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    data = read_cohort(options.cohort, load_library())
    bundle = train(replace(data, timed={"os": data.timed["os"]}, toxicities={}), seed=1)
    values = bundle.contract.of_cohort(data)
    row = values[int(np.argmin(np.isnan(values).sum(axis=1)))]
    facts = _facts(bundle, row)
    regimens = bundle.contract.regimens

    def ours() -> None:
        attribute(bundle, facts, regimens, RESPONSE)
        attribute(bundle, facts, regimens, SURVIVAL)

    own = min(_seconds(ours) for _ in range(options.rounds + 1))
    explainer = _tree_explainer(bundle)
    trees = Outputs(bundle, RESPONSE).views(row[None].repeat(len(regimens), 0), regimens).trees
    shap_seconds = min(_seconds(lambda: explainer.shap_values(trees)) for _ in range(3))
    sampled = _seconds(lambda: _sampled(bundle, values, row, regimens))
    print(f"{len(regimens)} regimens, {len(bundle.contract.inputs)} inputs, {data.size} rows")
    print(f"ours, response and OS at 12 months, with intervals: {own * 1e3:.0f} ms of computing")
    print(f"shap.TreeExplainer, response trees alone: {shap_seconds * 1e3:.0f} ms")
    print(f"sampled as SurvSHAP(t), OS at 12 months, {ORDERS} orders: {sampled * 1e3:.0f} ms")
    print(f"both over ours: {(shap_seconds + sampled) / own:.0f} times")


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _facts(bundle: Bundle, row: Floats) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for each, place in zip(bundle.contract.inputs, row.tolist(), strict=True):
        if not np.isnan(place):
            found[each.id] = each.levels[int(place)] if each.levels else place
    return found


def _tree_explainer(bundle: Bundle) -> Any:
    import lightgbm
    import shap

    head = cast("ResponseHead", bundle.heads["response"])
    booster = lightgbm.Booster(model_str=head.objective.forest_text)
    return shap.TreeExplainer(booster)


def _sampled(bundle: Bundle, values: Floats, row: Floats, regimens: tuple[str, ...]) -> Floats:
    """Facts switched on one after another in random orders, from rows of the cohort."""
    chance = np.random.default_rng(0)
    outputs = Outputs(bundle, SURVIVAL)
    effects = np.zeros((len(regimens), len(row)))
    for place, regimen in enumerate(regimens):
        for _ in range(ORDERS):
            order = chance.permutation(len(row))
            path = np.repeat(values[int(chance.integers(len(values)))][None], len(row) + 1, axis=0)
            for step, column in enumerate(order, start=1):
                path[step:, column] = row[column]
            effects[place, order] += np.diff(outputs.of(path, [regimen])) / ORDERS
    return effects


if __name__ == "__main__":
    main()
