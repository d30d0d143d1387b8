"""What the cell of a diagnosis says beyond the tumour group: histology, stage, changes of genes.

Of "NSCLC squamous stage IVB EGFR L858R" the words that the readers of those facts know without
doubt are taken, where the row says nothing of the fact elsewhere; every other word is listed. A
cell with a word of doubt or denial is listed whole. Which tumour group is meant stands in
`diseases`; nothing is concluded from a word that is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dashboard.knowledge.codes import diseases_of
from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.cells import Raw
from dashboard.records.diseases import disease_named
from dashboard.records.mapping import name_key
from dashboard.records.patient import Finding, Origin, Severity, Unmapped
from dashboard.records.reported import is_hedged
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret
from dashboard.records.variant_columns import Told, VariantCell, read_findings
from dashboard.records.variants import known_gene, read_variants
from dashboard.records.wording import shown

DIAGNOSIS = "diagnosis"  # the role of a column read for what it says beside that of the disease
_SYSTEMS = ("oncotree", "icd10", "icdo3", "snomed")
_SPLIT = re.compile(r"[\s,;|()\[\]]+")
_LONGEST = 4  # words of one fact: EGFR exon 20 insertion
_STAGE_FACTS = ("stage", "m_stage")
_STAGE = re.compile(
    r"(?:(?:stage|stadium|uicc|ajcc|stade|estadio) )+(?:[0-4]|i{1,3}|iv)[a-d]?[1-3]?"
    r"|(?:i{1,3}|iv)[a-d]?[1-3]?|m[01][a-d]?",
    re.IGNORECASE,
)
# Words that say no more than that it is a tumour of this organ.
_PLAIN = re.compile(
    r"cancers?|carcinoma|ca|cell|tumou?r|neoplasm|malignant|malignancy|of|the|and|with|"
    r"krebs|karzinom|stage|stadium|-|/|:",
    re.IGNORECASE,
)
_OWN = {
    "nsclc": r"m?nsclc|non|small|non-?small(?:-?cell)?|lung|lungs|lunge|bronch\w*|pulmonary",
    "breast": r"m?bc|breast|mamma|mammary|mammakarzinom|mamma-?ca",
    "colorectal": r"m?crc|colorectal|colon|rectal|rectum|kolon|rektum|kolorektal\w*",
    "melanoma": r"melanoma|melanom|skin",
}
_NOT_SMALL = re.compile(r"\bnon(?=[\s-]?small)", re.IGNORECASE)  # denies nothing
_LEFT = "stands in the diagnosis and was not read"
_TAKEN_ELSEWHERE = "stands in the diagnosis; another column says it"


@dataclass(slots=True)
class _Said:
    """What the words of one cell come to."""

    facts: dict[str, list[str]] = field(default_factory=dict)  # feature -> the words that say it
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def read_diagnoses(
    cells: Sequence[tuple[VariantCell, set[str]]],
    pack: DiseasePack,
    told: Told,
    library: Library | None = None,
) -> None:
    """Take what the cells of one column say beyond the disease, and list what is left of them.

    Args:
        cells: each with the facts that a column of their own says something about in its row.
        pack: of the tumour group the rows were read as.
        told: findings and content without a place are added.
        library: for a column beside that of the disease, which may mean another tumour group.
    """
    texts = {cell.text for cell, _ in cells if cell.text}
    more = {text for text in texts if not is_name(text, pack)}
    named = {text: disease_named(text, library)[0] for text in more} if library else {}
    for cell, filled in cells:
        if cell.text not in more:
            continue
        if named.get(cell.text, "") in {"", pack.id}:
            _read_diagnosis(cell, pack, filled, told)
        else:
            _tell_other_disease(cell, pack.id, named[cell.text], told)


def _read_diagnosis(cell: VariantCell, pack: DiseasePack, filled: set[str], told: Told) -> None:
    if is_hedged(_NOT_SMALL.sub("", cell.text)):
        _list(cell, cell.text, "stands beside a word that denies or doubts; not used", told)
        return
    said = _said(cell.text, pack)
    for name, words in said.facts.items():
        _take(cell, pack.vocabulary[name], words, filled, told)
    if said.changes:
        changes = "; ".join(said.changes)
        named = VariantCell(changes, cell.where, cell.patient, cell.values, cell.origins, cell.who)
        read_findings(named, pack, told)
    if said.left:
        _list(cell, " ".join(said.left), _LEFT, told)


def _tell_other_disease(cell: VariantCell, disease: str, named: str, told: Told) -> None:
    """Say that a diagnosis means another tumour group than the row's, and list its words."""
    told.findings.append(
        Finding(
            Severity.WARNING,
            "diagnosis-differs",
            f"The diagnosis '{shown(cell.text)}' means {named}, and the row is of {disease}.",
            cell.where,
            value=shown(cell.text),
            expected=f"a diagnosis of {disease}, or {named} as the disease",
            fix="Check which tumour group the row belongs to.",
            rest=f"The row was read as {disease}; nothing was taken from the diagnosis.",
            patient=cell.patient,
        )
    )
    _list(cell, cell.text, f"means {named}, and the row is of {disease}; not used", told)


