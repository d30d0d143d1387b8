"""The parts FHIR resources are made of, read without trusting their shape.

A field may hold anything; these helpers give text, lists and mappings or nothing, never an error.
`Resource` remembers which of its fields were understood, so that what is left can be listed field
by field. Which fields mean what is for the readers of conditions, observations and treatments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.knowledge.codes import system_name
from dashboard.records.patient import Unmapped, Where
from dashboard.records.strict_json import Figure

CONCORD_FEATURE = "urn:concord:feature"
CONCORD_LEVEL = "urn:concord:level"
CONCORD_DISEASE = "urn:concord:disease"
CONCORD_OUTCOME = "urn:concord:outcome"
CONCORD_PATIENT = "urn:concord:patient"
CONCORD_PURPOSE = "urn:concord:purpose"
CONCORD_COURSE = "urn:concord:course"
CONCORD_NOTES = "urn:concord:notes"

# Fields that place a resource among others and say nothing of the patient's health.
ADMINISTRATIVE = frozenset(
    {
        "resourceType", "id", "meta", "text", "language", "identifier", "subject", "patient",
        "encounter", "performer", "recorder", "asserter", "requester", "author", "status",
        "basedOn", "partOf", "issued", "recordedDate", "authoredOn", "date", "category",
        "contained", "informationSource", "context", "device", "serviceProvider", "participant",
        "location", "specimen", "resultsInterpreter", "imagingStudy", "intent", "priority",
        "groupIdentifier", "instantiatesCanonical", "instantiatesUri", "hasMember", "focus",
        "derivedFrom",
        "dispenseRequest", "substitution", "insurance", "supportingInformation", "eventHistory",
        "dateAsserted", "request", "policy", "policyRule", "organization", "sourceReference",
        "reasonReference", "managingOrganization", "fullUrl", "search", "response",
    }
)  # fmt: skip
_CLEARTEXT = re.compile(
    r"\s*\((?:disorder|finding|qualifier value|body structure|morphologic abnormality|situation|"
    r"procedure|observable entity|regime/therapy|substance|product|tumor staging)\)\s*$",
    re.IGNORECASE,
)


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; a single object counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def word(value: object) -> str:
    """The value where it is a text, or an empty one."""
    return value.strip() if isinstance(value, str) else ""


def words(value: object) -> list[str]:
    """The texts of a list, or of a single text."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def digits(value: object) -> str:
    """A number as it was written; empty where it is none."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, Figure):
        return value.text
    return f"{value}" if isinstance(value, int | float) else ""


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one system; the system by its short name where it is known."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something said in codes, in words, or both."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def label(self) -> str:
        """The concept in words: as the sender wrote it, or as its first code is called."""
        named = next((coding.display for coding in self.codings if coding.display), "")
        coded = next((f"{c.system} {c.code}" for c in self.codings if c.code), "")
        return plain(self.text or named) or coded

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every wording of the concept, without repeats."""
        found = (plain(self.text), *(plain(coding.display) for coding in self.codings))
        return tuple(dict.fromkeys(phrase for phrase in found if phrase))

    def has(self, system: str, *codes: str) -> bool:
        """Whether one of these codes of a system is among the codings."""
        return any(coding.system == system and coding.code in codes for coding in self.codings)

    def codes(self, system: str) -> tuple[str, ...]:
        """The codes of one system."""
        return tuple(coding.code for coding in self.codings if coding.system == system)


def concept(value: object) -> Concept:
    """A CodeableConcept, a Coding, or the words of a code."""
    if isinstance(value, str):
        return Concept((), value.strip())
    body = mapping(value)
    codings = items(body.get("coding")) or ([body] if "code" in body else [])
    return Concept(
        tuple(
            Coding(_system(coding), word(coding.get("code")), word(coding.get("display")))
            for coding in codings
        ),
        word(body.get("text")),
    )


def _system(coding: Mapping[str, Any]) -> str:
    system = word(coding.get("system"))
    code = word(coding.get("code"))
    if not system and re.fullmatch(r"\d{1,5}-\d", code):
        return "loinc"  # the form is LOINC's alone
    return system_name(system)


def concepts(value: object) -> list[Concept]:
    """The concepts of a list."""
    return [concept(item) for item in items(value)]


def plain(text: str) -> str:
    """The words without SNOMED's tag in parentheses."""
    return _CLEARTEXT.sub("", text).strip()


