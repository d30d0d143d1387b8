"""The service of updates at a landmark, and the command line that asks the same."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from dashboard import cli
from dashboard.answers.curves import given_survived
from dashboard.answers.landmark import Asked
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.records.patient import TreatmentCourse
from dashboard.services import forecasts, landmark
from dashboard.services.context import Actor, Role
from tests.trained import environ_of, saved_as_table
from tests.unit.services.test_explanations import SOMEBODY, A, B

ASKED = Asked(A, 3.0, "PR")


def updated(context, asked=ASKED):
    """The update of somebody's forecast."""
    return landmark.update(context, SOMEBODY, forecasts.forecast(context, SOMEBODY), asked)


def test_scope_tells_months_and_responses(trained):
    """The simulated cohort tells times: all landmarks, and the responses enough patients had."""
    known = landmark.scope(trained, SOMEBODY.disease)
    assert known.months == (2.0, 12.0)
    assert {"PR", "SD", "PD"} <= set(known.answers) <= {"CR", "PR", "SD", "PD"}
    assert known.timed


def test_update_stands_on_the_forecast_before_treatment(trained):
    """By time alone it is that curve divided by its value; a response lifts it, a PD has no PFS."""
    found = updated(trained)
    first = forecasts.forecast(trained, SOMEBODY).of(A)
    plain = given_survived(first.pfs, 3.0)
    np.testing.assert_array_equal(found.pfs.before.probability, plain.probability)
    assert found.pfs.now.at(12).p > found.pfs.before.at(12).p
    assert found.pfs.now.at(12).p > updated(trained, Asked(A, 3.0, "SD")).pfs.now.at(12).p
    assert updated(trained, Asked(A, 3.0, "PD")).pfs is None


def test_update_is_audited_without_what_the_scan_said(trained):
    """The line names patient and regimen; the response is the patient's own."""
    lines = []
    updated(replace(trained, audit=lines.append))
    (line,) = [line for line in lines if line.action == "patient.updated"]
    assert line.facts == {"regimen": A}
    assert line.subject == SOMEBODY.id


def test_update_and_export_need_permission(trained):
    """Who may not read patients gets no update; who may only read takes none away."""
    auditor = replace(trained, actor=Actor("y", "Y", Role.AUDITOR))
    forecast, found = forecasts.forecast(trained, SOMEBODY), updated(trained)
    with pytest.raises(NotPermitted, match="read patients"):
        landmark.update(auditor, SOMEBODY, forecast, ASKED)
    viewer = replace(trained, actor=Actor("z", "Z", Role.VIEWER))
    with pytest.raises(NotPermitted, match="export patients"):
        landmark.export(viewer, SOMEBODY, found)


def test_export_holds_both_forecasts_of_both_endpoints(trained):
    """Every point with its band, what was asked, and the text of the screen."""
    found = updated(trained)
    rows = list(csv.DictReader(io.StringIO(landmark.export(trained, SOMEBODY, found).decode())))
    assert {(row["endpoint"], row["forecast"]) for row in rows} == {
        (endpoint, kind) for endpoint in ("pfs", "os") for kind in ("updated", "time alone")
    }
    assert {(row["months_since_start"], row["response"]) for row in rows} == {("3", "PR")}
    (row,) = [
        r for r in rows
        if (r["endpoint"], r["forecast"], r["months_from_now"]) == ("pfs", "updated", "12")
    ]  # fmt: skip
    assert float(row["estimate"]) == pytest.approx(found.pfs.now.at(12).p, abs=1e-4)
    without = landmark.export(trained, SOMEBODY, replace(found, pfs=None)).decode()
    assert ",pfs," not in without


# -- where to begin --------------------------------------------------------------------------------


def with_courses(*courses):
    """Somebody who was given these."""
    return replace(SOMEBODY, courses=courses)


def a_course(context, days, **changes):
    """A course of A that began so many days ago."""
    course = TreatmentCourse("A", A, 1, context.today - timedelta(days=days), best_response="pr")
    return replace(course, **changes)


