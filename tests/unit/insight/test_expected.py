"""Published effects beside contributions: direction, strata, contrasts, sources; and silence."""

from __future__ import annotations

import pytest

from dashboard.answers.explanation import Contribution
from dashboard.insight.expected import Evidence
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.library import load_library
from dashboard.knowledge.sources import Source, Verified

WHOLE = load_library().pack("nsclc")
A, B = "pembrolizumab-mono", "docetaxel"


def an_effect(identifier: str, **fields) -> Effect:
    """A row of the table of effects: liver metastases and overall survival, unless said."""
    start = {
        "id": identifier,
        "feature": "liver_metastases",
        "level": "present",
        "reference_level": "none",
        "level_when": "liver_metastases == true",
        "reference_when": "liver_metastases == false",
        "contrast": "level",
        "endpoint": "os",
        "applies_to": "all",
        "measure": "HR",
        "value": 1.5,
        "low": 1.2,
        "high": 1.9,
        "role": "prognostic",
        "source": Source(text="A trial", verified=Verified.YES),
    }
    return Effect(**{**start, **fields})


def beside(effects, facts, effect=-0.1, *, target="os", averages=None, versus="", feature=""):
    """What is expected of one contribution."""
    pack = WHOLE.model_copy(update={"effects": tuple(effects)})
    name = feature or "liver_metastases"
    parts = [Contribution(name, facts.get(name), effect)]
    found = Evidence(pack, facts, target, averages or {}).beside(parts, A, versus)
    return found.get(name)


@pytest.mark.parametrize(
    ("present", "effect", "verdict"),
    [
        (True, -0.1, "agrees"),
        (True, 0.1, "contradicts"),
        (False, 0.1, "agrees"),
        (False, -0.1, "contradicts"),
        (True, 0.0, "no evidence"),
    ],
)
def test_the_patients_side_of_a_level_decides(present, effect, verdict):
    """A harmful level lowers survival; being in its reference raises it."""
    found = beside([an_effect("e")], {"liver_metastases": present}, effect)
    assert found.verdict == verdict


def test_rows_are_quoted_with_source_and_whether_they_were_re_read():
    """Enough to find the paper."""
    (row,) = beside([an_effect("e")], {"liver_metastases": True}).rows
    assert row.said == "Liver metastases: present against none, OS HR 1.5 (1.2 to 1.9)"
    assert (row.source, row.verified, row.direction) == ("A trial", "yes", -1)


@pytest.mark.parametrize(
    ("target", "fields", "direction"),
    [
        ("response", {"endpoint": "response", "measure": "OR", "value": 0.5}, -1),
        ("response", {"endpoint": "response", "measure": "OR", "value": 2.0}, 1),
        ("progression", {"endpoint": "pfs"}, 1),
        (
            "toxicity:hepatic",
            {"endpoint": "toxicity", "measure": "OR", "value": 2.0, "adverse_group": "hepatic"},
            1,
        ),
    ],
)
def test_ratios_point_the_way_of_the_output(target, fields, direction):
    """Odds of response raise response, hazards of progression raise progression."""
    (row,) = beside([an_effect("e", **fields)], {"liver_metastases": True}, target=target).rows
    assert row.direction == direction


def test_effects_elsewhere_are_silent():
    """Another endpoint, regimen, toxicity or population says nothing; neither does an unknown."""
    facts = {"liver_metastases": True, "line": 1.0}
    elsewhere = [
        an_effect("a", endpoint="pfs"),
        an_effect("b", applies_regimens=("osimertinib",)),
        an_effect("c", applies_when="line >= 2"),
        an_effect("d", level_when="", reference_when=""),
    ]
    found = beside(elsewhere, facts)
    assert (found.verdict, found.rows) == ("no evidence", ())
    toxic = an_effect("t", endpoint="toxicity", adverse_group="skin", measure="OR")
    assert beside([toxic], facts, target="toxicity:hepatic").rows == ()
    assert beside([an_effect("e")], {"liver_metastases": None}) is None


def test_disagreeing_rows_are_said_to_disagree():
    """Two trials that point both ways are no agreement."""
    rows = [an_effect("a"), an_effect("b", value=0.8)]
    assert beside(rows, {"liver_metastases": True}).verdict == "evidence disagrees"


@pytest.mark.parametrize(("age", "direction"), [(80.0, -1), (50.0, 1)])
def test_slopes_are_read_from_the_average(age, direction):
    """Older than the average patient is worse, younger better."""
    slope = an_effect("s", feature="age_years", contrast="per_unit", per=10.0, value=1.1,
                      level_when="", reference_when="", level="per 10 years")  # fmt: skip
    (row,) = beside(
        [slope], {"age_years": age}, averages={"age_years": 66.0}, feature="age_years"
    ).rows
    assert row.direction == direction
    assert beside([slope], {"age_years": age}, feature="age_years").rows == ()


def stratum(identifier: str, when: str, value: float) -> Effect:
    """One stratum of a treatment effect by PD-L1."""
    return an_effect(
        identifier,
        feature="pd_l1_tps",
        contrast="treatment",
        comparator="chemo",
        level_when=when,
        reference_when="",
        value=value,
        role="predictive",
    )


STRATA = (
    stratum("high", "pd_l1_tps >= 50", 0.6),
    stratum("middle", "pd_l1_tps >= 1 and pd_l1_tps < 50", 0.9),
    stratum("low", "pd_l1_tps < 1", 1.0),
)


@pytest.mark.parametrize(("tps", "direction"), [(80.0, 1), (0.0, -1)])
def test_strata_of_one_treatment_effect_are_compared(tps, direction):
    """Where the treatment does better than elsewhere, the fact speaks for it."""
    (row,) = beside(STRATA, {"pd_l1_tps": tps}, feature="pd_l1_tps").rows
    assert row.direction == direction


def test_a_single_stratum_says_nothing_of_the_fact():
    """A treatment effect seen in one stratum alone is the regimen's, not the fact's."""
    assert beside(STRATA[:1], {"pd_l1_tps": 80.0}, feature="pd_l1_tps").rows == ()


def test_contrasts_keep_only_what_tells_the_two_apart():
    """A row that concerns both regimens cancels; one of the other counts the other way round."""
    facts = {"liver_metastases": True}
    both, mine = an_effect("both"), an_effect("mine", applies_regimens=(A,))
    theirs = an_effect("theirs", applies_regimens=(B,))
    found = beside([both, mine, theirs], facts, versus=B)
    assert {row.id: row.direction for row in found.rows} == {"mine": -1, "theirs": 1}
    assert beside([both], facts, versus=B).verdict == "no evidence"


def test_the_packs_own_effects_can_all_be_read():
    """Every row of every pack speaks, or is silent, without an error."""
    library = load_library()
    for name in library.ids:
        pack = library.pack(name)
        facts = {f.id: f.levels[0] for f in pack.features if f.levels}
        facts |= {f.id: 1.0 for f in pack.features if f.kind == "number"}
        facts |= {f.id: True for f in pack.features if f.kind == "flag"}
        parts = [Contribution(feature, value, 0.1) for feature, value in facts.items()]
        spoken = 0
        for regimen in pack.regimens:
            for target in ("os", "pfs", "response", "progression", "toxicity:skin"):
                evidence = Evidence(pack, facts, target, {})
                found = evidence.beside(parts, regimen.id)
                spoken += sum(bool(each.rows) for each in found.values())
        assert spoken > 20, name
