"""The board's service: which regimens stand there at first, ranking, and what can be taken."""

import csv
import io
from dataclasses import replace

import pytest

from components.charts import readings
from dashboard.answers.ranking import Weights
from dashboard.foundation.errors import NotPermitted
from dashboard.knowledge.rules import Answer
from dashboard.services import board, consultation, intake
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from tests.unit.components.forecasts import a_forecast, a_regimen

KEYTRUDA, DOUBLET = "pembrolizumab-mono", "platinum-doublet-chemo"


@pytest.fixture(scope="module")
def lines():
    """What was written into the audit trail."""
    return []


@pytest.fixture(scope="module")
def context(tmp_path_factory, lines):
    """An installation with nothing in it."""
    folder = tmp_path_factory.mktemp("installation")
    return open_context({"CONCORD_DATA_DIR": str(folder)}, audit=lines.append)


@pytest.fixture(scope="module")
def patient(context):
    """A sample patient with lung cancer in first line."""
    return next(s.patient for s in intake.samples(context) if s.id == "SYN-NSCLC-02")


FORECAST = a_forecast(a_regimen(KEYTRUDA), a_regimen(DOUBLET, median=18.0))


def rows(content):
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_board_opens_with_open_regimens_in_the_packs_order(context, patient):
    """None that the rules close stands there at first, and none of early disease."""
    judgement = consultation.judge(context, patient)
    first = board.first_regimens(context, patient, judgement)
    pack = context.library.pack(patient.disease)
    order = [regimen.id for regimen in pack.regimens]
    assert list(first) == sorted(first, key=order.index)
    assert board.FEWEST <= len(first) <= board.MOST
    assert all(judgement.of(regimen).answer is not Answer.NO for regimen in first)
    assert all(pack.arms_of(regimen) for regimen in first)


def test_board_prefers_what_was_studied_most(context, patient):
    """Of the open regimens, none left out was studied in more patients of the line."""
    judgement = consultation.judge(context, patient)
    first = board.first_regimens(context, patient, judgement)
    pack = context.library.pack(patient.disease)

    def studied(regimen):
        return sum(arm.n or 0 for arm in pack.arms_of(regimen) if arm.line in ("1L", "any", ""))

    undecided = [v.regimen for v in judgement.regimens if v.answer is Answer.UNKNOWN]
    own = [pack.regimen(name) for name in undecided]
    inside = [studied(r.id) for r in own if r.id in first and not r.comparator_only]
    outside = [studied(r.id) for r in own if r.id not in first and not r.comparator_only]
    assert inside
    assert min(inside) >= max(outside)


def test_board_opens_with_closed_ones_when_nothing_is_open(context, patient):
    """Somebody for whom everything is closed still sees regimens, with the reasons."""
    judgement = consultation.judge(context, patient)
    shut = tuple(replace(v, answer=Answer.NO) for v in judgement.regimens)
    assert len(board.first_regimens(context, patient, replace(judgement, regimens=shut))) == 6


def test_board_ranks_by_the_benefit_chosen(context, patient):
    """The benefit is the figure and the months that were chosen; visits come from the pack."""
    found = board.rank(
        context, patient, FORECAST, [KEYTRUDA, DOUBLET],
        weights=Weights(10, 0, 0), benefit=(readings.OS, 12),
    )  # fmt: skip
    assert [s.regimen for s in found.standings] == [DOUBLET, KEYTRUDA]
    response = board.rank(
        context, patient, FORECAST, [KEYTRUDA, DOUBLET],
        weights=Weights(10, 0, 0), benefit=(readings.RESPONSE, 12),
    )  # fmt: skip
    assert response.standings[0].first == pytest.approx(0.5, abs=0.05)


def test_board_does_not_rank_what_has_a_caution(context, patient):
    """A regimen that few alike received is left out with the forecast's own words."""
    cautious = a_forecast(a_regimen(KEYTRUDA, cautions=("Too few alike.",)), a_regimen(DOUBLET))
    found = board.rank(
        context, patient, cautious, [KEYTRUDA, DOUBLET],
        weights=Weights(), benefit=(readings.OS, 12),
    )  # fmt: skip
    assert found.left_out == {KEYTRUDA: "Too few alike."}
    assert found.closed


def test_board_file_says_what_the_screen_says(context, patient):
    """Each figure with its text, its source, and the pack's own name of the regimen."""
    held = rows(board.export(context, patient, FORECAST, [KEYTRUDA], months=12))
    assert {row["label"] for row in held} == {"Pembrolizumab monotherapy"}
    alive = next(row for row in held if row["quantity"] == "Alive at 12 months")
    assert alive["shown"] == readings.text_of(FORECAST.of(KEYTRUDA).os.at(12))
    assert FORECAST.bundle in alive["source"]


def test_board_file_of_curves_has_every_month(context, patient):
    """The points of a curve with its band."""
    curve = FORECAST.of(KEYTRUDA).os
    held = rows(board.export_curves(context, patient, {KEYTRUDA: curve}, endpoint="os"))
    assert len(held) == len(curve.months)
    assert held[0]["estimate"] == "1.0000"


def test_board_file_of_response_has_every_answer(context, patient):
    """Response with its interval, and the four answers without one of their own."""
    held = rows(board.export_response(context, patient, FORECAST, [KEYTRUDA]))
    assert [row["answer"] for row in held] == ["response", "CR", "PR", "SD", "PD"]
    assert held[0]["low"] == "0.3200"
    assert held[1]["low"] == ""


def test_board_file_of_progression_has_both_causes(context, patient):
    """Each cause at each month of the board."""
    held = rows(board.export_progression(context, patient, FORECAST, [KEYTRUDA]))
    assert len(held) == 2 * len(board.MONTHS)
    assert {row["first_event"] for row in held} == {"progressed", "died_first"}


def test_board_file_of_toxicity_has_published_beside_forecast(context, patient):
    """Every group of the pack; what is not forecast is empty, what was published stands there."""
    held = rows(board.export_toxicity(context, patient, FORECAST, [KEYTRUDA]))
    pack = context.library.pack(patient.disease)
    assert [row["group"] for row in held] == [group.id for group in pack.adverse_groups]
    severe = next(row for row in held if row["group"] == "any")
    assert severe["shown"] == "50% (42 to 58%)"
    assert float(severe["published"]) > 0


def test_board_tells_sites_with_what_follows_from_facts(context, patient):
    """Where the disease spreads, for what is known of the patient."""
    found = board.sites(context, patient, [KEYTRUDA])
    assert {"brain", "bone", "liver"} <= {figure.row.site for figure in found}


def test_board_asks_permission_and_is_written_down(context, patient, lines):
    """Nothing is handed out to who may not have it; the trail has no value of the patient."""
    viewer = replace(context, actor=Actor("v", "Viewer", Role.VIEWER))
    with pytest.raises(NotPermitted, match="may not export patients"):
        board.export(viewer, patient, FORECAST, [KEYTRUDA], months=12)
    before = len(lines)
    board.export(context, patient, FORECAST, [KEYTRUDA], months=12)
    assert [line.action for line in lines[before:]] == ["board.exported"]
    assert dict(lines[-1].facts) == {"regimens": 1}
