"""Scores reported as bands: taken where no rule cuts them, asked otherwise."""

import pytest

from dashboard.knowledge.cuts import with_cuts
from dashboard.knowledge.library import load_library
from dashboard.records.bands import Band
from dashboard.records.cells import Interpreted, Raw
from dashboard.records.patient import Severity
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret

LIBRARY = load_library()


def read(text: str, disease: str = "nsclc", name: str = "pd_l1_tps", sign: str = "") -> Interpreted:
    """One cell of a score as a pack reads it."""
    feature = LIBRARY.pack(disease).feature(name)
    return interpret(feature, Raw(text, comparator=sign), UnitTable.standard())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<1", 0.0),
        ("<1%", 0.0),
        (">=50", 50.0),
        (">50 %", 50.0),
        ("1-49", 1.0),
        ("1-<50%", 1.0),
        ("50-100", 50.0),
        ("1 to 49 %", 1.0),
        ("\u226590", 90.0),
    ],
)
def test_a_band_that_no_rule_cuts_counts_as_its_lowest_number(text: str, value: float) -> None:
    """With a warning, and with the words of the report in the origin."""
    outcome = read(text)
    assert outcome.value == value
    assert [(f.severity, f.code) for f in outcome.findings] == [(Severity.WARNING, "band-taken")]
    assert f"'{text}' is a band; {value:.0f} % is used" in outcome.findings[0].message
    assert outcome.origin.text == text
    assert f"{value:.0f} % is used" in outcome.origin.note


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("<50", [0.0, 1.0]),
        (">=1", [1.0, 50.0, 100.0]),
        ("<=1", [0.0, 1.0]),
        ("1-50", [1.0, 50.0]),
        ("<=50", [0.0, 1.0, 50.0]),
    ],
)
def test_a_band_that_a_rule_cuts_is_asked(text: str, choices: list[float]) -> None:
    """The answers are one number on each side of each cut, or unknown."""
    outcome = read(text)
    assert outcome.value is None
    (question,) = outcome.findings
    assert (question.severity, question.code) == (Severity.QUESTION, "band-unclear")
    assert [c.values["pd_l1_tps"] for c in question.choices] == [*choices, None]


def test_the_same_band_is_judged_by_its_own_pack() -> None:
    """1-49 spans the cut of melanoma at 5, not those of lung cancer."""
    assert read("1-49").value == 1.0
    assert read("1-49", "melanoma").findings[0].code == "band-unclear"
    assert "cut at 5" in read("1-49", "melanoma").findings[0].message
    assert read("<1", "breast", "pdl1_cps").value == 0.0


def test_a_sign_beside_the_number_is_shown() -> None:
    """FHIR states the sign apart from the number."""
    outcome = read("1", sign="<")
    assert outcome.value == 0.0
    assert "'<1' is a band" in outcome.findings[0].message


@pytest.mark.parametrize("text", ["49-1", "<0", ">100", "50-150", "5..,-9", "1-4-9"])
def test_what_is_no_band_of_the_score_is_refused(text: str) -> None:
    """Ends the wrong way round or outside the score are errors, not questions."""
    outcome = read(text)
    assert outcome.value is None
    assert outcome.findings[0].severity is Severity.ERROR


def test_cuts_are_read_from_both_sides_of_a_comparison() -> None:
    """1 <= x < 50 cuts at 1 and at 50."""
    pack = LIBRARY.pack("nsclc")
    regimen = pack.regimens[0].model_copy(
        update={"eligible_when": "1 <= pd_l1_tps < 50", "preferred_when": ""}
    )
    (feature,) = with_cuts([pack.feature("pd_l1_tps")], [regimen])
    assert feature.cuts == ((">=", 1.0), ("<", 50.0))


def test_a_strict_comparison_is_not_cut_by_the_number_it_leaves_out() -> None:
    """Above 50 and 50 itself fall apart under `> 50`, not under `>= 50`."""
    assert Band(50, 100).whole((">=", 50))
    assert not Band(50, 100).whole((">", 50))
    assert Band(1, 50).whole((">", 50))
    assert not Band(1, 50).whole((">=", 50))
    assert Band(1, 50, below=True).whole((">=", 50))
    assert not Band(1, 50).whole(("==", 50))


def test_a_band_in_another_unit_is_not_counted_as_this_one() -> None:
    """A number of cells is no share of them."""
    outcome = read("1-49 /uL")
    assert outcome.value is None
    assert outcome.findings[0].code != "band-taken"


def test_a_score_without_limits_is_taken_to_end_at_a_hundred() -> None:
    """A band needs two ends even where the pack names none."""
    feature = LIBRARY.pack("nsclc").feature("pd_l1_tps")
    boundless = feature.model_copy(update={"hard": None})
    outcome = interpret(boundless, Raw(">=50"), UnitTable.standard())
    assert outcome.value == 50.0
    assert "band-taken" in [finding.code for finding in outcome.findings]
