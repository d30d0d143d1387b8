"""Dates, order, courses, lines, outcomes: what can have happened and what cannot."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.records.chronology import check_chronology, check_outcomes
from dashboard.records.patient import Measurement, Severity, TreatmentCourse
from tests.builders import TODAY, a_patient

DAY = date(2025, 3, 1)
LATER = date(2025, 9, 1)


def check(patient=None, dates=None, age=None):
    """What is said of this patient's time."""
    if patient is None:
        patient = a_patient({} if age is None else {"age_years": age})
    return list(check_chronology(patient, TODAY, dates or {}))


def only(findings, code):
    """The one finding with this code."""
    (finding,) = [f for f in findings if f.code == code]
    return finding


class TestDays:
    """Single days."""

    def test_chronology_allows_today_and_one_day_for_time_zones(self):
        """Somewhere on earth it is tomorrow."""
        for ahead in (0, 1):
            patient = a_patient(recorded_on=TODAY + timedelta(days=ahead))
            assert check(patient) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"recorded_on": TODAY + timedelta(days=2)},
            {"courses": (TreatmentCourse("A", started=TODAY + timedelta(days=40)),)},
            {"courses": (TreatmentCourse("A", stopped=TODAY + timedelta(days=40)),)},
            {"measurements": (Measurement("ldh_x_uln", 1.0, TODAY + timedelta(days=9)),)},
        ],
    )
    def test_chronology_refuses_days_in_the_future(self, changes):
        """Wherever they stand."""
        finding = only(check(a_patient(**changes)), "date-in-future")
        assert finding.severity is Severity.ERROR
        assert str(TODAY) in finding.message

    def test_chronology_refuses_days_before_any_patient_was_born(self):
        """A year read wrongly from two digits."""
        assert only(check(dates={"diagnosis": date(1824, 1, 1)}), "date-too-old").fix

    def test_chronology_names_what_the_day_is(self):
        """Birth, diagnosis and death are told apart."""
        finding = only(check(dates={"birth": date(2030, 1, 1)}), "date-in-future")
        assert finding.message.startswith("The birth date is 2030-01-01")


class TestOrder:
    """Two days against each other."""

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            ("birth", "diagnosis"),
            ("diagnosis", "death"),
            ("treatment_start", "progression"),
            ("progression", "death"),
            ("last_contact", "death"),
        ],
    )
    def test_chronology_refuses_an_order_that_cannot_be(self, earlier, later):
        """Both fields and both dates are named; the right order is accepted."""
        finding = only(check(dates={earlier: LATER, later: DAY}), "dates-out-of-order")
        assert str(LATER) in finding.message
        assert str(DAY) in finding.message
        assert finding.where.field == f"{earlier}, {later}"
        assert check(dates={earlier: DAY, later: LATER}) == []
        assert check(dates={earlier: DAY, later: DAY}) == []

    def test_chronology_refuses_a_course_that_ends_before_it_starts(self):
        """Start and end are named with the drug."""
        course = TreatmentCourse("Carboplatin", started=LATER, stopped=DAY)
        finding = only(check(a_patient(courses=(course,), line=2)), "dates-out-of-order")
        assert "end of Carboplatin (2025-03-01)" in finding.message

    def test_chronology_refuses_courses_before_birth_and_after_death(self):
        """Nobody is treated outside of a life."""
        courses = (TreatmentCourse("A", started=DAY),)
        before = check(a_patient(courses=courses, line=2), {"birth": LATER})
        after = check(a_patient(courses=courses, line=2), {"death": date(2024, 1, 1)})
        assert only(before, "dates-out-of-order")
        assert only(after, "dates-out-of-order")

    def test_chronology_warns_when_lines_do_not_follow_their_dates(self):
        """The second line starts after the first."""
        courses = (
            TreatmentCourse("A", line=1, started=LATER),
            TreatmentCourse("B", line=2, started=DAY),
        )
        finding = only(check(a_patient(courses=courses, line=3)), "courses-out-of-order")
        assert "Line 2 (B, 2025-03-01) starts before line 1 (A, 2025-09-01)" in finding.message


