"""From the bytes of a FHIR file to its resources, and from references to what they point at.

Takes a Bundle, a single resource, a list of resources, or one resource a line (NDJSON); bundles
inside bundles are opened. References are followed inside the file only: a link to anywhere else
stays a text. What the resources say is for the readers above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.records.fhir_parts import Resource, items, mapping, summary, word
from dashboard.records.patient import Finding, Severity, Unmapped, Where
from dashboard.records.strict_json import Document, read_json, read_json_lines

_SECOND_DOCUMENT = "a second document follows"


@dataclass(slots=True)
class FhirFile:
    """The resources of a file and what can be said of the file as a whole."""

    name: str
    resources: list[Resource] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    _index: dict[str, Resource] = field(default_factory=dict)

    def index(self) -> None:
        """Make resources findable by type and id, and by their full address."""
        for resource in self.resources:
            for key in (f"{resource.type}/{resource.id}" if resource.id else "", resource.address):
                if key:
                    self._index.setdefault(key, resource)

    def find(self, resource: Resource, reference: str) -> Resource | None:
        """What a reference of a resource points at, if it is in the file."""
        if reference.startswith("#"):
            return _contained(resource, reference[1:])
        plain = reference.partition("/_history/")[0]
        if plain in self._index:
            return self._index[plain]
        parts = plain.rstrip("/").split("/")
        return self._index.get("/".join(parts[-2:])) if len(parts) > 2 else None  # noqa: PLR2004


def open_file(content: bytes, name: str) -> FhirFile:
    """Parse the file and collect its resources; problems are findings of the result."""
    file = FhirFile(name)
    if name.casefold().endswith((".ndjson", ".jsonl")):
        _add_lines(file, content)
    else:
        document = read_json(content, name)
        if any(_SECOND_DOCUMENT in finding.message for finding in document.findings):
            _add_lines(file, content)
        else:
            _add_document(file, document, None)
    file.index()
    return file


def _add_lines(file: FhirFile, content: bytes) -> None:
    for number, document in read_json_lines(content, file.name):
        _add_document(file, document, number)


def _add_document(file: FhirFile, document: Document, row: int | None) -> None:
    file.findings.extend(document.findings)
    content = document.content
    if content is None:
        if not document.findings:
            file.findings.append(_no_fhir(file.name, row))
        return
    entries = content if isinstance(content, list) else [content]
    for number, body in enumerate(entries):
        place = f"[{number}]" if isinstance(content, list) else ""
        _add(file, body, place, row)


def _add(file: FhirFile, body: object, place: str, row: int | None, address: str = "") -> None:
    """Add one resource, or everything inside a bundle."""
    kind = word(mapping(body).get("resourceType"))
    where = Where(file.name, row, place)
    if not isinstance(body, dict) or not kind:
        if isinstance(body, dict) and not place:
            file.findings.append(_no_fhir(file.name, row))
        file.unmapped.append(Unmapped(where, "content", summary(body), "no FHIR resource"))
        return
    if kind == "Bundle":
        _add_bundle(file, body, place, row)
    elif kind == "Parameters":
        for number, parameter in enumerate(items(body.get("parameter"))):
            _add(file, parameter.get("resource"), f"{place}parameter[{number}]", row)
    else:
        name = (
            f"{kind}/{word(body.get('id'))}" if word(body.get("id")) else f"{place} {kind}".strip()
        )
        file.resources.append(Resource(body, name, file.name, row, address))


def _add_bundle(file: FhirFile, bundle: Mapping[str, Any], place: str, row: int | None) -> None:
    _warn_incomplete(file, bundle, row)
    entries = bundle.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else items(entries)):
        path = f"{place}entry[{number}]"
        resource = mapping(entry).get("resource")
        if resource is None:
            where = Where(file.name, row, path)
            reason = "an entry without a resource"
            file.unmapped.append(Unmapped(where, "entry", summary(entry), reason))
        else:
            _add(file, resource, path, row, word(mapping(entry).get("fullUrl")))


def _warn_incomplete(file: FhirFile, bundle: Mapping[str, Any], row: int | None) -> None:
    """A page of a search, or a bundle with fewer entries than it counts, is not everything."""
    entries, total = bundle.get("entry"), bundle.get("total")
    more = any(word(link.get("relation")) == "next" for link in items(bundle.get("link")))
    there = len(entries) if isinstance(entries, list) else 0
    if more or (isinstance(total, int) and not isinstance(total, bool) and total > there):
        message = "The bundle is one page of several; the rest of the record is not in this file."
        fix = "Export all pages."
        where = Where(file.name, row, "Bundle.total")
        file.findings.append(Finding(Severity.WARNING, "bundle-page", message, where, fix=fix))


def _no_fhir(name: str, row: int | None) -> Finding:
    return Finding(
        Severity.ERROR,
        "no-fhir",
        "This JSON is no FHIR: it has no resourceType.",
        Where(name, row),
        expected="a FHIR R4 Bundle or resource",
        fix="Export the record as a FHIR R4 bundle.",
        rest="Nothing of it was imported.",
    )


def _contained(resource: Resource, identifier: str) -> Resource | None:
    for body in items(resource.body.get("contained")):
        if word(body.get("id")) == identifier:
            place = f"{resource.place}.contained({identifier})"
            return Resource(body, place, resource.file, resource.row)
    return None


def subjects(resource: Resource) -> Iterator[str]:
    """The references to the patient that a resource speaks of."""
    for name in ("subject", "patient", "individual"):
        if reference := word(mapping(resource.body.get(name)).get("reference")):
            yield reference
