"""Tables out of text: encodings, separators, quotes, headers, rows that do not fit."""

from collections.abc import Sequence

import pytest

from dashboard.records.decoding import decode
from dashboard.records.delimited import find_delimiter, split_text
from dashboard.records.tables import Sheet, read_delimited

KNOWN = {"id", "age", "sex", "albumin"}


def recognise(cells: Sequence[str]) -> int:
    """How many cells are names of the tiny header."""
    return sum(cell.strip().casefold() in KNOWN for cell in cells)


def read(text: str | bytes, file: str = "a.csv", **answers: str) -> Sheet:
    """The sheet of a text."""
    content = text.encode() if isinstance(text, str) else text
    return read_delimited(content, file, answers, recognise)


def rows(sheet: Sheet) -> list[list[str]]:
    """The cells of a sheet."""
    return [cells for _, cells in sheet.rows]


def codes(sheet: Sheet) -> list[str]:
    """What was found."""
    return [finding.code for finding in sheet.findings]


# ---- bytes


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_tables_unicode_is_recognised_for_certain(encoding: str) -> None:
    """Every Unicode encoding is told by its mark or its zero bytes."""
    assert decode("id,name\n1,Jürgen Ω\n".encode(encoding), "a", {}).text == "id,name\n1,Jürgen Ω\n"


def test_tables_a_choice_of_encoding_shows_the_words_that_differ() -> None:
    """However far right in the line they stand; no two choices look alike."""
    line = "id;" + "plain;" * 30 + "Hämoglobin;Grösse"
    found = decode(f"{line}\n".encode("cp1252"), "a", {}).finding
    assert found is not None
    shown = {choice.answer: choice.label.partition(": ")[2] for choice in found.choices}
    assert shown["cp1252"] == "Hämoglobin, Grösse"
    assert shown["mac-roman"] == "H‰moglobin, Gr\u02c6sse"
    assert "plain" not in "".join(shown.values())


def test_tables_older_encodings_are_asked_for_and_then_used() -> None:
    """A reading is offered for each encoding that fits, and the chosen one applied."""
    content = "id,age\n1,Żółć\n".encode("cp1250")
    question = decode(content, "a", {}).finding
    assert question is not None
    assert question.key == "encoding"
    assert "Central European (Windows): Żółć" in [choice.label for choice in question.choices]
    assert decode(content, "a", {"encoding": "cp1250"}).text == "id,age\n1,Żółć\n"


def test_tables_damaged_unicode_is_refused() -> None:
    """A file that claims UTF-16 and is none names the line."""
    content = b"\xff\xfe" + "id\n1\n".encode("utf-16-le") + b"\x00\xd8\x00"
    finding = decode(content, "a", {}).finding
    assert finding is not None
    assert (finding.code, finding.where.row) == ("undecodable", 3)


def test_tables_bytes_in_no_encoding_are_refused() -> None:
    """Bytes that no encoding explains get the advice, not a question without answers."""
    finding = decode(b"id\n\x81\x8d\x98\xff" + bytes(range(128, 160)), "a", {}).finding
    assert finding is not None
    assert finding.code in {"undecodable", "encoding"}
    assert "CSV UTF-8" in finding.fix


# ---- separators and quotes


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("id;albumin\n1;3,9\n2;4,1\n", ";"),
        ("id\tage\n1\t60\n", "\t"),
        ("id|age\n1|60\n", "|"),
        ("id,age\n1,60\n", ","),
        ("just one column\n1\n", ","),
        ('id,notes\n1,"a;b;c"\n2,"d;e;f"\n', ","),
    ],
)
def test_tables_separator_is_the_one_that_fits(text: str, mark: str) -> None:
    """Counted over the first lines, quotes respected, decimal commas not misled by."""
    assert find_delimiter(text.splitlines(), recognise, "a")[0] == mark


def test_tables_separator_in_doubt_is_asked_for() -> None:
    """Two separators that fit alike leave the choice to the person."""
    text = "xx;yy,zz\n1;2,3\n4;5,6\n"
    sheet = read(text)
    assert [(f.code, f.key) for f in sheet.findings] == [("delimiter", "delimiter")]
    assert read(text, delimiter=";").header == ("xx", "yy,zz")


def test_tables_quoted_cells_keep_what_is_in_them() -> None:
    """Separators, doubled quotes and line ends of every kind inside quotes are text."""
    text = 'id,age\r\n1,"a, ""b""\rc\r\nd\ne"\r\n "2" , "x" \r\n'
    sheet = read(text)
    assert rows(sheet) == [["1", 'a, "b"\rc\r\nd\ne'], ["2", "x"]]


