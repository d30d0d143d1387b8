"""The words of a decision: what a board can decide, how it stands to the tool, and why.

Reasons are codes with words, so that they can be counted over years; what no code says goes into
the text beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Choice(StrEnum):
    """What a board can decide."""

    REGIMEN = "regimen"
    TRIAL = "trial"
    LOCAL = "local treatment"
    MORE_TESTS = "more tests"
    OBSERVATION = "watch and wait"
    SUPPORTIVE = "best supportive care"
    NO_CONSENSUS = "no consensus"


class Stance(StrEnum):
    """How a decision stands to what the tool showed."""

    AGREES = "agrees with the tool"
    DIFFERS = "differs from the tool"
    NOT_USED = "did not use the tool"


class Said(StrEnum):
    """Yes, no, or not asked."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not asked"


REASONS: Mapping[str, str] = {
    "expected-benefit": "Expected benefit",
    "trial-evidence": "Published trial evidence",
    "guideline": "Guideline",
    "biomarker": "Molecular finding",
    "expected-toxicity": "Expected toxicity",
    "comorbidity": "Comorbidity or organ function",
    "performance": "Performance status",
    "former-treatment": "Treatment before",
    "wish": "Patient's wish",
    "goal": "Patient's goal of treatment",
    "tempo": "Tempo or burden of the disease",
    "logistics": "Visits, distance, support at home",
    "access": "Access or cost",
    "uncertain": "Evidence or forecast too uncertain",
    "information": "Information is missing",
    "other": "Other, see the text",
}
