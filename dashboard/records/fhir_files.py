"""From the bytes of a FHIR file to its resources, and from references to what they point at.

Takes a Bundle, a single resource, a list of resources, or one resource a line (NDJSON); bundles
inside bundles are opened, and the results that a report holds inside itself are taken out of it.
References are followed inside the file only: a link to anywhere else stays a text. What the
resources say is for the readers above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.records.fhir_parts import Resource, items, listed, mapping, summary, word
from dashboard.records.moments import read_moment
from dashboard.records.patient import Finding, Severity, Unmapped, Where
from dashboard.records.strict_json import Document, read_json, read_json_lines

_SECOND_DOCUMENT = "a second document follows"
_EFFECTIVE = ("effectiveDateTime", "effectivePeriod")


@dataclass(slots=True)
class FhirFile:
    """The resources of a file and what can be said of the file as a whole."""

    name: str
    resources: list[Resource] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    deleted: dict[str, str] = field(default_factory=dict)  # Type/id -> the entry that deletes it
    _index: dict[str, Resource] = field(default_factory=dict)
    _inside: dict[tuple[int, str], Resource] = field(default_factory=dict)

    def index(self) -> None:
        """Make resources findable by type and id, and by their full address."""
        for resource in self.resources:
            for key in (resource.key, resource.address):
                if key and resource.outcome != "blocked":
                    self._index.setdefault(key, resource)
            for number, body in enumerate(items(resource.body.get("contained"))):
                name = word(body.get("id")) or f"{number}"
                place = f"{resource.place}.contained({name})"
                inside = Resource(body, place, resource.file, resource.row, container=resource)
                self._inside.setdefault((id(resource), name), inside)
        for report in [one for one in self.resources if one.type == "DiagnosticReport"]:
            if not report.outcome:
                self.resources += self._held(report)

    def _held(self, report: Resource) -> list[Resource]:
        """The results that stand inside a report, with those that they in turn refer to."""
        held: dict[int, Resource] = {}
        waiting = [report]
        while waiting:
            outer = waiting.pop(0)
            for reference in _parts(outer):
                found = self.find(outer, reference) if reference.startswith("#") else None
                if found is not None and found.type == "Observation" and id(found) not in held:
                    _date_from(report, found)
                    held[id(found)] = found
                    waiting.append(found)
        return list(held.values())

    def contained(self) -> list[Resource]:
        """The resources that stand inside others."""
        return list(self._inside.values())

    def find(self, resource: Resource, reference: str) -> Resource | None:
        """What a reference of a resource points at, if it is in the file."""
        if reference.startswith("#"):
            outer = resource.container or resource
            return self._inside.get((id(outer), reference[1:])) if reference[1:] else outer
        plain = reference.partition("/_history/")[0]
        own = resource.address.removesuffix(resource.key)  # the server that this one came from
        if own != resource.address and f"{own}{plain}" in self._index:
            return self._index[f"{own}{plain}"]
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
    settle_versions(file)
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
        if _is_deletion(entry):
            _delete(file, entry, path, row)
        elif resource is None:
            where = Where(file.name, row, path)
            reason = "an entry without a resource"
            file.unmapped.append(Unmapped(where, "entry", summary(entry), reason))
        else:
            _add(file, resource, path, row, word(mapping(entry).get("fullUrl")))


def _is_deletion(entry: object) -> bool:
    return word(mapping(mapping(entry).get("request")).get("method")).upper() == "DELETE"


def _delete(file: FhirFile, entry: Mapping[str, Any], path: str, row: int | None) -> None:
    """An entry that deletes a resource: neither its own content nor an earlier version counts."""
    resource, url = mapping(entry.get("resource")), word(mapping(entry["request"]).get("url"))
    named = f"{word(resource.get('resourceType'))}/{word(resource.get('id'))}"
    key = "/".join(url.strip("/").split("/")[-2:]) if url else named
    file.deleted[key] = path
    where = Where(file.name, row, path)
    text = summary(resource) if resource else key
    file.unmapped.append(Unmapped(where, f"deletion of {key}", text, "deleted by the bundle"))


def settle_versions(file: FhirFile) -> None:
    """Of a resource that comes several times the newest version counts; deleted ones do not."""
    versions: dict[str, list[Resource]] = {}
    for resource in file.resources:
        if resource.key:
            versions.setdefault(f"{resource.address} {resource.key}", []).append(resource)
    for found in versions.values():
        entry = file.deleted.get(found[0].key)
        if entry:
            for resource in found:
                _set_aside(file, resource, f"deleted by {entry}; not used")
        elif len(found) > 1:
            _keep_newest(file, found)


def _keep_newest(file: FhirFile, found: list[Resource]) -> None:
    bodies = [{k: v for k, v in one.body.items() if k != "meta"} for one in found]
    if all(body == bodies[0] for body in bodies):
        for repeated in found[1:]:
            _set_aside(file, repeated, "repeats another of the file word for word; read once")
        return
    stamps = [_stamp(one) for one in found]
    last = max(stamps)
    if all(stamps) and stamps.count(last) == 1:
        for one, stamp in zip(found, stamps, strict=True):
            if stamp != last:
                _set_aside(file, one, "an earlier version; the newest one counts")
        return
    file.findings.append(
        Finding(
            Severity.WARNING,
            "resource-id-twice",
            f"{found[0].key} stands {len(found)} times in the file with different content, and "
            "nothing says which is newer; all of them were read.",
            found[0].where(),
            expected="one resource for each id, or versions with meta.lastUpdated",
            fix="Export the record again with current versions only.",
        )
    )


def _stamp(resource: Resource) -> tuple[str, ...]:
    """What orders the versions of a resource: when it was last updated."""
    moment = read_moment(mapping(resource.body.get("meta")).get("lastUpdated"))
    return () if moment is None else tuple(map(str, moment.order))


def _set_aside(file: FhirFile, resource: Resource, reason: str) -> None:
    resource.outcome = "blocked"
    file.unmapped.append(listed(resource, reason))


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


def subjects(resource: Resource) -> Iterator[str]:
    """The references to the patient that a resource, or what it stands inside of, speaks of."""
    for name in ("subject", "patient", "individual"):
        if reference := word(mapping(resource.body.get(name)).get("reference")):
            yield reference
    if resource.container is not None:
        yield from subjects(resource.container)


def _parts(resource: Resource) -> Iterator[str]:
    """What a report or a panel names as its results."""
    for name in ("result", "hasMember"):
        for item in items(resource.body.get(name)):
            yield word(item.get("reference"))


def _date_from(report: Resource, result: Resource) -> None:
    """A result without a day of its own is of the day of the report it stands in."""
    stated = {name: report.body[name] for name in _EFFECTIVE if report.body.get(name)}
    if stated and not any(name.startswith("effective") for name in result.body):
        result.body = {**result.body, **stated}
        result.borrowed = tuple(stated)
