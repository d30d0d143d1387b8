"""The files of a cBioPortal study: which is which, and their tables line by line.

A study is a folder of text files; meta files say what the data files are, and where they are
missing the columns do. Lines that begin with # carry labels and types. Nothing is converted here:
every cell stays text with its line number. What the tables mean is for `cbioportal`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dashboard.records.decoding import decode
from dashboard.records.patient import Finding

CLINICAL_PATIENT, CLINICAL_SAMPLE = "patients", "samples"
MUTATIONS, FUSIONS = "mutations", "structural variants"
COPY_MATRIX, COPY_LONG = "copy number matrix", "copy number list"
PANEL_MATRIX, PANEL, CASES, META, OTHER = "panel matrix", "panel", "case list", "meta", "other"
_COPY_VALUES = frozenset({"-2", "-1.5", "-1", "0", "1", "2", "", "NA"})
_FIRST_ROWS = 20
NULLS = frozenset(
    {"", "na", "nan", "n/a", ".", "null", "unknown", "[not available]", "[not applicable]",
     "[not evaluated]", "[unknown]", "[discrepancy]", "[completed]", "[pending]", "[not reported]"}
)  # fmt: skip


@dataclass(slots=True)
class StudyTable:
    """One tab-separated file."""

    name: str
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)  # line number, cells
    comments: list[tuple[str, ...]] = field(default_factory=list)  # the # lines, without their #
    kind: str = OTHER

    def column(self, *names: str) -> int | None:
        """The place of the first of these columns that there is, whatever its case."""
        known = {
            name.strip().casefold(): place for place, name in reversed(list(enumerate(self.header)))
        }
        return next((known[n.casefold()] for n in names if n.casefold() in known), None)

    def cells(self, *names: str) -> Iterator[tuple[int, str]]:
        """Line and text of one column."""
        place = self.column(*names)
        for line, row in self.rows:
            yield line, "" if place is None or place >= len(row) else row[place].strip()


@dataclass(slots=True)
class Study:
    """The tables of a study by kind, the content of its meta files, and what is wrong with it."""

    tables: list[StudyTable] = field(default_factory=list)
    meta: dict[str, dict[str, str]] = field(default_factory=dict)  # file -> its fields
    findings: list[Finding] = field(default_factory=list)

    def of(self, *kinds: str) -> list[StudyTable]:
        """The tables of some kinds."""
        return [table for table in self.tables if table.kind in kinds]

    def stated(self, name: str) -> str:
        """A field of any meta file, such as type_of_cancer."""
        return next((fields[name] for fields in self.meta.values() if fields.get(name)), "")


def open_study(files: Mapping[str, bytes]) -> Study:
    """Decode and sort the files of a study; an unreadable one costs only itself."""
    study = Study()
    texts: dict[str, str] = {}
    for path, content in files.items():
        decoded = decode(content, path, {})
        if decoded.finding is not None:
            study.findings.append(decoded.finding)
        else:
            texts[path] = decoded.text
    for path, text in texts.items():
        if _is_meta(path, text):
            study.meta[path] = _fields(text)
    described = {fields.get("data_filename", ""): fields for fields in study.meta.values()}
    for path, text in texts.items():
        table = _table(path, text)
        if path in study.meta:
            table.kind = _kind_of_meta(study.meta[path])
        else:
            name = PurePosixPath(path.replace("\\", "/")).name
            table.kind = _kind(table, described.get(name, {}))
        study.tables.append(table)
    return study


def _is_meta(path: str, text: str) -> bool:
    name = PurePosixPath(path.replace("\\", "/")).name.casefold()
    lines = [line for line in text.splitlines()[:_FIRST_ROWS] if line.strip()]
    colons = sum(":" in line.split("\t")[0] for line in lines)
    if name.startswith(("meta_", "cases_")) or name == "meta.txt":
        return True
    return bool(lines) and colons == len(lines) and not lines[0].startswith("#")


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _kind_of_meta(fields: Mapping[str, str]) -> str:
    if "case_list_ids" in fields:
        return CASES
    return PANEL if "gene_list" in fields else META


def _table(path: str, text: str) -> StudyTable:
    table = StudyTable(path)
    for number, line in enumerate(text.splitlines(), start=1):
        cells = tuple(line.split("\t"))
        if line.startswith("#") and not table.header:
            table.comments.append((cells[0].lstrip("#"), *cells[1:]))
        elif not line.strip():
            continue
        elif not table.header:
            table.header = tuple(cell.strip() for cell in cells)
        else:
            table.rows.append((number, cells))
    return table


def _kind(table: StudyTable, meta: Mapping[str, str]) -> str:
    """What a data file is, by its meta file or else by its columns."""
    names = {name.casefold() for name in table.header}
    stated = (meta.get("genetic_alteration_type", ""), meta.get("datatype", ""))
    if "patient_id" in names and ("other" not in stated):
        clinical = _clinical(names, stated)
        if clinical:
            return clinical
    if "hugo_symbol" in names and "tumor_sample_barcode" in names:
        return MUTATIONS
    if "site1_hugo_symbol" in names and "sample_id" in names:
        return FUSIONS
    if "sample_id" in names and _is_panel_matrix(table, stated):
        return PANEL_MATRIX
    if "hugo_symbol" in names or "entrez_gene_id" in names:
        return _copy_kind(table, names, stated)
    return OTHER


def _clinical(names: set[str], stated: tuple[str, str]) -> str:
    if stated[0] == "CLINICAL" and stated[1] != "TIMELINE":
        return CLINICAL_SAMPLE if "sample_id" in names else CLINICAL_PATIENT
    if stated[0] or names & {"event_type", "resource_id"}:
        return ""
    return CLINICAL_SAMPLE if "sample_id" in names else CLINICAL_PATIENT


def _is_panel_matrix(table: StudyTable, stated: tuple[str, str]) -> bool:
    if stated[0]:
        return stated[0] == "GENE_PANEL_MATRIX"
    profiles = {"mutations", "gistic", "cna", "structural_variants", "sv", "fusion"}
    return bool(profiles & {name.casefold() for name in table.header})


def _copy_kind(table: StudyTable, names: set[str], stated: tuple[str, str]) -> str:
    """Discrete copy numbers only; log ratios, expression and methylation are other data."""
    if stated[1] not in ("", "DISCRETE", "DISCRETE_LONG"):
        return OTHER
    if "sample_id" in names and "value" in names:
        return COPY_LONG
    values = {
        cell.strip()
        for _, row in table.rows[:_FIRST_ROWS]
        for name, cell in zip(table.header, row, strict=False)
        if name.casefold() not in ("hugo_symbol", "entrez_gene_id", "cytoband", "locus id")
    }
    named = "cna" in table.name.casefold() or "discrete" in table.name.casefold()
    return COPY_MATRIX if (named or stated[1]) and values <= _COPY_VALUES else OTHER
