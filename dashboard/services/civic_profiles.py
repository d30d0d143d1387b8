"""Does a patient have what a molecular profile of CIViC names, as far as the record tells?

Every change that AND joins has to be there: a change to the letter, any small change of a gene or
of a residue, a fusion with whatever partner (`v::ALK Fusion`), or none of a gene (`KRAS Wildtype`).
What cannot be read, and what a record of this tumour does not hold, is told apart from what the
patient does not have. A profile with OR, NOT or brackets is not judged.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dashboard.answers.own_evidence import EXACT, WIDER
from dashboard.knowledge.rules import Facts
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.alterations import (
    Meaning,
    Reading,
    Report,
    exact_changes,
    meaning_of,
    meanings,
    read_report,
)
from dashboard.records.variants import Variant, known_gene, read_variant

NOT_HELD, UNREAD = "", "unread"
_WILD = re.compile(r"(?P<gene>\S+) wild[\s-]?type", re.IGNORECASE)
_ANY = re.compile(r"(?P<gene>\S+) (?:mutation|mutations|alteration)", re.IGNORECASE)
_CODON = re.compile(r"(?P<gene>\S+) (?P<codon>[A-Z]\d+)")
_TWO_SIDED = re.compile(r"\bOR\b|\bNOT\b|[()]")
_ANY_PARTNER = re.compile(r"\bv::|::v\b")  # how CIViC writes a fusion with whatever gene
_NO_SMALL_CHANGE = ("fusion", "amplification", "loss")
_WHOLE = ("fusion", "amplification", "skipping", "loss")  # kinds that name all there is to name
_WHOLE_GENE = ("*", "activating", "exons_2_to_4")  # without any of these a gene is wild type


def match(profile: str, pack: DiseasePack, facts: Facts) -> str:
    """How the patient's changes stand to a profile.

    Returns:
        `EXACT`, `WIDER` (within what is known), `NOT_HELD`, or `UNREAD` where it was not judged.
    """
    if _TWO_SIDED.search(profile):
        return UNREAD
    found = {_part(part.strip(), pack, facts) for part in profile.split(" AND ")}
    for worst in (NOT_HELD, UNREAD, WIDER):
        if worst in found:
            return worst
    return EXACT


def _part(part: str, pack: DiseasePack, facts: Facts) -> str:
    wild = _WILD.fullmatch(part)
    if wild:
        gene = known_gene(wild["gene"])
        return _wild_type(gene.symbol, pack, facts) if gene else UNREAD
    for pattern in (_ANY, _CODON):
        named = pattern.fullmatch(part)
        gene = known_gene(named["gene"]) if named else None
        if named and gene:
            return _any_change(gene.symbol, named.groupdict().get("codon", ""), pack, facts)
    variant = _variant(_ANY_PARTNER.sub("", part))
    return UNREAD if variant is None or variant.fault else _of_variant(variant, pack, facts)


def _wild_type(gene: str, pack: DiseasePack, facts: Facts) -> str:
    """Whether a feature that tells of the whole gene says that nothing was found."""
    telling = [each for each in meanings(pack) if each.negative and _is_of_whole(each, gene)]
    if not telling:
        return UNREAD
    return EXACT if any(_level(m, facts) == m.negative for m in telling) else NOT_HELD


def _is_of_whole(meaning: Meaning, gene: str) -> bool:
    changes = {term.partition(":")[2] for terms in meaning.values.values() for term in terms
               if term.partition(":")[0] == gene}  # fmt: skip
    named = meaning.feature.id == f"{gene.lower()}_mutation"
    return bool(changes) and (named or not changes.isdisjoint(_WHOLE_GENE))


def _any_change(gene: str, codon: str, pack: DiseasePack, facts: Facts) -> str:
    """Whether the patient has some small change of a gene, or of one residue of it."""
    telling = [
        meaning
        for meaning in meanings(pack)
        if any(_small(term, gene) for terms in meaning.values.values() for term in terms)
    ]
    if not telling:
        return UNREAD
    for meaning in telling:
        for term in meaning.values.get(_level(meaning, facts), ()):
            change = _small(term, gene)
            if change and (not codon or re.fullmatch(rf"{codon}[A-Z]?", change)):
                return EXACT
    return NOT_HELD


def _small(term: str, gene: str) -> str:
    """The small change of a gene that a term speaks of; empty where it speaks of something else."""
    owner, _, change = term.partition(":")
    return change if owner == gene and change not in _NO_SMALL_CHANGE else ""


def _level(meaning: Meaning, facts: Facts) -> str:
    """What the record says of a feature, in the words of the table of meanings."""
    value = facts.get(meaning.feature.id)
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _variant(part: str) -> Variant | None:
    return read_variant(part)


def _of_variant(variant: Variant, pack: DiseasePack, facts: Facts) -> str:
    readings = [r for r in read_report(Report((variant,)), pack).found if r.because]
    found = []
    for reading in readings:
        values = [reading.value(level) for level in reading.levels]
        value = facts.get(reading.feature.id)
        if value is not None and value in values:
            exact = {(v.gene, v.short) for v in exact_changes(reading.feature, value)}
            found.append((variant.gene, variant.short) in exact or _names_all(variant, reading))
    if not readings:
        return UNREAD
    return NOT_HELD if not found else EXACT if any(found) else WIDER


def _names_all(variant: Variant, reading: Reading) -> bool:
    """Whether a record knows no less than the change says: no partner, and no other gene."""
    if variant.short.startswith("EXON"):
        return True
    meaning = meaning_of(reading.feature)
    terms = meaning.values.get(reading.levels[0], ()) if meaning is not None else ()
    alone = all(term.partition(":")[0] == variant.gene for term in terms)
    return variant.kind in _WHOLE and not variant.partner and alone
