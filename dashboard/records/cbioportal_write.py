"""Writes patients as a cBioPortal study folder: clinical files and mutations.

Every value is a column of the clinical file under its own name; variants that a value names exactly
are also lines of the mutation file. Invented patients are marked in a column of their own. What the
format has no place for is listed in docs/reference/formats.md: a patient with courses, dated
measurements, consent or notes is better handed on as a case file or as FHIR.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.alterations import exact_changes
from dashboard.records.cbioportal import study_name
from dashboard.records.patient import Patient, Value
from dashboard.records.variants import long_form

_MADE = (1980, 1, 1, 0, 0, 0)  # the same bytes every time
_TYPES = {Kind.NUMBER: "NUMBER"}
_OUTCOMES = {"os_months": "OS_MONTHS", "pfs_months": "PFS_MONTHS"}
_EVENTS = {
    "os_event": ("OS_STATUS", "1:DECEASED", "0:LIVING"),
    "pfs_event": ("PFS_STATUS", "1:PROGRESSION", "0:CENSORED"),
}
_MUTATION_COLUMNS = (
    "Hugo_Symbol", "Tumor_Sample_Barcode", "Variant_Classification", "HGVSp_Short", "HGVSp",
    "Mutation_Status",
)  # fmt: skip


def write_study(patients: Sequence[Patient], pack: DiseasePack) -> dict[str, bytes]:
    """The files of a study of one tumour group, by name."""
    identifier = study_name(pack)
    columns = _columns(patients, pack)
    files = {
        "meta_study.txt": _meta_study(identifier, patients, pack),
        "meta_clinical_patient.txt": _meta(identifier, "CLINICAL", "PATIENT_ATTRIBUTES", "patient"),
        "data_clinical_patient.txt": _patient_table(patients, columns),
        "meta_clinical_sample.txt": _meta(identifier, "CLINICAL", "SAMPLE_ATTRIBUTES", "sample"),
        "data_clinical_sample.txt": _sample_table(patients, pack),
    }
    mutations = [row for patient in patients for row in _mutations(patient, pack)]
    if mutations:
        rows = "".join("\t".join(row) + "\n" for row in (_MUTATION_COLUMNS, *mutations))
        files["data_mutations.txt"] = rows
        files["meta_mutations.txt"] = (
            f"cancer_study_identifier: {identifier}\ngenetic_alteration_type: MUTATION_EXTENDED\n"
            "datatype: MAF\nstable_id: mutations\nshow_profile_in_analysis_tab: true\n"
            "profile_name: Mutations\nprofile_description: Mutations named by the case files\n"
            "data_filename: data_mutations.txt\n"
        )
    return {name: text.encode("utf-8", "replace") for name, text in files.items()}


def write_study_zip(patients: Sequence[Patient], pack: DiseasePack) -> bytes:
    """The study folder, packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in write_study(patients, pack).items():
            archive.writestr(zipfile.ZipInfo(name, _MADE), content)
    return packed.getvalue()


def _meta_study(identifier: str, patients: Sequence[Patient], pack: DiseasePack) -> str:
    invented = all(patient.synthetic for patient in patients)
    about = "Invented patients for education and research" if invented else "Exported patients"
    code = pack.codes.get("oncotree", "").split()[:1] or [pack.id]
    return (
        f"type_of_cancer: {code[0].casefold()}\ncancer_study_identifier: {identifier}\n"
        f"name: {pack.label} (Concord)\ndescription: {about}.\nadd_global_case_list: true\n"
    )


def _meta(identifier: str, kind: str, datatype: str, name: str) -> str:
    return (
        f"cancer_study_identifier: {identifier}\ngenetic_alteration_type: {kind}\n"
        f"datatype: {datatype}\ndata_filename: data_clinical_{name}.txt\n"
    )


def _columns(patients: Sequence[Patient], pack: DiseasePack) -> list[tuple[str, Feature]]:
    """The features that any of the patients has, under the names of their columns."""
    known = {name for patient in patients for name in patient.values}
    return [(feature.id.upper(), feature) for feature in pack.features if feature.id in known]


def _patient_table(patients: Sequence[Patient], columns: list[tuple[str, Feature]]) -> str:
    outcomes = [name for name in _OUTCOMES if any(name in p.outcomes for p in patients)]
    events = [name for name in _EVENTS if any(name in p.outcomes for p in patients)]
    lined = any(patient.line is not None for patient in patients)
    head = [("PATIENT_ID", "Patient", "STRING"), ("SYNTHETIC", "Invented patient", "STRING")]
    head += [("LINE", "Line of systemic therapy", "STRING")] if lined else []
    head += [(name, _labelled(f), _TYPES.get(f.kind, "STRING")) for name, f in columns]
    head += [(_OUTCOMES[name], name.replace("_", " "), "NUMBER") for name in outcomes]
    head += [(_EVENTS[name][0], name.replace("_", " "), "STRING") for name in events]
    rows = []
    for patient in patients:
        row = [_plain(patient.id), "yes" if patient.synthetic else "no"]
        row += [str(patient.line or "")] if lined else []
        row += [_cell(patient.values.get(feature.id)) for _, feature in columns]
        row += [_cell(patient.outcomes.get(name)) for name in outcomes]
        row += [_event(name, patient.outcomes.get(name)) for name in events]
        rows.append(row)
    return _table(head, rows)


def _sample_table(patients: Sequence[Patient], pack: DiseasePack) -> str:
    head = [("PATIENT_ID", "Patient", "STRING"), ("SAMPLE_ID", "Sample", "STRING")]
    head.append(("CANCER_TYPE", "Cancer type", "STRING"))
    return _table(head, [[_plain(p.id), f"{_plain(p.id)}-T1", pack.label] for p in patients])


def _table(head: list[tuple[str, str, str]], rows: list[list[str]]) -> str:
    """A clinical file with its four lines of labels, descriptions, types and priorities."""
    labels = [_plain(label) for _, label, _ in head]  # a unit stands in brackets at the end
    above = [labels, labels, [kind for _, _, kind in head], ["1"] * len(head)]
    lines = ["#" + "\t".join(line) for line in above]
    lines.append("\t".join(name for name, _, _ in head))
    lines += ["\t".join(row) for row in rows]
    return "\n".join(lines) + "\n"


def _labelled(feature: Feature) -> str:
    return f"{feature.label} ({feature.unit})" if feature.unit else feature.label


def _cell(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value).removesuffix(".0") if isinstance(value, float) else _plain(value)


def _event(name: str, value: Value | None) -> str:
    _, seen, unseen = _EVENTS[name]
    return "" if value is None else seen if value is True else unseen


def _plain(text: str) -> str:
    return " ".join(text.split())


def _mutations(patient: Patient, pack: DiseasePack) -> Iterator[tuple[str, ...]]:
    """A line for every change that a value names exactly."""
    found = dict.fromkeys(
        variant
        for name, value in patient.values.items()
        if name in pack.vocabulary
        for variant in exact_changes(pack.vocabulary[name], value)
    )
    for variant in found:
        changes = (f"p.{variant.short}", long_form(variant.short))
        yield variant.gene, f"{_plain(patient.id)}-T1", "Missense_Mutation", *changes, "SOMATIC"
