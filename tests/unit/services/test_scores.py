"""Scores of a patient: what each input was taken from, and what follows from a stated limit."""

from datetime import UTC, datetime

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.records.patient import Origin, Patient
from dashboard.scores.shelf import Status
from dashboard.services import scores
from dashboard.services.context import Actor, Context, Role
from dashboard.services.installation import open_context


@pytest.fixture
def lines():
    """The audit lines written."""
    return []


@pytest.fixture
def context(tmp_path, lines):
    """An installation of its owner."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lines.append)


def lung(note=""):
    """A patient whose LDH and bilirubin are multiples; the note may state the limit."""
    values = {
        "age_years": 61.0, "ecog_ps": "1", "ldh_x_uln": 1.648, "bilirubin_x_uln": 1.2,
        "albumin_g_dl": 4.0, "liver_metastases": True, "pack_years": 30.0, "nlr": 3.0,
    }  # fmt: skip
    origins = {name: Origin(file="lab.csv", row=2, field=name) for name in values}
    for name, limit in (("ldh_x_uln", 250), ("bilirubin_x_uln", 20)):
        told = note.format(limit) if note else ""
        origins[name] = Origin(file="lab.csv", row=2, field=name, text="1", note=told)
    return Patient("P1", "nsclc", values, line=2, origins=origins)


STATED = "24 divided by the upper limit of normal {}"


def by_id(results):
    """Results by score."""
    return {result.score.id: result for result in results}


def test_scores_of_a_patient_are_those_of_the_tumour_group(context, lines):
    """Scores of other tumours are listed apart, by name; the question leaves an audit line."""
    found = by_id(scores.scores_of(context, lung()))
    assert "npi" not in found
    assert "Nottingham prognostic index" in scores.elsewhere(context, "nsclc")
    assert {result.status for result in found.values()} >= {Status.COMPUTED, Status.MISSING}
    assert [line.action for line in lines] == ["patient.scored", "scores.listed"]
    assert all(result.score.name not in scores.elsewhere(context, "nsclc")
               for result in found.values())  # fmt: skip


def test_amounts_are_worked_out_where_the_limit_is_stated(context):
    """EPSILoN takes LDH in U/L and ALBI bilirubin in umol/L from the multiple and its limit."""
    found = by_id(scores.scores_of(context, lung(STATED)))
    assert found["epsilon"].value == 3.0
    assert {u.id: u.value for u in found["epsilon"].used}["ldh_u_l"] == pytest.approx(412)
    assert found["albi"].status is Status.COMPUTED
    origins = scores.origins_of(context, lung(STATED))
    assert origins["bilirubin_umol_l"].field == "bilirubin_x_uln"


def test_amounts_are_missing_where_no_limit_is_stated(context):
    """Without the limit nothing is computed, and the note says why."""
    found = by_id(scores.scores_of(context, lung()))
    assert [i.id for i in found["albi"].missing] == ["bilirubin_umol_l"]
    assert "needs the laboratory's limit" in found["albi"].notes[0]
    assert "bilirubin_umol_l" not in scores.origins_of(context, lung())


def test_inputs_by_hand_complete_one_score(context):
    """What is typed for one score is not used for another."""
    typed = {"albi": {"bilirubin_umol_l": 24.0}}
    found = by_id(scores.scores_of(context, lung(), typed=typed))
    assert found["albi"].value == pytest.approx(-2.48906, abs=1e-5)
    assert found["epsilon"].status is Status.MISSING


def early_breast():
    """An operated early breast cancer with everything PREDICT 2.2 asks for."""
    values = {
        "disease_setting": "early", "age_years": 57.0, "tumour_size_mm": 29.0,
        "nodes_positive": 2.0, "nottingham_grade": "2", "er_pct": 90.0, "her2_status": "zero",
    }  # fmt: skip
    return Patient("B1", "breast", values)


def test_benefits_come_from_a_computed_predict(context):
    """Offered treatments are those that can act; their gains are positive."""
    result = by_id(scores.scores_of(context, early_breast()))["predict-breast-v2-2"]
    assert scores.weighs_treatments(result)
    assert "trastuzumab" not in scores.treatments_offered(result)
    table = scores.benefits(context, result, ["hormone"])
    assert all(benefit.order_free > 0 for benefit in table.benefits)


def test_benefits_of_a_score_without_a_number_are_refused(context):
    """PREDICT 3.2 lacks smoking here; the refusal says so."""
    result = by_id(scores.scores_of(context, early_breast()))["predict-breast-v3-2"]
    with pytest.raises(UserError, match="Missing: Current smoker"):
        scores.benefits(context, result, ["hormone"])


def test_scores_of_a_patient_need_the_permission(context):
    """An administrator may read what is published, not patients."""
    boss = Context(
        Actor("b", "Boss", Role.ADMIN), context.library, context.settings,
        lambda: datetime.now(UTC), lambda _: None, context.read, context.store,
    )  # fmt: skip
    with pytest.raises(NotPermitted, match="may not read patients"):
        scores.scores_of(boss, lung())
