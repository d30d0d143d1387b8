"""Variants that tables name in free text: a column of mutations, or two changes in one cell.

"EGFR Ex19del; TP53 mut" in a column of findings gives what each change means for the pack; of
"L858R + T790M" in a column of EGFR the column takes its own value, and the other change is not
lost. Words that deny or doubt are never read; what decides nothing here, and every piece that is no
variant, is listed. That a change is not named says nothing: nobody knows what was examined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.alterations import (
    Reading,
    Report,
    genes_of_interest,
    level_of,
    meaning_of,
    read_report,
)
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
    wanted = set(genes_of_interest([pack]))
    gene = ""  # holds until the next one is named: EGFR Ex19del, T790M
    for piece in filter(None, map(str.strip, _PIECES.split(cell.text))):
        variants = read_variants(piece, gene)
        gene = variants[-1].gene if variants else gene
        if not variants or any(v.fault or not v.gene for v in variants):
            _leave(cell, piece, _NO_CHANGE, told)
            if wanted & {word.upper() for word in re.findall(r"\w+", piece)}:
                told.findings.append(_unread(cell, piece))
        elif is_hedged(piece):
            _leave(cell, piece, _HEDGED, told)
        else:
            _put(cell, variants, pack, told)


def read_second_changes(cell: VariantCell, feature: Feature, pack: DiseasePack, told: Told) -> None:
    """The changes in the cell of one fact that are other facts: the second one, or the only one."""
    meaning = meaning_of(feature)
    genes = sorted(meaning.genes) if meaning is not None else []
    if len(genes) != 1 or is_hedged(cell.text) or meaning_of_unknown(cell.text):
        return
    variants = read_variants(cell.text, genes[0])
    if meaning is None or any(variant.fault for variant in variants):
        return
    others = [variant for variant in variants if not level_of(meaning, variant)]
    if len(others) == len(variants):  # nothing for the column itself; it refuses other genes
        others = [variant for variant in others if variant.gene == genes[0]]
    _put(cell, others, pack, told)


def _put(cell: VariantCell, variants: Sequence[Variant], pack: DiseasePack, told: Told) -> None:
    """Take what the changes say; where a fact differs, all that its change says waits with it."""
    read = read_report(Report(tuple(variants)), pack)
    found = [reading for reading in read.found if reading.because]
    doubtful = [reading for reading in found if _differs(cell, reading)]
    leading = min(doubtful, key=_breadth, default=None)
    waiting = [
        reading
        for reading in found
        if leading is not None
        and reading is not leading
        and (reading in doubtful or _breadth(reading) > _breadth(leading))
        and not set(leading.because).isdisjoint(reading.because)
    ]
    for reading in found:
        if reading is not leading and reading not in waiting:
            _take(cell, reading)
    if leading is not None:
        told.findings.append(_ask(cell, leading, waiting))
    for variant in read.silent:
        _leave(cell, variant.text, _SILENT, told)


def _breadth(reading: Reading) -> int:
    """How many genes a fact is about; who settles the fact of one gene settles the broad one."""
    meaning = meaning_of(reading.feature)
    return len(meaning.genes) if meaning is not None else 0


def _differs(cell: VariantCell, reading: Reading) -> bool:
    known = cell.values.get(reading.feature.id)
    values = {reading.value(level) for level in reading.levels}
    return len(values) > 1 or (known is not None and values != {known})


def _take(cell: VariantCell, reading: Reading) -> None:
    name = reading.feature.id
    if name in cell.values:
        return
    cell.values[name] = reading.value(reading.levels[0])
    named = " and ".join(variant.text for variant in reading.because)
    place = (cell.where.file, cell.where.row, cell.where.field, cell.text)
    cell.origins[name] = Origin(*place, who=cell.who, note=f"{named} read")


def _ask(cell: VariantCell, leading: Reading, waiting: Sequence[Reading]) -> Finding:
    """One question for what the row and the text say differently; the values wait meanwhile."""
    feature = leading.feature
    known = cell.values.get(feature.id)
    named = " and ".join(variant.text for variant in leading.because)
    offered: dict[Value, dict[str, Value | None]] = {}
    if known is not None:
        offered[known] = {feature.id: known}
    for level in leading.levels:
        value = leading.value(level)
        offered.setdefault(value, {feature.id: value})
        if len(leading.levels) == 1:
            offered[value] |= {
                r.feature.id: r.value(r.levels[0]) for r in waiting if len(r.levels) == 1
            }
    for reading in (leading, *waiting):
        cell.values.pop(reading.feature.id, None)
        cell.origins.pop(reading.feature.id, None)
    labels = [_spoken(feature, value) for value in offered]
    everything = dict.fromkeys(r.feature.id for r in (leading, *waiting))
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
                Choice(label, values={**values, feature.id: value})
                for label, (value, values) in zip(labels, offered.items(), strict=True)
            ),
            Choice(LEAVE_UNKNOWN, answer="unknown", values=everything),
        ),
    )


def _unread(cell: VariantCell, piece: str) -> Finding:
    return Finding(
        Severity.WARNING,
        "variant-unread",
        f"{shown(cell.where.field)}: '{shown(piece)}' speaks of a gene that rules ask about, and "
        "no change could be read from it.",
        cell.where,
        value=shown(piece),
        expected="a gene with its change, such as KRAS p.G12C",
        fix="Write the change out, or enter the fact in a column of its own.",
        rest="It is listed and not used; everything else was read.",
        patient=cell.patient,
    )


def _spoken(feature: Feature, value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return feature.level_label(str(value))


def _leave(cell: VariantCell, piece: str, reason: str, told: Told) -> None:
    told.unmapped.append(Unmapped(cell.where, cell.where.field, piece, reason))
