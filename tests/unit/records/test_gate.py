"""What is refused before anything is parsed, and with which words."""

from __future__ import annotations

import io
import json
import pickle
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.records.gate import check_upload, refuses
from dashboard.records.patient import Severity
from dashboard.records.uploads import LARGEST_UPLOAD, MEGABYTE, megabytes, safe_name

TABLE = b"patient_id,age,ecog\nA1,60,1\nA2,71,0\n"
WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def codes(content: bytes, name: str, **more: int) -> list[str]:
    """The codes of what was found."""
    return [finding.code for finding in check_upload(content, name, **more)]


def only(content: bytes, name: str):
    """The one finding."""
    (finding,) = check_upload(content, name)
    return finding


class TestAccepted:
    """What must get through."""

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (TABLE, "patients.csv"),
            (TABLE.replace(b",", b"\t"), "patients.tsv"),
            (TABLE, "patients"),
            (TABLE.decode().encode("utf-16"), "patients.csv"),
            (TABLE.decode().encode("utf-16-le"), "patients.txt"),
            ("id;größe\n1;180\n".encode("cp1252"), "patients.csv"),
            (b"\xef\xbb\xbf" + TABLE, "patients.csv"),
            (json.dumps({"resourceType": "Bundle", "entry": []}).encode(), "bundle.json"),
            (b'{"a":1}\n{"a":2}\n', "bulk.ndjson"),
            (packed(WORKBOOK), "patients.xlsx"),
            (packed({"study/data_clinical_patient.txt": TABLE}), "study.zip"),
            (b"BMI,age\n22,60\n", "patients.csv"),
            (b"PAR1,age\n22,60\n", "patients.csv"),
            (b"MZ,age\n22,60\n", "patients.csv"),
            (b"id,note\n1,a\x00b\n", "patients.csv"),
        ],
    )
    def test_gate_lets_honest_files_pass(self, content, name):
        """Nothing is said of files that a reader may look at."""
        assert check_upload(content, name) == ()

    def test_gate_accepts_a_file_of_exactly_the_limit(self):
        """Limits are inclusive."""
        line = b"A1,60,1\n"
        content = b"a,b,c\n" + line * 40_000
        filler = b"#" * (LARGEST_UPLOAD - len(content))
        assert check_upload(filler + content, "patients.csv") == ()


class TestSize:
    """Empty, too large, cut."""

    def test_gate_refuses_an_empty_file(self):
        """Zero bytes are said to be zero bytes, with the limit."""
        finding = only(b"", "patients.csv")
        assert finding.code == "upload-empty"
        assert "0 bytes" in finding.message
        assert "20 MB" in finding.message

    def test_gate_names_size_and_limit_of_a_file_that_is_too_large(self):
        """Both numbers stand in the message, and what happened to the rest."""
        finding = only(bytes(LARGEST_UPLOAD + MEGABYTE), "patients.csv")
        assert finding.message == "The file has 21 MB; the limit is 20 MB."
        assert finding.rest
        assert finding.fix

    def test_gate_notices_an_upload_that_was_cut(self):
        """Fewer bytes than announced refuse the file."""
        (finding,) = check_upload(TABLE[:20], "patients.csv", announced=len(TABLE))
        assert finding.code == "upload-cut"
        assert "20 of 36 bytes" in finding.message

    def test_gate_accepts_an_upload_that_is_complete(self):
        """The announced size is no obstacle when it is right."""
        assert codes(TABLE, "patients.csv", announced=len(TABLE)) == []

    @pytest.mark.parametrize(
        ("size", "text"),
        [(0, "0.0 kB"), (2048, "2.0 kB"), (20 * MEGABYTE, "20 MB"), (22_000_000, "21.0 MB")],
    )
    def test_megabytes_reads_as_people_write(self, size, text):
        """Small files in kB, large ones in MB."""
        assert megabytes(size).replace("21 MB", "21.0 MB") == text


