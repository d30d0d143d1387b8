"""Writes patients as GA4GH Phenopackets (version 2, JSON): one packet, or a cohort of several.

Values become measurements under standard codes where such a code leads back to the same feature,
and under Concord's own otherwise. Variants that a value names exactly are also written as genomic
interpretations, and treatments as regimens. The format has no place for consent and notes: a
patient with either is better handed on as a case file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.alterations import exact_changes
from dashboard.records.chart import LINE
from dashboard.records.fhir_observations import FeatureIndex
from dashboard.records.fhir_parts import Coding, Concept
from dashboard.records.patient import Patient, TreatmentCourse, Value
from dashboard.records.phenopackets import SYNTHETIC
from dashboard.records.phenopackets_parts import CREATED_BY
from dashboard.records.variants import genes, long_form

_UNDATED = date(1970, 1, 1)  # the format demands a time of making; nothing depends on it
_RESOURCES = (
    ("loinc", "LOINC", "LOINC", "https://loinc.org", "2.77"),
    ("snomedct", "SNOMED CT", "SNOMEDCT", "http://snomed.info/sct", "2024-09"),
    ("concord", "Concord features", "CONCORD", "urn:concord", "1"),
)


def write_phenopackets(patients: Sequence[Patient], pack: DiseasePack) -> bytes:
    """The patients of one tumour group: a packet for one, a cohort for several."""
    index = FeatureIndex.of(pack.features)
    packets = [_Writer(patient, pack, index).packet() for patient in patients]
    if len(packets) == 1:
        content: dict[str, Any] = packets[0]
    else:
        description = f"{pack.label}, {len(packets)} patients"
        content = {"id": f"concord-{pack.id}", "description": description, "members": packets}
        content["metaData"] = _meta(_UNDATED, synthetic=False)
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one patient."""

    patient: Patient
    pack: DiseasePack
    index: FeatureIndex

    def packet(self) -> dict[str, Any]:
        """The patient as a phenopacket."""
        recorded = self.patient.recorded_on or _UNDATED
        packet: dict[str, Any] = {"id": self.patient.id, "subject": self._subject()}
        parts = {
            "measurements": list(self._measurements()),
            "interpretations": list(self._interpretations()),
            "medicalActions": [_action(course) for course in self.patient.courses],
        }
        packet |= {name: part for name, part in parts.items() if part}
        packet["diseases"] = [{"term": self._disease()}]
        packet["metaData"] = _meta(recorded, synthetic=self.patient.synthetic)
        return packet

    def _subject(self) -> dict[str, Any]:
        body: dict[str, Any] = {"id": self.patient.id}
        sex = self.patient.values.get("sex")
        if sex in ("female", "male"):
            body["sex"] = str(sex).upper()
        age = self.patient.values.get("age_years")
        if isinstance(age, float) and age.is_integer() and not self._dated("age_years"):
            body["timeAtLastEncounter"] = {"age": {"iso8601duration": f"P{age:.0f}Y"}}
        return body

    def _disease(self) -> dict[str, str]:
        return {"id": f"CONCORD:{self.pack.id}", "label": self.pack.label}

    def _dated(self, name: str) -> bool:
        return any(m.feature == name and m.taken_on for m in self.patient.measurements)

    def _measurements(self) -> Iterator[dict[str, Any]]:
        in_subject = {"sex"} if self.patient.values.get("sex") in ("female", "male") else set()
        if "timeAtLastEncounter" in self._subject():
            in_subject.add("age_years")
        for name, value in self.patient.values.items():
            feature = self.pack.vocabulary.get(name)
            if feature is not None and name not in in_subject and not self._is_dated(name, value):
                yield self._measurement(feature, value, self._day_after(name))
        for one in self.patient.measurements:
            feature = self.pack.vocabulary.get(one.feature)
            if feature is not None:
                yield self._measurement(feature, one.value, one.taken_on)
        if self.patient.line is not None:
            yield _measured(
                {"id": f"CONCORD:{LINE}", "label": "Line"}, _level(str(self.patient.line))
            )
        for name, value in self.patient.outcomes.items():
            yield _measured({"id": f"CONCORD:outcome/{name}", "label": name}, _outcome(value))

    def _is_dated(self, name: str, value: Value) -> bool:
        """Whether the current value is the latest of the dated ones, which are all written."""
        known = [m for m in self.patient.measurements if m.feature == name and m.taken_on]
        last = max(known, key=lambda m: m.taken_on or date.min, default=None)
        return last is not None and last.value == value

    def _day_after(self, name: str) -> date | None:
        """A day for a current value that is none of the dated ones."""
        return self.patient.recorded_on if self._dated(name) else None

    def _measurement(self, feature: Feature, value: Value, day: date | None) -> dict[str, Any]:
        body = _measured(self._assay(feature, value), _value(feature, value))
        if day is not None:
            body["timeObserved"] = {"timestamp": f"{day.isoformat()}T00:00:00Z"}
        return body

    def _assay(self, feature: Feature, value: Value) -> dict[str, str]:
        """A LOINC code that leads back to this feature and no other, or Concord's own."""
        codes = feature.coded("loinc") if isinstance(value, float) else ()
        for code in codes:
            found = self.index.features(Concept((Coding("loinc", code),)))
            numbers = [f for f in found if f.kind is Kind.NUMBER]
            if [f.id for f in numbers] == [feature.id]:
                return {"id": f"LOINC:{code}", "label": feature.label}
        return {"id": f"CONCORD:{feature.id}", "label": feature.label}

    def _interpretations(self) -> Iterator[dict[str, Any]]:
        """The variants that a value names exactly: L858R, V600E, G12C."""
        found = dict.fromkeys(
            variant
            for name, value in self.patient.values.items()
            if name in self.pack.vocabulary
            for variant in exact_changes(self.pack.vocabulary[name], value)
        )
        for number, variant in enumerate(found):
            gene, protein = variant.gene, long_form(variant.short)
            hgnc = genes()[gene].hgnc if gene in genes() else ""
            described = {
                "id": f"variant-{number}",
                "label": f"{gene} {protein}",
                "geneContext": {"valueId": f"HGNC:{hgnc}", "symbol": gene},
                "expressions": [{"syntax": "hgvs.p", "value": protein}],
                "moleculeContext": "protein",
            }
            interpretation = {
                "subjectOrBiosampleId": self.patient.id,
                "interpretationStatus": "CONTRIBUTORY",
                "variantInterpretation": {"variationDescriptor": described},
            }
            yield {
                "id": f"interpretation-{number}",
                "progressStatus": "COMPLETED",
                "diagnosis": {
                    "disease": self._disease(),
                    "genomicInterpretations": [interpretation],
                },
            }


