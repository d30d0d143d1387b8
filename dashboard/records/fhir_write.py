"""Writes patients as a FHIR R4 bundle, with mCODE profiles where they exist.

Every value is one observation that carries the standard codes of its feature and Concord's own, so
that other systems understand it and Concord reads back exactly what it wrote. Genes, metastases and
treatments take the form mCODE gives them. No name, birth date or address is ever written; synthetic
patients are marked as test data.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.knowledge.codes import drugs_in
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.alterations import meaning_of
from dashboard.records.chart import LINE, LINE_OF_TREATMENT
from dashboard.records.fhir_parts import (
    CONCORD_COURSE,
    CONCORD_DISEASE,
    CONCORD_FEATURE,
    CONCORD_LEVEL,
    CONCORD_NOTES,
    CONCORD_OUTCOME,
    CONCORD_PATIENT,
    CONCORD_PURPOSE,
)
from dashboard.records.fhir_terms import GENERIC
from dashboard.records.patient import Measurement, Origin, Patient, TreatmentCourse, Value
from dashboard.records.variants import genes

_LONGEST_ID = 64
_PLAIN_ID = re.compile(rf"[A-Za-z0-9.\-]{{1,{_LONGEST_ID}}}")
_BASE = "https://concord.example/fhir"
_MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
_SYSTEMS = {"loinc": "http://loinc.org", "snomed": "http://snomed.info/sct"}
_PRESENT, _ABSENT = ("LA9633-4", "Present"), ("LA9634-2", "Absent")
_UCUM = {
    "years": "a", "months": "mo", "10^9/L": "10*9/L", "xULN": "{xULN}", "points": "{score}",
    "ratio": "{ratio}", "fraction": "1", "z-score": "{z}", "mut/Mb": "1/1000000{base}",
    "sites": "{sites}", "nodes": "{nodes}", "cells": "{cells}", "pack-years": "{pack-years}",
    "score": "{score}", "kg/m2": "kg/m2",
}  # fmt: skip
_PROFILES = {
    "ECOGPerformanceStatus": "ecog-performance-status",
    "TNMStageGroup": "tnm-stage-group",
    "TNMDistantMetastasesCategory": "tnm-distant-metastases-category",
    "TumorMarkerTest": "tumor-marker-test",
    "TumorSize": "tumor-size",
    "GenomicVariant": "genomic-variant",
}


def write_fhir(patients: Iterable[Patient], pack: DiseasePack) -> bytes:
    """The patients of one tumour group as one bundle."""
    entries = [
        {"fullUrl": f"{_BASE}/{resource['resourceType']}/{resource['id']}", "resource": resource}
        for patient in patients
        for resource in _Writer(patient, pack).resources()
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    text = json.dumps(bundle, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one patient."""

    patient: Patient
    pack: DiseasePack

    def resources(self) -> Iterator[dict[str, Any]]:
        """The patient and everything that belongs to them."""
        yield self._patient()
        yield self._condition()
        for name, value in self.patient.values.items():
            feature = self.pack.vocabulary.get(name)
            if feature is not None and not (name == "sex" and value in ("female", "male")):
                yield from self._value(feature, value)
        yield from self._earlier()
        if self.patient.line is not None:
            line = self.pack.vocabulary.get(LINE, LINE_OF_TREATMENT)
            yield self._observation(line, str(self.patient.line), None, "current")
        yield from self._outcomes()
        for number, course in enumerate(self.patient.courses):
            yield from self._course(course, number)
        yield from self._consent()
        yield from self._notes()

    def _new(self, kind: str, name: str, profile: str = "") -> dict[str, Any]:
        body: dict[str, Any] = {"resourceType": kind, "id": _id(self.patient.id, name)}
        meta = {"profile": [f"{_MCODE}{profile}"]} if profile else {}
        return body | ({"meta": meta} if meta else {})

    @property
    def _subject(self) -> dict[str, str]:
        return {"reference": f"Patient/{_id(self.patient.id)}"}

    def _patient(self) -> dict[str, Any]:
        body = self._new("Patient", "", "cancer-patient")
        if self.patient.synthetic:
            reason = {
                "system": f"{_TERMS}v3-ActReason",
                "code": "HTEST",
                "display": "test health data",
            }
            tag = {"system": "urn:concord:tag", "code": "SYNTHETIC", "display": "synthetic patient"}
            body["meta"] |= {"security": [reason], "tag": [tag]}
        body["identifier"] = [{"system": CONCORD_PATIENT, "value": self.patient.id}]
        sex = self.patient.values.get("sex")
        return body | ({"gender": sex} if sex in ("female", "male") else {})

    def _condition(self) -> dict[str, Any]:
        body = self._new("Condition", "primary", "primary-cancer-condition")
        snomed = self.pack.codes.get("snomed", "").split()[:1]
        codings = [
            {"system": CONCORD_DISEASE, "code": self.pack.id, "display": self.pack.label},
            *({"system": _SYSTEMS["snomed"], "code": code} for code in snomed),
        ]
        status = {"coding": [{"system": f"{_TERMS}condition-clinical", "code": "active"}]}
        confirmed = {"coding": [{"system": f"{_TERMS}condition-ver-status", "code": "confirmed"}]}
        return body | {
            "clinicalStatus": status,
            "verificationStatus": confirmed,
            "code": {"coding": codings, "text": self.pack.label},
            "subject": self._subject,
        }

    # -- values ------------------------------------------------------------------------------------

    def _value(self, feature: Feature, value: Value) -> Iterator[dict[str, Any]]:
        origin = self.patient.origins.get(feature.id, Origin())
        day = self._day_of(feature.id, value)
        yield self._observation(feature, value, day, "current", origin.comparator)
        if value is True and feature.codes.get("mcode") == "SecondaryCancerCondition":
            yield self._metastasis(feature)

    def _day_of(self, name: str, value: Value) -> date | None:
        """The day of the current value; given only where others of it have days too."""
        known = [m for m in self.patient.measurements if m.feature == name and m.taken_on]
        if not known:
            return None
        last = max(known, key=lambda m: m.taken_on or date.min)
        return last.taken_on if last.value == value else self.patient.recorded_on or last.taken_on

    def _earlier(self) -> Iterator[dict[str, Any]]:
        """Dated values other than the current one."""
        for number, one in enumerate(self.patient.measurements):
            feature = self.pack.vocabulary.get(one.feature)
            if feature is not None and not self._is_current(one):
                name = f"m{number}"
                yield self._observation(
                    feature, one.value, one.taken_on, name, one.origin.comparator
                )

    def _is_current(self, one: Measurement) -> bool:
        value = self.patient.values.get(one.feature)
        return (
            value is not None
            and value == one.value
            and one.taken_on == self._day_of(one.feature, value)
        )

    def _observation(
        self, feature: Feature, value: Value, day: date | None, name: str, comparator: str = ""
    ) -> dict[str, Any]:
        profile = _PROFILES.get(feature.codes.get("mcode", ""), "")
        body = self._new("Observation", f"{feature.id}-{name}", profile)
        body |= {"status": "final", "code": _code(feature), "subject": self._subject}
        if day is not None:
            body["effectiveDateTime"] = day.isoformat()
        return body | _answer(feature, value, comparator)

    def _metastasis(self, feature: Feature) -> dict[str, Any]:
        body = self._new("Condition", f"{feature.id}-site", "secondary-cancer-condition")
        codings = [{"system": _SYSTEMS["snomed"], "code": c} for c in feature.coded("snomed")]
        status = {"coding": [{"system": f"{_TERMS}condition-clinical", "code": "active"}]}
        return body | {
            "clinicalStatus": status,
            "code": {"coding": codings, "text": f"Secondary malignant neoplasm: {feature.label}"},
            "subject": self._subject,
        }

    def _outcomes(self) -> Iterator[dict[str, Any]]:
        for name, value in self.patient.outcomes.items():
            body = self._new("Observation", f"outcome-{name}")
            code = {"coding": [{"system": CONCORD_OUTCOME, "code": name}], "text": name}
            key = "valueBoolean" if isinstance(value, bool) else "valueString"
            stated: Any = value if isinstance(value, bool | str) else {"value": value}
            key = "valueQuantity" if isinstance(stated, dict) else key
            yield body | {"status": "final", "code": code, "subject": self._subject, key: stated}

    # -- treatment, consent, notes -----------------------------------------------------------------

    def _course(self, course: TreatmentCourse, number: int) -> Iterator[dict[str, Any]]:
        for place, drug in enumerate(_drugs(course, self.pack)):
            name = f"course-{number}-{place}"
            body = self._new(
                "MedicationAdministration", name, "cancer-related-medication-administration"
            )
            period = {"start": course.started, "end": course.stopped}
            stated: dict[str, Any] = {end: day.isoformat() for end, day in period.items() if day}
            yield body | {
                "extension": [_course_extension(course)],
                "status": "completed" if course.stopped else "in-progress",
                "medicationCodeableConcept": {"text": drug},
                "subject": self._subject,
                "effectivePeriod": stated or {"extension": [_no_period()]},
            }

    def _consent(self) -> Iterator[dict[str, Any]]:
        if not self.patient.consent.decisions:
            return
        provisions = [
            {
                "type": "permit" if allowed else "deny",
                "purpose": [{"system": CONCORD_PURPOSE, "code": purpose}],
            }
            for purpose, allowed in self.patient.consent.decisions.items()
        ]
        privacy = {"coding": [{"system": f"{_TERMS}consentscope", "code": "patient-privacy"}]}
        yield self._new("Consent", "consent") | {
            "status": "active",
            "scope": privacy,
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": self._subject,
            "policyRule": {"text": self.patient.consent.source or "consent on file"},
            "provision": {"provision": provisions},
        }

    def _notes(self) -> Iterator[dict[str, Any]]:
        if self.patient.notes:
            yield self._new("Basic", "notes") | {
                "extension": [{"url": CONCORD_NOTES, "valueString": self.patient.notes}],
                "code": {"coding": [{"system": CONCORD_NOTES, "code": "notes"}]},
                "subject": self._subject,
            }


