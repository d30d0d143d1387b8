"""How fast every published score goes through a table, and LORIS on real patients.

`python benchmarks/scores.py [FILE]` computes each score of the shelf for 100,000 random patients
and tells its processor time (1 s is the figure to reach). With FILE, the training part of the
cohort released with LORIS (`benchmarks/real_data.py` says where it comes from), both LORIS scores
are held against the authors' formula, written out here, patient by patient.
"""

from __future__ import annotations

import csv
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt

from dashboard.foundation.seeds import generator
from dashboard.knowledge.schema import Kind
from dashboard.scores.schema import Score, ScoreInput
from dashboard.scores.shelf import built_in_shelf, compute_columns

PATIENTS, MOST_SECONDS, MOST_APART = 100_000, 1.0, 1e-12
CANCERS = {
    "Bladder": -0.3323, "Breast": -0.3323, "Colorectal": -0.102, "Endometrial": -0.0079,
    "Esophageal": 0.55, "Gastric": 0.2306, "Head & Neck": 0.0678, "Hepatobiliary": -0.1189,
    "Melanoma": -0.0086, "Mesothelioma": 0.1255, "NSCLC": 0.0008, "Ovarian": -0.052,
    "Pancreatic": -1.1169, "Renal": 0.5451, "Sarcoma": 0.0542, "SCLC": -0.0033,
}  # fmt: skip


def column(given: ScoreInput, chance: np.random.Generator) -> npt.NDArray[np.generic]:
    """Random values of one input over its plausible range."""
    if given.kind is Kind.FLAG:
        return chance.random(PATIENTS) < 0.5  # noqa: PLR2004 - a coin
    if given.levels:
        return np.array(given.levels)[chance.integers(len(given.levels), size=PATIENTS)]
    low, high = (given.plausible.low, given.plausible.high) if given.plausible else (0.0, 1.0)
    return chance.uniform(low, high, PATIENTS)


def seconds(score: Score) -> float:
    """Processor time of one score over the table, the quicker of two."""
    chance = generator(1, score.id)
    columns = {given.id: column(given, chance) for given in score.inputs}
    found = []
    for _ in range(2):
        start = time.process_time()
        result = compute_columns(score, columns)
        found.append(time.process_time() - start)
        if len(result) != PATIENTS:
            raise ValueError(f"{score.id} answers for {len(result)} patients.")
    return min(found)


def by_hand(row: Mapping[str, str]) -> dict[str, float]:
    """The two formulas as the authors print them, for one patient."""
    tmb, nlr = min(float(row["TMB"]), 50.0), min(float(row["NLR"]), 25.0)
    prior, albumin = float(row["Systemic_therapy_history"]), float(row["Albumin"])
    s = 0.0371 * tmb - 0.8775 * prior + 0.5382 * albumin - 0.033 * nlr
    s += 0.0049 * min(float(row["Age"]), 85.0) + CANCERS[row["CancerType"]] - 2.0886
    found = {"loris-pan": 1 / (1 + math.exp(-s))}
    if row["CancerType"] == "NSCLC" and row["PDL1_TPS(%)"]:
        s = 0.0353 * tmb + 0.0111 * float(row["PDL1_TPS(%)"]) - 0.375 * prior
        s += 0.2924 * albumin - 0.0103 * nlr - 1.5593
        found["loris-nsclc"] = 1 / (1 + math.exp(-s))
    return found


def inputs(row: Mapping[str, str]) -> dict[str, dict[str, float | bool | str]]:
    """The same patient as the shelf takes it."""
    common: dict[str, float | bool | str] = {
        "tmb_mut_mb": float(row["TMB"]),
        "prior_systemic_therapy": row["Systemic_therapy_history"] == "1",
        "albumin_g_dl": float(row["Albumin"]),
        "nlr": float(row["NLR"]),
    }
    cancer = row["CancerType"].lower().replace(" & ", "_and_")
    pan = {**common, "cancer_type": cancer, "age_years": float(row["Age"])}
    if not row["PDL1_TPS(%)"]:
        return {"loris-pan": pan}
    lung = {**common, "disease": cancer, "pd_l1_tps": float(row["PDL1_TPS(%)"])}
    return {"loris-pan": pan, "loris-nsclc": lung}


def real(path: Path) -> dict[str, tuple[int, float]]:
    """By score, how many real patients it was held against, and the largest difference."""
    shelf = built_in_shelf()
    apart: dict[str, list[float]] = {"loris-pan": [], "loris-nsclc": []}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            given = inputs(row)
            for name, expected in by_hand(row).items():
                found = shelf.evaluate(name, given[name])
                if not isinstance(found.value, float):
                    print(f"{name}, patient {row['SAMPLE_ID']}: {found.status}: {found.reason}")
                    continue
                apart[name].append(abs(found.value - expected))
    return {name: (len(held), max(held)) for name, held in apart.items()}


def main(file: str = "") -> int:
    """Tell both; 1 when a figure is missed."""
    missed = False
    taken = {score.id: seconds(score) for score in built_in_shelf().scores}
    for name, spent in sorted(taken.items(), key=lambda each: -each[1]):
        print(f"{name}: {1000 * spent:.0f} ms for {PATIENTS:,} patients")
    print(f"all {len(taken)} scores: {sum(taken.values()):.2f} s")
    missed |= max(taken.values()) > MOST_SECONDS
    for name, (patients, apart) in (real(Path(file)) if file else {}).items():
        print(f"{name}: {patients} real patients, at most {apart:.1e} from the authors' formula")
        missed |= apart > MOST_APART
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