def test_so_far_is_the_running_treatment_of_the_record(trained):
    """Months since its start and the best response; the latest where there are several."""
    earlier = a_course(trained, 400, regimen=B)
    found = landmark.so_far(trained, with_courses(earlier, a_course(trained, 91)))
    assert (found.regimen, found.answer) == (A, "PR")
    assert found.months == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize(
    "changes",
    [{"stopped": date(2020, 1, 1)}, {"started": None}, {"regimen": ""}, {"regimen": "elsewhere"}],
)
def test_so_far_is_nothing_without_a_running_regimen_of_the_pack(trained, changes):
    """One that was stopped, of unknown start, or of no known regimen says nothing."""
    assert landmark.so_far(trained, with_courses(a_course(trained, 91, **changes))) is None
    assert landmark.so_far(trained, SOMEBODY) is None


def test_so_far_takes_no_other_word_for_a_response(trained):
    """What is no answer of RECIST is not guessed at."""
    course = a_course(trained, 91, best_response="NE")
    assert landmark.so_far(trained, with_courses(course)).answer == ""


# -- the command line ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Somebody as a table."""
    return saved_as_table(SOMEBODY, tmp_path_factory.mktemp("patients"))


def run(home, file, *more):
    """Exit code, standard output and standard error of `forecast`."""
    out, err = io.StringIO(), io.StringIO()
    words = ("forecast", str(file), "--disease", "nsclc", "--regimens", A, *more)
    return cli.main(words, environ=environ_of(home), out=out, err=err), out.getvalue(), err


@pytest.mark.parametrize("answer", ["PR", ""])
def test_the_command_line_prints_what_the_page_shows(trained, trained_home, file, answer):
    """The same numbers, with and without a response; without it both curves are one."""
    asked = ["--landmark", "3", *(["--response", answer] if answer else [])]
    code, out, _ = run(trained_home, file, "--json", *asked)
    assert code == 0
    document = json.loads(out)["regimens"][0]["landmark"]
    found = updated(trained, Asked(A, 3.0, answer))
    for name, each in (("pfs", found.pfs), ("os", found.os)):
        for kind, curve in (("updated", each.now), ("time_alone", each.before)):
            for key, values in (("p", curve.probability), ("low", curve.low), ("high", curve.high)):
                np.testing.assert_allclose(document[name][kind][key], values, atol=1e-12)
        assert (document[name]["hazard_ratio"] is None) == (answer == "")
    assert (document["month"], document["response"]) == (3.0, answer or None)
    assert len(document["errors"]) == 2


def test_the_command_line_says_it_in_lines(trained_home, file):
    """For people: the median from now on, beside that by time alone."""
    code, out, _ = run(trained_home, file, "--landmark", "3", "--response", "PD")
    assert code == 0
    assert f"{A}, 3 months after the start, with PD:" in out
    assert "median OS from now" in out
    assert "by time alone" in out
    assert "median PFS from now" not in out


def test_the_command_line_refuses_what_cannot_be_asked(trained_home, file):
    """A response without a landmark, and a month nobody can be asked about, end with two."""
    code, _, err = run(trained_home, file, "--response", "PR")
    assert code == 2
    assert "--response says nothing without --landmark" in err.getvalue()
    code, _, err = run(trained_home, file, "--landmark", "30")
    assert code == 2
    assert "An update at 30 months cannot be told" in err.getvalue()


def test_a_regimen_nothing_can_be_told_of_is_null(trained, trained_home, file, monkeypatch):
    """Without a landmark model each regimen's update is null, with the reason in the lines."""
    bundle = replace(forecasts.opened(trained, "nsclc"), landmark=None)
    monkeypatch.setattr(forecasts, "opened", lambda *_args, **_more: bundle)
    code, out, _ = run(trained_home, file, "--json", "--landmark", "3")
    assert code == 0
    assert json.loads(out)["regimens"][0]["landmark"] is None
    assert (
        f"{A}: The model has no update at a landmark"
        in run(trained_home, file, "--landmark", "3")[1]
    )
    with pytest.raises(UserError, match="no update at a landmark"):
        updated(trained)