def _id(patient: str, name: str = "") -> str:
    """An id of FHIR's form: letters, digits, hyphens and dots, at most 64.

    A patient's own id is kept where it has that form; two ids never become one.
    """
    ending = f".{name}".replace("_", "-") if name else ""  # names never hold a dot
    if _PLAIN_ID.fullmatch(patient + ending):
        return patient + ending
    mark = hashlib.sha256(f"{patient}\n{name}".encode("utf-8", "replace")).hexdigest()[:12]
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", patient + ending)
    return f"{plain[: _LONGEST_ID - 13]}-{mark}"


def _code(feature: Feature) -> dict[str, Any]:
    codings = [{"system": CONCORD_FEATURE, "code": feature.id, "display": feature.label}]
    if meaning_of(feature) is not None and feature.codes.get("mcode") == "GenomicVariant":
        codings.append({"system": _SYSTEMS["loinc"], "code": "69548-6"})
    for system in ("loinc", "snomed"):
        codes = [code for code in feature.coded(system) if code not in GENERIC]
        codings += [{"system": _SYSTEMS[system], "code": code} for code in codes[:1]]
    return {"coding": codings, "text": feature.label}


def _answer(feature: Feature, value: Value, comparator: str) -> dict[str, Any]:
    """value[x], and for a gene the components that mCODE asks for."""
    meaning = meaning_of(feature)
    if meaning is not None and feature.codes.get("mcode") == "GenomicVariant":
        symbols = sorted(meaning.genes)
        absent = value in (False, meaning.negative)
        return {
            "valueCodeableConcept": _finding(feature, value, absent=absent),
            "component": [_gene(symbol) for symbol in symbols],
        }
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        if feature.id in ("ecog_ps", LINE):
            return {"valueInteger": int(value)}
        return {"valueCodeableConcept": _level(feature, value)}
    quantity: dict[str, Any] = {"value": value, "unit": feature.unit}
    if comparator in ("<", "<=", ">", ">="):
        quantity["comparator"] = comparator
    code = _UCUM.get(feature.unit, feature.unit)
    return {"valueQuantity": quantity | {"system": "http://unitsofmeasure.org", "code": code}}


