"""The cohort folder: what is read, converted, set aside and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.cohort.columns import RECIST, CohortData, CohortFeature, Graded, Timed
from dashboard.cohort.folder import CohortRejected, read_cohort
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import ImportRejected
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Kind
from dashboard.records.patient import Severity
from tests.builders import a_library
from tests.effort import effort

TOML = """
id = "demo"
disease = "new-disease"
time_unit = "days"

[columns.Pat]
role = "id"

[columns.Drug]
role = "regimen"
levels = { "0" = "mono", "1" = "combo" }

[columns.Alb]
feature = "alb"
kind = "number"
unit = "g/dL"
hard_range = [0.5, 7.0]
monotone = { response = 1, hazard = -1 }

[columns.Smoker]
feature = "smoker"
kind = "flag"

[columns.Stage]
feature = "stage"
kind = "ordinal"
levels = { I = "1", II = "2", III = "3" }

[outcomes.response]
column = "Best"

[outcomes.os]
time = "OS"
event = "Dead"

[regimens.combo]
classes = ["pd1", "ctla4"]
"""
HEADER = "Pat,Drug,Alb,Smoker,Stage,Best,OS,Dead,Extra"
ROWS = [
    "a,0,3.8,1,I,CR,365.25,1,x",
    "b,1,,0,III,PD,30,0,x",
    "c,0,4.1,true,II,NE,60,1,x",
    "d,1,2.0,no,,SD,90,false,x",
    "e,1,NA,1,I,PR,120,1,x",
]


def a_folder(folder: Path, rows: list[str] = ROWS, toml: str = TOML, header: str = HEADER) -> Path:
    """A cohort folder with this content."""
    (folder / "cohort.toml").write_text(toml, encoding="utf-8")
    (folder / "patients.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


def test_a_new_disease_needs_nothing_but_its_folder(tmp_path):
    """Features, roles, levels, time units and outcomes all come from cohort.toml."""
    data = read_cohort(a_folder(tmp_path))
    assert data.disease == "new-disease"
    assert [feature.id for feature in data.features] == ["alb", "smoker", "stage"]
    assert data.ids == ("a", "b", "c", "d", "e")
    assert data.regimens == ("combo", "mono")
    assert data.regimen.tolist() == [1, 0, 1, 0, 0]
    assert data.classes == {"combo": ("pd1", "ctla4")}
    np.testing.assert_array_equal(data.values[:, 0], [3.8, np.nan, 4.1, 2.0, np.nan])
    np.testing.assert_array_equal(data.values[:, 1], [1, 0, 1, 0, 1])
    np.testing.assert_array_equal(data.values[:, 2], [0, 2, 1, np.nan, 0])
    assert data.features[0].monotone_response == 1
    assert data.features[0].monotone_hazard == -1
    assert data.response.levels == RECIST
    np.testing.assert_array_equal(data.response.codes, [3, 0, np.nan, 1, 2])
    np.testing.assert_allclose(data.timed["os"].months[0], 12.0)
    assert data.timed["os"].event.tolist() == [True, False, True, False, True]


def test_columns_that_are_not_named_are_ignored_and_listed(tmp_path):
    """Nothing is used that cohort.toml does not describe."""
    assert read_cohort(a_folder(tmp_path)).ignored == ("Extra",)


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ("f,0,3.8,1,I,CR,365", "", "7 fields and the header 9"),
        (",0,3.8,1,I,CR,365,1,x", "Pat", "no identifier"),
        ("f,7,3.8,1,I,CR,365,1,x", "Drug", "regimen is not known"),
        ("f,,3.8,1,I,CR,365,1,x", "Drug", "regimen is not known"),
        ("f,0,3.8,1,I,CR,-3,1,x", "OS", "time is not possible"),
        ("f,0,3.8,1,I,CR,99999,1,x", "OS", "time is not possible"),
        ("f,0,3.8,1,I,,,,x", "", "no outcome at all"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_said(tmp_path, row, field, message):
    """The row's line and field are named; the other rows are read."""
    data = read_cohort(a_folder(tmp_path, [*ROWS, row]))
    assert data.ids == ("a", "b", "c", "d", "e")
    (finding,) = data.findings
    assert finding.where.row == 7
    assert finding.where.field == field
    assert message in finding.message
    assert finding.rest


