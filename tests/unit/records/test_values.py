"""Single values: what one cell says of one feature, with the packs that ship."""

from datetime import date
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Feature, Kind, Range
from dashboard.records.patient import Where
from dashboard.records.units import UnitTable
from dashboard.records.values import Interpreted, Raw, interpret
from tests.builders import a_feature

TABLE = UnitTable.standard()
LIBRARY = load_library()
WHERE = Where("lab.csv", 7, "column")


def feature_of(name: str) -> Feature:
    """The feature of the first pack that has it."""
    return next(p.vocabulary[name] for p in LIBRARY.packs if name in p.vocabulary)


def value(name: str, text: str, **raw: Any) -> Interpreted:
    """What becomes of a text."""
    return interpret(feature_of(name), Raw(text, WHERE, "P1", **raw), TABLE)


def codes(outcome: Interpreted) -> list[str]:
    """What was found about it."""
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("sex", "M", "male"),
        ("sex", "Weiblich", "female"),
        ("ecog_ps", "PS 1", "1"),
        ("ecog_ps", "ECOG 2", "2"),
        ("ecog_ps", "1.0", "1"),
        ("ecog_ps", "WHO-PS: 0", "0"),
        ("her2_status", "IHC 3+", "positive"),
        ("her2_status", "3", "positive"),
        ("her2_status", "amplified", "positive"),
        ("her2_status", "2+/ISH-", "low"),
        ("her2_status", "IHC 2+ FISH positive", "positive"),
        ("her2_status", "HER2 1+", "low"),
        ("her2_status", "IHC: 3+", "positive"),
        ("her2_status", "Negative (IHC 0)", "zero"),
        ("her2_status", "0", "zero"),
        ("stage", "4", "IV"),
        ("stage", "Stage IV A", "IV"),
        ("stage", "\u2163", "IV"),
        ("m_stage", "pM1a", "M1a"),
        ("m_stage", "1b", "M1b"),
        ("nottingham_grade", "G2", "2"),
        ("nottingham_grade", "III", "3"),
        ("line", "2nd", "2"),
        ("line", "third", "3"),
        ("line", "1L", "1"),
        ("child_pugh", "Child-Pugh B", "B"),
        ("child_pugh", "5", "A"),
        ("child_pugh", "B8", "B"),
        ("msi_status", "dMMR", "msi_h"),
        ("msi_status", "MSI-L", "mss"),
        ("smoking_status", "Ex-smoker", "former"),
        ("brain_metastasis_status", "no", "none"),
        ("braf_v600", "BRAF p.Val600Glu", "V600E"),
        ("braf_v600", "wt", "none"),
        ("kras_mutation", "G12D", "other"),
        ("egfr_mutation", "exon 19 deletion", "exon19del"),
        ("egfr_mutation", "p.E746_A750del", "exon19del"),
        ("egfr_mutation", "EGFR wild type", "none"),
        ("ras_status", "NRAS Q61R", "mutant"),
        ("ugt1a1_genotype", "*1/*28", "*1/*28"),
        ("kras_g12c", "p.Gly12Cys", True),
        ("kras_g12c", "wild-type", False),
        ("alk_fusion", "EML4-ALK fusion", True),
        ("tp53_mutation", "mutated", True),
        ("liver_metastases", "1.0", True),
        ("liver_metastases", "0.00", False),
        ("liver_metastases", "Liver: yes", True),
        ("albumin_g_dl", "38 g/L", 3.8),
        ("hba1c_pct", "42 mmol/mol", 5.99416),
        ("disease_free_interval_mo", "2 years", 24.0),
        ("ldh_x_uln", "1.4 x ULN", 1.4),
        ("age_years", "60 years", 60.0),
        ("age_years", "60 y.o.", 60.0),
        ("pack_years", "20 pack years", 20.0),
        ("ugt1a1_genotype", "UGT1A1*1/*28", "*1/*28"),
        ("nottingham_grade", "Moderately differentiated", "2"),
    ],
)
def test_values_of_reports_are_understood(name: str, text: str, expected: object) -> None:
    """Synonyms, notations and stated units give the value without a doubt."""
    outcome = value(name, text)
    assert outcome.value == expected
    assert not [f for f in outcome.findings if f.severity in {"error", "question"}]


