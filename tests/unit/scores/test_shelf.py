"""The shelf: every score to its printed digits, in scope, out of scope and with inputs missing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from dashboard.foundation.errors import PackError, UserError
from dashboard.scores import shelf
from dashboard.scores.schema import Example, Score
from dashboard.scores.shelf import CATALOGUE, Shelf, Status

SHELF = shelf.built_in_shelf()
EXAMPLES = [(score, example) for score in SHELF.scores for example in score.examples]
PRINTED = 62  # worked examples printed with the 22 scores


def case_id(item: object) -> str:
    """A readable name for a parametrised score."""
    return item.id if isinstance(item, Score) else ""


@pytest.mark.parametrize(("score", "example"), EXAMPLES, ids=case_id)
def test_worked_examples_come_out_to_the_printed_digits(score: Score, example: Example) -> None:
    """Each published or hand-computed example gives its value and its group."""
    result = SHELF.evaluate(score.id, example.inputs)
    assert result.status is Status.COMPUTED
    if isinstance(example.value, str):
        assert result.value == example.value
    else:
        assert isinstance(result.value, float)
        assert round(result.value, example.digits) == example.value
    if example.group:
        assert result.group is not None
        assert result.group.id == example.group


def test_the_shelf_holds_all_scores_and_examples() -> None:
    """Twenty-two scores, and no worked example lost on the way."""
    assert len(SHELF.ids) == 22
    assert len(EXAMPLES) >= PRINTED


@pytest.mark.parametrize("score", SHELF.scores, ids=case_id)
def test_each_score_withholds_its_number_out_of_scope(score: Score) -> None:
    """Failing the first criterion withholds the number and names the criterion."""
    outside = _fail_first_criterion(score)
    result = SHELF.evaluate(score.id, outside)
    assert result.status is Status.OUT_OF_SCOPE
    assert result.value is None
    assert result.reason == (
        f"Outside the scope of the score, which asks for: {score.scope[0].text}."
    )


def _fail_first_criterion(score: Score) -> dict[str, float | bool | str]:
    name, operator, wanted = score.scope[0].when.split(" ", 2)
    inputs = dict(score.examples[0].inputs)
    given = score.input(name)
    if given.kind == "flag":
        inputs[name] = False
    elif given.kind == "number":
        inputs[name] = float(wanted) - 1 if operator == ">=" else float(wanted) + 1
        hard = given.hard
        assert hard is not None
        inputs[name] = min(max(float(inputs[name]), hard.low), hard.high)
    else:
        inputs[name] = next(
            level for level in given.levels if (level == wanted) is (operator == "!=")
        )
    return inputs


@pytest.mark.parametrize("score", SHELF.scores, ids=case_id)
def test_each_score_names_what_is_missing(score: Score) -> None:
    """Without one input the score says which, and a range that holds the true value."""
    example = score.examples[-1]
    complete = SHELF.evaluate(score.id, example.inputs)
    asked = [i for i in score.inputs if i.default is None and i.id in example.inputs]
    for left_out in asked:
        given = {k: v for k, v in example.inputs.items() if k != left_out.id}
        result = SHELF.evaluate(score.id, given)
        assert result.status is Status.MISSING
        assert [i.id for i in result.missing] == [left_out.id]
        assert result.reason == f"Missing: {left_out.label}."
        assert result.value is None
        assert result.span is not None
        _assert_span_holds(left_out.id, example, complete.value, result.span, score)


def _assert_span_holds(
    name: str, example: Example, value: float | str | None, span: shelf.Span, score: Score
) -> None:
    given = score.input(name)
    tried = given.plausible is None or given.plausible.holds(float(example.inputs[name]))
    if isinstance(value, float) and tried and span.low is not None and span.high is not None:
        slack = 0.02 * max(1.0, abs(value))  # a number is tried on a grid, not everywhere
        assert span.low - slack <= value <= span.high + slack
    assert set(span.groups) <= {group.label for group in score.groups}


@pytest.mark.parametrize("score", SHELF.scores, ids=case_id)
def test_every_reachable_value_has_at_most_one_group(score: Score) -> None:
    """The bands of a score do not overlap, and where there are bands an example finds one."""
    for example in score.examples:
        result = SHELF.evaluate(score.id, example.inputs)
        assert (result.group is None) is (not score.groups)


@pytest.mark.parametrize("score", SHELF.scores, ids=case_id)
def test_every_score_says_where_it_comes_from(score: Score) -> None:
    """Source, reference, terms, version and formula stand beside every number."""
    assert score.source.text
    assert score.source.reference
    assert score.terms
    assert score.version
    assert score.formula
    assert (CATALOGUE / f"{score.id}.toml").is_file()


def test_albi_span_reaches_both_ends() -> None:
    """Missing bilirubin: the range is that of the plausible bilirubin at the given albumin."""
    result = SHELF.evaluate("albi", {"liver_disease": True, "albumin_g_l": 40.0})
    assert result.span is not None
    assert result.span.low == pytest.approx(0.66 * math.log10(4) - 3.4)
    assert result.span.high == pytest.approx(0.66 * math.log10(60) - 3.4)
    assert result.span.groups == ("grade 1", "grade 2")


def test_span_is_withheld_when_too_much_is_missing() -> None:
    """With most inputs missing no range is offered, only the list."""
    result = SHELF.evaluate("charlson", {"age_years": 60.0})
    assert result.status is Status.MISSING
    assert result.span is None


def test_default_is_used_only_where_published() -> None:
    """PREDICT has a published value for an unknown marker; it is shown as such."""
    inputs = dict(SHELF.score("predict-breast-v3-2").examples[0].inputs)
    inputs.pop("ki67")
    result = SHELF.evaluate("predict-breast-v3-2", inputs)
    assert result.status is Status.COMPUTED
    origin = {used.id: used.origin for used in result.used}
    assert origin["ki67"] == "not known: the published value for that"
    assert origin["age_years"] == "entered"


FACTS = {
    "age_years": 66.0,
    "line": 1.0,
    "albumin_g_dl": 4.1,
    "nlr": 3.0,
    "tmb_mut_mb": 12.0,
    "pd_l1_tps": 80.0,
    "ecog_ps": "1",
    "ldh_x_uln": 1.5,
}


def test_of_patient_shows_every_input_and_its_origin() -> None:
    """The inputs are taken from the patient's facts, with the feature and factor named."""
    result = SHELF.of_patient("loris-nsclc", "nsclc", FACTS)
    assert result.value == pytest.approx(0.7151, abs=5e-5)
    origins = {used.id: used.origin for used in result.used}
    assert origins["tmb_mut_mb"] == "tmb_mut_mb"
    assert origins["prior_systemic_therapy"] == "rule: line == 1 (first line)"
    grim = SHELF.of_patient("grim", "nsclc", FACTS)
    assert {u.id: (u.value, u.origin) for u in grim.used}["albumin_g_l"] == (
        41.0,
        "albumin_g_dl × 10",
    )


