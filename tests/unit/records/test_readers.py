"""Which format a file is taken for, what is refused, and how several files are joined."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.readers import READERS, WRITERS, read, read_files, reader_of
from dashboard.records.reading import Reading
from tests.builders import TODAY, a_patient
from tests.bundles import bundle, condition, packed, patient

LIBRARY = load_library()
READING = Reading(LIBRARY, TODAY, "nsclc")
TABLE = b"patient_id,age,sex,ecog\nA1,60,female,1\nA2,71,male,0\n"
STUDY = {
    "data_clinical_patient.txt": b"PATIENT_ID\tAGE\tSEX\nP1\t61\tFemale\nP2\t70\tMale\n",
    "data_clinical_sample.txt": b"PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\n"
    b"P1\tS1\tLUAD\nP2\tS2\tLUAD\n",
}
PACKET = {
    "id": "PP1",
    "subject": {"id": "PP1", "sex": "FEMALE"},
    "metaData": {"phenopacketSchemaVersion": "2.0"},
}
WORKBOOK_PARTS = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def archive(members: dict[str, bytes]) -> bytes:
    """A zip archive of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def case(**fields: Any) -> bytes:
    """A case file as it is written."""
    (writer,) = [writer for writer in WRITERS if writer.name == "casefile"]
    person = a_patient({"age_years": 61.0}, disease="nsclc", **fields)
    return writer.write([person], LIBRARY.pack("nsclc"))


def codes(intake: Intake) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in intake.findings]


def only(intake: Intake) -> Finding:
    """The one finding."""
    (found,) = intake.findings
    return found


FILES = {
    "a Concord case file": (case(), "case.json", "casefile"),
    "a case file in UTF-16": (case().decode().encode("utf-16"), "case.json", "casefile"),
    "a bundle": (packed(bundle(patient())), "b.json", "fhir"),
    "a bundle with a byte order mark": (
        b"\xef\xbb\xbf" + packed(bundle(patient())),
        "b.json",
        "fhir",
    ),
    "a list of resources": (packed([patient(), condition()]), "b.json", "fhir"),
    "a bulk export": (packed(patient()) + b"\n" + packed(condition()), "b.ndjson", "fhir"),
    "a bulk export whose first line is broken": (b"{\n" + packed(patient()), "b.ndjson", "fhir"),
    "a packet": (packed(PACKET), "p.json", "phenopackets"),
    "a family": (packed({"proband": PACKET}), "p.json", "phenopackets"),
    "a study": (archive(STUDY), "study.zip", "cbioportal-zip"),
    "a study in a folder": (
        archive({f"luad/{name}": content for name, content in STUDY.items()}),
        "study.zip",
        "cbioportal-zip",
    ),
    "a file of a study": (
        STUDY["data_clinical_sample.txt"],
        "data_clinical_sample.txt",
        "cbioportal",
    ),
    "a file of a study under another name": (
        b"#a\tb\n#a\tb\n#STRING\tNUMBER\n#1\t1\nPATIENT_ID\tAGE\nP1\t60\n",
        "patients.txt",
        "cbioportal",
    ),
    "a table": (TABLE, "patients.csv", "table"),
    "a table in UTF-16": (TABLE.decode().encode("utf-16"), "patients.csv", "table"),
    "a table without an ending": (TABLE, "patients", "table"),
    "a workbook": (archive(WORKBOOK_PARTS), "patients.xlsx", "table"),
}


@pytest.mark.parametrize(("content", "name", "expected"), FILES.values(), ids=FILES)
def test_a_file_is_told_by_its_content(content, name, expected):
    """Each format is recognised, in every encoding it may come in."""
    reader = reader_of(content, name)
    assert reader is not None
    assert reader.name == expected


@pytest.mark.parametrize(
    ("content", "name", "patients"),
    [
        (case(), "case.json", 1),
        (packed(bundle(patient(), condition())), "b.json", 1),
        (packed(PACKET), "p.json", 1),
        (archive(STUDY), "study.zip", 2),
        (TABLE, "patients.csv", 2),
    ],
    ids=["case", "bundle", "packet", "study", "table"],
)
def test_every_format_goes_through_one_function(content, name, patients):
    """`read` takes any of them and names the format in what it returns."""
    intake = read(content, name, READING)
    assert len(intake.patients) == patients
    assert intake.format


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", "a.csv", "program"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "report.csv", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "scan.csv", "image"),
        (b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00}\x94.", "model.csv", "pickle"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}", "matrix.csv", "NumPy"),
        (b"", "patients.csv", "empty"),
        (b" \r\n\t", "patients.csv", "empty"),
        (archive(WORKBOOK_PARTS | {"xl/vbaProject.bin": b"x"}), "patients.xlsm", "macro"),
    ],
)
def test_what_is_no_clinical_file_is_refused_before_anything_reads_it(content, name, kind):
    """The gate stands before every reader; its finding names the kind of file."""
    intake = read(content, name, READING)
    assert intake.patients == ()
    assert kind in " ".join(finding.message for finding in intake.findings)
    assert {finding.severity for finding in intake.findings} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b'{"rows": [1, 2, 3]}', "a.json", "JSON"),
        (b"[]", "a.json", "JSON"),
        (archive({"readme.md": b"nothing"}), "a.zip", "file"),
    ],
)
def test_a_file_of_no_format_names_those_that_are_read(content, name, kind):
    """The refusal lists every format once."""
    finding = only(read(content, name, READING))
    assert finding.code == "format-unknown"
    assert finding.message == f"This {kind} is of no format that is read here."
    assert finding.expected.count("cBioPortal") == 1
    assert all(reader.label in finding.expected for reader in READERS)