@pytest.mark.parametrize(
    ("row", "column", "field"),
    [
        ("f,0,abc,1,I,CR,30,1,x", 0, "Alb"),
        ("f,0,inf,1,I,CR,30,1,x", 0, "Alb"),
        ("f,0,1_0,1,I,CR,30,1,x", 0, "Alb"),
        ('f,0,"3,8",1,I,CR,30,1,x', 0, "Alb"),
        ("f,0,38,1,I,CR,30,1,x", 0, "Alb"),
        ("f,0,3.8,maybe,I,CR,30,1,x", 1, "Smoker"),
        ("f,0,3.8,1,IV,CR,30,1,x", 2, "Stage"),
    ],
)
def test_a_cell_that_cannot_be_read_is_unknown_and_said(tmp_path, row, column, field):
    """One bad cell costs that value and nothing else."""
    data = read_cohort(a_folder(tmp_path, [*ROWS, row]))
    assert data.ids[-1] == "f"
    assert np.isnan(data.values[-1, column])
    (finding,) = data.findings
    assert (finding.where.row, finding.where.field) == (7, field)
    assert finding.value


def test_whole_numbers_beside_empty_cells_are_read_as_such(tmp_path):
    """A table program that turns 0 and 1 into 0.0 and 1.0 loses no level, regimen or event."""
    plain = a_folder(tmp_path)
    rows = [row.replace(",0,", ",0.0,", 1).replace(",1,", ",1.0,") for row in ROWS]
    first = read_cohort(plain)
    second = read_cohort(a_folder(tmp_path, rows))
    assert second.findings == ()
    assert (second.regimens, second.regimen.tolist()) == (
        first.regimens,
        first.regimen.tolist(),
    )
    np.testing.assert_array_equal(first.values, second.values)
    assert second.timed["os"].event.tolist() == first.timed["os"].event.tolist()


def test_codes_of_a_new_ordinal_feature_come_in_either_form(tmp_path):
    """1.0 and 1 are one level."""
    toml = TOML.replace('levels = { I = "1", II = "2", III = "3" }', "")
    grades = ["1.0", "3", "2.0", "", "1"]
    rows = [
        ",".join([*row.split(",")[:4], grade, *row.split(",")[5:]])
        for row, grade in zip(ROWS, grades, strict=True)
    ]
    data = read_cohort(a_folder(tmp_path, rows, toml))
    assert data.features[2].levels == ("1", "2", "3")
    np.testing.assert_array_equal(data.values[:, 2], [0, 2, 1, np.nan, 0])


def test_words_of_patient_files_are_read_in_a_cohort_too(tmp_path):
    """What the pack's readers know of sex and flags holds here, and one note says how."""
    toml = TOML.replace('disease = "new-disease"', 'disease = "nsclc"')
    toml = toml.replace('feature = "smoker"\nkind = "flag"', 'feature = "sex"')
    words = ["Male", "F", "female", "weiblich", "unknown"]
    rows = [
        ",".join([*row.split(",")[:3], word, *row.split(",")[4:]])
        for row, word in zip(ROWS, words, strict=True)
    ]
    data = read_cohort(a_folder(tmp_path, rows, toml), load_library())
    levels = data.features[1].levels
    said = [None if np.isnan(code) else levels[int(code)] for code in data.values[:, 1]]
    assert said == ["male", "female", "female", "female", None]
    (note,) = [f for f in data.findings if f.code == "cell.words"]
    assert note.severity is Severity.NOTE
    assert note.where.field == "Smoker"
    assert "'F' as female" in note.message
    assert "'unknown' as unknown" in note.message