class TestDiagnosisAndDeath:
    """What is unlikely, and kept: treatment before the diagnosis, results after the death."""

    def test_chronology_warns_of_treatment_before_the_diagnosis(self):
        """Both days and the drug are named; the same day is accepted."""
        courses = (TreatmentCourse("Osimertinib", started=DAY),)
        patient = a_patient(courses=courses, line=2)
        finding = only(check(patient, {"diagnosis": LATER}), "treatment-before-diagnosis")
        assert finding.severity is Severity.WARNING
        assert finding.message == (
            "Osimertinib (2025-03-01) starts before the date of diagnosis (2025-09-01)."
        )
        assert "Correct one of the dates" in finding.fix
        assert finding.rest.startswith("The treatment was kept")
        assert finding.patient == patient.id
        assert check(patient, {"diagnosis": DAY}) == []

    def test_chronology_tells_a_start_of_treatment_once(self):
        """A column of its own counts; the same day as a course is no second treatment."""
        dates = {"diagnosis": LATER, "treatment_start": DAY}
        assert only(check(dates=dates), "treatment-before-diagnosis").message == (
            "The treatment (2025-03-01) starts before the date of diagnosis (2025-09-01)."
        )
        patient = a_patient(courses=(TreatmentCourse("A", started=DAY),), line=2)
        told = only(check(patient, dates), "treatment-before-diagnosis").message
        assert told.startswith("A (2025-03-01) starts")

    def test_chronology_warns_of_what_is_measured_after_the_death(self):
        """In the order of the days, five by name; a sample too, and the day of death itself not."""
        after = [Measurement("ldh_x_uln", 1.0, LATER + timedelta(days=n)) for n in range(6, -1, -1)]
        patient = a_patient(measurements=tuple(after))
        dates = {"death": LATER, "sample": LATER + timedelta(days=1)}
        finding = only(check(patient, dates), "dated-after-death")
        assert finding.severity is Severity.WARNING
        assert finding.message.startswith("ldh_x_uln (2025-09-02), The sample (2025-09-02), ldh")
        assert finding.message.endswith(
            "and 2 more are dated after the death of the patient (2025-09-01)."
        )
        assert finding.rest.startswith("The values were kept")
        single = a_patient(measurements=(after[0], after[-1]))
        told = only(check(single, {"death": LATER}), "dated-after-death")
        assert "ldh_x_uln (2025-09-07) is dated after the death" in told.message
        assert check(single) == []


class TestAge:
    """A stated age against the date of birth."""

    def test_chronology_asks_when_age_and_birth_date_disagree(self):
        """Both are named."""
        finding = only(check(dates={"birth": date(1985, 5, 1)}, age=60.0), "age-against-birth-date")
        assert finding.severity is Severity.QUESTION
        assert "The age is 60, but the birth date 1985-05-01 gives 41" in finding.message
        assert [choice.values["age_years"] for choice in finding.choices] == [41.0, 60.0, None]

    @pytest.mark.parametrize("age", [40.0, 41.0, 42.0])
    def test_chronology_allows_a_year_of_difference(self, age):
        """An age in completed years, asked for on another day."""
        assert check(dates={"birth": date(1985, 5, 1)}, age=age) == []

    def test_chronology_accepts_the_age_at_diagnosis(self):
        """Many files hold the age of that day."""
        dates = {"birth": date(1960, 5, 1), "diagnosis": date(2010, 6, 1)}
        assert check(dates=dates, age=50.0) == []
        assert check(dates=dates, age=30.0) != []

    def test_chronology_says_nothing_of_age_without_both(self):
        """Nor when the birth date itself is wrong, which is said already."""
        assert check(age=60.0) == []
        found = {f.code for f in check(dates={"birth": date(2030, 1, 1)}, age=60.0)}
        assert found == {"date-in-future"}


class TestLines:
    """The line against the recorded courses."""

    def test_chronology_warns_of_a_first_line_after_two_regimens(self):
        """The message names the line that is used meanwhile."""
        courses = (TreatmentCourse("A", line=1), TreatmentCourse("B", line=2))
        finding = only(check(a_patient(line=1, courses=courses)), "line-against-courses")
        assert finding.severity is Severity.WARNING
        assert (
            "Line 1 is stated, yet 2 earlier courses are recorded, up to line 2" in finding.message
        )
        assert "line 1 is used" in finding.fix

    @pytest.mark.parametrize(
        ("line", "courses"),
        [
            (3, (TreatmentCourse("A", line=1), TreatmentCourse("B", line=2))),
            (2, (TreatmentCourse("A"),)),
            (2, (TreatmentCourse("A", line=1), TreatmentCourse("A again", line=1))),
            (None, (TreatmentCourse("A", line=1),)),
            (1, (TreatmentCourse("Adjuvant nivolumab"),)),
            (1, (TreatmentCourse("Neoadjuvant chemotherapy"),)),
            (1, ()),
        ],
    )
    def test_chronology_accepts_a_line_above_the_courses(self, line, courses):
        """One line may hold several courses; without a line nothing is said."""
        assert check(a_patient(line=line, courses=courses)) == []

    def test_chronology_counts_courses_without_a_line(self):
        """Two courses of unknown line still make a first line unlikely."""
        courses = (TreatmentCourse("A"), TreatmentCourse("B" * 60))
        assert only(check(a_patient(line=1, courses=courses)), "line-against-courses")

    def test_chronology_refuses_a_course_of_line_zero(self):
        """Lines start at one."""
        courses = (TreatmentCourse("A", line=0),)
        assert only(check(a_patient(line=2, courses=courses)), "line-impossible").value == "0"


