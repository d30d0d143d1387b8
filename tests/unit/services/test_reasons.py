"""The answers of the pages that explain, as files: what the page shows, in cells."""

import csv
import io
from dataclasses import replace

import pytest

from components.charts.what_if import Ghosted
from dashboard.answers.explanation import (
    PROBABILITY,
    Attribution,
    Contrast,
    Contribution,
    EffectCurve,
    EvidenceRow,
    Expected,
    Interaction,
    Surface,
)
from dashboard.answers.forecast import Chance
from dashboard.answers.model_card import HeadCard, ModelCard, PlainEffect
from dashboard.answers.similar import ObservedCurve, SimilarGroup, SimilarPatients
from dashboard.answers.what_if import (
    Change,
    Counterfactual,
    Counterfactuals,
    Swing,
    TippingPoint,
    TippingPoints,
    Tornado,
)
from dashboard.foundation.errors import NotPermitted
from dashboard.services import intake, reasons
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context

ASKED = ("os", "drug-a", 12.0, PROBABILITY)
PAIR = ("os", "drug-a", "drug-b", 12.0, PROBABILITY)


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """An installation with nothing in it."""
    folder = tmp_path_factory.mktemp("installation")
    return open_context({"CONCORD_DATA_DIR": str(folder)}, audit=lambda _line: None)


@pytest.fixture(scope="module")
def patient(context):
    """A sample patient."""
    return intake.samples(context)[0].patient


def rows_of(data):
    """A file's rows by column."""
    return list(csv.DictReader(io.StringIO(data.decode())))


def an_attribution():
    """Two facts, one of them unsure, one with a published effect."""
    row = EvidenceRow("row-1", "said", 1, "TRIAL", "", "yes")
    return Attribution(
        *ASKED,
        baseline=0.5,
        output=0.54,
        contributions=(
            Contribution("age", 60.0, 0.05, 0.02, 0.08),
            Contribution("ldh", None, -0.01, -0.02, 0.01),
        ),
        expected={"age": Expected("age", "agrees", (row,))},
    )


def test_export_reasons_adds_up_to_the_output(context, patient):
    """Baseline and contributions of the file come to its output; evidence stands beside."""
    rows = rows_of(reasons.export_reasons(context, patient, [an_attribution()]))
    numbers = {row["what"]: float(row["adds_or_is"]) for row in rows}
    assert numbers["baseline"] + numbers["age"] + numbers["ldh"] == pytest.approx(numbers["output"])
    by = {row["what"]: row for row in rows}
    assert (by["age"]["published"], by["age"]["published_rows"]) == ("agrees", "row-1")
    assert (by["ldh"]["direction_sure"], by["ldh"]["value"]) == ("no", "")
    assert patient.id in rows[0]["source"]


def test_export_reasons_of_a_contrast_begins_with_the_other_regimen(context, patient):
    """What it starts from is the second regimen's figure."""
    contrast = Contrast(*PAIR, 0.6, 0.55, (Contribution("age", 60.0, 0.05),))
    first, *_, last = rows_of(reasons.export_reasons(context, patient, [contrast]))
    assert (first["what"], first["adds_or_is"]) == ("rather_than", "0.55000")
    assert (last["what"], last["adds_or_is"], last["rather_than"]) == (
        "output",
        "0.60000",
        "drug-b",
    )


def test_export_similar_keeps_withheld_groups_withheld(context, patient):
    """A group with numbers has a row for each outcome; a hidden one carries its word alone."""
    curve = ObservedCurve((0.0,), (1.0,), (1.0,), (1.0,), 24.0, 6.0, None, 12)
    groups = (
        SimilarGroup("a", "A", 15, 14.9, Chance(0.2, 0.1, 0.4), {"os": curve}),
        SimilarGroup("b", "B", None, None, hidden="fewer than 11"),
    )
    found = SimilarPatients(
        "nsclc", "Cohort", True, 50, 50, 49.0, 600, 0.1, groups, (), (), {}, ()
    )  # fmt: skip
    rows = rows_of(reasons.export_similar(context, patient, found))
    assert [(r["regimen"], r["outcome"], r["estimate"]) for r in rows] == [
        ("a", "response", "0.2000"),
        ("a", "median os", "24.00000"),
        ("b", "response", ""),
    ]
    assert rows[1]["high"] == ""
    assert (rows[2]["patients"], rows[2]["withheld"]) == ("", "fewer than 11")
    assert "SYNTHETIC" in rows[0]["source"]