def test_events_and_responses_are_read_in_the_words_of_exports(tmp_path):
    """1:DECEASED is an event; Complete Response is CR, and in such a column a 1 is no answer."""
    rows = [
        "a,0,3.8,1,I,Complete Response,365.25,1:DECEASED,x",
        "b,1,,0,III,Progressive Disease,30,0:LIVING,x",
        "c,0,4.1,true,II,Not evaluable,60,Dead,x",
        "d,1,2.0,no,,stable disease,90,alive,x",
        "e,1,NA,1,I,1,120,1,x",
    ]
    data = read_cohort(a_folder(tmp_path, rows))
    assert data.timed["os"].event.tolist() == [True, False, True, False, True]
    np.testing.assert_array_equal(data.response.codes, [3, 0, np.nan, 1, np.nan])
    (finding,) = data.findings
    assert (finding.where.row, finding.where.field) == (6, "Best")
    assert finding.expected.startswith("CR, PR, SD, PD or NE")


def test_a_table_with_semicolons_and_decimal_commas_is_read(tmp_path):
    """As a spreadsheet of most of Europe writes it; a comma that may be a thousand is not."""
    folder = a_folder(tmp_path)
    first = read_cohort(folder)
    rows = [row.replace(",", ";").replace(".", ",") for row in (HEADER, *ROWS)]
    (folder / "patients.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    second = read_cohort(folder)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.timed["os"].months, second.timed["os"].months)
    rows = [row.replace("3,8", "1,234").replace("4,1", "2,345").replace("2,0", "2") for row in rows]
    (folder / "patients.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    doubtful = read_cohort(folder)
    assert np.isnan(doubtful.values[[0, 2], 0]).all()
    assert {finding.message for finding in doubtful.findings} == {"A decimal comma."}


def test_progression_free_survival_longer_by_a_rounding_ends_with_survival(tmp_path):
    """A tenth of a month is a rounding, and is said; more makes the row unusable."""
    toml = TOML.replace("days", "months") + '\n[outcomes.pfs]\ntime = "PFS"\nevent = "Prog"\n'
    rows = [f"{row},10,1" for row in ROWS[:4]] + [f"{ROWS[4]},120.1,1"]
    data = read_cohort(a_folder(tmp_path, rows, toml, HEADER + ",PFS,Prog"))
    assert data.timed["pfs"].months[4] == 120.0
    (note,) = data.findings
    assert note.message == "PFS is longer than OS by at most 0.1 months in 1 row."
    assert note.severity is Severity.NOTE


def test_more_than_a_fifth_of_unusable_rows_refuses_the_cohort(tmp_path):
    """Two of seven rows are too many, one of six is not."""
    bad = ["f,9,3.8,1,I,CR,30,1,x", "g,9,3.8,1,I,CR,30,1,x"]
    with pytest.raises(CohortRejected, match=r"2 of 7 rows cannot be used") as refused:
        read_cohort(a_folder(tmp_path, ROWS + bad))
    assert [finding.where.row for finding in refused.value.findings] == [7, 8]


def test_progression_free_survival_beyond_death_makes_a_row_unusable(tmp_path):
    """PFS ends with death at the latest."""
    toml = TOML + '\n[outcomes.pfs]\ntime = "PFS"\nevent = "Prog"\n'
    rows = [f"{row},10,1" for row in ROWS[:4]] + [f"{ROWS[4]},500,1"]
    data = read_cohort(a_folder(tmp_path, rows, toml, HEADER + ",PFS,Prog"))
    assert data.ids == ("a", "b", "c", "d")
    assert "PFS is longer than OS" in data.findings[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "number"', 'kind = "numeric"', "Input should be"),
        ('feature = "alb"', 'feature = "alb"\ncolour = "red"', "Extra inputs"),
        ('kind = "number"\n', "", "has no kind"),
        ("[columns.Alb]", "[columns.Albumine]", "no column 'Albumine'; did you mean 'Alb'"),
        ('column = "Best"', 'time = "OS"', "column is missing"),
        ("[outcomes.os]", "[outcomes.oss]", "no outcome 'oss'"),
        ('feature = "smoker"', 'feature = "alb"', "Two columns give 'alb'"),
    ],
)
def test_mistakes_in_the_description_are_refused_with_their_place(tmp_path, old, new, message):
    """cohort.toml is strict: every mistake is named."""
    with pytest.raises(CohortRejected, match=message):
        read_cohort(a_folder(tmp_path, toml=TOML.replace(old, new)))


def test_a_broken_toml_a_missing_table_and_a_missing_description_are_refused(tmp_path):
    """Each says what is missing and how to mend it."""
    with pytest.raises(ImportRejected, match=r"no cohort\.toml"):
        read_cohort(tmp_path)
    (tmp_path / "cohort.toml").write_text("id = ", encoding="utf-8")
    with pytest.raises(ImportRejected, match=r"cohort\.toml cannot be read"):
        read_cohort(tmp_path)
    (tmp_path / "cohort.toml").write_text(TOML, encoding="utf-8")
    with pytest.raises(ImportRejected, match="no table"):
        read_cohort(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"Pat,Drug\n\xff\xfe,1\n", "not UTF-8"),
        (b"Pat,Pat\na,b\n", "more than one column called 'Pat'"),
        (b'Pat,Drug\n"a"b,1\n', "line 2"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path, content, message):
    """An unreadable table is never read half."""
    a_folder(tmp_path)
    (tmp_path / "patients.csv").write_bytes(content)
    with pytest.raises(ImportRejected, match=message):
        read_cohort(tmp_path)


def test_values_are_converted_to_the_units_of_the_pack(tmp_path):
    """Albumin stated in g/L arrives in the pack's g/dL, checked against the pack's range."""
    toml = TOML.replace('disease = "new-disease"', 'disease = "tiny"').replace(
        'feature = "alb"\nkind = "number"\nunit = "g/dL"', 'feature = "albumin_g_dl"\nunit = "g/L"'
    )
    rows = [row.replace("3.8", "38").replace("4.1", "41").replace("2.0", "20") for row in ROWS]
    data = read_cohort(a_folder(tmp_path, rows, toml), a_library())
    np.testing.assert_allclose(data.values[:, 0], [3.8, np.nan, 4.1, 2.0, np.nan])
    assert data.features[0].unit == "g/dL"


def test_a_unit_that_cannot_be_converted_is_refused(tmp_path):
    """Nothing is converted by guess."""
    toml = TOML.replace('disease = "new-disease"', 'disease = "tiny"').replace(
        'feature = "alb"\nkind = "number"\nunit = "g/dL"',
        'feature = "albumin_g_dl"\nunit = "furlong"',
    )
    with pytest.raises(CohortRejected, match="'furlong' cannot be converted"):
        read_cohort(a_folder(tmp_path, toml=toml), a_library())


def test_parquet_reads_as_the_csv_does(tmp_path):
    """The same rows give the same cohort from either kind of table."""
    import pandas as pd

    first = read_cohort(a_folder(tmp_path))
    frame = pd.read_csv(tmp_path / "patients.csv", dtype={"Drug": str})
    frame.to_parquet(tmp_path / "patients.parquet")
    (tmp_path / "patients.csv").unlink()
    second = read_cohort(tmp_path)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.timed["os"].months, second.timed["os"].months)
    assert first.regimen.tolist() == second.regimen.tolist()


