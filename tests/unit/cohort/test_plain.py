"""New patients in a plain table: the words of the cohort that a model learnt from hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dashboard.cohort.columns import CohortFeature
from dashboard.cohort.plain import patients_of, read_plain
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Kind

GRADE = CohortFeature(
    "grade", "tgrade", Kind.ORDINAL, levels=("1", "2", "3"), words=(("I", "1"), ("II", "2"))
)
SEX = CohortFeature("sex", "Sex", Kind.CATEGORY, levels=("female", "male"))


def a_table(folder: Path, text: str) -> Path:
    """A table of new patients."""
    path = folder / "new.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_words_of_the_cohort_are_read_for_new_patients(tmp_path: Path) -> None:
    """II is grade 2 where the cohort said so; a level itself, as 3 or 3.0, is read too."""
    path = a_table(tmp_path, "id,tgrade\na,II\nb,3.0\nc,1\nd,IV\n")
    data = read_plain(path, "own", [GRADE])
    facts = [patient.values.get("grade") for patient in patients_of(data)]
    assert facts == ["2", "3", "1", None]
    (finding,) = data.findings
    assert (finding.where.row, finding.value) == (5, "IV")
    assert finding.expected == "one of 1, 2, 3"


def test_the_words_of_a_pack_are_read_where_it_knows_the_feature(tmp_path: Path) -> None:
    """Male is male in a pack's feature; without a pack it is no level."""
    path = a_table(tmp_path, "id,sex\na,Male\nb,F\n")
    with_pack = read_plain(path, "nsclc", [SEX], load_library().pack("nsclc"))
    np.testing.assert_array_equal(with_pack.values[:, 0], [1.0, 0.0])
    assert with_pack.findings == ()
    without = read_plain(path, "own", [SEX])
    assert np.isnan(without.values).all()
    assert len(without.findings) == 2
