"""Reads GA4GH Phenopackets (version 2, JSON): a packet, a family's proband, or a cohort.

A packet is translated piece by piece into the FHIR resources it corresponds to and read by the same
rules: what a measurement, a disease or a variant means is written once. Places in findings are
those of the packet. Everything that has no counterpart (phenotypic features, files, biosample
details) is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.records.chart import with_reason
from dashboard.records.fhir import read_resources
from dashboard.records.fhir_files import FhirFile
from dashboard.records.fhir_parts import (
    CONCORD_COURSE,
    CONCORD_DISEASE,
    CONCORD_FEATURE,
    CONCORD_OUTCOME,
    CONCORD_PATIENT,
    Resource,
    items,
    mapping,
    summary,
    word,
)
from dashboard.records.patient import Finding, Intake, Severity, Unmapped, Where
from dashboard.records.phenopackets_parts import (
    LOINC,
    PacketParts,
    day_of,
    term,
    value_of,
    years_of,
)
from dashboard.records.phenopackets_variants import read_genomics
from dashboard.records.reading import Reading
from dashboard.records.strict_json import read_json

FORMAT = "GA4GH Phenopackets 2"
SYNTHETIC = "CONCORD:synthetic"
_PARTS = (
    "subject", "phenotypicFeatures", "measurements", "biosamples", "interpretations", "diseases",
    "medicalActions",
)  # fmt: skip
_MEASURED = ("assay", "value", "complexValue", "timeObserved", "description")


def is_phenopacket(content: object) -> bool:
    """Whether a JSON document looks like a packet, a family or a cohort."""
    if not isinstance(content, dict) or "resourceType" in content:
        return False
    if "proband" in content or ("members" in content and "metaData" in content):
        return True
    return "metaData" in content or sum(part in content for part in _PARTS) > 1


def read_phenopackets(content: bytes, name: str, reading: Reading) -> Intake:
    """Read a Phenopackets file; problems are findings, never exceptions."""
    document = read_json(content, name)
    file = FhirFile(name, findings=list(document.findings))
    if document.content is not None:
        _add_document(file, document.content)
    file.index()
    patients = read_resources(file, reading) if file.resources else ()
    intake = Intake(patients, tuple(file.findings), tuple(file.unmapped), FORMAT)
    return with_reason(intake, name)


def _add_document(file: FhirFile, content: object) -> None:
    if not is_phenopacket(content) or not isinstance(content, dict):
        message = "This JSON is no phenopacket: it has no subject and no metaData."
        _refuse(file, "no-phenopacket", message, "Export the packet again.")
        return
    version = word(mapping(content.get("metaData")).get("phenopacketSchemaVersion"))
    if version.startswith(("0", "1")):
        message = f"This is Phenopackets version {version}; version 2 is read."
        _refuse(file, "phenopacket-version", message, "Convert it with phenopacket-tools.")
        file.unmapped.append(Unmapped(Where(file.name), "packet", summary(content), message))
        return
    for place, packet in _packets(content):
        _Packet(file, packet, place).add()
    for name in content.keys() & {"relatives", "pedigree", "consanguinousParents"}:
        reason = "relatives are not read"
        where = Where(file.name, None, name)
        file.unmapped.append(Unmapped(where, name, summary(content[name]), reason))


def _packets(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "proband" in content:
        yield "proband.", mapping(content.get("proband"))
    elif "members" in content:
        for number, member in enumerate(items(content.get("members"))):
            own = {"metaData": content.get("metaData"), **member}
            yield f"members[{number}].", own
    else:
        yield "", content


def _refuse(file: FhirFile, code: str, message: str, fix: str) -> None:
    where = Where(file.name)
    rest = "Nothing was imported."
    finding = Finding(Severity.ERROR, code, message, where, expected=FORMAT, fix=fix, rest=rest)
    file.findings.append(finding)


@dataclass(slots=True)
class _Packet(PacketParts):
    """Translates one packet into the resources of one patient."""

    def add(self) -> None:
        """Add everything the packet says to the file."""
        self._add_subject()
        parts: dict[str, Callable[[Mapping[str, Any], str], None]] = {
            "diseases": self._disease,
            "measurements": self._measurement,
            "phenotypicFeatures": self._phenotype,
            "medicalActions": self._action,
            "biosamples": self._biosample,
        }
        if not self.own:  # Concord's own interpretations repeat its measurements
            parts["interpretations"] = self._interpretation
        for name, translate in parts.items():
            stated = self.body.get(name)
            for number, part in enumerate(stated if isinstance(stated, list) else [stated]):
                place = f"{self.place}{name}[{number}]"
                if isinstance(part, dict):
                    translate(part, place)
                else:
                    self.leave(place, name, part, "of a form that is not read")
        for name in self.body.keys() - {*_PARTS, "id", "metaData"}:
            self.leave(f"{self.place}{name}", name, self.body[name], "has no place in the case")

    # -- the person ----------------------------------------------------------------------------

    def _add_subject(self) -> None:
        subject = mapping(self.body.get("subject"))
        place = f"{self.place}subject"
        name = word(subject.get("id")) or word(self.body.get("id")) or place
        meta: dict[str, Any] = {}
        references = items(mapping(self.body.get("metaData")).get("externalReferences"))
        if any(word(reference.get("id")) == SYNTHETIC for reference in references):
            meta = {"tag": [{"code": "SYNTHETIC"}]}
        body: dict[str, Any] = {"resourceType": "Patient", "id": name, "meta": meta}
        body |= {
            "gender": word(subject.get("sex")).casefold(),
            "birthDate": day_of(subject.get("dateOfBirth")),
        }
        body |= {"identifier": [{"system": CONCORD_PATIENT, "value": name}]} if self.own else {}
        status = mapping(subject.get("vitalStatus"))
        self.leave_rest(status, ("status", "timeOfDeath"), f"{place}.vitalStatus")
        if word(status.get("status")) == "DECEASED":
            day = day_of(mapping(status.get("timeOfDeath")).get("timestamp"))
            body |= {"deceasedDateTime": day} if day else {"deceasedBoolean": True}
        resource = Resource(
            body, place, self.file.name, address=f"Patient/{place}", translated=True
        )
        self.file.resources.append(resource)
        self._age(mapping(subject.get("timeAtLastEncounter")), f"{place}.timeAtLastEncounter")
        if subject.get("alternateIds"):
            self.leave(f"{place}.alternateIds", "alternateIds", "withheld", "identifies the person")
        known = ("id", "sex", "dateOfBirth", "timeAtLastEncounter", "vitalStatus", "alternateIds")
        self.leave_rest(subject, known, place)

    def _age(self, time: Mapping[str, Any], place: str) -> None:
        years = years_of(mapping(time.get("age")).get("iso8601duration"))
        if years is not None:
            code = {"coding": [{"system": LOINC, "code": "30525-0"}], "text": "Age"}
            quantity = {"value": years, "unit": "years", "code": "a"}
            self.new(place, resourceType="Observation", code=code, valueQuantity=quantity)
        else:
            reason = "a range of ages is no age" if "ageRange" in time else "names no age"
            self.leave(place, "Age", time, reason)

    # -- diseases and findings -----------------------------------------------------------------

    def _disease(self, part: Mapping[str, Any], place: str) -> None:
        body: dict[str, Any] = {"resourceType": "Condition"}
        body["code"] = term(part.get("term"), own=CONCORD_DISEASE)
        if part.get("excluded") is True:
            body["verificationStatus"] = {"coding": [{"code": "refuted"}]}
        stages = items(part.get("diseaseStage"))
        body["stage"] = [{"summary": term(stage)} for stage in stages]
        body["bodySite"] = [term(part["primarySite"])] if "primarySite" in part else []
        body["onsetDateTime"] = self.time(part, "onset", place)
        self.new(place, **body)
        self._tnm(part.get("clinicalTnmFinding"), f"{place}.clinicalTnmFinding")
        known = ("term", "excluded", "diseaseStage", "primarySite", "onset", "clinicalTnmFinding")
        self.leave_rest(part, known, place)

    def _tnm(self, findings: object, place: str) -> None:
        """The M category is a fact some packs ask for; T and N are listed."""
        for number, finding in enumerate(items(findings)):
            said = term(finding)
            code = "21907-1" if re.search(r"\b[cp]?M[01]", said["text"]) else "75620-5"
            test = {"coding": [{"system": LOINC, "code": code}], "text": "TNM category"}
            where = f"{place}[{number}]"
            self.new(where, resourceType="Observation", code=test, valueCodeableConcept=said)

    def _phenotype(self, part: Mapping[str, Any], place: str) -> None:
        body: dict[str, Any] = {"resourceType": "Condition", "code": term(part.get("type"))}
        if part.get("excluded") is True:
            body["verificationStatus"] = {"coding": [{"code": "refuted"}]}
        body["onsetDateTime"] = self.time(part, "onset", place)
        self.new(place, **body)
        self.leave_rest(part, ("type", "excluded", "onset"), place)

    # -- measurements --------------------------------------------------------------------------

    def _measurement(self, part: Mapping[str, Any], place: str) -> None:
        code = term(part.get("assay"), own=CONCORD_FEATURE)
        if code["coding"][0]["code"].startswith("outcome/"):
            own = code["coding"][0]["code"].removeprefix("outcome/")
            code["coding"] = [{"system": CONCORD_OUTCOME, "code": own}]
        body: dict[str, Any] = {"resourceType": "Observation", "code": code}
        body |= value_of(mapping(part.get("value")))
        body["effectiveDateTime"] = self.time(part, "timeObserved", place)
        complex_value = mapping(part.get("complexValue"))
        self.leave_rest(complex_value, ("typedQuantities",), f"{place}.complexValue")
        typed = items(complex_value.get("typedQuantities"))
        body["component"] = [
            {"code": term(one.get("type"))} | value_of({"quantity": one.get("quantity")})
            for one in typed
        ]
        self.new(place, **body)
        self.leave_rest(part, _MEASURED, place)

    def _biosample(self, part: Mapping[str, Any], place: str) -> None:
        if self.is_of_another(part, "individualId", place, "biosample"):
            return
        for name, code in (
            ("histologicalDiagnosis", "59847-4"),
            ("pathologicalStage", "21902-2"),
            ("tumorGrade", "59542-1"),
        ):
            if name in part:
                test = {"coding": [{"system": LOINC, "code": code}], "text": name}
                said = term(part[name])
                where = f"{place}.{name}"
                self.new(where, resourceType="Observation", code=test, valueCodeableConcept=said)
        self._tnm(part.get("pathologicalTnmFinding"), f"{place}.pathologicalTnmFinding")
        for number, one in enumerate(items(part.get("measurements"))):
            self._measurement(one, f"{place}.measurements[{number}]")
        known = ("id", "individualId", "histologicalDiagnosis", "pathologicalStage", "tumorGrade")
        self.leave_rest(part, (*known, "pathologicalTnmFinding", "measurements"), place)

    def _interpretation(self, part: Mapping[str, Any], place: str) -> None:
        disease = mapping(mapping(part.get("diagnosis")).get("disease"))
        if disease and not items(self.body.get("diseases")):
            self._disease({"term": disease}, f"{place}.diagnosis.disease")
        read_genomics(self, part, place)

    # -- treatment -----------------------------------------------------------------------------

    def _action(self, part: Mapping[str, Any], place: str) -> None:
        regimen, treatment = mapping(part.get("therapeuticRegimen")), mapping(part.get("treatment"))
        if regimen:
            self._regimen(part, regimen, place)
        elif treatment:
            self._treatment(part, treatment, place)
        reason = ("treatmentTerminationReason",) if regimen or treatment else ()
        own = ("responseToTreatment",) if self.own else ()
        self.leave_rest(part, ("therapeuticRegimen", "treatment", *reason, *own), place)

    def _regimen(self, part: Mapping[str, Any], regimen: Mapping[str, Any], place: str) -> None:
        named = mapping(regimen.get("ontologyClass")) or mapping(regimen.get("externalReference"))
        label = word(named.get("label")) or word(named.get("description"))
        start = day_of(mapping(regimen.get("startTime")).get("timestamp"))
        end = day_of(mapping(regimen.get("endTime")).get("timestamp"))
        body = _given(label, start, end, term(part.get("treatmentTerminationReason")))
        if word(regimen.get("regimenStatus")) == "UNKNOWN_STATUS":
            body["status"] = "unknown"
        body["extension"] = [_own_course(part, named, label, start, end)] if self.own else []
        self.new(place, **body)
        known = ("ontologyClass", "externalReference", "startTime", "endTime", "regimenStatus")
        self.leave_rest(regimen, known, f"{place}.therapeuticRegimen")

    def _treatment(self, part: Mapping[str, Any], treatment: Mapping[str, Any], place: str) -> None:
        doses = items(treatment.get("doseIntervals"))
        intervals = [mapping(dose.get("interval")) for dose in doses]
        for number, dose in enumerate(doses):
            self.leave_rest(dose, ("interval",), f"{place}.treatment.doseIntervals[{number}]")
        starts = sorted(filter(None, (day_of(interval.get("start")) for interval in intervals)))
        ends = sorted(filter(None, (day_of(interval.get("end")) for interval in intervals)))
        label = word(mapping(treatment.get("agent")).get("label"))
        start, end = (starts or [""])[0], (ends or [""])[-1]
        self.new(place, **_given(label, start, end, term(part.get("treatmentTerminationReason"))))
        self.leave_rest(treatment, ("agent", "doseIntervals"), f"{place}.treatment")


def _given(label: str, start: str, end: str, reason: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {"text": label},
        "effectivePeriod": {"start": start, "end": end},
        "statusReason": dict(reason),
    }


def _own_course(
    part: Mapping[str, Any], named: Mapping[str, Any], label: str, start: str, end: str
) -> dict[str, Any]:
    """A course as Concord wrote it: CONCORD:<regimen>/<line>."""
    regimen, _, line = word(named.get("id")).removeprefix("CONCORD:").partition("/")
    stated: dict[str, Any] = {"label": label, "regimen": regimen, "started": start, "stopped": end}
    stated["best_response"] = word(mapping(part.get("responseToTreatment")).get("label"))
    stated["stop_reason"] = word(mapping(part.get("treatmentTerminationReason")).get("label"))
    inner = [{"url": name, "valueString": text} for name, text in stated.items() if text]
    if line.isascii() and line.isdigit():
        inner.append({"url": "line", "valueInteger": int(line[:3])})
    return {"url": CONCORD_COURSE, "extension": inner}