def test_the_time_of_a_response_is_read_and_an_impossible_one_listed(tmp_path):
    """Times of response are converted to months; one that cannot be stays unknown and is listed."""
    header = HEADER.replace("Extra", "Reached")
    given = ["60.875", "", "", "-3", "soon"]
    rows = [row.removesuffix("x") + reached for row, reached in zip(ROWS, given, strict=True)]
    toml = TOML.replace('column = "Best"', 'column = "Best"\ntime = "Reached"')
    data = read_cohort(a_folder(tmp_path, rows, toml, header))
    np.testing.assert_allclose(data.response.months, [2.0] + [np.nan] * 4)
    assert [f.where.row for f in data.findings if f.where.field == "Reached"] == [6, 5]
    assert all("from 0 to 1200 months" in f.expected for f in data.findings)


def test_a_response_without_times_has_none(tmp_path):
    """Without a column of times nothing is known of when, also of answers of yes and no."""
    assert read_cohort(a_folder(tmp_path)).response.months is None
    missing = TOML.replace('column = "Best"', 'column = "Best"\ntime = "Reached"')
    with pytest.raises(CohortRejected, match="no column 'Reached'"):
        read_cohort(a_folder(tmp_path, toml=missing))


def a_cohort(rows: int, columns: int = 20) -> CohortData:
    """A cohort with every kind of feature, every role and every outcome."""
    chance = np.random.default_rng(3)
    kinds = [Kind.NUMBER, Kind.FLAG, Kind.ORDINAL, Kind.CATEGORY]
    features, values = [], []
    for i in range(columns):
        kind = kinds[i % 4]
        levels = ("low", 'a "b", c', "high") if kind in {Kind.ORDINAL, Kind.CATEGORY} else ()
        hard = (-50.0, 50.0) if kind is Kind.NUMBER else None
        features.append(CohortFeature(f"f{i}", f"Feature {i}", kind, "u", levels, hard, 1, -1))
        column = chance.normal(size=rows) if kind is Kind.NUMBER else chance.integers(0, 2, rows)
        values.append(np.where(chance.random(rows) < 0.1, np.nan, column))
    overall = chance.exponential(12, rows)
    return CohortData(
        "c", "A cohort", "d", tuple(features), np.round(np.column_stack(values), 6),
        tuple(f"p{i}" for i in range(rows)), ("r1", "r2"), chance.integers(0, 2, rows),
        classes={"r1": ("x",), "r2": ("x", "y")}, line=np.ones(rows),
        site=tuple("AB"[i % 2] for i in range(rows)), group=("g",) * rows,
        weight=np.full(rows, 0.5), response=Graded(
            chance.integers(0, 4, rows) * 1.0, RECIST,
            np.where(chance.random(rows) < 0.5, np.round(chance.uniform(1, 9, rows), 3), np.nan),
        ),
        timed={
            "os": Timed(overall, chance.random(rows) < 0.5),
            "pfs": Timed(overall * 0.5, chance.random(rows) < 0.5),
        },
        toxicities={"hepatic": chance.integers(0, 2, rows) * 1.0}, synthetic=True, source="s",
    )  # fmt: skip


