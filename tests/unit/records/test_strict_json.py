"""What Python's own JSON reader lets through, and the strict one must not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.records.patient import Severity
from dashboard.records.strict_json import (
    DEEPEST,
    Document,
    Figure,
    read_json,
    read_json_lines,
    shown,
)


def codes(document: Document) -> list[str]:
    """The codes of a document's findings."""
    return [finding.code for finding in document.findings]


def test_read_json_gives_the_content_of_a_sound_document():
    """A sound document is read without a finding."""
    document = read_json(b'{"age": 60, "stage": ["IV", null, true]}')
    assert document == Document({"age": 60, "stage": ["IV", None, True]})


def test_decimals_keep_their_digits():
    """13.50 is equal to 13.5 and still says 13.50."""
    figure = read_json(b'{"value": 13.50}').content["value"]
    assert figure == 13.5
    assert isinstance(figure, Figure)
    assert figure.text == "13.50"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_unicode_encoding_is_recognised(encoding):
    """Windows saves UTF-16 and byte order marks; both are read."""
    assert read_json('{"name": "Ångström"}'.encode(encoding)).content == {"name": "Ångström"}


def test_bytes_that_are_no_unicode_are_refused_with_their_place():
    """Latin-1 is not guessed at: the first byte that is no text is named."""
    document = read_json('{"name": "Ågren"}'.encode("latin-1"), "a.json")
    assert document.content is None
    assert codes(document) == ["json-encoding"]
    assert "byte 11" in document.findings[0].message


@pytest.mark.parametrize("data", [b"", b"  \n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_an_empty_file_says_so(data):
    """Nothing but blanks is an empty file, not a fault of the syntax."""
    assert codes(read_json(data)) == ["json-empty"]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": 1,}', 1, 9, "a comma too many"),
        ("[1, 2,\n]", 2, 1, "a comma too many"),
        ('{"a": 1, // note\n "b": 2}', 1, 10, "comments are not allowed"),
        ('{"a": 1 /* note */}', 1, 9, "comments are not allowed"),
        ("{'a': 1}", 1, 2, "single quotes"),
        ('{"a": 1}\n{"b": 2}', 2, 1, "a second document"),
        ('{"a": True}', 1, 7, "true, false and null"),
        ('{"a": "x\ny"}', 1, 9, "line break or control character"),
        ('{"a": 1 "b": 2}', 1, 9, "comma or a closing bracket is missing"),
        ('{"a": [1, 2', 1, 12, "ends in the middle"),
        ('{"a": "x', 1, 7, "ends in the middle"),
        ("<Bundle/>", 1, 1, "XML or HTML"),
        ('{"a" 1}', 1, 6, "expecting ':' delimiter"),
    ],
)
def test_a_fault_of_the_syntax_names_its_place_and_cause(text, line, column, words):
    """Line, column and the usual cause, so that one look mends it."""
    document = read_json(text.encode(), "a.json")
    (finding,) = document.findings
    assert document.content is None
    assert finding.code == "json-syntax"
    assert finding.message.startswith(f"Line {line}, column {column}: ")
    assert words in finding.message
    assert finding.where.file == "a.json"
    assert finding.fix


@pytest.mark.parametrize(
    "literal",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1e-999",
        "-0.5e-400",
        "9" * 5000,
        "0." + "1" * 200,
    ],
)
def test_numbers_that_are_none_are_refused_where_they_stand(literal):
    """Python reads NaN and 1e999 without complaint; here the place is named."""
    document = read_json(('{"a": 1,\n "b": ' + literal + "}").encode())
    assert document.content is None
    assert codes(document) == ["json-number"]
    assert document.findings[0].message.startswith("Line 2, column 7: ")


def test_a_text_that_says_nan_is_a_text():
    """Only bare literals are numbers."""
    assert read_json(b'{"a": "NaN", "b": "1e999"}').content == {"a": "NaN", "b": "1e999"}


def test_every_bad_number_is_listed():
    """All faults at once, not one a try."""
    assert codes(read_json(b'[NaN, "NaN", 1e999, 3, -Infinity]')) == ["json-number"] * 3


def test_a_key_with_two_values_is_refused_naming_both():
    """Python would keep 16 and lose 60."""
    document = read_json(b'{"patient": {"age": 60, "age": 16}}')
    (finding,) = document.findings
    assert document.content is None
    assert finding.severity is Severity.ERROR
    assert finding.message == "age appears 2 times with different values: 60 and 16."
    assert finding.where.field == "patient.age"


def test_a_key_repeated_with_one_value_is_noted_and_read():
    """No information is in doubt, so the document is usable."""
    document = read_json(b'[{"age": 60, "age": 60}]')
    assert document.content == [{"age": 60}]
    assert [(f.severity, f.where.field) for f in document.findings] == [(Severity.NOTE, "[0].age")]


def test_true_and_one_are_different_values():
    """Python holds True equal to 1; a reader of records must not."""
    assert codes(read_json(b'{"a": true, "a": 1}')) == ["json-repeated-key"]
    assert read_json(b'{"a": true, "a": 1}').content is None


def test_depth_is_limited():
    """The deepest allowed document is read, one more level is refused, a bomb is too."""
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST).content is not None
    for depth in (DEEPEST + 1, 100_000):
        document = read_json(b"[" * depth + b"]" * depth)
        assert codes(document) == ["json-depth"]


def test_brackets_inside_texts_are_no_depth():
    """Only structure counts."""
    assert read_json(json.dumps({"note": "[" * 500 + '"' + "{" * 500}).encode()).content is not None


def test_half_a_character_is_replaced_and_listed():
    """A lone surrogate could not be saved later; it is replaced now, by name."""
    document = read_json(b'{"name": {"family": "A\\ud800b", "\\udc00": ["ok", "\\ud83d\\ude00"]}}')
    assert document.content == {"name": {"family": "A\ufffdb", "\ufffd": ["ok", "😀"]}}
    assert codes(document) == ["json-half-character"] * 2
    assert "name.family" in {finding.where.field for finding in document.findings}


def test_a_bad_line_of_many_costs_only_itself():
    """NDJSON is read line by line; findings carry the line's number."""
    lines = list(read_json_lines(b'{"a": 1}\n\n{"a": }\r\n{"a": 3}\n', "bulk.ndjson"))
    assert [(number, document.content) for number, document in lines] == [
        (1, {"a": 1}),
        (3, None),
        (4, {"a": 3}),
    ]
    assert lines[1][1].findings[0].message.startswith("Line 3, column 7: ")


def test_undecodable_lines_are_one_finding():
    """A file that is no text has no lines."""
    ((number, document),) = read_json_lines(b'{"a": "\xff"}')
    assert (number, codes(document)) == (1, ["json-encoding"])


def test_shown_shortens_and_escapes():
    """Values in messages are short, on one line, and can be encoded."""
    assert shown("x" * 100) == "x" * 39 + "…"
    assert shown("a\nb\ud800") == "a b\ufffd"
    assert shown({"a": 1}) == '{"a": 1}'


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_what_json_writes_is_read_back(value):
    """Every finite document survives."""
    document = read_json(json.dumps(value).encode())
    halves = any(finding.code == "json-half-character" for finding in document.findings)
    assert halves or document.content == value


@given(
    st.binary(max_size=200)
    | st.text(alphabet="{}[]\",:0123456789eE+-.ntrufals\\/ \n'#", max_size=80).map(str.encode)
)
def test_no_bytes_raise(data):
    """Whatever comes in, a document or a finding comes out."""
    document = read_json(data)
    assert document.content is not None or document.findings or data.strip() == b"null"
    assert list(read_json_lines(data)) is not None
