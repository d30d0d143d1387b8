"""Scores over whole tables: the same numbers as one by one, quickly."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from dashboard.scores import shelf
from dashboard.scores.schema import Score

SHELF = shelf.built_in_shelf()
ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("CONCORD_DEVELOPMENT_DATA", ROOT.parent / "shared" / "data"))
REAL = DATA / "icb_msk_train.csv"

TERMS = {  # of LORIS pan-cancer, as the authors print them
    "Bladder": -0.3323, "Breast": -0.3323, "Colorectal": -0.102, "Endometrial": -0.0079,
    "Esophageal": 0.55, "Gastric": 0.2306, "Head & Neck": 0.0678, "Hepatobiliary": -0.1189,
    "Melanoma": -0.0086, "Mesothelioma": 0.1255, "NSCLC": 0.0008, "Ovarian": -0.052,
    "Pancreatic": -1.1169, "Renal": 0.5451, "Sarcoma": 0.0542, "SCLC": -0.0033,
}  # fmt: skip


@pytest.mark.parametrize("score", SHELF.scores, ids=lambda score: score.id)
def test_a_column_of_patients_scores_as_each_patient_does(score: Score) -> None:
    """The worked examples stacked into a table give the values they give one by one."""
    defaults = {i.id: i.default for i in score.inputs if i.default is not None}
    rows = [defaults | example.inputs for example in score.examples]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    found = shelf.compute_columns(score, columns)
    alone = [SHELF.evaluate(score.id, example.inputs).value for example in score.examples]
    if score.value_kind == "category":
        assert list(found) == alone
    else:
        assert np.allclose(found, np.array(alone, dtype=float), atol=1e-12, rtol=0)


@pytest.mark.skipif(not REAL.exists(), reason="the public checkpoint-inhibitor cohort is not here")
def test_loris_equals_the_published_formula_on_real_patients() -> None:
    """On every real patient the score equals the formula written out by hand."""
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    cancers = [row["CancerType"] for row in rows]
    assert set(cancers) == TERMS.keys()
    tmb, albumin, nlr = (
        np.array([float(row[name]) for row in rows]) for name in ("TMB", "Albumin", "NLR")
    )
    prior = np.array([row["Systemic_therapy_history"] == "1" for row in rows])
    age = np.array([float(row["Age"]) for row in rows])
    found = shelf.compute_columns(
        SHELF.score("loris-pan"),
        {
            "cancer_type": np.array([c.lower().replace(" & ", "_and_") for c in cancers]),
            "tmb_mut_mb": tmb,
            "prior_systemic_therapy": prior,
            "albumin_g_dl": albumin,
            "nlr": nlr,
            "age_years": age,
        },
    )
    s = 0.0371 * np.clip(tmb, None, 50) - 0.8775 * prior + 0.5382 * albumin
    s += -0.033 * np.clip(nlr, None, 25) + 0.0049 * np.clip(age, None, 85) - 2.0886
    s += np.array([TERMS[cancer] for cancer in cancers])
    assert np.abs(found - np.exp(s) / (1 + np.exp(s))).max() < 1e-12