@pytest.mark.parametrize(
    ("name", "text", "code", "choices"),
    [
        ("ecog_ps", "80", "scale-unclear", {"1"}),
        ("ecog_ps", "KPS 50%", "scale-unclear", {"2"}),
        ("ecog_ps", "1.5", "level-unclear", {"1", "2"}),
        ("ecog_ps", "0-1", "level-unclear", {"0", "1"}),
        ("m_stage", "M1", "level-unclear", {"M1a", "M1b", "M1c", "M1d"}),
        ("her2_status", "2+", "her2-equivocal", {"positive", "low"}),
        ("her2_status", "negative", "level-unclear", {"low", "ultralow", "zero"}),
        ("her2_status", "ISH-", "level-unclear", {"low", "ultralow", "zero"}),
        ("kras_mutation", "mutated", "level-unclear", {"G12C", "other"}),
        ("autoimmune_disease", "yes", "level-unclear", {"inactive", "active"}),
        ("braf_v600", "V600", "variant-incomplete", {"V600E", "V600K", "other_V600"}),
        ("kras_g12c", "G12D", "variant-differs", {False}),
        ("kras_g12c", "nd", "word-unclear", {True, False}),
        ("liver_metastases", "none", "word-unclear", {True, False}),
        ("child_pugh", "A9", "level-unclear", {"A", "B"}),
        ("albumin_g_dl", "39", "unit-unclear", {3.9}),
        ("pd_l1_tps", "0.5", "unit-unclear", {0.5, 50.0}),
        ("tumour_size_mm", "4.5", "unit-unclear", {4.5, 45.0}),
        ("haemoglobin_g_dl", "8.1", "unit-unclear", {8.1, 13.05153}),
        ("alp_u_l", "1.8", "limit-needed", {108.0}),
        ("ldh_x_uln", "1.4", "limit-needed", {1.4}),
        ("ldh_x_uln", "240 U/L", "limit-needed", set()),
        ("alp_u_l", "1.8 xULN", "limit-needed", set()),
        ("age_years", "#REF!", "source-error", set()),
        ("sex", "#N/A", "source-error", set()),
        ("platelets_10e9_l", "1 000", "space-unclear", {1000.0}),
        ("albumin_g_dl", "3,9 g/dL", "decimal-unclear", {3.9}),
        ("stage", "II or III", "level-unclear", {"II", "III"}),
        ("liver_metastases", "Yes (3 lesions)", "remark-beside", {True}),
        ("pr_status", "pos (80%)", "remark-beside", {"positive"}),
    ],
)
def test_values_in_doubt_are_asked_about(
    name: str, text: str, code: str, choices: set[object]
) -> None:
    """One question, no value, and every possible reading among the answers."""
    outcome = value(name, text)
    assert outcome.value is None
    assert codes(outcome) == [code]
    question = outcome.findings[0]
    assert question.severity == "question"
    assert {choice.values[name] for choice in question.choices} == {*choices, None}
    assert question.where == WHERE
    assert question.patient == "P1"


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("age_years", "121", "out-of-range", "18 to 105 years"),
        ("age_years", "1e308", "out-of-range", "1e308"),
        ("age_years", "999", "out-of-range", "means 'missing'"),
        ("age_years", "2-Sep", "not-a-number", "not one number"),
        ("age_years", "2024-09-02", "not-a-number", "the gene SEPTIN2"),
        ("tmb_mut_mb", "4500", "out-of-range", "0 to 400"),
        ("albumin_g_dl", "38 mmol/L", "unit-unknown", "g/dL"),
        ("albumin_g_dl", "390", "out-of-range", "10 to 60 g/L"),
        ("ecog_ps", "5", "out-of-range", "died"),
        ("sex", "1", "word-unknown", "female, male"),
        ("histology", "adenokarcinoma", "word-unknown", "Did you mean adenocarcinoma?"),
        ("sex", "m\x00", "control-character", "Type the value again"),
        ("liver_metastases", "y\x07", "control-character", "Type the value again"),
        ("kras_mutation", "V600E", "wrong-gene", "BRAF"),
        ("kras_mutation", "EGFR G12C", "wrong-gene", "EGFR"),
        ("kras_mutation", "p.Gly12", "variant-malformed", "G12C"),
        ("kras_mutation", "c.35G>Z", "variant-malformed", "c.35G>A"),
        ("line", "0", "word-unknown", "1, 2, 3"),
        ("sex", "x" * 5000, "cell-too-long", "4,000"),
    ],
)
def test_values_that_cannot_be_used_are_refused(
    name: str, text: str, code: str, words: str
) -> None:
    """No value, one error with the cure, and the text shown shortened."""
    outcome = value(name, text)
    assert outcome.value is None
    assert codes(outcome) == [code]
    error = outcome.findings[0]
    assert error.severity == "error"
    assert words in f"{error.message} {error.expected} {error.fix}"
    assert len(error.value) <= 80