def test_export_what_if_has_original_and_changed(context, patient):
    """Two rows for each figure of each regimen."""
    before = dict.fromkeys(("response", "pfs", "os", "progression", "toxicity"))
    after = before | {"os": Chance(0.5, 0.4, 0.6)}
    row = Ghosted("A", before, after)
    rows = rows_of(reasons.export_what_if(context, patient, [row], months=12))
    assert len(rows) == 10
    (told,) = [r for r in rows if r["estimate"]]
    assert (told["forecast"], told["quantity"], told["estimate"]) == (
        "changed",
        "Alive at 12 months",
        "0.5000",
    )


def swings():
    """One unknown fact's swing."""
    return Tornado(*ASKED, 0.6, (Swing("age", None, 50.0, 70.0, 0.65, 0.5),))


def tipping():
    """One place at which the order flips."""
    point = TippingPoint("age", 60.0, "above", 71.0, -0.01, usual=True)
    return TippingPoints(*PAIR, 0.02, -0.1, 0.1, (point,), ("age",))


def modifiable():
    """A goal not reached, with the farthest found."""
    best = Counterfactual((Change("ldh", 2.0, 1.0),), 0.6, 0.62, 0.3)
    return Counterfactuals(*ASKED, 0.7, 0.6, (), best, ("ldh",))


@pytest.mark.parametrize(
    ("found", "cells"),
    [
        (swings(), {"fact": "age", "value": "unknown", "forecast_at_high": "0.50000"}),
        (tipping(), {"fact": "age", "crossing": "above", "at": "71.0", "usual": "yes"}),
        (modifiable(), {"change": "ldh: 2.0 -> 1.0", "reaches_goal": "no"}),
    ],
)
def test_export_answer_tells_each_kind(context, patient, found, cells):
    """What was asked stands in each row, then the answer."""
    (row,) = rows_of(reasons.export_answer(context, patient, found))
    assert cells.items() <= row.items()
    assert (row["figure"], row["months"], row["regimen"]) == ("os", "12", "drug-a")


def a_card():
    """A card with one head, one ratio and one limit."""
    return ModelCard(
        "nsclc", "b1", "Cohort", "drawn", True, 10, 9, 1, "p", "c", "v", 5, ("age",), (), {},
        (HeadCard("os", {"c_uno": 0.6}),), {"pfs": "too few"}, ("Few rows.",),
        plain={"os": (PlainEffect("age", "Age: 70 against 60", 1.2, 1.1, 1.3),)},
    )  # fmt: skip


def test_export_card_and_ratios_hold_every_figure(context, patient):
    """Figures, what was not learnt, ratios, limits and versions."""
    rows = rows_of(reasons.export_card(context, a_card()))
    assert {("os", "0.6"), ("pfs", "too few"), ("limit", "Few rows."), ("origin", "v")} <= {
        (row["part"], row["value"]) for row in rows
    }
    (ratio,) = rows_of(reasons.export_ratios(context, patient, a_card()))
    assert (ratio["endpoint"], ratio["hazard_ratio"]) == ("os", "1.20000")


def test_exports_ask_permission(context, patient):
    """Whoever may not take a patient's figures away gets none."""
    viewer = replace(context, actor=Actor("v", "Viewer", Role.VIEWER))
    with pytest.raises(NotPermitted, match="may not export patients"):
        reasons.export_reasons(viewer, patient, [an_attribution()])
    with pytest.raises(NotPermitted, match="may not export patients"):
        reasons.export_answer(viewer, patient, swings())


def test_export_effect_has_the_curve_and_the_patient(context, patient):
    """One row for each place, with the patient's own value and mark."""
    curve = EffectCurve(
        "os", "drug-a", 12.0, PROBABILITY, "age_years", "accumulated", (50.0, 60.0), (0.1, -0.1),
        (0.0, -0.2), (0.2, 0.0), (9, 9), 55.0, 0.02,
    )  # fmt: skip
    rows = rows_of(reasons.export_effect(context, patient, curve))
    assert [row["against_average"] for row in rows] == ["0.10000", "-0.10000"]
    assert {row["patient"] for row in rows} == {"0.02000"}


def test_export_pairs_has_pairs_and_the_surface(context, patient):
    """What facts do together, then the forecast over the values of the two laid out."""
    pairs = [Interaction("sex", "nlr", "male", 4.2, 0.01)]
    found = Surface("os", "drug-a", 12.0, PROBABILITY, ("sex", "nlr"), (("male",), (1.0, 2.0)),
                    ((0.5, 0.4),), ("male", 1.0))  # fmt: skip
    rows = rows_of(reasons.export_pairs(context, patient, pairs, found))
    assert [row["quantity"] for row in rows] == ["beyond each alone", "forecast", "forecast"]
    assert rows[2]["value"] == "0.40000"
