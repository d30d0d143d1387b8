"""Trial arms that fit a patient, and published effects that bear on a regimen."""

from __future__ import annotations

import pytest

from dashboard.knowledge import matching
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.library import load_library
from dashboard.knowledge.matching import Bearing, Fit
from dashboard.knowledge.rules import Facts

PACK = load_library().pack("nsclc")
FACTS: Facts = {
    "ecog_ps": "0",
    "pd_l1_tps": 90.0,
    "egfr_mutation": "none",
    "alk_fusion": False,
    "ros1_fusion": False,
    "line": 1.0,
}


def fits(facts: Facts, regimen: str = "pembrolizumab-mono") -> dict[str, matching.ArmMatch]:
    """The matches of a regimen by trial arm."""
    return {match.arm.id: match for match in matching.match_arms(facts, PACK, regimen)}


def test_an_arm_fits_when_every_criterion_holds() -> None:
    """KEYNOTE-024 asked for PD-L1 of 50 % or more, no driver and a good performance status."""
    match = fits(FACTS)["keynote-024-pembrolizumab"]
    assert match.fit is Fit.FITS
    assert match.differs == ()
    assert match.unknown == ()


def test_an_arm_nearly_fits_when_one_criterion_differs_and_names_it() -> None:
    """The one criterion that fails is named in English."""
    match = fits({**FACTS, "pd_l1_tps": 30.0})["keynote-024-pembrolizumab"]
    assert match.fit is Fit.NEARLY
    assert match.differs == ("PD-L1 on tumour cells (TPS) at least 50 %",)


def test_an_arm_does_not_fit_when_two_criteria_differ() -> None:
    """Two failing criteria are too far from the trial's patients."""
    match = fits({**FACTS, "pd_l1_tps": 0.0, "ecog_ps": "3"})["keynote-024-pembrolizumab"]
    assert match.fit is Fit.DOES_NOT_FIT
    assert len(match.differs) == 2


def test_unknown_criteria_are_listed_not_assumed() -> None:
    """What is not known of the patient is said, and never counts as met."""
    known = {name: value for name, value in FACTS.items() if name != "alk_fusion"}
    match = fits(known)["keynote-024-pembrolizumab"]
    assert match.fit is Fit.AS_FAR_AS_KNOWN
    assert match.unknown == ("ALK fusion: no",)


def test_arms_that_fit_come_first() -> None:
    """The order is from fitting to not fitting."""
    order = [match.fit for match in matching.match_arms(FACTS, PACK, "pembrolizumab-mono")]
    ranks = [list(Fit).index(fit) for fit in order]
    assert ranks == sorted(ranks)


def test_early_arms_are_matched_too() -> None:
    """Trials of early disease stand behind the regimens of that setting."""
    pack = load_library().pack("breast")
    facts: Facts = {"disease_setting": "early", "subtype": "tnbc", "residual_disease": True}
    arms = matching.match_arms(facts, pack, "capecitabine-adjuvant")
    assert arms
    assert all(match.arm.regimen_id == "capecitabine-adjuvant" for match in arms)


def test_effects_are_those_of_the_patients_level_and_the_regimen() -> None:
    """High PD-L1 bears on immunotherapy; without the fact no effect of it is listed."""
    found = matching.match_effects(FACTS, PACK, "pembrolizumab-mono")
    assert ("pd_l1_tps", "os") in {(m.effect.feature, m.effect.endpoint) for m in found}
    without = {k: v for k, v in FACTS.items() if k != "pd_l1_tps"}
    names = {m.effect.feature for m in matching.match_effects(without, PACK, "pembrolizumab-mono")}
    assert "pd_l1_tps" not in names
    assert all(
        m.effect.concerns("docetaxel", PACK.expand_classes(PACK.regimen("docetaxel")))
        for m in matching.match_effects(FACTS, PACK, "docetaxel")
    )


@pytest.mark.parametrize(
    ("endpoint", "measure", "value", "low", "high", "expected"),
    [
        ("os", "HR", 0.7, 0.5, 0.9, Bearing.SUPPORTS),
        ("os", "HR", 1.5, 1.1, 2.0, Bearing.CONTRADICTS),
        ("os", "HR", 0.9, 0.7, 1.2, Bearing.NEITHER),
        ("response", "OR", 2.0, 1.5, 3.0, Bearing.SUPPORTS),
        ("response", "OR", 0.5, 0.3, 0.8, Bearing.CONTRADICTS),
        ("toxicity", "OR", 2.0, 1.5, 3.0, Bearing.CONTRADICTS),
        ("pfs", "HR", 0.7, None, None, Bearing.SUPPORTS),
    ],
)
def test_bearing_reads_the_direction_of_the_measure(
    endpoint: str,
    measure: str,
    value: float,
    low: float | None,
    high: float | None,
    expected: Bearing,
) -> None:
    """Fewer deaths or progressions and more responses support; more toxicity contradicts."""
    effect = Effect.model_validate(
        {
            "id": "toy",
            "level": "true",
            "contrast": "level",
            "endpoint": endpoint,
            "applies_to": "all",
            "measure": measure,
            "value": value,
            "low": low,
            "high": high,
            "role": "predictive",
        }
    )
    assert matching.bearing(effect) is expected


def test_setting_and_line_of_the_trial_count_where_its_rule_is_silent() -> None:
    """An advanced trial does not fit early disease, nor a first-line trial a later line."""
    pack = load_library().pack("breast")
    arm = pack.arms[0].model_copy(update={"population_when": "", "line": "1L"})
    told = matching.match_arm({"disease_setting": "early", "line": 3.0}, arm, pack.vocabulary)
    assert "Setting is advanced or metastatic" in told.differs
    assert any("Line of systemic therapy" in text for text in told.differs)
    early = pack.early_arms[0]
    told = matching.match_arm({"disease_setting": "advanced"}, early, pack.vocabulary)
    assert "Setting is early (curative intent)" in told.differs
