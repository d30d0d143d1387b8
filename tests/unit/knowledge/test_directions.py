"""Which way facts move the outlook: only where what is published leaves no doubt."""

from __future__ import annotations

import pytest

from dashboard.knowledge.directions import Direction, directions_of
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Kind
from tests.builders import a_feature, tiny_pack

LEVEL = {"level_when": "albumin_g_dl < 3.5", "reference_when": "albumin_g_dl >= 3.5"}


def an_effect(number=1, feature="albumin_g_dl", **changes):
    """A published row: low albumin, hazard ratio 1.8."""
    fields = {
        "id": f"row-{number}", "feature": feature, "level": "low", "contrast": "level",
        "endpoint": "os", "measure": "HR", "value": 1.8, "low": 1.4, "high": 2.3,
        "applies_to": "everybody", "role": "prognostic", **LEVEL,
    }  # fmt: skip
    return Effect(**{**fields, **changes})


def told(*effects, **changes):
    """What a pack with these rows says."""
    return directions_of(tiny_pack(effects=effects, **changes))


def test_a_sure_row_over_the_whole_scale_gives_a_direction():
    """Low albumin is worse, so the hazard falls as albumin rises; response is not spoken of."""
    assert told(an_effect()) == {"albumin_g_dl": Direction(hazard=-1)}


@pytest.mark.parametrize(
    "changes",
    [
        {"low": 0.9},
        {"low": None, "high": None},
        {"level_when": ""},
        {"time_dependent": True},
        {"contrast": "treatment"},
        {"endpoint": "toxicity"},
        {"value": 1.0, "low": 0.9, "high": 1.1},
        {"level_when": "albumin_g_dl < 3.5 and albumin_g_dl > 2.9"},
        {"reference_when": "albumin_g_dl < 5"},
    ],
    ids=[
        "within chance", "no interval", "no rule", "seen on treatment only", "compares arms",
        "side effects", "no effect", "silent of the low end", "levels overlap",
    ],
)  # fmt: skip
def test_what_leaves_a_doubt_gives_no_direction(changes):
    """Each of these rows alone says too little to hold a model to."""
    assert told(an_effect(**changes)) == {}


def test_rows_that_disagree_give_no_direction():
    """One row the other way, however unsure, is a doubt; another that agrees is none."""
    assert told(an_effect(1), an_effect(2, value=0.9, low=0.6, high=1.3)) == {}
    agreeing = told(an_effect(1), an_effect(2, value=1.1, low=0.8, high=1.5))
    assert agreeing == {"albumin_g_dl": Direction(hazard=-1)}


def test_slopes_flags_and_ordered_levels_have_directions_and_categories_none():
    """What can be put in an order can have a direction."""
    slope = an_effect(1, "age_years", contrast="per_unit", per=10.0, level_when="")
    ordinal = an_effect(2, "ecog_ps", level_when="ecog_ps >= 2", reference_when="ecog_ps <= 1")
    response = an_effect(
        3, "ecog_ps", endpoint="response", measure="OR", value=0.3, low=0.1, high=0.6,
        level_when="ecog_ps >= 2", reference_when="ecog_ps <= 1",
    )  # fmt: skip
    category = an_effect(4, "sex", level_when="sex == female", reference_when="sex == male")
    assert told(slope, ordinal, response, category) == {
        "age_years": Direction(hazard=1),
        "ecog_ps": Direction(response=-1, hazard=1),
    }


def test_a_molecular_fact_that_opens_a_treatment_has_no_direction():
    """What is bad under the others is good under the treatment that is aimed at it."""
    flag = a_feature("target_mutation", kind=Kind.FLAG, group="molecular")
    pack = tiny_pack()
    row = an_effect(
        1, "target_mutation",
        level_when="target_mutation == true", reference_when="target_mutation == false",
    )  # fmt: skip
    features = (*pack.features, flag)
    assert told(row, features=features) == {"target_mutation": Direction(hazard=1)}
    first, *others = pack.regimens
    aimed = first.model_copy(update={"eligible_when": "target_mutation == true"})
    assert told(row, features=features, regimens=(aimed, *others)) == {}


def test_packs_state_the_directions_that_every_oncologist_would():
    """Performance status, albumin and liver metastases, in every pack that has rows of them."""
    library = load_library()
    for disease in library.ids:
        found = directions_of(library.pack(disease))
        wanted = {"albumin_g_dl": -1, "liver_metastases": 1, "ldh_x_uln": 1}
        for feature, sign in wanted.items():
            assert found[feature].hazard == sign, (disease, feature)
    assert directions_of(library.pack("nsclc"))["ecog_ps"] == Direction(response=-1, hazard=1)
    assert "bmi" not in directions_of(library.pack("nsclc"))