def test_tables_quote_inside_a_text_is_a_quote() -> None:
    """A quotation mark that opens nothing is an inch mark."""
    assert rows(read('id,age\n1,5" tall\n')) == [["1", '5" tall']]


def test_tables_rows_count_as_lines_of_the_file() -> None:
    """A row's number is the line on which it begins, after quoted line ends too."""
    sheet = read('id,age\n1,"a\nb"\n2,61\n')
    assert [number for number, _ in sheet.rows] == [2, 4]


def test_tables_sep_line_and_comments_are_no_table() -> None:
    """Excel's first line and leading comments are skipped and counted."""
    split = split_text("sep=|\n# one\n#two\nid|age\n1|60\n", "a", {}, recognise)
    assert split.delimiter == "|"
    assert [number for number, _ in split.records] == [4, 5]
    assert [finding.code for finding in split.findings] == ["comments-skipped"]


def test_tables_end_of_file_mark_is_no_row() -> None:
    """The control character that old programs write at the end is ignored."""
    assert rows(read("id,age\n1,60\n\x1a")) == [["1", "60"]]


# ---- headers


def test_tables_header_is_found_below_titles_when_chosen() -> None:
    """The question offers the lines; the answer is used, and numbers the rows rightly."""
    text = "Report,,\n\nid,age,sex\n1,60,m\n"
    assert codes(read(text)) == ["header"]
    chosen = read(text, header="3")
    assert (chosen.header_row, chosen.header, rows(chosen)) == (
        3,
        ("id", "age", "sex"),
        [["1", "60", "m"]],
    )


def test_tables_without_a_header_get_numbered_columns() -> None:
    """When the person says there is none, every row is data."""
    sheet = read("1,60\n2,61\n", header="none")
    assert sheet.header == ("column 1", "column 2")
    assert rows(sheet) == [["1", "60"], ["2", "61"]]


def test_tables_with_unknown_names_are_no_data() -> None:
    """A header of words is a header, known or not."""
    assert read("foo,bar\n1,2\n").header == ("foo", "bar")


def test_tables_title_alone_in_its_row_is_no_header() -> None:
    """One filled cell above wider rows is a title, even where no name is known."""
    assert codes(read("Report\nfoo,bar\n1,2\n3,4\n")) == ["header"]


def test_tables_name_three_times_is_counted() -> None:
    """Every place of a repeated name is named."""
    sheet = read("id,a b,A_B,a  b\n1,2,3,4\n")
    assert "appears 3 times (columns 2 and 3 and 4)" in sheet.findings[0].message
    assert not sheet.readable


# ---- rows


def test_tables_many_misfits_are_summed_up() -> None:
    """The first twenty rows are named one by one, the rest together."""
    text = "id,age\n0,60\n" + "".join(f"{n},60,x\n" for n in range(40))
    sheet = read(text)
    assert codes(sheet).count("field-count") == 21
    assert "20 more rows" in sheet.findings[-1].message
    assert rows(sheet) == [["0", "60"]]


def test_tables_with_only_misfits_have_no_patients() -> None:
    """Where no row fits, each is named and nothing else is claimed."""
    sheet = read("id,age\n1\n2\n")
    assert codes(sheet) == ["field-count", "field-count"]
    assert not sheet.readable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id," + ",".join(f"c{n}" for n in range(500)) + "\n1" + "," * 500 + "\n", "501 columns"),
        ("id,age\n" + "1,60\n" * 50_001, "50,001 rows"),
    ],
    ids=["columns", "rows"],
)
def test_tables_beyond_their_limits_are_refused(text: str, words: str) -> None:
    """More than five hundred columns or fifty thousand rows are not read."""
    sheet = read(text)
    assert codes(sheet) == ["too-large"]
    assert words in sheet.findings[0].message


def test_tables_apostrophe_against_formulas_is_taken_away() -> None:
    """What writing put in front of a formula-like text, reading removes, once."""
    assert rows(read("id,age\n'=1+1,''=x\n'quoted',-1\n")) == [["=1+1", "'=x"], ["'quoted'", "-1"]]


def test_tables_of_blanks_are_empty() -> None:
    """Separators without anything between them are an empty file."""
    assert codes(read(",,\n,,\n")) == ["file-empty"]


