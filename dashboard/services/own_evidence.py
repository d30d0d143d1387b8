"""A hospital's own rows and references: looked at first, then kept with what ships.

A file passes the gate of all uploads before it is read. Rows that cannot be used are named and left
out. What was added can be taken away again; it never changes what ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.answers.evidence import ENDPOINTS, Addition, Citation, Document, Figure
from dashboard.foundation.errors import UserError
from dashboard.knowledge.schema import DiseasePack
from dashboard.records import evidence_rows, gate
from dashboard.records.evidence_rows import EvidenceRow
from dashboard.records.patient import Finding, Severity, Where
from dashboard.records.references import Reference, looks_like_references, read_references
from dashboard.records.uploads import safe_name
from dashboard.records.workbook import is_workbook, read_workbook
from dashboard.services.context import Context, Permission
from dashboard.services.evidence_documents import EARLY, LINES
from dashboard.vault.own_evidence import OwnEvidence, digest_of

ROWS, REFERENCES = "Own row", "Reference"
# The gate counts the lines of a table; an export of references has a line for every field.
_OF_TABLES = frozenset({"upload-too-long", "upload-too-wide"})
_MOST_AUTHORS = 3
_FORMS = "PubMed (.nbib), RIS (.ris), or the template of own rows (.csv, .xlsx)"
_NOTHING = "Nothing was added."
_MOSTLY = 0.6  # of every other byte being nought: Latin letters of two bytes
_FOREIGN = {"%0 ": "EndNote", "@": "BibTeX", "<?xml": "XML", "{": "JSON"}  # by how they begin


@dataclass(frozen=True, slots=True)
class Looked:
    """What would be added of a file, and what speaks against the rest."""

    name: str
    kind: str
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    added: bool = False  # the same documents are there already


def look(context: Context, content: bytes, name: str) -> Looked:
    """Read a file of rows (CSV, XLSX) or references (PubMed, RIS), keeping nothing of it."""
    context.require(Permission.EVIDENCE_WRITE)
    shown = safe_name(name)
    book = is_workbook(content)
    text, doubts = ("", ()) if book else _text(content, shown)
    references = looks_like_references(text)
    kind = REFERENCES if references else ROWS
    context.record("evidence.previewed", kind, size=len(content))
    findings = tuple(
        finding
        for finding in gate.check_upload(content, name)
        if not (references and finding.code in _OF_TABLES)
    )
    if gate.refuses(findings):
        return Looked(shown, kind, (), tuple(_of_evidence(finding) for finding in findings))
    foreign = next((told for start, told in _FOREIGN.items() if text.startswith(start)), "")
    if foreign:
        return Looked(shown, REFERENCES, (), (*findings, _foreign(shown, foreign)))
    documents, wrong = (
        _of_book(context, content, shown)
        if book
        else _read(context, text, shown, references=references)
    )
    added = bool(documents) and _store(context).holds(digest_of(documents))
    return Looked(shown, kind, documents, (*findings, *doubts, *wrong), added)


def keep(context: Context, looked_at: Looked) -> Addition:
    """Keep what was looked at, in the data folder of this installation.

    Raises:
        UserError: there is nothing in it to keep.
    """
    context.require(Permission.EVIDENCE_WRITE)
    if not looked_at.documents:
        raise UserError(
            f"Nothing of {looked_at.name} can be added.",
            hint=" ".join(f.message for f in looked_at.findings[:3]) or "The file is empty.",
        )
    when = context.clock().isoformat(timespec="minutes")
    wanted = Addition("", looked_at.name, looked_at.kind, when, context.actor.name, 0)
    kept = _store(context).add(looked_at.documents, wanted)
    context.record("evidence.added", kept.id, documents=kept.documents)
    return kept


def additions(context: Context) -> tuple[Addition, ...]:
    """What was added, the latest first."""
    context.require(Permission.KNOWLEDGE_READ)
    found = _store(context).additions()
    context.record("evidence.listed", additions=len(found))
    return found


def remove(context: Context, addition_id: str) -> None:
    """Take an addition away.

    Raises:
        UserError: there is none of this id.
    """
    context.require(Permission.EVIDENCE_WRITE)
    if not _store(context).remove(addition_id):
        raise UserError("This addition is not there any more.", hint="Load the page again.")
    context.record("evidence.removed", addition_id)


def template(context: Context) -> bytes:
    """A file of rows to fill in."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("evidence.template")
    return evidence_rows.template()


def _store(context: Context) -> OwnEvidence:
    return OwnEvidence(context.settings.data_dir / "evidence")


def _foreign(name: str, form: str) -> Finding:
    return Finding(
        Severity.ERROR, "references-foreign", f"The file looks like an export in {form} form.",
        Where(name), expected=_FORMS,
        fix="Export the references as RIS from your reference manager.", rest=_NOTHING,
    )  # fmt: skip


