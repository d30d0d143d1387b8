"""Named what-ifs: kept for one person and one patient, and gone with the patient."""

from dataclasses import replace

import pytest

from dashboard.answers.scenario import MOST, Scenario
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.records.cells import Raw
from dashboard.services import scenarios
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.vault.record import Erased
from tests.builders import a_patient

CHANGES = {"bmi": Raw(" 23 ", unit="kg/m2"), "sex": Raw("")}
HELD = {"bmi": ("23", "kg/m2"), "sex": ("", "")}


@pytest.fixture
def context(tmp_path):
    """An installation with nothing in it."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path)})


def test_scenarios_are_there_on_another_day(context, tmp_path):
    """What was kept is read again by an installation opened afresh, as it was typed."""
    scenarios.keep(context, a_patient(), "  After   prehabilitation ", CHANGES)
    again = open_context({"CONCORD_DATA_DIR": str(tmp_path)})
    assert scenarios.kept(again, a_patient()) == (Scenario("After prehabilitation", HELD),)
    again.store.close()


def test_scenarios_of_one_name_give_way(context):
    """The same name again is the newer one; dropping leaves the others."""
    patient = a_patient()
    scenarios.keep(context, patient, "one", CHANGES)
    scenarios.keep(context, patient, "two", CHANGES)
    held = scenarios.keep(context, patient, "one", {"bmi": Raw("30")})
    assert [each.name for each in held] == ["two", "one"]
    assert held[1].typed == {"bmi": ("30", "")}
    assert [each.name for each in scenarios.drop(context, patient, "two")] == ["one"]
    assert scenarios.drop(context, patient, "nothing") == scenarios.kept(context, patient)


@pytest.mark.parametrize(("name", "changes"), [("", CHANGES), ("  ", CHANGES), ("empty", {})])
def test_scenarios_need_a_name_and_a_change(context, name, changes):
    """A scenario that is nothing is not kept."""
    with pytest.raises(UserError, match="a name and at least one changed fact"):
        scenarios.keep(context, a_patient(), name, changes)
    assert scenarios.kept(context, a_patient()) == ()


def test_scenarios_are_no_more_than_can_be_told_apart(context):
    """One more than fits is refused with what to do."""
    for number in range(MOST):
        scenarios.keep(context, a_patient(), f"s{number}", CHANGES)
    with pytest.raises(UserError, match="No more than") as refused:
        scenarios.keep(context, a_patient(), "more", CHANGES)
    assert "Drop one" in refused.value.hint


def test_scenarios_are_everybodys_own(context):
    """Another person of the same installation sees none of them; a reader may keep their own."""
    scenarios.keep(context, a_patient(), "mine", CHANGES)
    viewer = replace(context, actor=Actor("v", "V", Role.VIEWER))
    assert scenarios.kept(viewer, a_patient()) == ()
    scenarios.keep(viewer, a_patient(), "theirs", CHANGES)
    assert [each.name for each in scenarios.kept(context, a_patient())] == ["mine"]
    admin = replace(context, actor=Actor("a", "A", Role.ADMIN))
    with pytest.raises(NotPermitted, match="admin"):
        scenarios.keep(admin, a_patient(), "no", CHANGES)


def test_scenarios_go_with_the_patient(context):
    """Erasing a patient leaves nothing of their scenarios to read."""
    patient = a_patient()
    scenarios.keep(context, patient, "one", CHANGES)
    context.store.erase(patient.id, by="owner")
    with pytest.raises(Erased, match="erased"):
        scenarios.kept(context, patient)