def _level(feature: Feature, level: str) -> dict[str, Any]:
    label = feature.level_label(level)
    return {"coding": [{"system": CONCORD_LEVEL, "code": level, "display": label}], "text": label}


def _finding(feature: Feature, value: Value, *, absent: bool) -> dict[str, Any]:
    code, display = _ABSENT if absent else _PRESENT
    codings = [{"system": _SYSTEMS["loinc"], "code": code, "display": display}]
    if feature.kind is Kind.FLAG:
        return {"coding": codings}
    level = _level(feature, str(value))
    return {"coding": [*level["coding"], *codings], "text": level["text"]}


def _gene(symbol: str) -> dict[str, Any]:
    number = genes()[symbol].hgnc if symbol in genes() else ""
    coding = {"system": "http://www.genenames.org/geneId", "display": symbol}
    coding |= {"code": f"HGNC:{number}"} if number else {}
    return {
        "code": {"coding": [{"system": _SYSTEMS["loinc"], "code": "48018-6"}]},
        "valueCodeableConcept": {"coding": [coding]},
    }


def _drugs(course: TreatmentCourse, pack: DiseasePack) -> list[str]:
    """The drugs of a course: those its label names, else those of its regimen, else the label."""
    named = list(drugs_in(course.label))
    if named or not course.regimen:
        return named or [course.label]
    known = (regimen for regimen in pack.regimens if regimen.id == course.regimen)
    return [drug.name for regimen in known for drug in regimen.drugs if not drug.instead_of] or [
        course.label
    ]


def _course_extension(course: TreatmentCourse) -> dict[str, Any]:
    stated: list[dict[str, Any]] = []
    for name in TreatmentCourse.__slots__:
        value = getattr(course, name)
        if isinstance(value, date):
            stated.append({"url": name, "valueDate": value.isoformat()})
        elif isinstance(value, int):
            stated.append({"url": name, "valueInteger": value})
        elif value:
            stated.append({"url": name, "valueString": value})
    return {"url": CONCORD_COURSE, "extension": stated}


def _no_period() -> dict[str, str]:
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    return {"url": url, "valueCode": "unknown"}
