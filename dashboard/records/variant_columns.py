"""Variants that tables name in free text: a column of mutations, or two changes in one cell.

"EGFR Ex19del; TP53 mut" in a column of findings gives what each change means for the pack; of
"L858R + T790M" in a column of EGFR the column takes its own value, and the other change is not
lost. Words that deny or doubt are never read; what decides nothing here, and every piece that is no
variant, is listed. That a change is not named says nothing: nobody knows what was examined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.alterations import Report, level_of, meaning_of, read_report
from dashboard.records.cells import LEAVE_UNKNOWN
from dashboard.records.patient import Choice, Finding, Origin, Severity, Unmapped, Value, Where
from dashboard.records.reported import is_hedged
from dashboard.records.variants import Variant, read_variants
from dashboard.records.wording import shown
from dashboard.records.words import meaning_of_unknown

VARIANTS = "variants"  # the role of a column of findings
_PIECES = re.compile(r"\s*[;\n|]\s*|,\s+(?=[A-Z])")
_HEDGED = "names a change beside a word that denies or doubts it; not used"
_NO_CHANGE = "names no change that is read here"
_SILENT = "not a change this tumour group asks about"


@dataclass(frozen=True, slots=True)
class VariantCell:
    """A cell that may name variants, where it stands, and what its patient is known to have."""

    text: str
    where: Where
    patient: str
    values: dict[str, Value]
    origins: dict[str, Origin]
    who: str = ""


@dataclass(slots=True)
class Told:
    """What is said of such cells."""

    findings: list[Finding]
    unmapped: list[Unmapped]


def read_findings(cell: VariantCell, pack: DiseasePack, told: Told) -> None:
    """Put what a cell of a column of findings names into its patient; the rest is listed."""
    for piece in filter(None, map(str.strip, _PIECES.split(cell.text))):
        variants = read_variants(piece)
        if not variants or any(v.fault or not v.gene for v in variants):
            _leave(cell, piece, _NO_CHANGE, told)
        elif is_hedged(piece):
            _leave(cell, piece, _HEDGED, told)
        else:
            _put(cell, variants, pack, told)


def read_second_changes(cell: VariantCell, feature: Feature, pack: DiseasePack, told: Told) -> None:
    """Of several changes in the cell of one fact, those that are other facts."""
    meaning = meaning_of(feature)
    genes = sorted(meaning.genes) if meaning is not None else []
    if len(genes) != 1 or is_hedged(cell.text) or meaning_of_unknown(cell.text):
        return
    variants = read_variants(cell.text, genes[0])
    if len(variants) < 2 or meaning is None or any(variant.fault for variant in variants):  # noqa: PLR2004 - a pair
        return
    others = [variant for variant in variants if not level_of(meaning, variant)]
    if len(others) < len(variants):  # what the column says at all stands in the cell
        _put(cell, others, pack, told)


def _put(cell: VariantCell, variants: Sequence[Variant], pack: DiseasePack, told: Told) -> None:
    read = read_report(Report(tuple(variants)), pack)
    for reading in read.found:
        if reading.because:
            values = [reading.value(level) for level in reading.levels]
            _take(cell, reading.feature, values, reading.because, told)
    for variant in read.silent:
        _leave(cell, f"{variant.gene} {variant.text}".strip(), _SILENT, told)


def _take(
    cell: VariantCell,
    feature: Feature,
    values: Sequence[Value],
    because: Iterable[Variant],
    told: Told,
) -> None:
    known = cell.values.get(feature.id)
    named = " and ".join(variant.text for variant in because)
    if len(values) == 1 and known in {None, values[0]}:
        if known is None:
            cell.values[feature.id] = values[0]
            place = (cell.where.file, cell.where.row, cell.where.field, cell.text)
            cell.origins[feature.id] = Origin(*place, who=cell.who, note=f"{named} read")
        return
    offered = [*([known] if known is not None else []), *values]
    cell.values.pop(feature.id, None)
    cell.origins.pop(feature.id, None)
    told.findings.append(_ask(cell, feature, list(dict.fromkeys(offered)), named))


def _ask(cell: VariantCell, feature: Feature, offered: Sequence[Value], named: str) -> Finding:
    labels = [_spoken(feature, value) for value in offered]
    return Finding(
        Severity.QUESTION,
        "variants-contradict",
        f"{feature.label}: {shown(cell.where.field)} names {named}, and the row says "
        f"{' and '.join(labels)}. Which counts?",
        cell.where,
        value=shown(cell.text),
        expected="one value",
        fix="Choose the one that is right, or correct the file.",
        rest="The value stays unknown until it is answered; everything else was read.",
        patient=cell.patient,
        choices=(
            *(
                Choice(label, values={feature.id: value})
                for label, value in zip(labels, offered, strict=True)
            ),
            Choice(LEAVE_UNKNOWN, values={feature.id: None}),
        ),
    )


def _spoken(feature: Feature, value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return feature.level_label(str(value))


def _leave(cell: VariantCell, piece: str, reason: str, told: Told) -> None:
    told.unmapped.append(Unmapped(cell.where, cell.where.field, piece, reason))
