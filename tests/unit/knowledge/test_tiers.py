"""Tiers of evidence between a change and a regimen: told where the pack has the facts."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.matching import match_arms
from dashboard.knowledge.tiers import ALTERATIONS, TIERS, tier_of

LIBRARY = load_library()


def tier(disease, regimen, facts, **changes):
    """The tier of a regimen for a patient; `changes` are made to every arm of the regimen."""
    pack = LIBRARY.pack(disease)
    if changes:
        arms = tuple(
            arm.model_copy(update=changes) if arm.regimen_id == regimen else arm
            for arm in pack.arms
        )
        pack = pack.model_copy(update={"arms": arms})
    return tier_of(facts, pack, match_arms(facts, pack, regimen))


@pytest.mark.parametrize(
    ("disease", "regimen", "facts", "name", "trial"),
    [
        ("nsclc", "osimertinib", {"egfr_mutation": "L858R"}, "I-A", "FLAURA"),
        ("nsclc", "dabrafenib-trametinib", {"braf_v600e": True}, "I-B", "BRF113928"),
        ("nsclc", "capmatinib", {"met_exon14_skipping": True}, "I-B", "GEOMETRY mono-1"),
        ("breast", "olaparib", {"gbrca_mutation": True}, "I-A", "OlympiAD"),
        ("colorectal", "encorafenib-cetuximab", {"braf_v600e": True}, "I-A", "BEACON CRC"),
        ("melanoma", "dabrafenib-trametinib", {"braf_v600": "V600E"}, "I-A", "COMBI-d"),
    ],
)
def test_a_change_that_trials_asked_for_has_a_tier(disease, regimen, facts, name, trial):
    """With the change in English, the rule with its figure and the trial it rests on."""
    found = tier(disease, regimen, facts)
    assert (found.name, found.trial) == (name, trial)
    assert found.change
    assert "in patients with the change" in found.rule


@pytest.mark.parametrize(
    ("disease", "regimen", "facts"),
    [
        ("nsclc", "osimertinib", {"egfr_mutation": "none"}),
        ("nsclc", "osimertinib", {}),
        ("nsclc", "pembrolizumab-mono", {"pd_l1_tps": 90.0, "egfr_mutation": "none"}),
        ("breast", "trastuzumab-deruxtecan", {"her2_status": "low"}),
        ("melanoma", "nivolumab-ipilimumab", {"braf_v600": "V600E"}),
        ("nsclc", "platinum-doublet-chemo", {"egfr_mutation": "L858R"}),
    ],
)
def test_no_tier_is_made_up(disease, regimen, facts):
    """Without the change, unknown, an amount, or no match: a control, a sequence."""
    assert tier(disease, regimen, facts) is None


def test_the_rules_are_of_figures():
    """The broken twins: the same trials with worse figures give less, or nothing."""
    braf = {"braf_v600e": True}
    assert tier("nsclc", "dabrafenib-trametinib", braf, orr_pct=59.0).name == "I-B"
    low = {"orr_pct": 59.0, "pfs_median_months": 5.9}
    assert tier("nsclc", "dabrafenib-trametinib", braf, **low) is None
    late = {"orr_pct": 59.0, "pfs_median_months": None}
    assert tier("nsclc", "dabrafenib-trametinib", braf, **late).name == "II-B"
    silent = {"orr_pct": None, "pfs_median_months": None}
    assert tier("nsclc", "dabrafenib-trametinib", braf, **silent) is None
    egfr = {"egfr_mutation": "L858R"}
    doubt = {"os_hr_high": 1.1, "pfs_hr_high": 1.1}
    assert tier("nsclc", "osimertinib", egfr, **doubt) is None


def test_a_trial_the_patient_does_not_fit_otherwise_is_told_so():
    """The tier is of change and drug; that the line differs stands beside it."""
    found = tier(
        "nsclc", "sotorasib", {"kras_mutation": "G12C", "prior_platinum": False, "line": 1}
    )
    assert found.rule.endswith("the patient does not fit this trial otherwise")


def test_every_change_is_a_feature_with_a_value_of_those_without():
    """No name is misspelt, and the value is one the feature can have."""
    for name, without in ALTERATIONS.items():
        features = [p.vocabulary[name] for p in LIBRARY.packs if name in p.vocabulary]
        assert features, name
        assert all(isinstance(without, bool) or f.levels for f in features)
        assert any(isinstance(without, bool) or without in f.levels for f in features)
    assert TIERS == ("I-A", "I-B", "II-B")