def test_what_is_written_is_read_back_the_same(tmp_path):
    """Writing and reading a cohort changes nothing."""
    data = a_cohort(40)
    write_cohort(data, tmp_path / "out")
    back = read_cohort(tmp_path / "out")
    assert back.features == data.features
    np.testing.assert_allclose(back.values, data.values)
    for name in ("ids", "regimens", "classes", "site", "group", "synthetic", "source", "label"):
        assert getattr(back, name) == getattr(data, name), name
    for name in ("regimen", "line", "weight"):
        np.testing.assert_array_equal(getattr(back, name), getattr(data, name))
    np.testing.assert_array_equal(back.response.codes, data.response.codes)
    np.testing.assert_allclose(back.response.months, data.response.months)
    for name, timed in data.timed.items():
        np.testing.assert_allclose(back.timed[name].months, timed.months, rtol=1e-9)
        np.testing.assert_array_equal(back.timed[name].event, timed.event)
    np.testing.assert_array_equal(back.toxicities["hepatic"], data.toxicities["hepatic"])
    assert not back.findings


def test_the_fingerprint_follows_the_content(tmp_path):
    """Equal folders have equal fingerprints, a changed cell another."""
    for name in ("one", "two"):
        write_cohort(a_cohort(30), tmp_path / name)
    first, second = (read_cohort(tmp_path / name).fingerprint for name in ("one", "two"))
    table = tmp_path / "two" / "patients.csv"
    table.write_text(table.read_text().replace("p7", "p07"))
    assert first == second != read_cohort(tmp_path / "two").fingerprint


def test_six_thousand_rows_are_read_with_little_work(tmp_path):
    """Reading is not what anybody waits for."""
    write_cohort(a_cohort(6_000, 40), tmp_path)
    assert read_cohort(tmp_path).size == 6_000
    assert effort(lambda: read_cohort(tmp_path)) < 80
