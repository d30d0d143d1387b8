"""Charts as files: two kinds of picture and the points, for those who may have them."""

import csv
import io
from dataclasses import replace

import pytest

from components.charts.forecast_curves import curves_figure
from dashboard.foundation.errors import NotPermitted
from dashboard.services import figure_files
from dashboard.services.context import Actor, Permission, Role
from dashboard.services.figure_files import OfPage, OfPatient
from dashboard.services.installation import open_context
from tests.unit.components.test_forecast_curves import FRAME, drawn

FIGURE = curves_figure(drawn(2), FRAME)
ASKED = {"about": OfPage("survival", Permission.COHORT_READ)}


@pytest.fixture
def lines():
    """What was written into the audit trail."""
    return []


@pytest.fixture
def context(tmp_path, lines):
    """An installation with nothing in it."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lines.append)


def test_figure_files_are_pictures_of_two_kinds(context, lines):
    """SVG and PNG, written down with what they are of, and nothing else."""
    svg = figure_files.picture(context, FIGURE, **ASKED, kind="svg")
    png = figure_files.picture(context, FIGURE, **ASKED, kind="png")
    assert svg.startswith(b"<svg")
    assert png.startswith(b"\x89PNG")
    assert [line.action for line in lines] == ["figure.picture_taken"] * 2
    with pytest.raises(ValueError, match="svg, png, not gif"):
        figure_files.picture(context, FIGURE, **ASKED, kind="gif")


def test_figure_files_have_the_points_with_their_source(context, lines):
    """Each row says of which chart it is; taking them is written down."""
    held = list(csv.DictReader(io.StringIO(figure_files.points(context, FIGURE, **ASKED).decode())))
    assert {row["source"] for row in held} == {FIGURE.alt.partition(":")[0]}
    assert {each.label for each in drawn(2)} <= {row["series"] for row in held}
    assert [line.action for line in lines] == ["figure.points_taken"]


def test_figure_files_are_for_those_who_may_have_them(context):
    """Without the page's permission there is neither picture nor points."""
    stranger = replace(context, actor=Actor("nobody", "Nobody", Role.AUDITOR))
    with pytest.raises(NotPermitted, match="describe cohorts"):
        figure_files.picture(stranger, FIGURE, **ASKED, kind="svg")
    with pytest.raises(NotPermitted, match="describe cohorts"):
        figure_files.points(stranger, FIGURE, **ASKED)


def test_figure_files_of_a_patient_take_the_right_to_export_patients(context, lines):
    """Whoever may read the page alone has neither; who may export is written down with whom."""
    of_patient = {"about": OfPatient("P-7")}
    reader = replace(context, actor=Actor("guest", "Guest", Role.VIEWER))
    reader.require(Permission.KNOWLEDGE_READ)
    with pytest.raises(NotPermitted, match="export"):
        figure_files.picture(reader, FIGURE, **of_patient, kind="svg")
    with pytest.raises(NotPermitted, match="export"):
        figure_files.points(reader, FIGURE, **of_patient)
    lines.clear()
    figure_files.picture(context, FIGURE, **of_patient, kind="svg")
    figure_files.points(context, FIGURE, **of_patient)
    assert [line.subject for line in lines] == ["P-7", "P-7"]
