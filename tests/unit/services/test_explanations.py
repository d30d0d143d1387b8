"""The desk of explanations: the forecast's own numbers, evidence beside, what-if by the checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.answers.explanation import MONTHS, Target
from dashboard.foundation.errors import ImportRejected, NotEnoughEvidence, NotPermitted
from dashboard.records.cells import Raw
from dashboard.records.patient import Patient
from dashboard.services import explanations, forecasts
from dashboard.services.context import Actor, Role
from tests.trained import DISEASE

A, B = "pembrolizumab-mono", "docetaxel"
RESPONSE, SURVIVAL = Target("response"), Target("os", 12.0)
SOMEBODY = Patient(
    "P1",
    DISEASE,
    {
        "age_years": 66.0,
        "sex": "female",
        "ecog_ps": "1",
        "histology": "adenocarcinoma",
        "stage": "IVA",
        "pd_l1_tps": 10.0,
        "driver_alteration": "none",
        "smoking_status": "current",
        "liver_metastases": True,
        "brain_metastases": False,
        "albumin_g_dl": 3.1,
        "haemoglobin_g_dl": 10.5,
        "nlr": 6.0,
        "ldh_x_uln": 1.2,
        "egfr_mutation": "none",
        "alk_fusion": False,
        "kras_mutation": "none",
        "baseline_steroids": True,
        "bmi": 22.0,
    },
    line=2,
)


@pytest.mark.parametrize(
    "target",
    [
        RESPONSE,
        SURVIVAL,
        Target("pfs", 6.0),
        Target("os", 12.0, MONTHS),
        Target("progression", 6.0),
    ],
    ids=str,
)
def test_attribution_explains_the_number_that_is_forecast_with_its_interval(trained, target):
    """Output and interval are the forecast's; every known fact has the evidence looked up."""
    found = explanations.attribution(trained, SOMEBODY, A, target)
    under = forecasts.forecast(trained, SOMEBODY, [A]).of(A)
    if target == RESPONSE:
        shown = under.response.p, under.response.low, under.response.high
    elif target.name == "progression":
        shown = under.progression.at(6.0)["progressed"], None, None
    elif target.scale == MONTHS:
        span = under.os.restricted_mean(12.0)
        shown = span.months, span.low, span.high
    else:
        chance = getattr(under, target.name).at(target.months)
        shown = chance.p, chance.low, chance.high
    assert (found.output, found.low, found.high) == pytest.approx(shown, abs=1e-9)
    assert set(found.expected) <= set(SOMEBODY.facts)
    assert found.expected["liver_metastases"].feature == "liver_metastases"


def test_attribution_is_for_those_who_may_read_patients(trained):
    """An administrator sees no patient, so no explanation either; what is asked is written down."""
    lines = []
    boss = replace(trained, actor=Actor("b", "B", Role.ADMIN), audit=lines.append)
    with pytest.raises(NotPermitted, match="may not read patients"):
        explanations.attribution(boss, SOMEBODY, A, RESPONSE)
    explanations.attribution(replace(trained, audit=lines.append), SOMEBODY, A, RESPONSE)
    assert next(line.action for line in lines) == "patient.explained"
    assert all(line.subject in {"P1", DISEASE} for line in lines)


def test_contrast_and_sentence_speak_of_the_same_difference(trained):
    """More or fewer in words as in the numbers."""
    found = explanations.contrast(trained, SOMEBODY, (A, B), SURVIVAL)
    assert found.low < found.difference < found.high
    said = explanations.sentence(found, trained.library.pack(DISEASE), "short")
    assert ("more in 100" in said) == (found.difference > 0) or "equally" in said


def test_over_time_goes_to_the_end_of_follow_up(trained):
    """A dozen months, the last one the last that is forecast."""
    found = explanations.over_time(trained, SOMEBODY, A, "os")
    months = [each.horizon_months for each in found]
    curve = forecasts.forecast(trained, SOMEBODY, [A]).of(A).os
    assert months == sorted(set(months))
    assert months[-1] == curve.months[-1]
    assert [each.output for each in found] == pytest.approx(
        [curve.at(month).p for month in months], abs=1e-9
    )
    with pytest.raises(NotEnoughEvidence, match="not trained for cost"):
        explanations.over_time(trained, SOMEBODY, A, "cost")


def test_tornado_tipping_points_and_pairs_are_answered(trained):
    """Each names facts that the model reads."""
    inputs = set(forecasts.opened(trained, DISEASE).contract.ids)
    swings = explanations.tornado(trained, SOMEBODY, A, RESPONSE).swings
    assert {swing.feature for swing in swings} <= inputs
    tips = explanations.tipping_points(trained, SOMEBODY, (A, B), RESPONSE)
    assert {point.feature for point in tips.points} <= inputs
    pairs = explanations.interactions(trained, SOMEBODY, A, RESPONSE)
    assert len(pairs) == 3
    surface = explanations.surface(
        trained, SOMEBODY, A, RESPONSE, features=("pd_l1_tps", "ecog_ps")
    )
    assert len(surface.values) == len(surface.places[0])


def test_effect_curve_marks_the_patient_over_the_cohort(trained):
    """The simulated cohort's patients are counted; nobody is in it."""
    found = explanations.effect_curve(trained, SOMEBODY, A, RESPONSE, feature="nlr")
    assert found.patient == 6.0
    assert found.patient_value is not None
    assert sum(found.counts) > 50


def test_counterfactuals_change_only_what_the_pack_calls_modifiable(trained):
    """Never age; never a smoking history that was not; nothing that contradicts the rest."""
    pack = trained.library.pack(DISEASE)
    modifiable = {feature.id for feature in pack.features if feature.modifiable}
    found = explanations.counterfactuals(trained, SOMEBODY, A, SURVIVAL, goal=0.0)
    easy = explanations.counterfactuals(trained, SOMEBODY, A, SURVIVAL, goal=found.output + 0.001)
    assert set(easy.modifiable) <= modifiable
    assert "albumin_g_dl" in easy.modifiable
    for each in easy.found:
        assert all(change.after != "never" for change in each.changes)
        assert each.after > found.output
    usual = explanations.counterfactuals(trained, SOMEBODY, A, SURVIVAL)
    assert usual.goal == pytest.approx(found.output + 0.1)


def test_what_if_reads_changes_like_typed_fields(trained):
    """Units are converted, unknown is unknown, the original stays as it was."""
    changed, found = explanations.what_if(
        trained,
        SOMEBODY,
        {"albumin_g_dl": Raw("42", unit="g/L"), "pd_l1_tps": 80.0, "ecog_ps": None,
         "liver_metastases": False, "smoking_status": "former"},
    )  # fmt: skip
    assert changed.values["albumin_g_dl"] == pytest.approx(4.2)
    assert changed.values["pd_l1_tps"] == 80.0
    assert "ecog_ps" not in changed.values
    assert changed.values["liver_metastases"] is False
    assert found.patient_fingerprint == changed.fingerprint != SOMEBODY.fingerprint
    assert SOMEBODY.values["albumin_g_dl"] == 3.1


@pytest.mark.parametrize(
    ("change", "message"),
    [({"age_years": 400.0}, "400"), ({"ecog_ps": "17"}, "17"), ({"albumin_g_dl": Raw("38")}, "38")],
)
def test_what_if_refuses_what_cannot_be_and_what_asks_back(trained, change, message):
    """Impossible values, unknown levels and doubtful units are said, not guessed."""
    with pytest.raises(ImportRejected, match=message):
        explanations.what_if(trained, SOMEBODY, change)
