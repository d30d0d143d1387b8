"""Every format that can be read or written, and which of them a file is.

A file is told by its content; its name only has to agree. `read` takes one file, `read_files`
several that belong together (a study folder, or files of several patients). Whatever fits no format
is refused with the formats that do. Sizes, kinds and archives are looked at first, by `gate`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from dashboard.knowledge.schema import DiseasePack
from dashboard.records import casefile, cbioportal, fhir, phenopackets
from dashboard.records.casefile import read_casefile, write_casefile
from dashboard.records.cbioportal import is_study, read_study, read_study_zip
from dashboard.records.cbioportal_write import write_study_zip
from dashboard.records.fhir import read_fhir
from dashboard.records.fhir_write import write_fhir
from dashboard.records.gate import check_upload, refuses
from dashboard.records.patient import Finding, Intake, Patient, Severity, Where
from dashboard.records.phenopackets import read_phenopackets
from dashboard.records.phenopackets_write import write_phenopackets
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table, write_csv
from dashboard.records.uploads import safe_name

_HEAD = 64 * 1024
_ZIP = b"PK\x03\x04"
_WORKBOOK_PART = "xl/workbook.xml"
_RESOURCE = re.compile(r'"resourceType"\s*:')
_STUDY_LINE = re.compile(r"^(?:#|PATIENT_ID\t|SAMPLE_ID\t|Hugo_Symbol\t)", re.MULTILINE)

Read = Callable[[bytes, str, Reading], Intake]
Write = Callable[[Sequence[Patient], DiseasePack], bytes]


@dataclass(frozen=True, slots=True)
class Reader:
    """A format that can be read."""

    name: str
    label: str
    suffixes: tuple[str, ...]
    fits: Callable[[bytes, str], bool]  # whether this content, of this name, is of the format
    read: Read


@dataclass(frozen=True, slots=True)
class Writer:
    """A format that can be written."""

    name: str
    label: str
    suffix: str
    media_type: str
    write: Write


# -- which format a file is ------------------------------------------------------------------------


def _is_json(content: bytes) -> bool:
    return _start(content)[:1] in ("{", "[")


def _start(content: bytes) -> str:
    """The first characters of a text, whatever its Unicode encoding."""
    return _text(content[:_HEAD]).lstrip("\ufeff \t\r\n")


def _text(content: bytes) -> str:
    return content.decode(json.detect_encoding(content), "replace")


def _is_fhir(content: bytes, name: str) -> bool:
    if name.endswith((".ndjson", ".jsonl")):
        return True
    return _is_json(content) and _RESOURCE.search(_text(content)) is not None


def _is_case(content: bytes, _name: str) -> bool:
    head = _start(content)
    return _is_json(content) and (f'"{casefile.MARK}"' in head or '"schema_version"' in head)


def _is_packet(content: bytes, _name: str) -> bool:
    marks = ('"metaData"', '"phenotypicFeatures"', '"proband"', '"subject"', '"members"')
    text = _text(content) if _is_json(content) else ""
    return any(mark in text for mark in marks) and _RESOURCE.search(text) is None


def _members(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return []


def _is_packed_study(content: bytes, _name: str) -> bool:
    return content.startswith(_ZIP) and is_study(_members(content))


def _is_study_file(content: bytes, name: str) -> bool:
    """One file of a study: by its name, or by the # lines above a PATIENT_ID column."""
    head = _start(content)
    named = is_study([name]) and "\t" in head
    return named or (head.startswith("#") and "\nPATIENT_ID\t" in head.replace("\r\n", "\n"))


def _is_table(content: bytes, _name: str) -> bool:
    if content.startswith(_ZIP):
        return _WORKBOOK_PART in _members(content)
    return not _is_json(content)


def _read_study_file(content: bytes, name: str, reading: Reading) -> Intake:
    return read_study({name: content}, reading, name=name)


READERS: tuple[Reader, ...] = (
    Reader("casefile", casefile.FORMAT, (".json",), _is_case, read_casefile),
    Reader("fhir", fhir.FORMAT, (".json", ".ndjson", ".jsonl"), _is_fhir, read_fhir),
    Reader("phenopackets", phenopackets.FORMAT, (".json",), _is_packet, read_phenopackets),
    Reader("cbioportal-zip", cbioportal.FORMAT, (".zip",), _is_packed_study, read_study_zip),
    Reader(
        "cbioportal", cbioportal.FORMAT, (".txt", ".tsv", ".maf"), _is_study_file, _read_study_file
    ),
    Reader("table", "table", (".csv", ".tsv", ".txt", ".xlsx"), _is_table, read_table),
)

