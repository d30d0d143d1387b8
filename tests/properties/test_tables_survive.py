"""Table files: whatever arrives, reading ends with patients or with reasons, never in an error."""

import io
import os
import random
import time
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import a_reading

EXAMPLES = 300
MANY_EXAMPLES = int(os.environ.get("CONCORD_FUZZ", "20000"))
LONGEST_SECONDS = 10.0
PIECES = (
    b",", b";", b'"', b"\n", b"\r", b"\x00", b"\t", b"|", b"=", b"-", b"'", b"#", b"%", b" ",
    b"1,5", b"1e308", b"nan", b"<0.1", b"0x1F", b"150,000", b"1 000", b"\xff", b"\xc3\xa9",
    b"\xef\xbb\xbf", b"\xff\xfe", b"id", b"age", b"albumin (g/L)", b"ldh", b"test", b"value",
    b"HER2", b"V600",
    b"31/02/2024", b"45000", b"unknown", b"Total", b"sep=;", b"p.Gly12", "\u0412".encode(),
    "\u2013".encode(), "\u0663".encode(), b"1-49%", b">=50%", b"2-Sep", b"os_months", b"g/L",
    b"mutations", b"KRAS G12C + L858R", b"EGFR Ex19del; TP53 mut", b"01/02/60", b"Stadium",
)  # fmt: skip
ANSWERED = {
    "header": "1", "decimal": ",", "id-column": "number", "sheet": "Sheet", "encoding": "cp1252",
    "missing-id": "generate", "trailing-fields": "drop", "disease": "tiny", "delimiter": ",",
    "unit:albumin": "mixed:g/L", "uln:ldh": "250", "date-order:dob": "mdy",
}  # fmt: skip


def valid_files() -> list[bytes]:
    """Files that read well, as a start for spoiling them."""
    wide = (
        "id,age,sex,albumin (g/L),ldh,pd_l1_tps,braf_v600,dob,os_months,os_event,response,line,"
        "notes\n"
        'P1,60,male,38,240,50,V600E,1966-02-03,12.5,1,PR,1,"a, b"\n'
        "P2,71,f,41,1.2,0.5,wt,13/04/1955,3,0,SD,2,\n"
    )
    semicolons = "id;age;albumin;gene\n1;60;3,9;KRAS\n2;61;4,1;2-Sep\n"
    long = "patient,test,value,unit,date\nA,albumin,38,g/L,2024-01-01\nA,ecog,1,,\nB,albumin,4,,\n"
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for cells in (["id", "age", "albumin"], ["1", 60, 3.9], ["2", 61, "=1+1"], [None, None, "x"]):
        page.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    texts = [wide.encode(), semicolons.encode(), long.encode(), wide.encode("utf-16")]
    return [*texts, wide.replace(",", "\t").encode(), buffer.getvalue()]


VALID = valid_files()


def spoilt(start: bytes, seed: int) -> bytes:
    """A valid file with a handful of accidents."""
    chance = random.Random(seed)  # noqa: S311 - repeatable accidents, nothing secret
    content = bytearray(start)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(content) + 1)
        match chance.randrange(5):
            case 0 | 1:
                content[at:at] = chance.choice(PIECES)
            case 2:
                del content[at : at + chance.randint(1, 8)]
            case 3 if at < len(content):
                content[at] = chance.randrange(256)
            case _:
                other = chance.randrange(len(content) + 1)
                content[at:at] = content[other : other + 20]
    return bytes(content)