def test_a_name_that_says_another_format_is_a_warning():
    """The content counts; the reader is told which it was."""
    intake = read(packed(bundle(patient(), condition())), "patients.csv", READING)
    assert len(intake.patients) == 1
    finding = intake.findings[0]
    assert (finding.severity, finding.code) == (Severity.WARNING, "name-differs")
    assert "ends in .csv, but the content is a FHIR R4" in finding.message


def test_only_the_last_part_of_a_name_is_used():
    """No folder of the sender's machine is repeated in what is shown."""
    finding = only(read(b"[]", "C:\\Users\\mueller\\Desktop\\a.json", READING))
    assert finding.where.file == "a.json"


# -- several files ---------------------------------------------------------------------------------


def test_one_of_several_files_is_as_one_alone():
    """A choice of one file is no special case."""
    assert read_files({"patients.csv": TABLE}, READING) == read(TABLE, "patients.csv", READING)


def test_the_files_of_a_study_are_read_together():
    """Patients and samples of two files are one set of patients."""
    intake = read_files(STUDY, READING)
    assert [patient.id for patient in intake.patients] == ["P1", "P2"]
    assert all(patient.disease == "nsclc" for patient in intake.patients)


def test_a_refused_file_costs_the_others_nothing():
    """One PDF among tables is said and left out."""
    intake = read_files({"patients.csv": TABLE, "scan.pdf": b"%PDF-1.7\n1 0 obj"}, READING)
    assert [patient.id for patient in intake.patients] == ["A1", "A2"]
    assert [f.where.file for f in intake.findings if f.severity is Severity.ERROR] == ["scan.pdf"]


def test_a_refused_file_beside_a_study_is_said_too():
    """The study is read, the refusal stands first, and nothing the study says is lost."""
    alone = read_files(STUDY, READING)
    beside = read_files(STUDY | {"scan.pdf": b"%PDF-1.7\n1 0 obj"}, READING)
    assert beside.patients == alone.patients
    assert beside.format == alone.format
    assert beside.findings[1:] == alone.findings
    assert beside.findings[0].where.file == "scan.pdf"


def test_a_patient_in_two_files_is_never_merged():
    """The same id twice: both stay, and a warning asks to choose."""
    intake = read_files({"a.csv": TABLE, "b.csv": TABLE.replace(b"60", b"61")}, READING)
    assert [patient.id for patient in intake.patients] == ["A1", "A2", "A1", "A2"]
    twins = [f for f in intake.findings if f.code == "patient-in-two-files"]
    assert [finding.patient for finding in twins] == ["A1", "A2"]


def test_files_of_several_formats_name_them_all():
    """Patients from a table and a bundle stand in one intake."""
    intake = read_files({"a.csv": TABLE, "b.json": packed(bundle(patient(), condition()))}, READING)
    assert len(intake.patients) == 3
    assert "FHIR R4" in intake.format
    assert ", " in intake.format


# -- the tables ------------------------------------------------------------------------------------


def test_every_format_has_a_name_of_its_own():
    """Names are looked up; two of the same would hide one."""
    for table in (READERS, WRITERS):
        names = [entry.name for entry in table]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("disease", LIBRARY.ids)
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_what_is_written_is_read_back(writer, disease):
    """Every format that can be written is recognised and gives the same values."""
    pack = LIBRARY.pack(disease)
    facts = {"age_years": 61.0, "sex": "female", "ecog_ps": "1"}
    person = a_patient(facts, id="SYN-1", disease=disease, synthetic=True)
    content = writer.write([person], pack)
    intake = read(content, f"patients{writer.suffix}", Reading(LIBRARY, TODAY, disease))
    (found,) = intake.patients
    assert (found.id, found.disease) == ("SYN-1", disease)
    assert {name: found.values[name] for name in facts} == facts
    assert not [f for f in intake.findings if f.severity is Severity.ERROR]


def test_json_that_is_written_is_strict_json():
    """No NaN, and text beyond ASCII is kept as it is."""
    for writer in WRITERS:
        if writer.suffix == ".json":
            person = a_patient({"age_years": 61.0}, disease="nsclc", notes="Größe µ")
            json.loads(writer.write([person], LIBRARY.pack("nsclc")), parse_constant=pytest.fail)
