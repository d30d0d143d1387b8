"""What was read of a hospital's own files, as documents that are searched and kept.

References, rows of figures, statements of guidelines and items of CIViC each become one document;
of the last two every cell is kept beside what is searched, so that they can be judged for a patient
later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from dashboard.answers.evidence import (
    CIVIC,
    ENDPOINTS,
    GUIDELINE,
    REFERENCES,
    ROWS,
    Citation,
    Document,
    Figure,
)
from dashboard.knowledge.library import Library
from dashboard.knowledge.rules import parse
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.civic_rows import LEVELS, TERMS, CivicRow
from dashboard.records.diseases import disease_named
from dashboard.records.evidence_rows import EvidenceRow
from dashboard.records.guideline_rows import GuidelineRow
from dashboard.records.references import Reference
from dashboard.services.evidence_documents import EARLY, LINES

_MOST_AUTHORS = 3
_YEAR = 4  # digits


def of_reference(reference: Reference) -> Document:
    """A publication with its abstract."""
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


def of_row(row: EvidenceRow, packs: Mapping[str, DiseasePack]) -> Document:
    """A figure of the hospital's own."""
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


def of_guideline(row: GuidelineRow, packs: Mapping[str, DiseasePack]) -> Document:
    """A statement of a guideline table."""
    pack = packs[row.disease]
    regimen = pack.regimen(row.regimen)
    criteria = parse(row.criteria, pack.vocabulary).english(pack.vocabulary)
    graded = ", ".join(filter(None, (row.strength, row.escat and f"ESCAT {row.escat}")))
    told = f"{row.guideline}, version {row.version}, {row.date}"
    return Document(
        f"own/guideline/{'/'.join(asdict(row).values())}".lower(),
        GUIDELINE,
        f"{row.guideline}: {regimen.label}",
        " ".join(filter(None, (f"For {criteria}.", graded and f"{graded}.", row.note))),
        " ".join((pack.label, *(drug.name for drug in regimen.drugs), row.version)),
        {"kind": (GUIDELINE,), "disease": (pack.label,), "regimen": (regimen.label,)},
        int(row.date[:_YEAR]),
        source=Citation(told, row.reference, "memory", f"May be used here: {row.terms}"),
        details=asdict(row),
    )


def of_item(row: CivicRow, library: Library) -> Document:
    """An item of CIViC, with the tumour group its disease belongs to where there is a pack."""
    disease, sure = disease_named(row.text("disease"), library)
    pack = library.pack(disease) if disease and sure else None
    profile, drugs = row.text("molecular_profile"), row.text("therapies")
    level = row.text("evidence_level")
    points = " ".join(filter(None, (row.text("evidence_direction"), row.text("significance"))))
    year = row.text("citation").rpartition(",")[2].strip()
    pmid = row.text("citation_id") if row.text("source_type") == "PubMed" else ""
    return Document(
        f"own/civic/{row.text('evidence_id')}",
        CIVIC,
        " ".join(filter(None, (f"{profile},", drugs, f"in {row.text('disease')}"))),
        f"Level {level} ({LEVELS[level]}). {points}. {row.text('evidence_statement')}",
        " ".join((drugs, row.text("disease"), pack.label if pack else "")),
        {
            "kind": (CIVIC,),
            "disease": (pack.label,) if pack else (),
            "biomarker": (profile,),
        },
        int(year) if year.isdecimal() and len(year) == _YEAR else None,
        source=Citation(
            f"CIViC EID{row.text('evidence_id')}: {row.text('citation')}",
            f"PMID {pmid}" if pmid else row.text("evidence_civic_url"),
            "memory",
            TERMS,
        ),
        details={**dict(row.cells), "pack": pack.id if pack else ""},
    )