def test_of_patient_reads_text_levels_as_numbers_where_needed() -> None:
    """A line kept as text still counts as a number for a score."""
    result = SHELF.of_patient("loris-nsclc", "nsclc", {**FACTS, "line": "1"})
    assert result.status is Status.COMPUTED


def test_of_patient_uses_other_for_a_cancer_the_score_lumps_together() -> None:
    """A disease without a level of its own is 'other' where the score has one."""
    result = SHELF.of_patient("loris-pan", "thymoma", FACTS)
    assert result.status is Status.OUT_OF_SCOPE
    assert "sixteen cancers" in result.reason


@pytest.mark.parametrize(
    ("score_id", "inputs", "message"),
    [
        ("alby", {}, "There is no score called alby. Did you mean albi?"),
        ("albi", {"albumin": 4.0}, "ALBI grade has no input called albumin. Did you mean"),
        ("albi", {"albumin_g_l": "high"}, "Albumin is 'high'. It must be a number in g/L."),
        ("albi", {"albumin_g_l": True}, "Albumin is True. It must be a number in g/L."),
        ("albi", {"albumin_g_l": float("nan")}, "Albumin is nan. It must be a number in g/L."),
        ("lipi", {"disease": "lung"}, "Tumour group is 'lung'. It must be one of nsclc,"),
        ("grim", {"advanced": "yes"}, "Advanced solid tumour is 'yes'. It must be true or false."),
    ],
)
def test_wrong_input_is_refused_with_what_fits(
    score_id: str, inputs: dict[str, float | bool | str], message: str
) -> None:
    """A misspelt name, a wrong kind or level is refused, saying what would fit."""
    with pytest.raises(UserError) as caught:
        SHELF.evaluate(score_id, inputs)
    assert message in str(caught.value)


