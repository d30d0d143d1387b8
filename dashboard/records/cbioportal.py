"""Reads cBioPortal studies: clinical files, mutations, fusions, discrete copy numbers.

A gene without a variant is negative only where the sample was examined for it: by the panel its
matrix names, or by exome where the case list says so and no panel is named. Survival in such
studies usually counts from diagnosis, not from a treatment decision, and that is said. Attributes
no pack asks for and files of other data are listed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.cells import Raw
from dashboard.records.chart import Chart, with_reason
from dashboard.records.diseases import disease_named
from dashboard.records.mapping import NameIndex, name_key
from dashboard.records.outcomes import TIMES
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Patient,
    Severity,
    Unmapped,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.study_files import (
    CLINICAL_PATIENT,
    CLINICAL_SAMPLE,
    NULLS,
    OTHER,
    Study,
    StudyTable,
    open_study,
)
from dashboard.records.study_samples import SampleReader
from dashboard.records.units import UnitTable
from dashboard.records.wording import counted

Attribute = tuple[Feature, str]  # a feature and the unit its column states

FORMAT = "cBioPortal study"


def study_name(pack: DiseasePack) -> str:
    """The identifier of a study that Concord wrote: nothing is to be added to its patients."""
    return f"concord_{pack.id}"


_IDS = ("PATIENT_ID", "SAMPLE_ID")
_DISEASE = ("ONCOTREE_CODE", "CANCER_TYPE_DETAILED", "CANCER_TYPE")
_EVENTS = {
    "deceased": True, "dead": True, "living": False, "alive": False, "progressed": True,
    "progression": True, "recurred": True, "recurred/progressed": True, "censored": False,
    "diseasefree": False, "progressionfree": False, "not progressed": False,
}  # fmt: skip
_EVENT_COLUMNS = {"OS_STATUS": "os_event", "PFS_STATUS": "pfs_event"}
_TIME_COLUMNS = {"OS_MONTHS": "os_months", "PFS_MONTHS": "pfs_months"}


def read_study(files: Mapping[str, bytes], reading: Reading, *, name: str = "study") -> Intake:
    """Read the files of a study, given by name; problems are findings, never exceptions."""
    return _StudyReader(open_study(files), reading, name).read()


def read_study_zip(content: bytes, name: str, reading: Reading) -> Intake:
    """Read a packed study folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {
                member.filename: archive.read(member)
                for member in archive.infolist()
                if not member.is_dir() and not _is_litter(member.filename)
            }
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
        message = "The archive is damaged, encrypted or packed in a way that is not read."
        fix = "Pack the study folder again as a plain ZIP."
        where, rest = Where(name), "Nothing was imported."
        finding = Finding(Severity.ERROR, "zip-unreadable", message, where, fix=fix, rest=rest)
        return Intake(findings=(finding,), format=FORMAT)
    return read_study(files, reading, name=name)


def is_study(names: Iterable[str]) -> bool:
    """Whether the names of some files look like a study folder."""
    plain = [name.replace("\\", "/").rsplit("/", 1)[-1].casefold() for name in names]
    return any(name.startswith(("data_clinical", "meta_study", "data_mutations")) for name in plain)


def _is_litter(path: str) -> bool:
    return "__MACOSX" in path or path.rsplit("/", 1)[-1].startswith(".")


