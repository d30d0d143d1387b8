"""Writing tables: exact, complete, harmless in a spreadsheet, and strict."""

import pytest

from dashboard.foundation.errors import UnknownFeature, UserError
from dashboard.records.patient import Patient, TreatmentCourse, Value
from dashboard.records.tabular import write_csv
from tests.builders import a_patient, tiny_pack

PACK = tiny_pack()


def lines(*patients: Patient) -> list[str]:
    """The lines of the file."""
    content = write_csv(patients, PACK)
    assert content.startswith(b"\xef\xbb\xbf")
    return content.decode("utf-8-sig").split("\r\n")[:-1]


def test_writing_names_every_feature_with_its_unit() -> None:
    """All features are columns, and none leaves its unit open."""
    header = lines(a_patient())[0].split(",")
    assert header[:3] == ["id", "disease", "line"]
    assert len(header) == 3 + len(PACK.features)
    assert "albumin_g_dl" in header
    assert "pd_l1_tps (%)" in header


def test_writing_numbers_are_exact_and_untouched() -> None:
    """Whole numbers without a point, others in full, signs as they are."""
    values: dict[str, Value] = {"age_years": 61.0, "albumin_g_dl": 3.9, "crp_mg_l": 0.1 + 0.2}
    line = lines(a_patient(values))[1].split(",")
    assert {"61", "3.9", "0.30000000000000004"} <= set(line)


@pytest.mark.parametrize("text", ["=1+1", "+x", "-y", "@z", "\tx", "\rx", "\x00x", "'=x"])
def test_writing_formulas_become_text(text: str) -> None:
    """Whatever a spreadsheet would run is kept from it by an apostrophe."""
    assert f"'{text}" in lines(a_patient(notes=text))[1] + "".join(lines(a_patient(notes=text)))


def test_writing_separators_and_quotes_are_quoted() -> None:
    """A text with commas, quotes or line ends stays one cell."""
    assert lines(a_patient(notes='a "b", c'))[1].endswith(',"a ""b"", c"')


def test_writing_half_characters_do_not_stop_it() -> None:
    """A lone surrogate is replaced, not fatal."""
    assert "?" in lines(a_patient(notes="a\ud800b"))[1]


def test_writing_courses_have_columns_of_their_own() -> None:
    """As many course columns as the longest history needs."""
    courses = (TreatmentCourse("drug a"), TreatmentCourse("drug b", line=2))
    header, with_two, without = lines(a_patient(courses=courses), a_patient(id="P2"))
    assert "course_2_label" in header
    assert "drug b" in with_two
    assert without.endswith(",,")


@pytest.mark.parametrize(
    ("patient", "error", "words"),
    [
        (a_patient(disease="other"), UserError, "has other, not tiny"),
        (a_patient({"unheard_of": 1.0}), UnknownFeature, "does not know"),
        (a_patient({"sex": "neither"}), UserError, "is no category"),
        (a_patient({"liver_metastases": "yes"}), UserError, "is no flag"),
        (a_patient({"age_years": float("nan")}), UserError, "is no number"),
        (a_patient(courses=(TreatmentCourse(""),)), UserError, "empty course"),
    ],
)
def test_writing_refuses_what_does_not_fit(
    patient: Patient, error: type[UserError], words: str
) -> None:
    """Another disease, unknown features, wrong kinds and empty courses stop the writing."""
    with pytest.raises(error, match=words):
        write_csv([patient], PACK)