def test_impossible_value_is_invalid_and_says_its_range() -> None:
    """A value that cannot be computed with is refused before the formula."""
    result = SHELF.evaluate("albi", {"liver_disease": True, "albumin_g_l": 400.0})
    assert result.status is Status.INVALID
    assert result.reason == (
        "Albumin 400 g/L is outside 5 to 70 g/L: the score cannot be computed. "
        "Check the value and its unit."
    )


@pytest.mark.parametrize(
    ("score_id", "name", "value"),
    [
        ("ds-gpa", "kps", 0.9),  # a share for percent
        ("imdc", "kps", 0.9),
        ("albi", "bilirubin_umol_l", 0.7),  # mg/dL for µmol/L
        ("albi", "albumin_g_l", 4.2),  # g/dL for g/L
        ("loris-pan", "albumin_g_dl", 41.0),  # g/L for g/dL
        ("khorana", "platelets_10e9_l", 410_000.0),  # per microlitre
        ("khorana", "haemoglobin_g_dl", 115.0),
        ("lipi", "ldh_x_uln", 320.0),  # U/L for a multiple
        ("mgps", "crp_mg_l", 4000.0),
    ],
)
def test_a_value_in_another_unit_is_refused(score_id: str, name: str, value: float) -> None:
    """What cannot be in this unit is told with its range; nothing is computed."""
    given = {**SHELF.score(score_id).examples[0].inputs, name: value}
    result = SHELF.evaluate(score_id, given)
    assert result.status is Status.INVALID
    assert result.value is None
    assert "Check the value and its unit." in result.reason


@pytest.mark.parametrize(
    ("score_id", "name", "value"),
    [
        ("predict-breast-v3-2", "tumour_size_mm", 1.9),  # cm for mm
        ("npi", "tumour_size_cm", 19.0),  # mm for cm
        ("albi", "bilirubin_umol_l", 1.2),
        ("loris-pan", "tmb_mut_mb", 360.0),  # mutations, not per megabase
        ("carg", "crcl_ml_min", 1.1),  # mL/s
    ],
)
def test_a_value_far_from_the_usual_is_computed_and_said(
    score_id: str, name: str, value: float
) -> None:
    """Possible, but so unusual that its unit is asked about; usual values are not."""
    given = {**SHELF.score(score_id).examples[0].inputs, name: value}
    result = SHELF.evaluate(score_id, given)
    assert result.status is Status.COMPUTED
    (note,) = result.notes
    assert f"{value:g}" in note
    assert "check the value and its unit" in note
    for example in SHELF.score(score_id).examples:
        assert SHELF.evaluate(score_id, example.inputs).notes == ()


