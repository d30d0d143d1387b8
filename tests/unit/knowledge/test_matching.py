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
    match = fits({**FACTS, "ecog_ps": "2"})["keynote-024-pembrolizumab"]
    assert match.fit is Fit.NEARLY
    assert match.differs == ("ECOG performance status at most 1",)


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
    told = matching.match_arm({"disease_setting": "early", "line": 3.0}, arm, pack)
    assert "Setting is advanced or metastatic" in told.differs
    assert any("Line of systemic therapy" in text for text in told.differs)
    early = pack.early_arms[0]
    told = matching.match_arm({"disease_setting": "advanced"}, early, pack)
    assert "Setting is early (curative intent)" in told.differs


LUNG = {**FACTS, "pd_l1_tps": 60.0, "histology": "adenocarcinoma", "smoking_status": "former"}
LUMINAL: Facts = {
    "disease_setting": "advanced",
    "hr_status": "positive",
    "her2_status": "negative",
    "subtype": "hr_pos_her2_neg",
    "line": 1.0,
    "menopausal_status": "post",
    "visceral_metastases": False,
    "brain_metastases": False,
}
BOWEL: Facts = {
    "disease_setting": "advanced",
    "line": 1.0,
    "age_years": 66.0,
    "ecog_ps": "1",
    "ras_status": "wild_type",
    "braf_v600e": False,
    "msi_status": "mss",
    "primary_side": "right",
}
SKIN: Facts = {
    "disease_setting": "advanced",
    "line": 1.0,
    "ecog_ps": "1",
    "melanoma_subtype": "cutaneous",
    "braf_v600": "V600E",
    "brain_metastases": False,
    "brain_metastasis_status": "none",
}
STORIES = {
    # lung: PD-L1 of 60 % stands in its own stratum and in the whole trial, not in the other stratum
    "PD-L1 60 %, the stratum from 50 %": (
        "nsclc", LUNG, {}, "keynote-042-pembrolizumab-tps-ge-50", Fit.FITS,
    ),
    "PD-L1 60 %, the whole trial": (
        "nsclc", LUNG, {}, "keynote-042-pembrolizumab-tps-ge-1", Fit.FITS,
    ),
    "PD-L1 60 %, the stratum of 1 to 49 %": (
        "nsclc", LUNG, {}, "keynote-042-pembrolizumab-tps-1-49-exploratory", Fit.DOES_NOT_FIT,
    ),
    "PD-L1 30 % in a trial from 50 %": (
        "nsclc", LUNG, {"pd_l1_tps": 30.0}, "keynote-024-pembrolizumab", Fit.DOES_NOT_FIT,
    ),
    "ECOG 2 in a trial of 0 to 1": (
        "nsclc", LUNG, {"ecog_ps": "2"}, "keynote-042-pembrolizumab-tps-ge-50", Fit.NEARLY,
    ),
    "ECOG 3 in a trial of 0 to 1": (
        "nsclc", LUNG, {"ecog_ps": "3"}, "keynote-042-pembrolizumab-tps-ge-50",
        Fit.DOES_NOT_FIT,
    ),
    "ECOG 1 in a trial of the unfit": (
        "nsclc", LUNG, {"ecog_ps": "1"}, "ipsos-atezolizumab", Fit.NEARLY,
    ),
    "squamous in a trial of the others": (
        "nsclc", LUNG, {"histology": "squamous"}, "keynote-189-pembrolizumab-pemetrexed-platinum",
        Fit.DOES_NOT_FIT,
    ),
    "ALK fusion in a trial without": (
        "nsclc", LUNG, {"alk_fusion": True}, "keynote-024-pembrolizumab", Fit.DOES_NOT_FIT,
    ),
    "never smoked, in a trial of smokers": (
        "nsclc", LUNG, {"smoking_status": "never"}, "empower-lung-1-cemiplimab", Fit.NEARLY,
    ),
    "untreated, in a trial after platinum": (
        "nsclc", LUNG, {"prior_platinum": True, "prior_ici": False}, "oak-atezolizumab",
        Fit.DOES_NOT_FIT,
    ),
    # breast: receptors define the trial; the menopause does not, unless the trial divides by it
    "HER2-negative in a trial of HER2-positive": (
        "breast", LUMINAL, {"line": 2.0}, "destiny-breast03-t-dxd", Fit.DOES_NOT_FIT,
    ),
    "HER2-low, receptors positive, the other stratum": (
        "breast", LUMINAL, {"her2_status": "low", "line": 2.0},
        "destiny-breast04-hr-exploratory-t-dxd",
        Fit.DOES_NOT_FIT,
    ),
    "HER2-low, receptors positive, the own stratum": (
        "breast", LUMINAL, {"her2_status": "low", "line": 2.0}, "destiny-breast04-hr-t-dxd",
        Fit.FITS,
    ),
    "before the menopause": (
        "breast", LUMINAL, {"menopausal_status": "pre"}, "paloma-2-palbociclib-letrozole",
        Fit.NEARLY,
    ),
    "without visceral metastases, the visceral part of a trial": (
        "breast", LUMINAL, {}, "monarch-3-visceral-subgroup-abemaciclib-nsai-visceral",
        Fit.DOES_NOT_FIT,
    ),
    # colorectal: RAS, MSI and side
    "RAS wild type, the mutant stratum": (
        "colorectal", BOWEL, {}, "prime-ras-mutant-folfox4-panitumumab", Fit.DOES_NOT_FIT,
    ),
    "RAS mutant, a trial of the wild type": (
        "colorectal", BOWEL, {"ras_status": "mutant"}, "crystal-ras-wt-folfiri-cetuximab",
        Fit.DOES_NOT_FIT,
    ),
    "microsatellites stable, a trial of the unstable": (
        "colorectal", BOWEL, {}, "keynote-177-pembrolizumab", Fit.DOES_NOT_FIT,
    ),
    "right side, the left-sided stratum": (
        "colorectal", BOWEL, {}, "paradigm-left-sided-mfolfox6-panitumumab", Fit.DOES_NOT_FIT,
    ),
    "right side, the right-sided stratum": (
        "colorectal", BOWEL, {}, "paradigm-right-sided-mfolfox6-panitumumab", Fit.FITS,
    ),
    "79 years in a trial up to 75": (
        "colorectal", BOWEL, {"age_years": 79.0},
        "tribe2-folfoxiri-bevacizumab-then-reintroduction", Fit.NEARLY,
    ),
    "84 years in a trial up to 75": (
        "colorectal", BOWEL, {"age_years": 84.0},
        "tribe2-folfoxiri-bevacizumab-then-reintroduction", Fit.DOES_NOT_FIT,
    ),
    "third line in a trial of the fourth": (
        "colorectal", BOWEL, {"line": 3.0}, "fresco-2-fruquintinib", Fit.NEARLY,
    ),
    "second line in a trial of the first": (
        "colorectal", BOWEL, {"line": 2.0}, "no16966-folfox4-xelox-placebo", Fit.DOES_NOT_FIT,
    ),
    # melanoma: BRAF and the brain
    "BRAF V600E in a trial of the wild type": (
        "melanoma", SKIN, {}, "checkmate-066-nivolumab", Fit.DOES_NOT_FIT,
    ),
    "BRAF V600E in a trial of any": ("melanoma", SKIN, {}, "checkmate-067-nivolumab", Fit.FITS),
    "BRAF wild type in a trial of V600": (
        "melanoma", SKIN, {"braf_v600": "none"}, "combi-d-dabrafenib-trametinib", Fit.DOES_NOT_FIT,
    ),
    "uveal in a trial of the others": (
        "melanoma", SKIN, {"melanoma_subtype": "uveal"}, "checkmate-067-nivolumab",
        Fit.DOES_NOT_FIT,
    ),
    "no brain metastases, the part of a cohort that has them": (
        "melanoma", SKIN, {}, "serra-bellver-real-world-cohort-real-world-with-brain-metastases",
        Fit.DOES_NOT_FIT,
    ),
    "no lesion to inject into": (
        "melanoma", SKIN, {"injectable_lesions": False}, "optim-t-vec", Fit.NEARLY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_a_patient_of_another_stratum_does_not_fit(story: str) -> None:
    """What says who a trial was about keeps a patient out; one criterion just outside does not."""
    disease, facts, changes, name, expected = STORIES[story]
    pack = load_library().pack(disease)
    (arm,) = [arm for arm in pack.arms if arm.id == name]
    assert matching.match_arm({**facts, **changes}, arm, pack).fit is expected


def test_a_flag_by_which_a_trial_divides_its_patients_is_a_stratum() -> None:
    """The same fact keeps a patient out only where the trial has the patient's own part too."""
    pack = load_library().pack("melanoma")
    facts: Facts = {**SKIN, "brain_metastases": True, "brain_metastasis_status": "asymptomatic"}
    name = "serra-bellver-real-world-cohort-real-world-no-brain-metastases"
    (arm,) = [arm for arm in pack.arms if arm.id == name]
    assert matching.match_arm(facts, arm, pack).fit is Fit.DOES_NOT_FIT
    alone = pack.model_copy(update={"arms": (arm,)})
    assert matching.match_arm(facts, arm, alone).fit is Fit.NEARLY


def test_the_whole_of_a_trial_is_wider_than_its_parts() -> None:
    """The arms that hold another arm's patients among theirs are named, and no others."""
    assert matching.wider(PACK.arms_of("pembrolizumab-mono"), PACK) == {
        "keynote-042-pembrolizumab-tps-ge-1",
        "keynote-010-pembrolizumab-pooled-doses-tps-ge-1",
    }
    bowel = load_library().pack("colorectal")
    assert matching.wider(bowel.arms_of("folfox-panitumumab"), bowel) == {
        "paradigm-all-mfolfox6-panitumumab"
    }
    assert not matching.wider(PACK.arms_of("alectinib"), PACK)


def test_a_part_that_fits_less_well_does_not_stand_for_the_whole() -> None:
    """With PD-L1 unknown nobody knows that the patient belongs to the stratum from 50 %."""
    arms = PACK.arms_of("pembrolizumab-mono")
    whole, part = "keynote-042-pembrolizumab-tps-ge-1", "keynote-042-pembrolizumab-tps-ge-50"
    others = {**{arm.id: Fit.DOES_NOT_FIT for arm in arms}, whole: Fit.FITS}
    assert whole in matching.wider(arms, PACK, {**others, part: Fit.FITS})
    assert whole not in matching.wider(arms, PACK, {**others, part: Fit.AS_FAR_AS_KNOWN})
