"""A small board case for tests of reports: three regimens, one of them without a forecast."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from dashboard.answers.forecast import Chance, Forecast, RegimenForecast, SurvivalCurve
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.knowledge import eligibility
from dashboard.knowledge.library import load_library
from dashboard.knowledge.matching import match_arms
from dashboard.records.patient import Patient
from dashboard.reporting.board_case import BoardCase

PACK = load_library().pack("nsclc")
REGIMENS = ("pembrolizumab-mono", "platinum-doublet-chemo", "osimertinib")
VALUES = {
    "age_years": 66.0, "sex": "female", "ecog_ps": "1", "histology": "adenocarcinoma",
    "pd_l1_tps": 80.0, "egfr_mutation": "none", "alk_fusion": False, "ros1_fusion": False,
}  # fmt: skip


CARD = ModelCard(
    "nsclc", "bundle-1", "Simulated registry", "made up", True, 6200, 6000, 1, "pack-1", "data-1",
    "code-1", 5, ("age_years",), (), {"pembrolizumab-mono": 900},
    (HeadCard("response", {"n": 6000, "auc": 0.68, "auc_low": 0.66, "auc_high": 0.7, "ece": 0.02,
                           "slope": 1.01}),
     HeadCard("os", {"n": 6000, "events": 4100, "c_uno": 0.66})),
    limits=("Learnt from observed choices.",),
)  # fmt: skip


def a_curve(rate: float, end: float = 40.0) -> SurvivalCurve:
    """An exponential curve with a band."""
    months = np.arange(0.0, end + 0.5, 0.5)
    p = np.exp(-rate * months)
    return SurvivalCurve(months, p, p * 0.8, np.minimum(1.0, p * 1.15))


def a_case(**changes: Any) -> BoardCase:
    """A case whose numbers are easy to recognise."""
    patient = changes.pop("patient", Patient("P-7", "nsclc", VALUES, line=1))
    forecasts = (
        RegimenForecast(
            "pembrolizumab-mono", Chance(0.41, 0.33, 0.5), {}, a_curve(0.07), a_curve(0.03),
            toxicities={"pneumonitis": Chance(0.04, 0.02, 0.07), "any": Chance(0.2, 0.15, 0.27)},
        ),
        RegimenForecast(
            "platinum-doublet-chemo", Chance(0.29, 0.2, 0.38), {}, a_curve(0.12), a_curve(0.05),
            toxicities={"any": Chance(0.45, 0.38, 0.52)}, cautions=("few patients like this one",),
        ),
    )  # fmt: skip
    settings: dict[str, Any] = {
        "patient": patient,
        "pack": PACK,
        "judgement": eligibility.judge(patient.facts, PACK),
        "regimens": REGIMENS,
        "forecast": Forecast("f", "nsclc", "bundle-1", forecasts),
        "matches": {name: match_arms(patient.facts, PACK, name) for name in REGIMENS},
        "scores": (),
        "horizon_months": 24.0,
        "learnt_from": "a simulated registry of 6,000 patients",
        "learnt_from_simulated": True,
        "made_on": date(2026, 3, 1),
        "card": CARD,
        "stamp": "Model bundle-1 \N{MIDDLE DOT} Concord 1234abcd",
    }
    return BoardCase(**settings | changes)