@pytest.mark.parametrize(
    ("name", "text", "meaning"),
    [
        ("age_years", "n/a", "not available"),
        ("age_years", "?", "not known"),
        ("sex", "Unknown", "not known"),
        ("sex", "other", "neither female nor male"),
        ("liver_metastases", "not done", "not done"),
        ("kras_g12c", "VUS", "variant of unknown significance"),
        ("histology", "pending", "pending"),
    ],
)
def test_values_stated_as_unknown_stay_unknown_with_their_meaning(
    name: str, text: str, meaning: str
) -> None:
    """An explicit word for unknown is no mistake, and why it is unknown is kept."""
    outcome = value(name, text)
    assert outcome.value is None
    assert outcome.origin.note == meaning
    assert [str(f.severity) for f in outcome.findings] == ["note"]


def test_values_that_are_empty_say_nothing() -> None:
    """An empty cell is absence, not a finding."""
    for text in ("", "  ", "\u00a0"):
        outcome = value("age_years", text)
        assert (outcome.value, outcome.findings) == (None, ())


def test_values_that_are_levels_win_over_words_for_unknown() -> None:
    """'nos' and 'not applicable' are levels where the pack has them."""
    nsclc = LIBRARY.pack("nsclc").feature("histology")
    assert interpret(nsclc, Raw("NOS"), TABLE).value == "nos"
    assert value("endocrine_resistance", "not applicable").value == "not_applicable"


def test_values_keep_where_they_came_from() -> None:
    """File, row, field, text, unit, sign, day and conversion are in the origin."""
    day = date(2024, 2, 3)
    origin = value("crp_mg_l", " <0.6 ", unit="mg/dL", taken_on=day, note="from a letter").origin
    assert (origin.file, origin.row, origin.field) == ("lab.csv", 7, "column")
    assert (origin.text, origin.unit, origin.comparator) == (" <0.6 ", "mg/dL", "<")
    assert origin.when == "2024-02-03"
    assert origin.note == "from a letter; 0.6 mg/dL converted"


def test_values_with_a_sign_are_their_limit_and_say_so() -> None:
    """The documented rule: the limit counts, the sign stays, a warning goes with it."""
    outcome = value("crp_mg_l", "5", unit="mg/L", comparator="<")
    assert outcome.value == 5.0
    assert codes(outcome) == ["censored"]
    assert value("crp_mg_l", "ca. 5 mg/L").findings[0].message.count("approximate") == 1


def test_values_whose_cell_and_column_disagree_on_the_unit() -> None:
    """The cell's own unit counts, with a warning."""
    outcome = value("albumin_g_dl", "38 g/L", unit="g/dL")
    assert outcome.value == 3.8
    assert codes(outcome) == ["unit-differs"]


def test_values_with_an_unknown_stated_unit_are_refused() -> None:
    """A unit stated beside the value counts as much as one in the cell."""
    outcome = value("albumin_g_dl", "3.9", unit="stone")
    assert outcome.value is None
    assert "stated unit 'stone'" in outcome.findings[0].message


