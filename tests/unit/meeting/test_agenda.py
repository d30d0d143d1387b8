"""The agenda: its order, its columns, and its numbers."""

from datetime import date, timedelta

import pytest

from dashboard.meeting.agenda import Share, columns, days, in_order, metrics, next_in, on_day
from dashboard.meeting.case import Decided, Move, Stage, Urgency, Waiver
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import Dissent, View, become
from dashboard.meeting.follow_up import CarriedOut, with_entry
from tests.unit.meeting.made import NOW, TODAY, a_case, a_decision, a_follow_up, an_entry


def ready(days, **changes):
    """A case that was ready some days after it was opened."""
    move = Move(Stage.BACKLOG, Stage.READY, "owner", NOW + timedelta(days=days))
    return a_case(moves=(move,), stage=Stage.READY, **changes)


def test_agenda_takes_urgent_then_near_then_complete():
    """Urgency first, then the day, then completeness."""
    cases = [
        a_case(id="late", meets_on=date(2026, 7, 1)),
        a_case(id="half", meets_on=TODAY, known=1, core=2),
        a_case(id="whole", meets_on=TODAY, known=2, core=2),
        a_case(id="never"),
        a_case(id="urgent", urgency=Urgency.URGENT),
        a_case(id="soon", urgency=Urgency.SOON),
    ]
    order = [case.id for case in in_order(cases)]
    assert order == ["urgent", "soon", "whole", "half", "late", "never"]


def test_agenda_has_a_column_for_every_stage():
    """An empty column is there too."""
    found = columns([a_case(), a_case(id="k2", stage=Stage.DISCUSSED)])
    assert list(found) == list(Stage)
    assert [len(cases) for cases in found.values()] == [1, 0, 1, 0]


def test_agenda_of_a_day_holds_what_is_ready_or_was_discussed():
    """The backlog is not presented."""
    cases = [
        a_case(id="a", stage=Stage.READY, meets_on=TODAY),
        a_case(id="b", stage=Stage.BACKLOG, meets_on=TODAY),
        a_case(id="c", stage=Stage.DISCUSSED, meets_on=TODAY, urgency=Urgency.URGENT),
        a_case(id="d", stage=Stage.READY, meets_on=date(2026, 6, 2)),
        a_case(id="e", stage=Stage.FOLLOW_UP, meets_on=TODAY),
    ]
    assert [case.id for case in on_day(cases, TODAY)] == ["c", "a", "e"]


def test_agenda_keeps_today_while_anything_is_on_it():
    """A meeting goes on when its last case was decided; a day that is over and done goes."""
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=3)
    cases = [
        a_case(id="a", stage=Stage.FOLLOW_UP, meets_on=TODAY),
        a_case(id="b", stage=Stage.FOLLOW_UP, meets_on=yesterday),
        a_case(id="c", stage=Stage.READY, meets_on=tomorrow),
        a_case(id="d", stage=Stage.BACKLOG, meets_on=TODAY - timedelta(days=9)),
        a_case(id="e", stage=Stage.READY, meets_on=None),
    ]
    assert days(cases, TODAY) == (TODAY, tomorrow)
    assert days(cases[1:2], TODAY) == ()


def test_agenda_goes_forth_and_back_and_stops_at_its_ends():
    """No wrap around: after the last comes nothing."""
    cases = [a_case(id="a"), a_case(id="b")]
    assert next_in(cases, "a", 1).id == "b"
    assert next_in(cases, "b", -1).id == "a"
    assert next_in(cases, "b", 1) is None
    assert next_in(cases, "a", -1) is None
    assert next_in(cases, "gone", 1).id == "a"
    assert next_in([], "a", 1) is None


def test_metrics_count_cases():
    """Every share stands with both its numbers."""
    cases = [ready(2), ready(4, waiver=Waiver("r", "o", NOW)), a_case()]
    first = become(a_decision(present=("a", "b"), seconds=300), Decided.FINAL, by="o", at=NOW)
    other = a_decision(
        board=View(Choice.NO_CONSENSUS, "", Stance.DIFFERS, ("wish",)), trial_offered=Said.YES,
        present=("a",), seconds=120,
    )  # fmt: skip
    third = a_decision(dissent=(Dissent("Ben", "no"),), seconds=0)
    finals = [first, *(become(r, Decided.FINAL, by="o", at=NOW) for r in (other, third))]
    done = with_entry(a_follow_up(), an_entry(3, carried_out=CarriedOut.YES))
    done = with_entry(done, an_entry(6, carried_out=CarriedOut.PARTLY, why_not=("toxicity",)))
    not_known = with_entry(a_follow_up(), an_entry(3))
    found = metrics(cases, [*finals, a_decision()], [done, not_known, a_follow_up()])
    assert found.cases == 3
    assert found.by_stage[Stage.READY] == 2
    assert found.days_of_preparation == 3
    assert found.waived == Share(1, 2)
    assert found.trial_offered == Share(1, 3)
    assert found.consensus == Share(1, 3)
    assert found.differs == Share(1, 3)
    assert found.carried_out == Share(0, 1)
    assert found.attendance == pytest.approx(1.5)
    assert found.minutes == pytest.approx(3.5)


def test_metrics_of_nothing_say_nothing():
    """Without cases there are no means."""
    found = metrics([], [], [])
    assert (found.days_of_preparation, found.attendance, found.minutes) == (None, None, None)
    assert found.carried_out == Share(0, 0)


def test_metrics_take_the_middle_case():
    """One case that waited a year does not hide the others."""
    assert metrics([ready(1), ready(2), ready(365)], [], []).days_of_preparation == 2
    assert metrics([ready(1, opened_at=None)], [], []).days_of_preparation is None
