"""A hospital's own rows, guidelines and references: looked at first, then kept with what ships.

A file passes the gate of all uploads before it is read. Rows that cannot be used are named and left
out. What was added can be taken away again; it never changes what ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboard.answers.evidence import CIVIC, GUIDELINE, REFERENCES, ROWS, Addition, Document
from dashboard.foundation.errors import UserError
from dashboard.records import civic_rows, evidence_rows, gate, guideline_rows
from dashboard.records.patient import Finding, Severity, Where
from dashboard.records.references import looks_like_references, read_references
from dashboard.records.uploads import safe_name
from dashboard.records.workbook import is_workbook, read_workbook
from dashboard.services import own_documents as documents_of
from dashboard.services.context import Context, Permission
from dashboard.vault.own_evidence import OwnEvidence, digest_of

# The gate counts the lines of a table; an export of references has a line for every field.
_OF_TABLES = frozenset({"upload-too-long", "upload-too-wide"})
_FORMS = (
    "PubMed (.nbib), RIS (.ris), evidence of CIViC (.tsv), or a template of own rows or guidelines "
    "(.csv, .xlsx)"
)
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
    """Read a file of rows or guidelines (CSV, XLSX), of CIViC (TSV) or of references (PubMed, RIS).

    Nothing of it is kept.
    """
    context.require(Permission.EVIDENCE_WRITE)
    shown = safe_name(name)
    book = is_workbook(content)
    text, doubts = ("", ()) if book else _text(content, shown)
    references = looks_like_references(text)
    kind = REFERENCES if references else _kind_of_table(text)
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
    read = _of_book(context, content, shown) if book else _read(context, text, shown, kind)
    added = bool(read.documents) and _store(context).holds(digest_of(read.documents))
    told = (*findings, *doubts, *read.findings)
    return Looked(shown, read.kind, read.documents, told, added)


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


def guideline_template(context: Context) -> bytes:
    """A guideline table to fill in."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("evidence.template", GUIDELINE)
    return guideline_rows.template()


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


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file holds, of which kind, and what speaks against the rest."""

    kind: str
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]


def _read(context: Context, text: str, name: str, kind: str) -> _Read:
    if kind == REFERENCES:
        found, wrong = read_references(text, name)
        return _Read(kind, tuple(map(documents_of.of_reference, found)), wrong)
    if civic_rows.is_civic_without_tabs(text):
        return _Read(CIVIC, (), (civic_rows.without_tabs(name),))
    if kind == CIVIC:
        items, wrong = civic_rows.read_civic(text, name)
        library = context.library
        return _Read(kind, tuple(documents_of.of_item(item, library) for item in items), wrong)
    packs = {pack.id: pack for pack in context.library.packs}
    if kind == GUIDELINE:
        said, wrong = guideline_rows.read_rows(text, name, packs, context.clock().date())
        return _Read(kind, tuple(documents_of.of_guideline(row, packs) for row in said), wrong)
    regimens = {name: tuple(pack.regimens_by_id) for name, pack in packs.items()}
    rows, wrong = evidence_rows.read_rows(text, name, regimens)
    return _Read(kind, tuple(documents_of.of_row(row, packs) for row in rows), wrong)


def _of_book(context: Context, content: bytes, name: str) -> _Read:
    sheet = read_workbook(content, name, {}, _recognised)
    if not sheet.readable:
        told = tuple(replace(f, choices=(), key="", rest=_NOTHING) for f in sheet.findings)
        return _Read(ROWS, (), told)
    records = [(sheet.header_row, list(sheet.header)), *sheet.rows]
    packs = {pack.id: pack for pack in context.library.packs}
    if guideline_rows.is_guideline(sheet.header):
        today = context.clock().date()
        said, wrong = guideline_rows.read_records(records, name, packs, today)
        made = tuple(documents_of.of_guideline(row, packs) for row in said)
        return _Read(GUIDELINE, made, (*sheet.findings, *wrong))
    regimens = {name: tuple(pack.regimens_by_id) for name, pack in packs.items()}
    rows, wrong = evidence_rows.read_records(records, name, regimens)
    made = tuple(documents_of.of_row(row, packs) for row in rows)
    return _Read(ROWS, made, (*sheet.findings, *wrong))


def _kind_of_table(text: str) -> str:
    """By its first line; a table that is none of the others holds own rows."""
    if civic_rows.is_civic(text):
        return CIVIC
    return GUIDELINE if guideline_rows.looks_like_a_guideline(text) else ROWS


def _recognised(cells: Sequence[str]) -> int:
    """How many cells of a first line are columns of a table that is known here."""
    return max(evidence_rows.FORM.recognised(cells), guideline_rows.FORM.recognised(cells))


def _of_evidence(finding: Finding) -> Finding:
    """What the gate of all uploads refuses, in the words of a page that reads no patients."""
    return replace(
        finding,
        expected=_FORMS,
        fix="Export the rows or references again, or start from the template.",
        rest=_NOTHING,
    )