class TestKind:
    """The content is believed, not the name."""

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"MZ\x90\x00\x03\x00" + bytes(60), "patients.csv", "upload-program"),
            (b"\x7fELF\x02\x01\x01" + bytes(60), "patients.csv", "upload-program"),
            (b"\xcf\xfa\xed\xfe" + bytes(60), "patients.json", "upload-program"),
            (b"#!/bin/sh\nrm -rf /\n", "patients.csv", "upload-program"),
            (pickle.dumps({"a": 1}), "patients.csv", "upload-pickle"),
            (b"cos\nsystem\n(S'id'\ntR.", "patients.csv", "upload-pickle"),
            (b"\x93NUMPY\x01\x00v\x00{'descr'", "patients.csv", "upload-pickle"),
            (TABLE, "model.pkl", "upload-pickle"),
            (TABLE, "model.joblib", "upload-pickle"),
            (TABLE, "weights.pt", "upload-pickle"),
            (TABLE, "array.npy", "upload-pickle"),
            (b"%PDF-1.7\n%\xe2\xe3", "report.csv", "upload-document"),
            (b"%PDF-1.7\n%\xe2\xe3", "report.pdf", "upload-document"),
            (b"{\\rtf1\\ansi", "letter.txt", "upload-document"),
            (b"\x89PNG\r\n\x1a\n" + bytes(20), "photo.png", "upload-image"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20), "scan.csv", "upload-image"),
            (b"GIF89a" + bytes(20), "scan.csv", "upload-image"),
            (b"BM" + bytes(30), "scan.bmp", "upload-image"),
            (bytes(128) + b"DICM" + bytes(20), "ct.csv", "upload-image"),
            (b"\x1f\x8b\x08\x00" + bytes(20), "patients.csv.gz", "upload-packed"),
            (b"7z\xbc\xaf'\x1c" + bytes(20), "patients.7z", "upload-packed"),
            (bytes(257) + b"ustar\x00" + bytes(20), "patients.tar", "upload-packed"),
            (b"SQLite format 3\x00" + bytes(20), "patients.csv", "upload-binary"),
            (b"PAR1\x15\x00\x15" + bytes(20), "patients.csv", "upload-binary"),
            (bytes(range(256)) * 40, "patients.csv", "upload-binary"),
            (b"<?xml version='1.0'?><Bundle/>", "bundle.xml", "upload-xml"),
            (b"\xef\xbb\xbf <html><body>", "patients.xls.csv", "upload-xml"),
            (TABLE, "patients.xlsm", "upload-macros"),
            (packed(WORKBOOK), "patients.xlsm", "upload-macros"),
            (TABLE, "patients.xls", "upload-old-workbook"),
            (TABLE, "patients.xlsx", "upload-not-an-archive"),
            (packed(WORKBOOK), "patients.csv", "upload-misnamed"),
        ],
    )
    def test_gate_refuses_what_it_does_not_read(self, content, name, code):
        """Programs, pickles, pictures, documents and disguised files are refused, with a cure."""
        finding = only(content, name)
        assert finding.code == code
        assert finding.severity is Severity.ERROR
        assert finding.fix
        assert finding.expected
        assert finding.rest
        assert finding.where.file == name

    def test_gate_tells_a_protected_workbook_from_an_old_one(self):
        """Both are the same container; only one can be mended by saving without a password."""
        old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
        protected = old + "EncryptedPackage".encode("utf-16-le")
        assert only(old, "a.xlsx").code == "upload-old-workbook"
        finding = only(protected, "a.xlsx")
        assert finding.code == "upload-protected"
        assert "Save a copy without a password." in finding.fix

    def test_gate_says_documents_are_not_read_automatically(self):
        """A report as PDF or photo is not turned into values."""
        assert "not read automatically" in only(b"%PDF-1.4", "report.pdf").fix

    def test_safe_name_keeps_only_the_last_part(self):
        """No path, no control signs, no endless names."""
        assert safe_name("../../etc/passwd") == "passwd"
        assert safe_name("C:\\Users\\x\\a.csv") == "a.csv"
        assert safe_name("a\nb\u202e.csv") == "a\ufffdb\ufffd.csv"
        assert safe_name("..") == ".." or safe_name("..") == "upload"
        assert safe_name("") == "upload"
        assert len(safe_name("x" * 5000 + ".csv")) == 120