@dataclass(slots=True, eq=False)
class Resource:
    """One resource, where it stands, and which of its fields have been understood."""

    body: Mapping[str, Any]
    place: str  # Observation/abc, or entry[3] where it has no id
    file: str = ""
    row: int | None = None
    address: str = ""  # fullUrl
    understood: set[str] = field(default_factory=set)
    outcome: str = ""  # read | listed | blocked
    translated: bool = False  # from another format, whose fields have other names
    container: Resource | None = None  # what it stands inside of
    borrowed: tuple[str, ...] = ()  # fields that are its container's

    @property
    def type(self) -> str:
        """The resource's type."""
        return word(self.body.get("resourceType"))

    @property
    def id(self) -> str:
        """The resource's id."""
        return word(self.body.get("id"))

    @property
    def key(self) -> str:
        """Type and id, as references write them; empty without an id."""
        return f"{self.type}/{self.id}" if self.id else ""

    @property
    def profiles(self) -> str:
        """The profiles it claims, as one text."""
        return " ".join(words(mapping(self.body.get("meta")).get("profile"))).casefold()

    def take(self, name: str) -> Any:
        """The content of a field, which is now understood."""
        self.understood.add(name)
        return self.body.get(name)

    def concept(self, name: str) -> Concept:
        """A field's concept."""
        return concept(self.take(name))

    def where(self, name: str = "") -> Where:
        """The place of a field."""
        inside = f"{self.place}.{name}" if name and not self.translated else self.place
        return Where(self.file, self.row, inside)

    def extensions(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The extensions by the last part of their address."""
        for extension in items(self.take("extension")):
            yield word(extension.get("url")).rsplit("/", 1)[-1], extension

    def leftovers(self) -> Iterator[Unmapped]:
        """Every field with content that nobody understood."""
        for name, value in self.body.items():
            if name in ADMINISTRATIVE or name in self.understood or value in (None, [], {}, ""):
                continue
            if name.startswith("_") and name[1:] in ADMINISTRATIVE | self.understood:
                continue
            yield Unmapped(
                self.where(name), f"{self.type}.{name}", summary(value), "has no place in the case"
            )


def extension_value(extension: Mapping[str, Any]) -> Any:
    """The value[x] of an extension."""
    return next((v for name, v in extension.items() if name.startswith("value")), None)


def has_modifier(value: object) -> bool:
    """Whether a modifier extension stands anywhere inside; none is known here."""
    if isinstance(value, dict):
        if value.get("modifierExtension"):
            return True
        inner = [item for name, item in value.items() if name != "contained"]
    elif isinstance(value, list):
        inner = value
    else:
        return False
    return any(has_modifier(item) for item in inner if isinstance(item, dict | list))


def summary(value: object) -> str:
    """Content in few characters: words for concepts and quantities, JSON for the rest."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(summary, value)))
    if isinstance(value, dict):
        return _summary_of(value)
    return json.dumps(value, ensure_ascii=False)


def _summary_of(body: Mapping[str, Any]) -> str:
    if "coding" in body or _is_coding(body):
        return concept(body).label
    if "value" in body and set(body) <= {"value", "unit", "code", "system", "comparator"}:
        unit = word(body.get("unit")) or word(body.get("code"))
        return f"{word(body.get('comparator'))}{digits(body['value'])} {unit}".strip()
    if isinstance(body.get("text"), str) and len(body) == 1:
        return word(body["text"])
    if "reference" in body:
        return word(body.get("display")) or word(body.get("reference"))
    if "data" in body and "contentType" in body:
        size = len(word(body.get("data")))
        return f"attachment {word(body.get('contentType'))}, {size:,} characters"
    if set(body) == {"id", "label"}:
        body = {"label": f"{word(body['label'])} ({word(body['id'])})"}
    parts = [
        f"{name}: {summary(item)}"
        for name, item in body.items()
        if name not in _WRAPPING and not (name == "text" and isinstance(item, dict))
    ]
    return "{" + ", ".join(parts) + "}"


def _is_coding(body: Mapping[str, Any]) -> bool:
    known = {"code", "display", "system", "version", "userSelected"}
    return set(body) <= known and not isinstance(body.get("code"), dict | list)


_WRAPPING = frozenset({"meta", "resourceType", "contained", "identifier", "id"})


def listed(resource: Resource, reason: str, *, value: str | None = None) -> Unmapped:
    """A whole resource as content without a place."""
    name = resource.type or "content"
    label = concept(resource.body.get("code")).label
    if value is None:
        clinical = {
            key: item
            for key, item in resource.body.items()
            if key not in ADMINISTRATIVE and key != "code"
        }
        value = summary(clinical) if clinical else ""
    resource.outcome = resource.outcome or "listed"
    return Unmapped(resource.where(), f"{name} {label}".strip(), value, reason)


def first(values: Iterable[str]) -> str:
    """The first text that is not empty."""
    return next((value for value in values if value), "")
