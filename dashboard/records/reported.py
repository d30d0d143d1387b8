"""A molecular feature whose value is given as the variant itself: G12C, p.Val600Glu.

Which changes count as which level is knowledge (`alterations`). A change of another gene, or one
that cannot exist, is refused with the nearest valid forms; a residue without its change (V600) and
a sound change that no level covers are asked about, because what they mean for a treatment
is not judged here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dashboard.knowledge.schema import Kind
from dashboard.records.alterations import ALTERING, Meaning, level_of, meaning_of
from dashboard.records.cells import Cell, Interpreted
from dashboard.records.patient import Value
from dashboard.records.variants import Variant, hot_spot_gene, read_variants
from dashboard.records.wording import either

_INCOMPLETE = re.compile(r"(?:[A-Z0-9-]+\s+)?[A-Z]\d{1,4}")  # V600, BRAF V600: the residue alone


# Words that turn or weaken what stands beside them, in the languages reports are written in. "L858R
# not detected" names L858R and means the opposite: such a text is asked about, never read.
_HEDGE = re.compile(
    r"\b(?:no|not|non|none|never|without|w/o|negative|neg|absent|absence|excluded?|excludes|"
    r"undetected|undetectable|unlikely|suspected|suspicion|suspicious|possible|possibly|probable|"
    r"probably|likely|presumed|pending|awaited|awaiting|untested|tested|inconclusive|indeterminate|"
    r"equivocal|uncertain|unclear|query|queried|rule[ds]? out|r/o|vs|versus|failed|insufficient|"
    r"nicht|kein|keine|keinen|ohne|ausgeschlossen|verdacht|fraglich|"
    r"pas|sans|absence|n[ée]gatif|n[ée]gative|suspect[ée]e?|aucune?|sin|ausente|negativo|negativa|"
    r"ning[uú]na?|sospecha)\b|\?",
    re.IGNORECASE,
)
_WHOLE_GENE = "_mutation"  # how facts end that are about every change of a gene
_PROTEIN_UNKNOWN = re.compile(r"[pc]\.\(?\?\)?")  # p.? is notation, not doubt


def read_reported(cell: Cell, text: str) -> Interpreted | None:
    """The value that reported variants give; None where the text names no variant."""
    meaning = meaning_of(cell.feature)
    if meaning is None:
        return None
    variants = _variants(text, meaning)
    if not variants:
        return None
    if is_hedged(text):
        return _ask_about_hedge(cell, variants, meaning)
    refusals = (_refusal(cell, variant, meaning) for variant in variants)
    refusal = next((one for one in refusals if one is not None), None)
    return refusal or _settled(cell, variants, meaning)


def is_hedged(text: str) -> bool:
    """Whether the text holds a word that denies or doubts what stands beside it."""
    return _HEDGE.search(_PROTEIN_UNKNOWN.sub("", text)) is not None


def _settled(cell: Cell, variants: tuple[Variant, ...], meaning: Meaning) -> Interpreted:
    levels = dict.fromkeys(filter(None, (level_of(meaning, variant) for variant in variants)))
    names = " and ".join(variant.text for variant in variants)
    if len(levels) == 1:
        return cell.taken(_value(cell, next(iter(levels))), note=f"{names} read")
    if levels:
        return cell.asked(
            "level-unclear",
            f"{cell.label}: {names} speak for {either(list(levels))}. Which counts?",
            {cell.feature.level_label(level): _value(cell, level) for level in levels},
        )
    return _ask_about(cell, variants, meaning)


def _variants(text: str, meaning: Meaning) -> tuple[Variant, ...]:
    """The variants named, each with a gene: the only one of the feature, or the one that fits."""
    genes = sorted(meaning.genes)
    found = read_variants(text, genes[0] if len(genes) == 1 else "")
    return tuple(
        variant if variant.gene else _with_fitting_gene(variant, meaning) for variant in found
    )


def _with_fitting_gene(variant: Variant, meaning: Meaning) -> Variant:
    candidates = (replace(variant, gene=gene) for gene in sorted(meaning.genes))
    return next((named for named in candidates if level_of(meaning, named)), variant)


def _value(cell: Cell, level: str) -> Value:
    return level == "true" if cell.feature.kind is Kind.FLAG else level


def _refusal(cell: Cell, variant: Variant, meaning: Meaning) -> Interpreted | None:
    genes = sorted(meaning.genes)
    elsewhere = hot_spot_gene(variant.short or cell.text)
    if variant.gene and variant.gene not in genes:
        elsewhere = (variant.gene,)
    if elsewhere and not set(elsewhere) & set(genes):
        return cell.refused(
            "wrong-gene",
            f"{cell.label}: '{cell.text}' is a change of {either(elsewhere)}, "
            f"not of {either(genes)}.",
            expected=cell.allowed(),
            fix="Move it to the column of its gene, or correct the variant.",
        )
    if not variant.fault:
        return None
    near = f" The nearest valid forms are {either(variant.nearest)}." if variant.nearest else ""
    message = f"{cell.label}: '{cell.text}' {variant.fault.rstrip('.')}.{near}"
    if _INCOMPLETE.fullmatch(cell.raw.text.strip()):
        return cell.asked("variant-incomplete", message, _offered(cell, variant, meaning))
    return cell.refused(
        "variant-malformed",
        message,
        expected="a change such as p.Gly12Cys, G12C or c.34G>T",
        fix="Copy the variant from the report.",
    )


def _offered(cell: Cell, variant: Variant, meaning: Meaning) -> dict[str, Value]:
    """The nearest valid forms that decide the feature, one for each value it could take."""
    gene = variant.gene or min(meaning.genes)
    offered: dict[str, Value] = {}
    for short in variant.nearest:
        for candidate in read_variants(short, gene):
            level = level_of(meaning, candidate)
            if level and not candidate.fault:
                label = short if level in {short, "true"} else f"{short} ({level})"
                offered[label] = _value(cell, level)
    return offered


def _ask_about_hedge(cell: Cell, variants: tuple[Variant, ...], meaning: Meaning) -> Interpreted:
    """A change named together with a word of doubt or denial: which of the two is meant."""
    readings: dict[str, Value] = {}
    for level in filter(None, (level_of(meaning, variant) for variant in variants)):
        found = "yes" if level == "true" else cell.feature.level_label(level)
        readings[f"Found: {found}"] = _value(cell, level)
    if meaning.negative:
        readings["Looked for and not found"] = _value(cell, meaning.negative)
    return cell.asked(
        "finding-hedged",
        f"{cell.label}: '{cell.text}' names a change beside a word that denies or doubts it. "
        "Was it found?",
        readings,
    )


def _ask_about(cell: Cell, variants: tuple[Variant, ...], meaning: Meaning) -> Interpreted:
    names = " and ".join(variant.text for variant in variants)
    offered: dict[str, Value] = {}
    message = f"{cell.label}: the file names {names}, which is none of the changes asked for here."
    altered = any(variant.kind in ALTERING for variant in variants)
    if altered and cell.feature.levels and cell.feature.id.endswith(_WHOLE_GENE):
        # The gene is altered, so it cannot count as unaltered; another change may stand beside.
        message += " Was one of these found beside it?"
        offered = {cell.feature.level_label(level): level for level in meaning.values}
    elif meaning.negative:
        value = _value(cell, meaning.negative)
        label = "no" if value is False else cell.feature.level_label(str(value))
        offered[f"It counts as {label}"] = value
    return cell.asked("variant-differs", message, offered)