class TestArchive:
    """What is packed."""

    def test_gate_refuses_what_unpacks_to_too_much(self):
        """Size unpacked and limit are named."""
        finding = only(packed({**WORKBOOK, "xl/a.xml": bytes(51 * MEGABYTE)}), "a.xlsx")
        assert finding.code == "upload-too-large-unpacked"
        assert "51" in finding.message
        assert "50 MB" in finding.message

    def test_gate_refuses_what_grows_too_much(self):
        """A small bomb is known by its ratio."""
        finding = only(packed({**WORKBOOK, "xl/a.xml": bytes(20 * MEGABYTE)}), "a.xlsx")
        assert finding.code == "upload-too-dense"
        assert "100-fold" in finding.message

    def test_gate_accepts_small_archives_however_dense(self):
        """Under a megabyte no ratio does harm."""
        assert codes(packed({**WORKBOOK, "xl/a.xml": bytes(MEGABYTE // 2)}), "a.xlsx") == []

    def test_gate_refuses_too_many_members(self):
        """A thousand members are enough."""
        members = {f"m{number}.txt": b"x" for number in range(1001)}
        finding = only(packed(members), "study.zip")
        assert finding.code == "upload-too-many-members"
        assert "1,001" in finding.message
        assert "1,000" in finding.message

    @pytest.mark.parametrize(
        ("member", "reason"),
        [
            ("../../etc/cron.d/x", "points outside"),
            ("/etc/passwd", "points outside"),
            ("C:/windows/x.txt", "points outside"),
            ("inner.zip", "is an archive itself"),
            ("data.tar.gz", "is an archive itself"),
        ],
    )
    def test_gate_refuses_members_by_name(self, member, reason):
        """Paths that leave the archive, and archives inside."""
        finding = only(packed({member: b"x"}), "study.zip")
        assert finding.code == "upload-member"
        assert reason in finding.message

    def test_gate_finds_nested_archives_by_content(self):
        """Renaming an inner archive does not help."""
        inner = packed({"a.txt": b"x"})
        assert "is an archive itself" in only(packed({"data.txt": inner}), "study.zip").message

    def test_gate_finds_programs_in_archives(self):
        """Nor does packing a program."""
        content = b"\x7fELF" + bytes(100)
        assert "is a program" in only(packed({"data.txt": content}), "study.zip").message

    def test_gate_refuses_links(self):
        """A symbolic link in an archive can point anywhere."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            link = zipfile.ZipInfo("data.txt")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        assert "is a link" in only(buffer.getvalue(), "study.zip").message

    def test_gate_refuses_protected_members(self):
        """What cannot be looked into is not accepted."""
        content = bytearray(packed({"data.txt": b"x" * 50}, zipfile.ZIP_STORED))
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(mark) + at] |= 1
        assert "password" in only(bytes(content), "study.zip").message

    def test_gate_refuses_other_ways_of_packing(self):
        """Only stored and deflated members are measured, so only they are accepted."""
        finding = only(packed({"data.txt": b"x" * 500}, zipfile.ZIP_BZIP2), "study.zip")
        assert "packed in a way" in finding.message

    def test_gate_refuses_two_members_of_one_name(self):
        """Which of them a reader would take is anybody's guess."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.txt", "1")
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr("a.txt", "2")
        assert "is there twice" in only(buffer.getvalue(), "study.zip").message

    def test_gate_does_not_believe_the_directory(self):
        """A member that says it is small and is not stops the reading of the archive."""
        content = bytearray(packed({"data.txt": b"abc" * 100_000}))
        size = struct.pack("<I", 10)
        content[content.index(b"PK\x03\x04") + 22 :][:4] = size
        at = content.index(b"PK\x01\x02") + 24
        content[at : at + 4] = size
        assert "not as large as it says" in only(bytes(content), "study.zip").message

    def test_gate_refuses_members_that_share_their_bytes(self):
        """Overlapping members make quadratic bombs."""
        content = bytearray(packed({"a.txt": b"abc" * 50, "b.txt": b"abc" * 50}))
        first = content.index(b"PK\x01\x02")
        second = content.index(b"PK\x01\x02", first + 4)
        content[second + 42 : second + 46] = content[first + 42 : first + 46]
        assert "overlaps" in only(bytes(content), "study.zip").message

    def test_gate_refuses_members_without_a_header(self):
        """A directory entry that points at nothing is damage."""
        content = bytearray(packed({"a.txt": b"abc" * 50}))
        at = content.index(b"PK\x01\x02") + 42
        content[at : at + 4] = struct.pack("<I", 5)
        assert only(bytes(content), "study.zip").code == "upload-damaged"

    def test_gate_refuses_broken_compression(self):
        """Bytes that do not unpack are damage."""
        content = bytearray(packed({"a.txt": bytes(range(256)) * 50}))
        content[35:60] = b"\xff" * 25
        assert only(bytes(content), "study.zip").code == "upload-damaged"

    def test_gate_refuses_stored_members_of_another_size(self):
        """Stored members have one size only."""
        content = bytearray(packed({"a.txt": b"abc" * 50}, zipfile.ZIP_STORED))
        at = content.index(b"PK\x01\x02") + 24
        content[at : at + 4] = struct.pack("<I", 9)
        assert only(bytes(content), "study.zip").code == "upload-damaged"

    def test_gate_names_the_size_of_a_cut_archive(self):
        """A workbook cut half-way is damaged, and its size is told."""
        content = packed({**WORKBOOK, "xl/sheet.xml": bytes(range(256)) * 400})
        finding = only(content[: len(content) // 2], "a.xlsx")
        assert finding.code == "upload-damaged"
        assert "kB" in finding.message or "MB" in finding.message

    def test_gate_refuses_macros_under_any_name(self):
        """The macro part counts, not the ending."""
        content = packed({**WORKBOOK, "xl/vbaProject.bin": b"macro"})
        assert only(content, "a.xlsx").code == "upload-macros"

    def test_gate_refuses_binary_workbooks_and_other_archives_as_xlsx(self):
        """Only a workbook is a workbook."""
        assert only(packed({"xl/workbook.bin": b"x"}), "a.xlsx").code == "upload-old-workbook"
        assert only(packed({"word/document.xml": b"x"}), "a.xlsx").code == "upload-not-a-workbook"

    def test_gate_notes_what_in_a_workbook_is_not_followed(self):
        """Links and connections are told of and do not refuse the file."""
        content = packed(
            {
                **WORKBOOK,
                "xl/externalLinks/externalLink1.xml": b"<x/>",
                "xl/connections.xml": b"<x/>",
                "xl/embeddings/object.xlsx": packed(WORKBOOK),
            }
        )
        findings = check_upload(content, "a.xlsx")
        assert [finding.severity for finding in findings] == [Severity.NOTE] * 3
        assert not refuses(findings)

    def test_gate_measures_a_bomb_in_little_memory(self):
        """Unpacking into nothing costs no memory of the size unpacked."""
        stuff = b"".join(b"%d,%d\n" % (number, number * 7) for number in range(1_500_000))
        content = packed({**WORKBOOK, "xl/a.xml": stuff * 2})
        tracemalloc.start()
        check_upload(content, "a.xlsx")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * MEGABYTE


class TestJson:
    """Depth and completeness, without parsing."""

    @pytest.mark.parametrize("depth", [1, 31, 32])
    def test_gate_accepts_json_to_the_deepest_level(self, depth):
        """Thirty-two levels are allowed."""
        assert codes(b"[" * depth + b"1" + b"]" * depth, "a.json") == []

    @pytest.mark.parametrize(
        "content",
        [
            b"[" * 33 + b"]" * 33,
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            b"[" * 1_000_000,
            b"[{}]," * 10 + b"[" * 40 + b"]" * 40,
            b'{"a":[' * 17 + b"]}" * 17,
        ],
    )
    def test_gate_refuses_deep_json(self, content):
        """Whatever the brackets, closed or not."""
        finding = only(content, "a.json")
        assert finding.code == "upload-too-deep"
        assert "32" in finding.message

    def test_gate_does_not_count_brackets_in_strings(self):
        """A note full of brackets is a note."""
        note = json.dumps({"note": '[{"' * 5000 + "\\"})
        assert codes(note.encode(), "a.json") == []

    def test_gate_notices_cut_json(self):
        """An object that never closes was cut on the way."""
        whole = json.dumps({"entry": [{"resource": {"id": str(i)}} for i in range(50)]})
        finding = only(whole[:-3].encode(), "a.json")
        assert finding.code == "upload-cut"
        assert "never closed" in finding.message
        assert "20 MB" in finding.message

    def test_gate_leaves_a_cut_last_line_to_the_reader(self):
        """With one text a line the whole lines are still good."""
        assert codes(b'{"a":[1]}\n{"a":[1]}\n{"a":[1', "bulk.ndjson") == []

    def test_gate_leaves_wrong_brackets_to_the_reader(self):
        """Where the fault lies is for the reader to say."""
        assert codes(b'{"a": [1, 2}, "b": 3]', "a.json") == []

    def test_gate_refuses_endless_numbers(self):
        """Reading a number of many digits takes quadratic time."""
        assert only(b'{"a": ' + b"9" * 5000 + b"}", "a.json").code == "upload-long-number"

    def test_gate_reads_json_in_utf16(self):
        """Depth is found in any encoding."""
        content = ("[" * 40 + "]" * 40).encode("utf-16")
        assert only(content, "a.json").code == "upload-too-deep"

    @pytest.mark.parametrize(
        "content",
        [b'"\\' + b'\\"' * 2_000_000, b'""' * 2_000_000, b'""[]' * 1_000_000, b'"' * 2_000_001],
    )
    def test_gate_takes_linear_time_on_quotes(self, content):
        """No arrangement of quotes and backslashes makes the scan slow or large."""
        tracemalloc.start()
        start = time.process_time()
        check_upload(content, "a.json")
        spent = time.process_time() - start
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert spent < 5
        assert peak < 60 * MEGABYTE

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
            max_leaves=40,
        ),
        st.booleans(),
    )
    def test_gate_agrees_with_the_parser_on_depth(self, value, ascii_only):
        """Whatever is nested, the count of bytes finds the same depth as the values have."""
        content = json.dumps([value], ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        expected = ["upload-too-deep"] if depth_of([value]) > 32 else []
        assert codes(content, "a.json") == expected


def depth_of(value: object) -> int:
    """How deep lists and objects nest."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return 1 + max((depth_of(item) for item in value), default=0)
    return 0


class TestTable:
    """Width and length, without parsing."""

    def test_gate_refuses_too_many_columns(self):
        """Number and limit are named."""
        header = ",".join(f"c{number}" for number in range(501)).encode()
        finding = only(header + b"\n" + b"1" + b",1" * 500 + b"\n", "a.csv")
        assert finding.code == "upload-too-wide"
        assert "501" in finding.message
        assert "500" in finding.message

    def test_gate_accepts_the_widest_table_and_commas_in_quotes(self):
        """Five hundred columns are allowed, and a quoted comma is no column."""
        header = b",".join(b"c%d" % number for number in range(500))
        assert codes(header + b"\n", "a.csv") == []
        assert codes(b'id,note\n1,"' + b"," * 2000 + b'"\n', "a.csv") == []

    def test_gate_lets_a_gene_matrix_be_wider(self):
        """One column for each sample is how copy numbers come."""
        samples = b"\t".join(b"S%d" % number for number in range(2000))
        assert codes(b"Hugo_Symbol\t" + samples + b"\n", "data_cna.txt") == []

    def test_gate_refuses_too_many_rows(self):
        """The header does not count."""
        assert codes(b"a,b\n" + b"1,2\n" * 50_000, "a.csv") == []
        finding = only(b"a,b\n" + b"1,2\n" * 50_001, "a.csv")
        assert finding.code == "upload-too-long"
        assert "50,001" in finding.message
        assert "50,000" in finding.message

    def test_gate_does_not_count_blank_rows(self):
        """A sheet's empty end is not data."""
        assert codes(b"a,b\r\n" + b"1,2\r\n" * 10 + b",\r\n" * 60_000, "a.csv") == []

    def test_gate_does_not_count_breaks_in_quotes(self):
        """A note of many lines is one row."""
        assert codes(b'a,b\n1,"' + b"line\n" * 60_000 + b'"\n', "a.csv") == []

    def test_gate_counts_rows_with_old_line_ends(self):
        """A lone carriage return ends a line too."""
        assert codes(b"a,b\r" + b"1,2\r" * 50_001, "a.csv") == ["upload-too-long"]


@given(st.binary(max_size=3000), st.sampled_from(["a.csv", "a.json", "a.xlsx", "a", "a.zip"]))
def test_gate_never_fails(content, name):
    """Any bytes under any name end in findings or in none, never in an exception."""
    for finding in check_upload(content, name):
        assert finding.message
        assert finding.code.startswith("upload-")


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 255))
def test_gate_never_fails_on_damaged_archives(noise, at, byte):
    """Nor do archives with any byte changed."""
    content = bytearray(packed({**WORKBOOK, "xl/a.xml": noise}))
    content[at % len(content)] = byte
    check_upload(bytes(content), "a.xlsx")
    assert zlib.crc32(content) >= 0


class TestCells:
    """Rows times columns: what a worker can turn into patients within its limits."""

    def test_gate_refuses_more_cells_than_can_be_read(self):
        """The limit, and how many rows of this width it is, are named before anything is parsed."""
        line = b",".join(b"v" for _ in range(50)) + b"\n"
        assert codes(line * 20_001, "a.csv") == []  # the header does not count
        finding = only(line * 20_002, "a.csv")
        assert finding.code == "upload-too-many-cells"
        assert finding.message == (
            "The table has 20,001 rows of 50 columns, 1,000,050 cells; the limit is 1,000,000."
        )
        assert finding.expected == "at most 20,000 rows of this width"
        assert finding.fix == (
            "Split it into files of at most 20,000 rows, or leave out columns that no model uses."
        )
        assert finding.rest == "Nothing was imported and nothing of the file is kept."

    def test_gate_counts_no_blank_rows_as_cells(self):
        """An empty end of a sheet holds no patient."""
        line = b",".join(b"v" for _ in range(50)) + b"\n"
        assert codes(line * 19_000 + b"," * 49 + b"\n" * 2_000, "a.csv") == []

    def test_gate_leaves_tables_of_variants_alone(self):
        """Their rows are no patients, and most of their columns are never read."""
        header = b"Hugo_Symbol\t" + b"\t".join(b"c%d" % n for n in range(119)) + b"\n"
        assert codes(b"#version 2.4\n" + header + b"EGFR" + b"\t1" * 119 + b"\n", "m.txt") == []
        rows = (b"EGFR" + b"\t1" * 119 + b"\n") * 9_000
        assert codes(b"#version 2.4\n" + header + rows, "m.txt") == []