def test_tables_tab_separated_files_of_that_name_need_no_note() -> None:
    """Only what differs from the file's name is told."""
    assert codes(read("id\tage\n1\t60\n", "a.tsv")) == []
    assert read("id\tage\n1\t60\n", "a.tsv").kind == "tsv"


# ---- tables that are put together or lie on their side


def test_tables_skip_a_header_that_stands_again() -> None:
    """Files joined end to end repeat it; it is no patient, in whatever case it is written."""
    sheet = read("id,age\n1,60\nID,Age\n2,61\nid,age\n")
    assert rows(sheet) == [["1", "60"], ["2", "61"]]
    (finding,) = sheet.findings
    assert finding.code == "header-repeated"
    assert finding.message == (
        "The header stands again in rows 3 and 5; no patient was read from it."
    )
    assert finding.rest == "All other rows were read."
    assert rows(read("id,age\nid,60\n")) == [["id", "60"]]


@pytest.mark.parametrize("corner", ["parameter", "", "id"])
def test_tables_on_their_side_are_refused_with_the_cure(corner: str) -> None:
    """Facts below each other and patients beside each other: one refusal, nothing imported."""
    sheet = read(f"{corner},P1,P2\nage,60,61\nsex,male,female\nalbumin,3.8,4.1\n")
    assert not sheet.readable
    (finding,) = sheet.findings
    assert finding.code == "table-transposed"
    assert finding.message == (
        "The table lies on its side: age, sex, albumin … stand below each other, and the patients "
        "(P1, P2) beside each other."
    )
    assert "paste it with 'Transpose'" in finding.fix
    assert finding.rest == "Nothing was imported."


def test_tables_with_names_in_the_first_column_may_be_upright() -> None:
    """A list of tests with its own header, or a header that was answered, is no such table."""
    upright = "id,age\nage,60\nsex,61\nalbumin,62\n"
    assert read(upright).readable
    turned = "x,P1\nage,60\nsex,m\nalbumin,3\n"
    assert read(turned, header="1").readable


def test_tables_drop_the_apostrophe_before_numbers() -> None:
    """Spreadsheets mark numbers kept as text with it; names that begin with one keep it."""
    sheet = read("id,age\n'007,'61\n't Hart,60\n")
    assert rows(sheet) == [["007", "61"], ["'t Hart", "60"]]
    (note,) = sheet.findings
    assert note.message == "Numbers begin with the apostrophe of a spreadsheet in row 2."
    assert note.rest == "They were read without it."


def test_a_separator_too_many_on_most_rows_is_asked_about() -> None:
    """The empty ends can be dropped; a row that fits and one that is too short keep their fate."""
    text = "id,age,sex\n1,60,m,\n2,61,f,\n3,62,m,\n4,63,f\n5,64\n"
    asked = read(text)
    assert rows(asked) == []
    question = asked.findings[-1]
    assert question.code == "trailing-fields"
    assert question.message == (
        "3 of 5 rows have 4 fields but the header 3; the last ones are empty."
    )
    dropped = read(text, **{"trailing-fields": "drop"})
    assert [cells[0] for cells in rows(dropped)] == ["1", "2", "3", "4"]
    assert [f.message for f in dropped.findings if f.code == "field-count"] == [
        "Row 6 has 2 fields, the header 3."
    ]


def test_a_separator_too_many_on_a_few_rows_is_an_error() -> None:
    """There it is more likely a comma inside a text that has moved the fields."""
    text = "id,age,sex\n1,60,m\n2,61,f\n3,Doe, John,\n"
    found = read(text)
    assert [cells[0] for cells in rows(found)] == ["1", "2"]
    assert "field-count" in codes(found)


def test_running_text_is_no_table() -> None:
    """Sentences are refused as such, not taken apart at their commas."""
    text = (
        "Mr Smith is a 65 year old man with adenocarcinoma of the lung, stage IV.\n"
        "He has a performance status of 1, and PD-L1 is 60%.\n"
    )
    found = read(text, "letter.txt")
    assert rows(found) == []
    assert found.findings[-1].message == "The file holds sentences, not a table."
    assert "one row for each patient" in found.findings[-1].expected


def test_a_long_title_above_a_table_is_no_running_text() -> None:
    """The names of columns below it are found."""
    title = "All patients of the tumour board of the second week of May\n"
    assert "text-not-table" not in codes(read(title + "id,age,sex\n1,60,m\n"))
    questions = "How do you feel today, all in all, on most days?,Age\ngood,60\nbad,70\n"
    assert "text-not-table" not in codes(read(questions))