def is_name(text: str, pack: DiseasePack) -> bool:
    """Whether the text is the tumour group's name or a code of it (NSCLC, not LUAD), no more."""
    key = name_key(text)
    if key in {name_key(pack.id), name_key(pack.label)}:
        return True
    return _is_code(text, pack) and not _fact(text, pack)


def _is_code(text: str, pack: DiseasePack) -> bool:
    alone = len(text.split()) == 1
    return alone and any(diseases_of([pack], system, text) for system in _SYSTEMS)


def _said(text: str, pack: DiseasePack) -> _Said:
    words = [word for word in _SPLIT.split(text) if word]
    said, at, gene = _Said(), 0, ""
    while at < len(words):
        spans = list(_spans(words, at))
        change = next((s for s in reversed(spans) if _is_change(s, gene)), None)
        fact = next(((f, s) for s in spans if (f := _fact(s, pack))), None)
        length = 1
        if change is not None:
            gene = read_variants(change, gene)[-1].gene
            said.changes.append(change)
            length = len(change.split(" "))
        elif fact is not None:
            said.facts.setdefault(fact[0], []).append(fact[1])
            length = len(fact[1].split(" "))
        elif not _is_plain(words[at], pack):
            said.left.append(words[at])
        at += length
    return said


def _spans(words: list[str], at: int) -> Iterator[str]:
    """The runs of words that start here, longest first."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        yield " ".join(words[at : at + length])


def _is_change(span: str, gene: str) -> bool:
    """Whether a run is one change: it begins with its gene, or goes on with the one before."""
    first, *others = span.split(" ")
    if any(known_gene(word) is not None for word in others):
        return False
    own = known_gene(first) is not None
    fusion = " " not in span and "-" in span
    if not (own or fusion or (gene and " " not in span and any(map(str.isdigit, span)))):
        return False
    found = read_variants(span, "" if own or fusion else gene)
    return len(found) == 1 and bool(found[0].gene) and not found[0].fault


def _fact(span: str, pack: DiseasePack) -> str:
    """The one fact, histology or stage, that a run of words says without doubt."""
    names = _STAGE_FACTS if _STAGE.fullmatch(span) else ("histology",)
    features = (pack.vocabulary.get(name) for name in names)
    found = [f.id for f in features if f is not None and _level(f, span)]
    return found[0] if len(found) == 1 else ""


def _level(feature: Feature, words: str) -> str:
    outcome = interpret(feature, Raw(words), UnitTable.standard())
    return "" if outcome.findings or outcome.value is None else str(outcome.value)


def _is_plain(word: str, pack: DiseasePack) -> bool:
    own = re.compile(_OWN.get(pack.id, re.escape(pack.id)), re.IGNORECASE)
    return bool(_PLAIN.fullmatch(word) or own.fullmatch(word)) or is_name(word, pack)


def _take(
    cell: VariantCell, feature: Feature, words: list[str], filled: set[str], told: Told
) -> None:
    levels = {_level(feature, text) for text in words}
    known = cell.values.get(feature.id)
    if levels == {known}:
        return
    if len(levels) > 1 or feature.id in filled or known is not None:
        reason = _TAKEN_ELSEWHERE if len(levels) == 1 else "says two things of one fact; not used"
        _list(cell, ", ".join(words), f"{reason} ({feature.label or feature.id})", told)
        return
    cell.values[feature.id] = levels.pop()
    place = (cell.where.file, cell.where.row, cell.where.field, cell.text)
    note = f"'{words[0]}' read from the diagnosis"
    cell.origins[feature.id] = Origin(*place, who=cell.who, note=note)


def _list(cell: VariantCell, text: str, reason: str, told: Told) -> None:
    told.unmapped.append(Unmapped(cell.where, cell.where.field, text, reason))