@dataclass(slots=True)
class _StudyReader:
    """Reads one study."""

    study: Study
    reading: Reading
    name: str
    findings: list[Finding] = field(default_factory=list)
    left: list[Unmapped] = field(default_factory=list)
    charts: dict[str, Chart] = field(default_factory=dict)
    patient_of: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str, str], Attribute | None] = field(default_factory=dict)
    indexes: dict[str, NameIndex] = field(default_factory=dict)

    def read(self) -> Intake:
        """The patients of the study."""
        self.findings += self.study.findings
        clinical = self.study.of(CLINICAL_PATIENT, CLINICAL_SAMPLE)
        if not clinical:
            self._refuse()
            return Intake((), tuple(self.findings), tuple(self.left), FORMAT)
        rows = list(self._rows(clinical))
        for patient, disease in self._diseases(rows).items():
            pack = self.reading.library.pack(disease)
            chart = self.charts[patient] = Chart(patient, pack, self.reading, self.name)
            chart.complete = self.study.stated("cancer_study_identifier") == study_name(pack)
        for table, line, patient, cells in rows:
            self._read_row(table, line, patient, cells)
        self.left += SampleReader(self.study, self.charts, self.patient_of).read()
        self._say_origin_of_times(clinical)
        self._list_other_files()
        patients = self._patients()
        intake = Intake(patients, tuple(gathered(self.findings)), tuple(self.left), FORMAT)
        return with_reason(intake, self.name)

    def _patients(self) -> tuple[Patient, ...]:
        patients = []
        for chart in self.charts.values():
            patients.append(chart.close())
            self.findings += chart.findings
            self.left += chart.unmapped
        return tuple(patients)

    def _refuse(self) -> None:
        self.findings.append(
            Finding(
                Severity.ERROR,
                "study-without-patients",
                "The study has no clinical file with a PATIENT_ID column.",
                Where(self.name),
                expected="data_clinical_patient.txt or data_clinical_sample.txt",
                fix="Add the clinical files of the study.",
                rest="Nothing was imported.",
            )
        )

    # -- rows and diseases -----------------------------------------------------------------------

    def _rows(
        self, tables: list[StudyTable]
    ) -> Iterator[tuple[StudyTable, int, str, dict[str, str]]]:
        for table in tables:
            doubled = self._doubled(table)
            for line, row in table.rows:
                if len(row) > len(table.header):
                    self._misfit(table, line, len(row))
                    continue
                named = zip(table.header, row, strict=False)
                cells = {n.upper(): c.strip() for n, c in named if n.upper() not in doubled}
                patient = cells.get("PATIENT_ID", "")
                if not patient:
                    where = Where(table.name, line, "PATIENT_ID")
                    fix = "Give the row its PATIENT_ID."
                    message = "A row without a patient id was left out."
                    self.findings.append(Finding(Severity.ERROR, "no-id", message, where, fix=fix))
                    continue
                if sample := cells.get("SAMPLE_ID", ""):
                    self.patient_of[sample] = patient
                yield table, line, patient, cells

    def _doubled(self, table: StudyTable) -> frozenset[str]:
        """The columns that a table has twice; which of two cells counts, nobody knows."""
        names = [name.upper() for name in table.header if name]
        found = frozenset(name for name in names if names.count(name) > 1)
        for name in sorted(found):
            self.findings.append(
                Finding(
                    Severity.ERROR,
                    "column-twice",
                    f"{table.name} has the column {name} {names.count(name)} times.",
                    Where(table.name, None, name),
                    value=name,
                    expected="each column once",
                    fix="Keep one of the columns.",
                    rest="Neither was read; every other column was.",
                )
            )
            reason = "the column stands twice; not read"
            for line, row in table.rows:
                texts = [c for n, c in zip(table.header, row, strict=False) if n.upper() == name]
                where = Where(table.name, line, name)
                self.left.append(Unmapped(where, name, " | ".join(texts), reason))
        return found

    def _misfit(self, table: StudyTable, line: int, cells: int) -> None:
        message = f"Line {line} has {cells} cells, the header {len(table.header)}; it was left out."
        where = Where(table.name, line)
        fix = "Remove the surplus tabs of this line."
        self.findings.append(Finding(Severity.ERROR, "row-misfit", message, where, fix=fix))

    def _diseases(self, rows: list[tuple[StudyTable, int, str, dict[str, str]]]) -> dict[str, str]:
        """The tumour group of every patient: their own, the study's, or what the user said."""
        said = self.reading.disease or self.reading.answers.get("disease", "")
        of_study = self._named(self.study.stated("type_of_cancer"))
        found: dict[str, str] = {}
        missing: dict[str, None] = {}
        for table, line, patient, cells in rows:
            own = next((d for name in _DISEASE if (d := self._named(cells.get(name, "")))), "")
            disease = own or found.get(patient, "")
            if own and patient in found and found[patient] not in ("", own):
                self._two_tumours(table, line, patient)
            found[patient] = disease
        for patient, disease in found.items():
            found[patient] = disease or of_study or said
            if found[patient] not in self.reading.library.ids:
                missing[patient] = None
        if missing:
            self._ask_disease(len(missing))
        return {patient: disease for patient, disease in found.items() if patient not in missing}

    def _named(self, text: str) -> str:
        if text.casefold() in NULLS:
            return ""
        disease, certain = disease_named(text, self.reading.library)
        return disease if certain else ""

    def _two_tumours(self, table: StudyTable, line: int, patient: str) -> None:
        message = f"{patient} has samples of two tumour groups; the last one is used."
        fix = "Split the samples into two patients."
        where = Where(table.name, line)
        self.findings.append(
            Finding(Severity.WARNING, "two-tumours", message, where, fix=fix, patient=patient)
        )

    def _ask_disease(self, count: int) -> None:
        packs = self.reading.library.packs
        self.findings.append(
            Finding(
                Severity.QUESTION,
                "disease",
                f"Which tumour group {'is' if count == 1 else 'are'} "
                f"{counted(count, 'patient')} of the study from?",
                Where(self.name),
                expected="ONCOTREE_CODE or CANCER_TYPE, or one answer for the study",
                fix="Choose the tumour group; the study is then read again.",
                rest="These patients wait for the answer; all others were read.",
                key="disease",
                choices=tuple(Choice(pack.label, pack.id) for pack in packs),
            )
        )

    # -- clinical attributes ---------------------------------------------------------------------

    def _read_row(self, table: StudyTable, line: int, patient: str, cells: dict[str, str]) -> None:
        chart = self.charts.get(patient)
        if chart is None:
            return
        if cells.get("SYNTHETIC", "").casefold() in ("yes", "true", "1"):
            chart.synthetic = True
        for name, text in cells.items():
            if name in (*_IDS, "SYNTHETIC") or text.casefold() in NULLS:
                continue
            where = Where(table.name, line, name)
            if name in _EVENT_COLUMNS or name in _TIME_COLUMNS:
                self._read_outcome(chart, name, text, where)
            else:
                attribute = self._attribute(chart.pack, table, name)
                self._read_feature(chart, attribute, text, where)

    def _attribute(self, pack: DiseasePack, table: StudyTable, name: str) -> Attribute | None:
        """The feature of an attribute and the unit that its name or its label states."""
        key = (pack.id, table.name, name)
        if key not in self.columns:
            index = self._index(pack)
            named = index.named(name)
            exact = {f: unit for f, unit in named.items() if name_key(f) == name_key(name)}
            known = pack.vocabulary
            coded = {f: u for f, u in named.items() if name in known[f].coded("cbioportal")}
            chosen = exact or coded or named
            self.columns[key] = None
            if len(chosen) == 1:
                feature_id, unit = next(iter(chosen.items()))
                feature = pack.vocabulary[feature_id]
                self.columns[key] = feature, unit or _labelled_unit(table, name, feature)
        return self.columns[key]

    def _index(self, pack: DiseasePack) -> NameIndex:
        if pack.id not in self.indexes:
            self.indexes[pack.id] = NameIndex(pack.features, UnitTable.standard())
        return self.indexes[pack.id]

    def _read_feature(
        self, chart: Chart, attribute: Attribute | None, text: str, where: Where
    ) -> None:
        if attribute is None:
            name = where.field
            reason = "named the tumour group" if name in _DISEASE else "not used by any model"
            chart.leave(where, name, text, reason)
        else:
            feature, unit = attribute
            chart.read(feature, Raw(text, where, unit=unit))

    def _read_outcome(self, chart: Chart, name: str, text: str, where: Where) -> None:
        """Times in months and whether the event was seen; never a fact of the decision."""
        if name in _TIME_COLUMNS:
            outcome = _TIME_COLUMNS[name]
            aside = Chart(chart.patient, chart.pack, chart.reading, chart.file)
            value = aside.read(TIMES[outcome], Raw(text, where, unit="months"))
            chart.findings += aside.findings
        else:
            outcome, value = _EVENT_COLUMNS[name], event(text)
            if value is None:
                chart.leave(where, name, text, "not clearly an event or censored")
        if value is not None:
            chart.outcomes[outcome] = value

    def _say_origin_of_times(self, tables: list[StudyTable]) -> None:
        if any(table.column("OS_MONTHS") is not None for table in tables):
            message = (
                "Survival times of cBioPortal studies usually count from diagnosis, "
                "not from the start of a treatment."
            )
            fix = "Do not compare them with forecasts from a decision without checking."
            where = Where(self.name, None, "OS_MONTHS")
            self.findings.append(
                Finding(Severity.WARNING, "times-from-diagnosis", message, where, fix=fix)
            )

    def _list_other_files(self) -> None:
        for table in self.study.of(OTHER):
            size = f"{len(table.rows)} lines of {len(table.header)} columns"
            reason = "data of a kind that is not used"
            self.left.append(Unmapped(Where(table.name), "file", size, reason))


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of one wording said once, with the number of rows they are true of."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.message), []).append(finding)
    return [
        group[0]
        if len(group) == 1 or group[0].severity is Severity.QUESTION
        else replace(group[0], message=f"{group[0].message} ({len(group)} rows.)", patient="")
        for group in groups.values()
    ]


def _labelled_unit(table: StudyTable, name: str, feature: Feature) -> str:
    """The unit in brackets of the attribute's label: Haemoglobin (g/dL)."""
    place = table.column(name)
    for comment in table.comments[:2]:
        label = comment[place] if place is not None and place < len(comment) else ""
        brackets = re.search(r"\(([^()]+)\)\s*$", label)
        if brackets and UnitTable.standard().named(brackets[1], feature):
            return brackets[1]
    return ""


def event(text: str) -> bool | None:
    """Whether a status such as 1:DECEASED or LIVING is an event."""
    number, mark, word = text.partition(":")
    said = _EVENTS.get((word if mark else text).strip().casefold())
    if number.strip() not in ("0", "1"):
        return said
    coded = number.strip() == "1"
    return None if said is (not coded) else coded  # 1:LIVING says two things