def _text(content: bytes, name: str) -> tuple[str, tuple[Finding, ...]]:
    """The text of a file, and a warning where its encoding had to be told from the bytes."""
    wide = _wide(content)
    if wide:
        return content.decode(wide, "replace"), ()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        doubt = Finding(
            Severity.WARNING, "encoding", "The file is not UTF-8; it was read as Windows-1252.",
            Where(name), expected="UTF-8", fix="Check the accents, or save the file as UTF-8.",
            rest="Everything was read.",
        )  # fmt: skip
        return content.decode("cp1252", "replace"), (doubt,)


def _wide(content: bytes) -> str:
    """The encoding of a file with two or four bytes a letter, marked or not; or nothing."""
    marks = {
        b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32",
        b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
    }  # fmt: skip
    for mark, encoding in marks.items():
        if content.startswith(mark):
            return encoding
    begin = content[:2000]
    if begin[1::2].count(0) > _MOSTLY * len(begin) / 2:
        return "utf-16-le"
    return "utf-16-be" if begin[0::2].count(0) > _MOSTLY * len(begin) / 2 else ""


def _read(
    context: Context, text: str, name: str, *, references: bool
) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    if references:
        found, wrong = read_references(text, name)
        return tuple(_of_reference(reference) for reference in found), wrong
    packs = {pack.id: pack for pack in context.library.packs}
    regimens = {name: tuple(pack.regimens_by_id) for name, pack in packs.items()}
    rows, wrong = evidence_rows.read_rows(text, name, regimens)
    return tuple(_of_row(row, packs) for row in rows), wrong


def _of_book(
    context: Context, content: bytes, name: str
) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    sheet = read_workbook(content, name, {}, evidence_rows.recognised)
    if not sheet.readable:
        return (), tuple(replace(f, choices=(), key="", rest=_NOTHING) for f in sheet.findings)
    packs = {pack.id: pack for pack in context.library.packs}
    regimens = {name: tuple(pack.regimens_by_id) for name, pack in packs.items()}
    records = [(sheet.header_row, list(sheet.header)), *sheet.rows]
    rows, wrong = evidence_rows.read_records(records, name, regimens)
    return tuple(_of_row(row, packs) for row in rows), (*sheet.findings, *wrong)


def _of_evidence(finding: Finding) -> Finding:
    """What the gate of all uploads refuses, in the words of a page that reads no patients."""
    return replace(
        finding,
        expected=_FORMS,
        fix="Export the rows or references again, or start from the template.",
        rest=_NOTHING,
    )


def _of_reference(reference: Reference) -> Document:
    authors = ", ".join(reference.authors[:_MOST_AUTHORS])
    more = " and others" if len(reference.authors) > _MOST_AUTHORS else ""
    told = f"{authors}{more}. {reference.journal}".strip(". ")
    number = reference.doi or (f"PMID {reference.pmid}" if reference.pmid else "")
    return Document(
        f"own/{reference.identity}",
        REFERENCES,
        reference.title,
        reference.abstract,
        " ".join((*reference.keywords, *reference.authors, reference.journal)),
        {"kind": (REFERENCES,)},
        reference.year,
        source=Citation(told, number),
    )


def _of_row(row: EvidenceRow, packs: Mapping[str, DiseasePack]) -> Document:
    pack = packs.get(row.text("disease"))
    regimen = pack.regimens_by_id.get(row.text("regimen")) if pack else None
    endpoint = ENDPOINTS.get(row.text("endpoint"), "")
    line = EARLY if row.text("line") == "early" else LINES.get(row.text("line"), "")
    patients, year = row.number("patients"), row.number("year")
    facets = {
        "kind": (ROWS,),
        "disease": (pack.label,) if pack else (),
        "regimen": (regimen.label,) if regimen else (),
        "biomarker": (row.text("biomarker"),) if row.text("biomarker") else (),
        "line": (line,) if line else (),
        "endpoint": (endpoint,) if endpoint else (),
    }
    drugs = [drug.name for drug in regimen.drugs] if regimen else []
    words = [pack.label, pack.id] if pack else []
    return Document(
        f"own/{row.text('title')}/{row.text('measure')}/{row.text('reference')}".lower(),
        ROWS,
        row.text("title"),
        row.text("note"),
        " ".join((*words, *drugs, *(value for values in facets.values() for value in values))),
        facets,
        None if year is None else int(year),
        None if patients is None else int(patients),
        _figures(row),
        Citation(row.text("source"), row.text("reference"), "memory", row.text("note")),
    )


def _figures(row: EvidenceRow) -> tuple[Figure, ...]:
    value, low, high = (row.number(column) for column in ("value", "low", "high"))
    if value is None and low is None:
        return ()
    endpoint = row.text("endpoint")
    label = row.text("measure") or ENDPOINTS.get(endpoint, "figure")
    whose = "as the hospital gave it"
    return (Figure(endpoint, label, value, low, high, row.text("unit"), whose),)
