"""What the variants of a report mean for the features of a pack.

A report lists variants and says which genes were examined; only then is a gene without a variant
negative, otherwise it is unknown. Which changes give which value stands in
`knowledge/variants.toml`; a pack with features of its own follows the naming of its ids
(`<gene>_mutation`, `<gene>_fusion`, `<gene>_<change>`). Variants that decide nothing are handed
back so that they can be listed. Reports that contradict each other are the business of `chart`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.patient import Value
from dashboard.records.variants import Variant, gene_of_hgnc, known_gene, read_variant, table

ALTERING = frozenset(
    {"substitution", "nonsense", "frameshift", "deletion", "insertion", "duplication", "delins"}
    | {"splice", "skipping"}
)
_EXACT = re.compile(r"[A-Z]\d+[A-Z]")
TRUNCATING = frozenset({"nonsense", "frameshift", "splice", "loss"})


@dataclass(frozen=True, slots=True)
class Report:
    """Variants found together, and what was looked at to find them."""

    variants: tuple[Variant, ...] = ()
    sequenced: frozenset[str] = frozenset()  # genes examined for small changes
    fusions: frozenset[str] = frozenset()  # genes examined for fusions
    germline: bool | None = None  # None: the report does not say


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which changes give which value of a feature."""

    feature: Feature
    values: Mapping[str, tuple[str, ...]]  # level (or "true") -> terms such as EGFR:exon19del
    negative: str = ""  # the value when all was examined and nothing found
    germline_only: bool = False

    @property
    def genes(self) -> frozenset[str]:
        """The genes that decide."""
        return frozenset(term.partition(":")[0] for term in self._terms)

    @property
    def _terms(self) -> tuple[str, ...]:
        return tuple(term for terms in self.values.values() for term in terms)

    def examined(self, report: Report) -> bool:
        """Whether the report looked at everything that could have given a value."""
        wanted = [term.partition(":") for term in self._terms]
        return all(
            gene in (report.fusions if change == "fusion" else report.sequenced)
            for gene, _, change in wanted
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says of one feature; several levels at once contradict each other."""

    feature: Feature
    levels: tuple[str, ...]
    because: tuple[Variant, ...] = ()

    def value(self, level: str) -> Value:
        """The level as the feature's kind holds it."""
        return level == "true" if self.feature.kind is Kind.FLAG else level


@dataclass(slots=True)
class Readings:
    """Everything a report says, and the variants that say nothing for this pack."""

    found: list[Reading] = field(default_factory=list)
    silent: list[Variant] = field(default_factory=list)


def read_report(report: Report, pack: DiseasePack) -> Readings:
    """The features that the report decides."""
    result = Readings()
    used: set[Variant] = set()
    for meaning in meanings(pack):
        levels, because = _levels(meaning, report)
        used.update(because)
        if levels:
            result.found.append(Reading(meaning.feature, levels, because))
        elif meaning.negative and meaning.examined(report) and not _open(meaning, report):
            result.found.append(Reading(meaning.feature, (meaning.negative,)))
    result.silent = [variant for variant in report.variants if variant not in used]
    return result


def _levels(meaning: Meaning, report: Report) -> tuple[tuple[str, ...], tuple[Variant, ...]]:
    """The levels that some variant gives, a named change before the rest of its gene."""
    if meaning.germline_only and report.germline is not True:
        return (), ()
    hits: dict[str, list[Variant]] = {}
    for variant in report.variants:
        level = level_of(meaning, variant)
        if level:
            hits.setdefault(level, []).append(variant)
    return tuple(hits), tuple(variant for variants in hits.values() for variant in variants)


def level_of(meaning: Meaning, variant: Variant) -> str:
    """The value that a variant gives, in the words of the table; empty where it gives none."""
    for level, terms in meaning.values.items():
        if any(belongs(variant, term) for term in terms):
            return level
    return ""


def _open(meaning: Meaning, report: Report) -> bool:
    """Whether a change of unknown meaning in one of the genes forbids to call it negative."""
    return any(
        variant.gene in meaning.genes and variant.kind == "unknown" for variant in report.variants
    )


# -- terms ---------------------------------------------------------------------------------------


def belongs(variant: Variant, term: str) -> bool:
    """Whether a variant is what a term such as KRAS:G12C, BRAF:V600 or TP53:* speaks of."""
    gene, _, change = term.partition(":")
    if variant.gene != gene or variant.fault:
        return False
    group = table()["groups"].get(gene, {}).get(change)
    if group is not None:
        return _in_group(variant, group)
    match change:
        case "*":
            return variant.kind in ALTERING
        case "loss":
            return variant.kind in TRUNCATING
        case "fusion" | "amplification":
            return variant.kind == change
    return variant.short.upper() == change.upper()


def _in_group(variant: Variant, group: Mapping[str, Any]) -> bool:
    short = variant.short.upper()
    if short in group.get("also", ()):
        return True
    if "changes" in group:
        return short in group["changes"]
    if variant.kind not in group.get("kinds", (variant.kind,)) or not variant.start:
        return False
    if "lengthens" in group and group["lengthens"] is not (variant.gain > 0):
        return False
    low, high = group.get("codons", (variant.start, variant.end))
    starts = variant.start in group.get("at", (variant.start,))
    return starts and low <= variant.end and variant.start <= high


def exact_changes(feature: Feature, value: Value) -> Iterator[Variant]:
    """The changes that a value names to the letter: L858R, V600E, G12C."""
    meaning = meaning_of(feature)
    level = "true" if value is True else str(value)
    for term in meaning.values.get(level, ()) if meaning is not None and value is not False else ():
        gene, _, change = term.partition(":")
        variant = read_variant(change, gene) if _EXACT.fullmatch(change) else None
        if variant is not None and not variant.fault:
            yield variant


# -- which features turn on variants -------------------------------------------------------------


def meanings(pack: DiseasePack) -> tuple[Meaning, ...]:
    """The features of a pack that variants decide."""
    found = map(meaning_of, pack.features)
    return tuple(meaning for meaning in found if meaning is not None)


def meaning_of(feature: Feature) -> Meaning | None:
    """Which changes give which value of a feature; None where variants decide nothing of it."""
    entry = table()["features"].get(feature.id)
    return _by_name(feature) if entry is None else _tabled(feature, entry)


def _tabled(feature: Feature, entry: Mapping[str, Any]) -> Meaning | None:
    values = {level: tuple(terms) for level, terms in entry.items() if isinstance(terms, list)}
    values = {level: terms for level, terms in values.items() if _holds(feature, level)}
    negative = entry.get("negative", "")
    if not values:
        return None
    return Meaning(
        feature,
        values,
        negative if _holds(feature, negative) else "",
        germline_only=entry.get("germline") == "only",
    )


def _holds(feature: Feature, level: str) -> bool:
    return level in (("true", "false") if feature.kind is Kind.FLAG else feature.levels)


_BY_NAME = re.compile(
    r"(?P<gene>[a-z0-9]+)_(?P<change>mutation|fusion|amplification|[a-z]\d+[a-z])"
)


def _by_name(feature: Feature) -> Meaning | None:
    """A feature of a pack that the table does not know, understood by its id and codes."""
    parts = _BY_NAME.fullmatch(feature.id)
    if parts is None or feature.kind is not Kind.FLAG:
        return None
    coded = [gene_of_hgnc(code) for code in feature.coded("hgnc")]
    gene = known_gene(parts["gene"])
    symbols = [symbol for symbol in coded if symbol] or ([gene.symbol] if gene else [])
    change = {"mutation": "*"}.get(parts["change"], parts["change"])
    change = change.upper() if change[-1:] != "n" else change
    terms = tuple(f"{symbol}:{change}" for symbol in symbols)
    return Meaning(feature, {"true": terms}, "false") if terms else None


def genes_of_interest(packs: Iterable[DiseasePack]) -> Iterator[str]:
    """Every gene that decides a feature of any of the packs."""
    for pack in packs:
        for meaning in meanings(pack):
            yield from meaning.genes