def parts_of(book: bytes) -> dict[str, bytes]:
    """The parts of a workbook, by name."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PARTS = parts_of(VALID[-1])


def spoilt_book(seed: int) -> bytes:
    """A workbook that is still an archive, with accidents inside its parts, or one part gone."""
    chance = random.Random(seed)  # noqa: S311 - repeatable accidents, nothing secret
    parts = dict(PARTS)
    for name in chance.sample(sorted(parts), chance.randint(1, 3)):
        if chance.random() < 0.1:
            del parts[name]
        else:
            parts[name] = spoilt(parts[name], chance.randrange(2**32))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def check(content: bytes, reading: Reading) -> None:
    """Reading ends in time with an intake that explains itself."""
    begun = time.perf_counter()
    intake = read_table(content, "any.csv", reading)
    assert time.perf_counter() - begun < LONGEST_SECONDS
    assert isinstance(intake, Intake)
    if not intake.patients:
        severe = {Severity.ERROR, Severity.QUESTION}
        assert severe & {finding.severity for finding in intake.findings}
    for patient in intake.patients:
        assert set(patient.values) == set(patient.origins) - set(patient.outcomes)
    assert all(finding.message.isprintable() for finding in intake.findings)


READINGS = (a_reading(), a_reading(disease=""), a_reading(answers=ANSWERED))


QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
DEEP = settings(QUICK, max_examples=MANY_EXAMPLES)
ANY_READING = st.sampled_from(READINGS)
ANY_BYTES = st.binary(max_size=400)
ANY_PIECES = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)
ACCIDENTS = st.builds(spoilt, st.sampled_from(VALID), st.integers(0, 2**32))
BOOKS = st.builds(spoilt_book, st.integers(0, 2**32))


@QUICK
@given(content=ANY_BYTES, reading=ANY_READING)
def test_tables_survive_any_bytes(content: bytes, reading: Reading) -> None:
    """Bytes that mean nothing give reasons, not errors."""
    check(content, reading)


@QUICK
@given(content=ANY_PIECES, reading=ANY_READING)
def test_tables_survive_any_pieces(content: bytes, reading: Reading) -> None:
    """Fragments of tables in any order give reasons, not errors."""
    check(content, reading)


@QUICK
@given(content=ACCIDENTS, reading=ANY_READING)
def test_tables_survive_accidents(content: bytes, reading: Reading) -> None:
    """A good file with bytes lost, doubled or overwritten is read as far as it can be."""
    check(content, reading)


@QUICK
@given(content=BOOKS, reading=ANY_READING)
def test_workbooks_survive_accidents_inside(content: bytes, reading: Reading) -> None:
    """A workbook whose parts lost bytes or are missing is read as far as it can be."""
    check(content, reading)


@pytest.mark.deep
@DEEP
@given(content=BOOKS, reading=ANY_READING)
def test_workbooks_survive_many_accidents_inside(content: bytes, reading: Reading) -> None:
    """The same with many more accidents (CONCORD_FUZZ says how many)."""
    check(content, reading)


@pytest.mark.deep
@DEEP
@given(content=ANY_BYTES | ANY_PIECES, reading=ANY_READING)
def test_tables_survive_anything_many_times(content: bytes, reading: Reading) -> None:
    """The same with many more bytes and fragments (CONCORD_FUZZ says how many)."""
    check(content, reading)


@pytest.mark.deep
@DEEP
@given(content=ACCIDENTS, reading=ANY_READING)
def test_tables_survive_many_accidents(content: bytes, reading: Reading) -> None:
    """The same with many more accidents (CONCORD_FUZZ says how many)."""
    check(content, reading)


@pytest.mark.parametrize(
    "content",
    [
        b'"' * 200_000,
        b'a,"b\n' * 20_000,
        b"," * 100_000,
        b"id,age\n" + b"1," * 50_000,
        b"id\n" + b"x" * 2_000_000,
        b"\n" * 500_000,
        b"id,age\n" + b"1,60\n" * 60_000,
        (b"id," + b"a," * 600 + b"b\n"),
        b"id,dob\n" + b"1,01/02/1960 ".ljust(4000, b"/") * 50,
    ],
    ids=["quotes", "open-quotes", "commas", "wide", "cell", "lines", "rows", "columns", "slashes"],
)
def test_tables_survive_files_made_to_be_slow(content: bytes) -> None:
    """Files that would keep a careless reader busy end quickly."""
    check(content, READINGS[0])
