"""Parts of a phenopacket in the form of FHIR: terms, times, values, and what is left of them.

A packet is translated piece by piece; `PacketParts` holds what every piece needs: where it goes,
and how content without a counterpart is listed with its place in the packet. Which pieces there are
is for `phenopackets`, variants for `phenopackets_variants`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.records.fhir_files import FhirFile
from dashboard.records.fhir_parts import CONCORD_LEVEL, Resource, items, mapping, summary, word
from dashboard.records.patient import Finding, Severity, Unmapped, Where
from dashboard.records.strict_json import shown

CREATED_BY = "Concord"
LOINC = "http://loinc.org"
_PREFIXES = {
    "LOINC": "http://loinc.org", "SNOMEDCT": "http://snomed.info/sct", "SCTID": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct", "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm", "HGNC": "http://www.genenames.org/geneId",
    "ONCOTREE": "http://data.mskcc.org/ontologies/oncotree", "ATC": "http://www.whocc.no/atc",
}  # fmt: skip
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")


@dataclass(slots=True)
class PacketParts:
    """One packet, and where its pieces go."""

    file: FhirFile
    body: Mapping[str, Any]
    place: str

    @property
    def subject(self) -> dict[str, str]:
        """A reference to the patient."""
        return {"reference": f"Patient/{self.place}subject"}

    @property
    def own(self) -> bool:
        """Whether Concord wrote the packet."""
        return word(mapping(self.body.get("metaData")).get("createdBy")) == CREATED_BY

    def new(self, place: str, **body: Any) -> Resource:
        """Add a resource of the subject."""
        stated = {name: part for name, part in body.items() if part not in (None, "", [], {})}
        content = {"subject": self.subject, **stated}
        resource = Resource(content, place, self.file.name, translated=True)
        self.file.resources.append(resource)
        return resource

    def leave(self, place: str, name: str, value: object, reason: str) -> None:
        """List content that has no counterpart."""
        if value not in (None, "", [], {}):
            where = Where(self.file.name, None, place)
            self.file.unmapped.append(Unmapped(where, name, summary(value), reason))

    def leave_rest(self, part: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        """List every field of a part but the known ones."""
        for name in part.keys() - set(known):
            self.leave(f"{place}.{name}", name, part[name], "has no place in the case")

    def time(self, part: Mapping[str, Any], name: str, place: str) -> str:
        """The date of a time; a time that names none (an age, a word) is listed."""
        time = mapping(part.get(name))
        day = observed(time)
        if not day:
            self.leave(f"{place}.{name}", name, time, "names no date")
        return day

    def is_of_another(self, part: Mapping[str, Any], name: str, place: str, what: str) -> bool:
        """Whether a part says that it belongs to somebody else; then it is listed."""
        own = {word(self.body.get("id")), word(mapping(self.body.get("subject")).get("id"))}
        own |= {word(sample.get("id")) for sample in items(self.body.get("biosamples"))}
        stated = word(part.get(name))
        if not stated or stated in own:
            return False
        self.leave(place, what, part, f"of {stated}, not of this patient; not used")
        self.file.findings.append(
            Finding(
                Severity.ERROR,
                "other-subject",
                f"{place} is of {shown(stated)}, not of the subject of the packet.",
                Where(self.file.name, None, f"{place}.{name}"),
                value=stated[:80],
                expected="the id of the subject or of one of its biosamples",
                fix="Correct the id.",
                rest="This part was left out; everything else was read.",
            )
        )
        return True


def term(value: object, *, own: str = "") -> dict[str, Any]:
    """An ontology class as a FHIR concept; `own` is the system of Concord's own ids."""
    body = mapping(value)
    prefix, _, code = word(body.get("id")).partition(":")
    label = word(body.get("label"))
    system = own if prefix.upper() == "CONCORD" else _PREFIXES.get(prefix.upper(), prefix)
    coding = {
        "system": system,
        "code": f"HGNC:{code}" if prefix == "HGNC" else code,
        "display": label,
    }
    return {"coding": [coding], "text": label}


def years_of(duration: object) -> int | None:
    """Completed years of an ISO 8601 duration such as P61Y3M."""
    parts = _DURATION.fullmatch(word(duration))
    return int(parts[1] or 0) if parts and any(parts.groups()) else None


def day_of(value: object) -> str:
    """A timestamp; the midnight that protocol buffers demand of a mere day is taken off."""
    return word(value).removesuffix("T00:00:00Z")


def observed(time: Mapping[str, Any]) -> str:
    """The date of a time element; empty where it names none."""
    interval = mapping(time.get("interval"))
    return (
        day_of(time.get("timestamp"))
        or day_of(interval.get("end"))
        or day_of(interval.get("start"))
    )


def value_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """value[x] of an observation from a phenopacket's value."""
    quantity = mapping(value.get("quantity"))
    body: dict[str, Any] = {}
    if quantity:
        unit = mapping(quantity.get("unit"))
        code = word(unit.get("id")).removeprefix("UCUM:").removeprefix("CONCORD:")
        limits = mapping(quantity.get("referenceRange"))
        stated = {"value": quantity.get("value"), "unit": word(unit.get("label")), "code": code}
        body["valueQuantity"] = stated
        if "high" in limits:
            body["referenceRange"] = [{"high": {"value": limits["high"], "unit": stated["unit"]}}]
    if "ontologyClass" in value:
        body["valueCodeableConcept"] = term(value["ontologyClass"], own=CONCORD_LEVEL)
    return body


def component(code: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A component of an observation, with a coded value."""
    test = {"coding": [{"system": LOINC, "code": code}]}
    return {"code": test, "valueCodeableConcept": dict(value)}


def gene_of(gene: Mapping[str, Any]) -> dict[str, Any]:
    """A gene as a concept."""
    coding = {"system": _PREFIXES["HGNC"], "code": word(gene.get("valueId"))}
    return {"coding": [coding | {"display": word(gene.get("symbol"))}]}
