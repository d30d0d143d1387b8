"""What follows from facts, and which facts cannot stand together."""

import pytest

from dashboard.knowledge.implications import consequences, contradictions
from dashboard.knowledge.library import load_library, read_library
from tests.packs_fixture import mend, write_pack

LIBRARY = load_library()


def follows(facts, disease):
    """What follows from facts in a built-in pack."""
    return {one.feature: one.value for one in consequences(facts, LIBRARY.pack(disease))}


def test_consequences_lead_from_one_to_the_next():
    """A fact that follows is itself followed."""
    found = follows({"pr_status": "positive", "her2_status": "low"}, "breast")
    assert found["hr_status"] == "positive"
    assert found["subtype"] == "hr_pos_her2_neg"


def test_consequences_name_what_they_follow_from():
    """Each consequence carries its reasons, and a note where the pack gives one."""
    (found,) = [
        one
        for one in consequences({"line": 2.0}, LIBRARY.pack("breast"))
        if one.feature == "disease_setting"
    ]
    assert (found.value, found.because) == ("advanced", ("line",))
    assert found.note == "Lines are counted for metastatic disease only."


def test_consequences_of_nothing_are_none():
    """Unknown facts imply nothing."""
    for pack in LIBRARY.packs:
        assert consequences({}, pack) == ()
        assert contradictions({}, pack) == ()


def test_consequences_do_not_guess_one_gene_from_another():
    """A mutation found does not make untested genes negative."""
    assert follows({"egfr_mutation": "L858R"}, "nsclc") == {}


def test_consequences_of_the_driver_settle_every_gene():
    """The one driver of a tumour makes the other genes negative, by what it means."""
    found = follows({"driver_alteration": "alk"}, "nsclc")
    assert found["alk_fusion"] is True
    assert found["egfr_mutation"] == "none"
    assert found["ros1_fusion"] is False


def test_consequences_give_numbers_as_numbers():
    """A number that follows is a float, as a patient's numbers are."""
    found = follows({"smoking_status": "never"}, "nsclc")
    assert found["pack_years"] == 0.0
    assert isinstance(found["pack_years"], float)


@pytest.mark.parametrize(
    ("disease", "facts", "feature", "expected"),
    [
        ("breast", {"subtype": "tnbc", "hr_status": "positive"}, "hr_status", "negative"),
        ("nsclc", {"smoking_status": "never", "pack_years": 20.0}, "pack_years", 0.0),
        (
            "nsclc",
            {"brain_metastases": False, "brain_metastasis_status": "treated_stable"},
            "brain_metastases",
            True,
        ),
        ("colorectal", {"liver_only": True, "lung_metastases": True}, "lung_metastases", False),
        ("melanoma", {"m_stage": "M1d", "brain_metastases": False}, "brain_metastases", True),
    ],
)
def test_contradictions_name_the_pair(disease, facts, feature, expected):
    """A stated fact that disagrees is told with what it should be and why."""
    found = {one.feature: one for one in contradictions(facts, LIBRARY.pack(disease))}
    assert found[feature].expected == expected
    assert found[feature].stated == facts[feature]
    assert set(found[feature].because) <= facts.keys()


@pytest.mark.parametrize(
    "facts",
    [
        {"crp_mg_l": 4.0, "mgps": "0"},
        {"crp_mg_l": 4.0, "mgps": 0.0},
        {"ras_status": "wild_type", "kras_g12c": False},
    ],
)
def test_contradictions_spare_facts_that_agree(facts):
    """Facts that follow from each other do not contradict, in whatever form a level comes."""
    assert contradictions(facts, LIBRARY.pack("colorectal")) == ()


def test_contradictions_do_not_take_one_for_true():
    """A number where a flag belongs is no agreement."""
    facts = {"driver_alteration": "alk", "alk_fusion": 1.0}
    assert [one.feature for one in contradictions(facts, LIBRARY.pack("nsclc"))] == ["alk_fusion"]


def test_implications_are_read_anew_when_a_pack_changes(tmp_path):
    """A site's pack with other implications gives other consequences."""
    pack = write_pack(tmp_path)
    (before,), _ = read_library(built_in=tmp_path)
    mend(pack / "disease.toml", "then = { fused = false }", "then = { fused = true }")
    (after,), _ = read_library(built_in=tmp_path)
    facts = {"fable_fusion": "none"}
    assert [one.value for one in consequences(facts, before)] == [False]
    assert [one.value for one in consequences(facts, after)] == [True]


@pytest.mark.parametrize("pack", LIBRARY.packs, ids=LIBRARY.ids)
def test_implications_never_contradict_themselves(pack):
    """What follows from any one level of any one fact never disagrees with it or with itself."""
    for feature in pack.features:
        levels = feature.levels or ((True, False) if feature.kind == "flag" else ())
        for level in levels:
            facts = {feature.id: level}
            facts |= {one.feature: one.value for one in consequences(facts, pack)}
            assert contradictions(facts, pack) == (), (feature.id, level)
