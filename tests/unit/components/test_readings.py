"""What a forecast says at one month: figures, their digits, and the places where there are none."""

import csv
import io

import pytest

from components.charts import readings, takeaway
from dashboard.answers.forecast import Chance, Incidence, RegimenForecast, Span, Support
from tests.unit.components.forecasts import a_forecast, a_regimen, a_survival


def test_readings_split_a_chance_into_middle_and_ends():
    """The card shows the two parts, the text both, and they are the same words."""
    shown = readings.reading(Chance(0.62, 0.54, 0.70))
    assert (shown.middle, shown.ends) == ("62%", "54 to 70%")
    assert shown.text == "62% (54 to 70%)"
    assert readings.reading(None) is None
    assert readings.text_of(None) == readings.NOTHING


def test_readings_stop_where_a_curve_stops():
    """Beyond the last month there is no figure, and the place says how long was followed."""
    held = a_regimen(pfs=a_survival(7.0, end=20.0))
    assert readings.curve_at(held.pfs, 20) is not None
    assert readings.curve_at(held.pfs, 20.5) is None
    assert readings.curve_at(None, 1) is None
    assert readings.why_none(held, readings.PFS) == "followed 20 months only"
    assert readings.why_none(held, readings.PROGRESSION) == "followed 20 months only"
    assert readings.why_none(held, readings.OS) == "followed 48 months only"
    assert readings.why_none(RegimenForecast("x"), readings.OS) == "no forecast"
    assert readings.why_none(held, readings.RESPONSE) == "no forecast"


def seen_in(similar):
    """Progression at 12 months where so many similar patients received the regimen."""
    support = Support(0.5, similar, 0.2, inside=True)
    return readings.cause_at(a_regimen(support=support), readings.PROGRESSED, 12)


def test_readings_of_progression_hold_what_pfs_and_the_cause_leave_open():
    """With many similar patients the interval is its share of PFS's; with few it is wider."""
    free = a_regimen().pfs.at(12)
    many, some, few = seen_in(1e9), seen_in(30.0), seen_in(3.0)
    assert many.p == few.p == pytest.approx(0.8 * (1 - free.p))
    assert many.low == pytest.approx(0.8 * (1 - free.high), abs=1e-4)
    assert many.high == pytest.approx(0.8 * (1 - free.low), abs=1e-4)
    assert few.low < some.low < many.low
    assert many.high < some.high < few.high <= 1.0


def test_readings_of_progression_do_not_end_at_the_estimate():
    """Where nearly everybody has an event, which of the two it is remains uncertain both ways."""
    nobody = a_survival(0.05)
    causes = Incidence(
        nobody.months,
        {
            "progressed": 0.76 * (1 - nobody.probability),
            "died_first": 0.24 * (1 - nobody.probability),
        },
        nobody.probability,
    )
    held = a_regimen(pfs=nobody, progression=causes, support=Support(0.5, 26.0, 0.1, inside=True))
    found = readings.cause_at(held, readings.PROGRESSED, 12)
    assert found.p == pytest.approx(0.76, abs=0.001)
    half = 1.645 * (0.76 * 0.24 / 26) ** 0.5
    assert (found.low, found.high) == pytest.approx((0.76 - half, 0.76 + half), abs=0.005)


def test_readings_of_causes_add_up_to_what_pfs_leaves():
    """Progression, death before it and neither are everybody."""
    held = a_regimen()
    parts = [readings.cause_at(held, cause, 9).p for cause in ("progressed", "died_first")]
    assert sum(parts) + held.pfs.at(9).p == pytest.approx(1.0)


def test_readings_of_a_cause_at_the_start_are_nothing():
    """Nobody has had an event at month 0, and nothing is divided by nothing."""
    found = readings.cause_at(a_regimen(), readings.PROGRESSED, 0)
    assert (found.p, found.low, found.high) == (0.0, 0.0, 0.0)


def test_readings_of_a_cause_need_both_curves():
    """Without PFS, or beyond it, there is no figure."""
    assert readings.cause_at(a_regimen(pfs=None), "progressed", 6) is None
    assert readings.cause_at(a_regimen(progression=None), "progressed", 6) is None
    assert readings.cause_at(a_regimen(), "progressed", 60) is None


def test_readings_say_when_a_median_is_not_reached():
    """The words name the month until which it was not."""
    assert readings.median_text(a_survival(14.0)) == "14 months (11 to 20)"
    assert readings.median_text(a_survival(60.0, spread=0.5)) == (
        "not reached by 48 months (at least 40 months)"
    )
    assert readings.median_text(a_survival(400.0)) == "not reached by 48 months"
    assert readings.median_text(a_survival(45.0)).endswith("to not reached)")


def test_readings_of_a_span_without_ends_are_its_months():
    """A span that has no interval is told without one."""
    assert readings.span_text(Span(12.0, None, None)) == "12 months"


def test_readings_of_an_unknown_regimen_say_so():
    """A regimen that the model never heard of has a caution and no figure."""
    found = readings.of_regimen(a_forecast(), "drug-z")
    assert found.cautions == ("The model knows nothing of this regimen.",)
    assert set(readings.at_month(found, 12).values()) == {None}


def test_readings_file_holds_figures_and_the_shown_text():
    """Each figure of the board is a row with its source; what is missing is a dash."""
    rows = takeaway.board_rows(
        a_forecast(), ["drug-a", "drug-z"], {"drug-a": "A", "drug-z": "Z"}, 12
    )
    content = takeaway.as_csv(rows, source="made up").decode()
    held = list(csv.DictReader(io.StringIO(content)))
    assert len(held) == 2 * len(readings.QUANTITIES)
    assert {row["source"] for row in held} == {"made up"}
    first = held[0]
    assert first["estimate"] == "0.4000"
    assert first["shown"] == "40% (32 to 48%)"
    assert {row["shown"] for row in held if row["regimen"] == "drug-z"} == {readings.NOTHING}


def test_readings_file_without_rows_has_a_header():
    """Nothing to tell is a file with its header alone."""
    assert takeaway.as_csv([], source="x") == b"source\n"