def _measured(assay: dict[str, str], value: dict[str, Any]) -> dict[str, Any]:
    return {"assay": assay, "value": value}


def _value(feature: Feature, value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        code, label = ("52101004", "Present") if value else ("2667000", "Absent")
        return {"ontologyClass": {"id": f"SNOMEDCT:{code}", "label": label}}
    if isinstance(value, str):
        return _level(value, feature.level_label(value))
    unit = {"id": f"CONCORD:{feature.unit or '1'}", "label": feature.unit}
    return {"quantity": {"unit": unit, "value": value}}


def _level(level: str, label: str = "") -> dict[str, Any]:
    return {"ontologyClass": {"id": f"CONCORD:{level}", "label": label or level}}


def _outcome(value: Value) -> dict[str, Any]:
    if isinstance(value, float):
        return {"quantity": {"unit": {"id": "CONCORD:1", "label": ""}, "value": value}}
    if isinstance(value, bool):
        return _level("yes" if value else "no", "outcome")
    return _level(f"text:{value}", "outcome")


def _action(course: TreatmentCourse) -> dict[str, Any]:
    line = f"/{course.line}" if course.line is not None else ""
    named = {"id": f"CONCORD:{course.regimen}{line}", "label": course.label}
    status = "COMPLETED" if course.stopped else "STARTED"
    regimen: dict[str, Any] = {"ontologyClass": named, "regimenStatus": status}
    for name, day in (("startTime", course.started), ("endTime", course.stopped)):
        if day is not None:
            regimen[name] = {"timestamp": f"{day.isoformat()}T00:00:00Z"}
    body: dict[str, Any] = {"therapeuticRegimen": regimen}
    for name, text in (
        ("responseToTreatment", course.best_response),
        ("treatmentTerminationReason", course.stop_reason),
    ):
        if text:
            body[name] = {"id": "CONCORD:text", "label": text}
    return body


def _meta(day: date, *, synthetic: bool) -> dict[str, Any]:
    resources = [
        {
            "id": identifier,
            "name": name,
            "url": url,
            "version": version,
            "namespacePrefix": prefix,
            "iriPrefix": f"{url}/",
        }
        for identifier, name, prefix, url, version in _RESOURCES
    ]
    meta: dict[str, Any] = {
        "created": f"{day.isoformat()}T00:00:00Z",
        "createdBy": CREATED_BY,
        "resources": resources,
        "phenopacketSchemaVersion": "2.0",
    }
    if synthetic:
        description = "Synthetic patient, made up for education and research."
        meta["externalReferences"] = [{"id": SYNTHETIC, "description": description}]
    return meta