WRITERS: tuple[Writer, ...] = (
    Writer("csv", "CSV table", ".csv", "text/csv", write_csv),
    Writer("fhir", "FHIR R4 bundle (mCODE)", ".json", "application/fhir+json", write_fhir),
    Writer("phenopackets", "GA4GH Phenopackets", ".json", "application/json", write_phenopackets),
    Writer("cbioportal", "cBioPortal study", ".zip", "application/zip", write_study_zip),
    Writer(
        "casefile",
        casefile.FORMAT,
        ".json",
        "application/json",
        lambda patients, _pack: write_casefile(patients),
    ),
)


def reader_of(content: bytes, name: str) -> Reader | None:
    """The format of a file; None where it is none that is read."""
    plain = safe_name(name).casefold()
    return next((reader for reader in READERS if reader.fits(content, plain)), None)


# -- reading ---------------------------------------------------------------------------------------


def read(content: bytes, name: str, reading: Reading) -> Intake:
    """Read one file of any format.

    Args:
        content: its bytes.
        name: its name as the sender gave it; only its ending is used.
        reading: knowledge, day, tumour group, and answers to earlier questions.

    Returns:
        The patients and everything that was found; a refused file is a finding, never an exception.
    """
    name = safe_name(name)
    gate = check_upload(content, name)
    if refuses(gate):
        return Intake(findings=gate)
    reader = reader_of(content, name)
    if reader is None:
        return Intake(findings=(*gate, _unknown(name, content)))
    intake = reader.read(content, name, reading)
    notes = (*gate, *_disagreement(name, reader))
    return replace(intake, findings=(*notes, *intake.findings))


def read_files(files: Mapping[str, bytes], reading: Reading) -> Intake:
    """Read several files that were given together: one study, or one after the other."""
    if len(files) == 1:
        name, content = next(iter(files.items()))
        return read(content, name, reading)
    gates = {name: check_upload(content, safe_name(name)) for name, content in files.items()}
    sound = {name: content for name, content in files.items() if not refuses(gates[name])}
    refusals = tuple(finding for found in gates.values() for finding in found)
    if is_study(sound):
        study = read_study(sound, reading)
        return replace(study, findings=(*refusals, *study.findings))
    return _joined([read(content, name, reading) for name, content in sound.items()], refusals)


def _joined(intakes: Sequence[Intake], findings: tuple[Finding, ...]) -> Intake:
    """Several files as one intake; patients of the same id stay apart and are pointed out."""
    patients = tuple(patient for intake in intakes for patient in intake.patients)
    ids = [(patient.id, patient.disease) for patient in patients]
    repeated = sorted({name for name, disease in ids if ids.count((name, disease)) > 1})
    twins = tuple(_twin(name) for name in repeated)
    return Intake(
        patients,
        (*findings, *twins, *(finding for intake in intakes for finding in intake.findings)),
        tuple(left for intake in intakes for left in intake.unmapped),
        ", ".join(dict.fromkeys(intake.format for intake in intakes if intake.format)),
    )


def _twin(name: str) -> Finding:
    return Finding(
        Severity.WARNING,
        "patient-in-two-files",
        f"{name} is in two of the files; they were kept apart.",
        expected="each patient in one file",
        fix="Choose one of them, or give them different ids.",
        patient=name,
    )


def _unknown(name: str, content: bytes) -> Finding:
    kind = "JSON" if _is_json(content) else "file"
    labels = ", ".join(dict.fromkeys(reader.label for reader in READERS))
    return Finding(
        Severity.ERROR,
        "format-unknown",
        f"This {kind} is of no format that is read here.",
        Where(name),
        expected=labels,
        fix="Export the data in one of these formats.",
        rest="Nothing was imported.",
    )


def _disagreement(name: str, reader: Reader) -> tuple[Finding, ...]:
    """A name that says another format than the content is worth a word, not a refusal."""
    suffix = PurePosixPath(name.casefold()).suffix
    if not suffix or suffix in reader.suffixes:
        return ()
    message = (
        f"The name ends in {suffix}, but the content is a {reader.label}; it was read as that."
    )
    fix = "Check that it is the file you meant."
    return (Finding(Severity.WARNING, "name-differs", message, Where(name), fix=fix),)