def test_read_shelf_names_every_broken_file(tmp_path: Path) -> None:
    """A file that is no score and one without a function are both named."""
    (tmp_path / "bad.toml").write_text("id = ", encoding="utf-8")
    (tmp_path / "empty.toml").write_text('id = "empty"', encoding="utf-8")
    text = (CATALOGUE / "albi.toml").read_text(encoding="utf-8")
    (tmp_path / "new.toml").write_text(text.replace('id = "albi"', 'id = "new-score"'), "utf-8")
    with pytest.raises(PackError) as caught:
        shelf.read_shelf(tmp_path)
    assert "bad.toml" in str(caught.value)
    assert "empty.toml" in str(caught.value)
    assert "new.toml: there is no function called new_score." in str(caught.value)


def test_outcomes_are_those_of_the_group() -> None:
    """The published outcome comes with the group; without a group there is none."""
    result = SHELF.evaluate("lipi", SHELF.score("lipi").examples[0].inputs)
    assert [outcome.value for outcome in result.outcomes] == [3, 2.0]
    assert Shelf(SHELF.scores).evaluate("albi", {"albumin_g_l": 40.0}).outcomes == ()


def test_multiple_of_the_limit_bounds_the_missing_amount() -> None:
    """Bilirubin held as 1.2 times the limit: still missing, over the range of usual limits."""
    facts = {"liver_metastases": True, "albumin_g_dl": 4.0, "bilirubin_x_uln": 1.2}
    result = SHELF.of_patient("albi", "colorectal", facts)
    assert result.status is Status.MISSING
    assert result.span is not None
    assert result.span.low == pytest.approx(0.66 * math.log10(1.2 * 15) - 3.4)
    assert result.span.high == pytest.approx(0.66 * math.log10(1.2 * 26) - 3.4)
    assert "held as 1.2 times the upper limit of normal" in result.notes[0]
    assert SHELF.of_patient("albi", "colorectal", {**facts, "bilirubin_x_uln": 0.0}).notes == ()


def test_amount_that_follows_from_the_limit_is_used() -> None:
    """Where the amount is known the score is computed, and says what it was taken from."""
    facts = {"liver_metastases": True, "albumin_g_dl": 4.2, "bilirubin_umol_l": 12.0}
    result = SHELF.of_patient("albi", "colorectal", facts)
    assert result.value == pytest.approx(-2.8577, abs=5e-5)
    assert result.used[0].features == ("bilirubin_umol_l",)
    assert "stated upper limit" in result.used[0].origin


def test_missing_level_is_tried_among_those_possible() -> None:
    """A lung cancer of unknown histology is never tried as a breast cancer."""
    known = {"brain_metastases": True, "age_years": 60.0, "egfr_mutation": "none"}
    result = SHELF.of_patient("ds-gpa", "nsclc", {**known, "alk_fusion": False})
    assert result.span is not None
    assert result.span.groups
    assert all("lung" in group for group in result.span.groups)


def test_inputs_by_hand_fill_what_the_record_lacks_and_no_more() -> None:
    """What is on record stands; what is typed in fills the rest and says so."""
    facts = {**FACTS, "tmb_mut_mb": 12.0}
    del facts["nlr"]
    result = SHELF.of_patient("loris-nsclc", "nsclc", facts, typed={"nlr": 3.0, "tmb_mut_mb": 1.0})
    assert result.value == pytest.approx(0.7151, abs=5e-5)
    assert {u.id: u.origin for u in result.used}["nlr"] == "entered by hand, not kept"
    with pytest.raises(UserError, match="has no input called albumin"):
        SHELF.of_patient("albi", "nsclc", {}, typed={"albumin": 4.0})


def test_scores_are_meant_for_a_tumour_group_by_their_own_scope() -> None:
    """No list is kept: the scope decides."""
    lung, breast = SHELF.meant_for("nsclc"), SHELF.meant_for("breast")
    assert {"lipi", "loris-nsclc", "epsilon", "albi", "grim"} <= set(lung)
    assert {"imdc", "npi", "fong-crs", "predict-breast-v3-2"}.isdisjoint(lung)
    assert {"npi", "predict-breast-v3-2", "cts5", "rcb"} <= set(breast)
    assert set(SHELF.meant_for("colorectal")) >= {"koehne", "fong-crs", "game-crlm"}