def test_values_of_a_decimal_comma_file() -> None:
    """With the mark known, 3,9 is 3.9; with the wrong mark it is asked."""
    assert value("albumin_g_dl", "3,9", decimal=",").value == 3.9
    assert codes(value("albumin_g_dl", "3.9", decimal=",")) == ["decimal-unclear"]


def test_values_that_are_unusual_are_kept_with_a_warning() -> None:
    """Far outside the plausible range but inside the hard one: read, and flagged."""
    feature = a_feature("albumin_g_dl")
    outcome = interpret(feature, Raw("1.1", unit="g/dL"), TABLE)
    assert outcome.value == 1.1
    assert codes(outcome) == ["implausible"]
    assert "most values are 2.5 to 5 g/dL" in outcome.findings[0].message


def test_values_on_a_limit_are_allowed() -> None:
    """Both ends of the hard range are values."""
    feature = a_feature("albumin_g_dl")
    for text, expected in (("1", 1.0), ("6", 6.0)):
        assert interpret(feature, Raw(text, unit="g/dL"), TABLE).value == expected
    assert interpret(feature, Raw("6.01", unit="g/dL"), TABLE).value is None


def test_values_with_lookalike_letters_are_read_and_shown() -> None:
    """Cyrillic letters are replaced, and the person is asked to confirm."""
    outcome = value("sex", "m\u0430l\u0435")
    assert outcome.value == "male"
    assert codes(outcome) == ["lookalike-letters"]
    assert {choice.values["sex"] for choice in outcome.findings[0].choices} == {"male", None}


def test_values_of_a_feature_with_banded_levels() -> None:
    """A number goes into the band that holds it."""
    levels = ("<1%", "1-49%", ">=50%")
    banded = Feature(id="pd_l1_band", label="PD-L1", kind=Kind.ORDINAL, levels=levels)
    read = {
        text: interpret(banded, Raw(text), TABLE).value for text in ("0.5", "30%", "50", "1-49 %")
    }
    assert read == {"0.5": "<1%", "30%": "1-49%", "50": ">=50%", "1-49 %": "1-49%"}


def test_values_beyond_an_open_ended_level_count_as_it() -> None:
    """Seven sites are 'five or more'; without such a label they are refused."""
    levels = ("1", "2", "3", "4", "5")
    sites = Feature(id="n", label="Sites", kind=Kind.ORDINAL, levels=levels)
    more = sites.model_copy(update={"level_labels": {"5": "5 or more"}})
    assert interpret(more, Raw("7"), TABLE).value == "5"
    assert codes(interpret(sites, Raw("7"), TABLE)) == ["word-unknown"]


def test_values_of_several_levels_at_once_are_asked_about() -> None:
    """Two reported changes that mean different levels are a question."""
    outcome = value("egfr_mutation", "L858R and exon 20 insertion")
    assert codes(outcome) == ["level-unclear"]


def test_values_of_composite_stages_find_their_level() -> None:
    """IIIC belongs to the level IIIB_IIIC."""
    assert interpret(a_feature("stage"), Raw("IIIC"), TABLE).value == "IIIB_IIIC"


def test_values_without_limits_take_any_number() -> None:
    """A feature without ranges refuses nothing finite."""
    free = Feature(id="free", label="Free", kind=Kind.NUMBER)
    assert interpret(free, Raw("-1e6"), TABLE).value == -1e6
    assert "a number" in interpret(free, Raw("x"), TABLE).findings[0].expected
    half = Feature(id="half", label="H", kind=Kind.NUMBER, unit="mg", hard=Range(low=0, high=1))
    assert interpret(half, Raw("2"), TABLE).findings[0].expected == "0 to 1 mg"


def test_values_are_planned_once_for_each_feature() -> None:
    """Reading the same feature again works from the same plan."""
    feature = a_feature("albumin_g_dl")
    interpret(feature, Raw("3.9"), TABLE)
    plan = TABLE.plans[id(feature)]
    interpret(feature, Raw("4.0"), TABLE)
    assert TABLE.plans[id(feature)] is plan