class TestPlaceholders:
    """Days and states that a system filled in."""

    def test_chronology_flags_the_day_computers_count_from(self):
        """1970-01-01 stands where no date was known; nobody was seen on it."""
        finding = only(check(a_patient(recorded_on=date(1970, 1, 1))), "date-placeholder")
        assert finding.severity is Severity.WARNING
        assert finding.message == (
            "The date of the record is 1970-01-01, which computers write where no date was known."
        )
        assert finding.fix == "Enter the real date, or leave it empty."
        assert check(dates={"birth": date(1970, 1, 1)}) == []
        assert check(a_patient(recorded_on=date(1970, 1, 2))) == []

    def test_chronology_refuses_a_date_of_death_of_somebody_alive(self):
        """Both are named; a death that is an event agrees with its date."""
        died = {"death": DAY}
        finding = only(
            check(a_patient(outcomes={"os_event": False}), died), "alive-with-death-date"
        )
        assert finding.message == f"The patient is recorded as alive, yet died on {DAY}."
        assert finding.severity is Severity.ERROR
        assert "remove the date of death" in finding.fix
        assert check(a_patient(outcomes={"os_event": True}), died) == []
        assert check(a_patient(outcomes={"os_event": False})) == []

    @pytest.mark.parametrize("born", [date(2488, 1, 1), TODAY + timedelta(days=30)])
    def test_chronology_refuses_a_birth_after_today(self, born):
        """The Buddhist calendar, or a slip of the year."""
        finding = only(check(dates={"birth": born}), "date-in-future")
        assert finding.message == f"The birth date is {born}, after today ({TODAY})."


class TestOutcomes:
    """What happened afterwards."""

    def outcomes(self, **values):
        """What is said of these outcomes."""
        return list(check_outcomes(a_patient(outcomes=values)))

    @pytest.mark.parametrize("months", [-0.1, 721.0, -12.0, float("nan")])
    def test_outcomes_refuse_times_that_cannot_be(self, months):
        """Negative, endless or no number at all."""
        assert only(self.outcomes(os_months=months), "time-impossible").expected

    def test_outcomes_ask_about_a_time_of_zero(self):
        """An event on the same day happens, and is usually a slip."""
        finding = only(self.outcomes(pfs_months=0.0), "same-day-event")
        assert finding.severity is Severity.QUESTION

    def test_outcomes_refuse_progression_after_survival(self):
        """Nobody is free of progression for longer than alive."""
        finding = only(self.outcomes(os_months=5.0, pfs_months=9.0), "progression-after-survival")
        assert "9 months" in finding.message
        assert "5 months" in finding.message

    def test_outcomes_ask_when_a_death_is_no_event(self):
        """Death ends progression-free survival."""
        values = {"os_months": 5.0, "os_event": True, "pfs_months": 5.0, "pfs_event": False}
        assert only(self.outcomes(**values), "death-is-an-event")
        assert self.outcomes(**{**values, "pfs_months": 3.0}) == []

    def test_outcomes_refuse_an_unknown_response(self):
        """RECIST has five words."""
        assert only(self.outcomes(response="better"), "response-unknown").value == "better"
        assert self.outcomes(response="pr") == []
        assert self.outcomes(response=True) == []

    def test_outcomes_accept_what_can_be(self):
        """Nothing is said of ordinary outcomes, nor of words it does not know."""
        assert self.outcomes(os_months=12.0, os_event=True, pfs_months=6.0, pfs_event=True) == []
        assert self.outcomes(os_months=True, weight=5.0) == []


@given(
    st.dictionaries(
        st.sampled_from(["birth", "diagnosis", "death", "progression", "treatment_start"]),
        st.dates(),
    ),
    st.none() | st.floats(),
    st.lists(
        st.builds(
            TreatmentCourse,
            st.text(max_size=50),
            line=st.none() | st.integers(-2, 15),
            started=st.none() | st.dates(),
            stopped=st.none() | st.dates(),
        ),
        max_size=4,
    ),
)
def test_chronology_never_fails(dates, age, courses):
    """Any days, any age, any courses: findings with a message and a cure, and no exception."""
    values = {} if age is None else {"age_years": age}
    patient = a_patient(values, courses=tuple(courses), line=1)
    for finding in check(patient, dates):
        assert finding.message
        assert finding.fix
        assert finding.patient == patient.id
