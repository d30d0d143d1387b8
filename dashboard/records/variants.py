"""Genes and variants as reports write them, taken apart or refused with the nearest valid form.

Reads HGVS protein and coding changes in one- and three-letter form, the short forms of reports and
MAF files, and everyday words (exon 19 deletion, EML4-ALK fusion). A change is checked against what
is known of its gene (`knowledge/variants.toml`: length, reference residues, codons), so that V600E
beside KRAS is noticed. What a change means for a treatment is not judged here; see `alterations`.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.knowledge import schema
from dashboard.knowledge.codes import gene_names

TABLE = Path(schema.__file__).with_name("variants.toml")

AMINO_ACIDS = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G",
    "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S",
    "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V", "Ter": "*", "Stop": "*", "Sec": "U", "Xaa": "X",
}  # fmt: skip
_LETTERS = frozenset(AMINO_ACIDS.values())
_BASES = "ACGT"
# The standard genetic code, bases in the order T, C, A, G.
_CODE = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_SPLICE_REACH = 2  # bases into an intron that make a splice site
_MOST_NEAREST = 6
_STOP = "*"

# Cyrillic and Greek capitals that look Latin; a gene or residue never needs the originals.
_LOOKALIKES = str.maketrans("АВЕЅЗІКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABES3IKMHOPCTYXABEZHIKMNOPTYX")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Gene:
    """What is known of a gene: its names, its length, residues and codons worth checking."""

    symbol: str
    hgnc: str = ""
    length: int = 0
    residues: Mapping[int, str] = field(default_factory=dict)
    codons: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant taken apart; `fault` says what is wrong, `nearest` names valid forms near it."""

    short: str = ""  # V600E, E746_A750del; empty where it could not be read
    gene: str = ""
    kind: str = ""  # substitution, deletion, fusion …; the words of variants.toml
    start: int = 0  # first residue concerned
    end: int = 0
    gain: int = 0  # residues added, net
    coding: str = ""
    partner: str = ""  # the other gene of a fusion
    fault: str = ""
    nearest: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Gene and change, as a report would say it."""
        return f"{self.gene} {self.short or self.coding or self.kind}".strip()


# -- genes ---------------------------------------------------------------------------------------


@cache
def table() -> Mapping[str, Any]:
    """The table of genes, groups and meanings."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def genes() -> Mapping[str, Gene]:
    """The genes of the table by symbol."""
    return {symbol: _gene(symbol, entry) for symbol, entry in table()["genes"].items()}


def _gene(symbol: str, entry: Mapping[str, Any]) -> Gene:
    residues = {int(residue[1:]): residue[0] for residue in entry.get("residues", "").split()}
    codons = {int(place): codon for place, codon in entry.get("codons", {}).items()}
    return Gene(symbol, str(entry.get("hgnc", "")), entry.get("length", 0), residues, codons)


@cache
def _names() -> Mapping[str, str]:
    names = {_name_key(name): symbol for name, symbol in gene_names().items()}
    return names | {_name_key(symbol): symbol for symbol in genes()}


def _name_key(name: str) -> str:
    return re.sub(r"[\s_/-]", "", name.upper())


def gene_symbol(text: str) -> str:
    """The current symbol of a gene, by whatever name it came."""
    name = text.strip().upper().translate(_LOOKALIKES)
    return _names().get(_name_key(name), name)


def known_gene(text: str) -> Gene | None:
    """The gene of the table that the text names, if it does."""
    return genes().get(gene_symbol(text))


@cache
def gene_of_hgnc(number: str) -> str:
    """The symbol for an HGNC id, with or without its prefix; empty where it is not in the table."""
    wanted = number.upper().removeprefix("HGNC:").strip()
    return next((gene.symbol for gene in genes().values() if wanted and gene.hgnc == wanted), "")


_DATES = (
    re.compile(
        r"(?P<day>\d{1,2})[-./ ](?P<month>Sep|Mar|Dec|Oct)[a-z]*(?:[-./ ]\d{2,4})?", re.IGNORECASE
    ),
    re.compile(r"(?P<month>Sep|Mar|Dec|Oct)[a-z]*[-./ ](?P<day>\d{1,2})", re.IGNORECASE),
    re.compile(r"\d{4}-(?P<month>03|09|10|12)-(?P<day>\d{2})(?:[T ][\d:.]+)?"),
)
_DATE_GENES = {
    "sep": "SEPTIN", "09": "SEPTIN", "mar": "MARCHF", "03": "MARCHF",
    "dec": "DELEC", "12": "DELEC", "oct": "OCT", "10": "OCT",
}  # fmt: skip


def gene_from_date(text: str) -> str:
    """The gene that a spreadsheet has probably turned into this date; empty where none is."""
    for pattern in _DATES:
        if found := pattern.fullmatch(text.strip()):
            stem = _DATE_GENES[found["month"][:3].casefold()]
            return "POU5F1" if stem == "OCT" else f"{stem}{int(found['day'])}"
    return ""


def hot_spot_gene(short: str) -> tuple[str, ...]:
    """The genes that have this reference residue at this place among those laboratories report."""
    parts = re.match(r"([A-Z])(\d+)", short)
    if parts is None:
        return ()
    letter, place = parts[1], int(parts[2])
    return tuple(gene.symbol for gene in genes().values() if gene.residues.get(place) == letter)


# -- variants ------------------------------------------------------------------------------------

_RESIDUE = "|".join((*AMINO_ACIDS, "[A-Z*]"))
_PROTEIN = re.compile(
    rf"(?:p\.)?\(?(?P<before>{_RESIDUE})(?P<place>\d{{1,5}})"
    rf"(?:_(?P<last>{_RESIDUE})(?P<end>\d{{1,5}}))?"
    rf"(?P<tail>(?:delins|del|dup|ins|>)(?:(?:{_RESIDUE})+|\d+)?|(?:{_RESIDUE})?fs[^\s)]*"
    rf"|_splice|_fs|=|{_RESIDUE}|ext\S*|\?)?\)?"
)
_CODING = re.compile(
    r"c\.(?P<start>[-*]?\d+)(?P<intron>[+-]\d+)?(?:_(?P<end>[-*]?\d+)(?P<until>[+-]\d+)?)?"
    r"(?P<change>[A-Za-z]>[A-Za-z]|delins[ACGT]+|del[ACGTN]*\d*ins[ACGT]+|del[ACGTN]*\d*"
    r"|dup[ACGTN]*\d*|ins[ACGTN]+|ins\d+|inv)"
)
_PREFIX = re.compile(r"(?:N[MPGCR]_|ENS[TGP]|LRG_)[\d.pt]+(?:\((?P<gene>[A-Za-z0-9-]+)\))?\s*:\s*")
_GENE_FIRST = re.compile(r"\(?(?P<gene>[A-Za-z][A-Za-z0-9/-]{1,11})\)?[\s:,]+(?=\S)")
_EXON = re.compile(r"\b(?:exon|ex|e)[\s.-]*(\d{1,2})(?!\d)|\b(?:del|ins)[\s.-]?(19|20)\b")
_FUSION = re.compile(r"(?P<one>[A-Z0-9]{2,10})\s*(?:::|-|/|_)\s*(?P<two>[A-Z0-9]{2,10})")
_FUSION_WORDS = ("fusion", "rearrang", "translocation", "::")
_KIND_WORDS = {
    "skip": "skipping", "splice": "skipping", "delins": "delins", "del": "deletion",
    "ins": "insertion", "dup": "duplication",
}  # fmt: skip
_AMPLIFICATION = re.compile(r"\b(?:amp|amplified|amplification|copy[ _]number[ _]gain)\b")
_WILD_TYPE = re.compile(
    r"(?:wild[\s_-]*type|wt|negative|neg|not detected|none detected|not mutated|unmutated|absent"
    r"|no (?:mutation|variant)s?(?: detected)?)",
    re.IGNORECASE,
)


def has_lookalikes(text: str) -> bool:
    """Whether letters of another script stand where Latin ones belong."""
    return text.translate(_LOOKALIKES) != text


def is_wild_type(text: str) -> bool:
    """Whether the words say that no variant was found."""
    return _WILD_TYPE.fullmatch(" ".join(text.split())) is not None


def read_variant(text: str, gene: str = "") -> Variant | None:
    """A variant in any common form; None where the text is no attempt at one.

    Args:
        text: the words of the report, such as 'BRAF p.Val600Glu' or 'exon 19 deletion'.
        gene: the gene it is reported for, where that is stated elsewhere.

    Returns:
        The variant; with `fault` set where it cannot be right.
    """
    rest = unicodedata.normalize("NFKC", text).strip().translate(_LOOKALIKES)
    rest, named = _without_gene(rest)
    gene = named or (gene_symbol(gene) if gene else "")
    variant = _change(rest, gene) or _words(rest, gene)
    return None if variant is None else _checked(variant)


# A slash divides two changes (L858R/T790M), but not the two letters of V600E/K.
_NAMED_CHANGE = r"(?:p\.)?[A-Z]\d{1,4}[A-Z*](?![\w])"
_BETWEEN_VARIANTS = re.compile(
    r"\s*[;,&]\s*|\s+(?:and|und|et|\+)\s+" + rf"|\s*[/+]\s*(?={_NAMED_CHANGE})"
)
_CHANGE_AHEAD = re.compile(rf"\s+(?={_NAMED_CHANGE})")


def _apart(piece: str, gene: str) -> list[str]:
    """A text cut before each change that follows another with nothing but a blank between.

    "Exon 19 del T790M" are two changes; "exon 21 L858R" is one, and so is a change that is written
    twice, on the DNA and on the protein.
    """
    for gap in _CHANGE_AHEAD.finditer(piece):
        before = piece[: gap.start()]
        known = None if re.search(r"\bc\.", before) else read_variant(before, gene)
        if known is not None and not known.fault:
            return [before, *_apart(piece[gap.end() :], known.gene)]
    return [piece]


def read_variants(text: str, gene: str = "") -> tuple[Variant, ...]:
    """Every variant of a text such as 'EGFR L858R and T790M'; a gene holds until the next one."""
    found: list[Variant] = []
    for joined in _BETWEEN_VARIANTS.split(text):
        for piece in _apart(joined, found[-1].gene if found else gene):
            variant = read_variant(piece)
            if variant is None or not variant.gene:
                variant = read_variant(piece, found[-1].gene if found else gene)
            if variant is not None:
                found.append(variant)
    return tuple(found)


def _without_gene(text: str) -> tuple[str, str]:
    """The text without a leading transcript and gene, and the gene."""
    named = ""
    if "::" in text or _is_fusion(text):
        return text, ""
    if prefix := _PREFIX.match(text):
        named, text = prefix["gene"] or "", text[prefix.end() :]
    elif (first := _GENE_FIRST.match(text)) and _is_gene(first["gene"], text[first.end() :]):
        named, text = first["gene"], text[first.end() :]
        if prefix := _PREFIX.match(text):
            text = text[prefix.end() :]
    return text.strip(), gene_symbol(named) if named else ""


def _is_gene(word: str, rest: str) -> bool:
    if word.casefold() in ("exon", "ex", "no", "wild", "not", "copy", "variant", "mutation"):
        return False
    if known_gene(word) is not None:
        return True
    return word.isupper() and "-" not in word and _looks_like_change(rest)


def _looks_like_change(text: str) -> bool:
    return bool(re.match(r"[pc]\.|\(?[A-Z][a-z]{0,2}\d|exon|ex\d|fusion|amplif", text))


def _change(text: str, gene: str) -> Variant | None:
    """Read one or both of a coding and a protein change; the protein change is what counts."""
    pieces = [piece for piece in re.split(r"[\s,;]+", text) if piece]
    found = [variant for piece in pieces if (variant := _piece(piece, gene)) is not None]
    sound = [variant for variant in found if not variant.fault]
    protein = [variant for variant in sound if not variant.coding]
    coding = next((variant.coding for variant in sound if variant.coding), "")
    if protein:
        return replace(protein[0], coding=coding)
    return next(iter(sound or found), None)


def _piece(piece: str, gene: str) -> Variant | None:
    piece = piece.strip("()")
    if piece.startswith("c."):
        return _coding(piece, gene)
    parts = _PROTEIN.fullmatch(piece) or _PROTEIN.fullmatch(piece.upper())
    if parts is not None:
        return _protein(parts, gene)
    if piece.startswith("p."):
        return Variant(gene=gene, fault="is not a change of a protein as HGVS writes it")
    return None


# -- protein changes -----------------------------------------------------------------------------


def _protein(parts: re.Match[str], gene: str) -> Variant | None:
    before, place = _letter(parts["before"]), int(parts["place"])
    if before not in _LETTERS:
        return Variant(gene=gene, fault=f"names {before}, which is no amino acid")
    tail = parts["tail"] or ""
    variant = Variant(gene=gene, start=place, end=int(parts["end"] or place))
    stem = f"{before}{place}"
    if parts["last"]:
        stem += f"_{_letter(parts['last'])}{parts['end']}"
    if not tail:
        return _unfinished(stem, variant)
    return _with_tail(variant, stem, before, tail)


def _unfinished(stem: str, variant: Variant) -> Variant | None:
    """A residue with no change; ordinary words such as T4 or M1 are no attempt at a variant."""
    nearest = _known_changes(stem, variant.gene)
    if not nearest and not variant.gene:
        return None
    return replace(variant, fault="does not say into what the residue changed", nearest=nearest)


def _with_tail(variant: Variant, stem: str, before: str, tail: str) -> Variant:
    if "fs" in tail:
        return replace(variant, short=f"{stem}{_fs(tail)}", kind="frameshift")
    if tail == "_splice":
        return replace(variant, short=f"{stem}_splice", kind="splice")
    if tail.startswith(("del", "dup", "ins", ">")):
        return _of_other_length(variant, stem, tail)
    return _substitution(variant, stem, before, tail)


def _of_other_length(variant: Variant, stem: str, tail: str) -> Variant:
    """A change that takes away or adds residues."""
    length = variant.end - variant.start + 1
    if tail.startswith(("delins", ">")):
        inserted = _letters(tail.removeprefix("delins").removeprefix(">"))
        short = f"{stem}delins{inserted}"
        return replace(variant, short=short, kind="delins", gain=len(inserted) - length)
    if tail.startswith("del"):
        return replace(variant, short=f"{stem}del", kind="deletion", gain=-length)
    if tail.startswith("dup"):
        return replace(variant, short=f"{stem}dup", kind="duplication", gain=length)
    inserted = _letters(tail[3:])
    gain = int(inserted) if inserted.isdigit() else max(1, len(inserted))
    return replace(variant, short=f"{stem}ins{inserted}", kind="insertion", gain=gain)


def _substitution(variant: Variant, stem: str, before: str, tail: str) -> Variant:
    after = _letter(tail)
    if tail == "=" or after == before:
        return replace(variant, short=f"{stem}=", kind="silent")
    if tail.startswith("ext") or tail == "?":
        return replace(variant, short=f"{stem}{tail}", kind="unknown")
    if after == "X" and f"{variant.gene}:{stem}X" not in _named_changes():
        after = _STOP  # G719X is what reports write for any change of G719; elsewhere X is a stop
    if after not in _LETTERS:
        nearest = _known_changes(stem, variant.gene)
        return replace(variant, fault=f"names {after}, which is no amino acid", nearest=nearest)
    kind = "nonsense" if after == _STOP else "substitution"
    return replace(variant, short=f"{stem}{after}", kind=kind)


def _fs(tail: str) -> str:
    parts = re.fullmatch(rf"(?P<new>{_RESIDUE})?_?fs(?:\*|Ter|X)?(?P<stop>\d*|\?)", tail)
    if parts is None:
        return "fs"
    return (
        "fs" if not parts["stop"].isdigit() else f"{_letter(parts['new'] or '')}fs*{parts['stop']}"
    )


def _letter(residue: str) -> str:
    return AMINO_ACIDS.get(residue, residue)


def long_form(short: str) -> str:
    """A substitution in three-letter form: p.Leu858Arg for L858R."""
    three = {one: name for name, one in AMINO_ACIDS.items() if name not in ("Stop", "Xaa")}
    return f"p.{three[short[0]]}{short[1:-1]}{three[short[-1]]}"


def _letters(residues: str) -> str:
    return "".join(_letter(match) for match in re.findall(rf"{_RESIDUE}|\d+", residues))


# -- coding changes ------------------------------------------------------------------------------


def _coding(text: str, gene: str) -> Variant:
    parts = _CODING.fullmatch(text)
    if parts is None:
        return Variant(gene=gene, fault="is not a coding change as HGVS writes it")
    change = parts["change"]
    if ">" in change:
        return _base_change(text, parts, gene)
    start, end = _span(parts)
    variant = Variant(gene=gene, coding=text, start=start, end=end)
    if _touches_splice_site(parts):
        return replace(variant, kind="splice")
    if parts["intron"] or parts["until"]:
        return replace(variant, kind="intronic")
    return _length_change(
        variant, change, _place(parts["end"] or parts["start"]) - _place(parts["start"]) + 1
    )


def _span(parts: re.Match[str]) -> tuple[int, int]:
    """The first and last codon concerned."""
    start, end = _place(parts["start"]), _place(parts["end"] or parts["start"])
    return (start - 1) // 3 + 1, (end - 1) // 3 + 1


def _place(text: str) -> int:
    return int(text.lstrip("*")) if not text.startswith("-") else 0


def _touches_splice_site(parts: re.Match[str]) -> bool:
    offsets = [int(parts[name]) for name in ("intron", "until") if parts[name]]
    crosses = len(offsets) == 1 and parts["end"] is not None
    return crosses or any(abs(offset) <= _SPLICE_REACH for offset in offsets)


def _length_change(variant: Variant, change: str, removed: int) -> Variant:
    inserted = re.search(r"ins([ACGTN]+|\d+)$", change)
    added = 0
    if inserted:
        added = int(inserted[1]) if inserted[1].isdigit() else len(inserted[1])
    if change.startswith("dup"):
        net, kind = removed, "duplication"
    elif change.startswith("ins"):
        net, kind = added, "insertion"
    elif inserted:
        net, kind = added - removed, "delins"
    else:
        net, kind = -removed, "deletion" if change != "inv" else "inversion"
    if net % 3:
        return replace(variant, kind="frameshift")
    return replace(variant, kind=kind, gain=net // 3)


def _base_change(text: str, parts: re.Match[str], gene: str) -> Variant:
    before, _, after = parts["change"].upper().partition(">")
    stem = f"c.{parts['start']}{parts['intron'] or ''}"
    for base in (before, after):
        if base not in _BASES:
            from_base = before if before in _BASES else "?"
            nearest = tuple(f"{stem}{from_base}>{other}" for other in _BASES if other != from_base)
            return Variant(gene=gene, fault=f"names {base}, which is no DNA base", nearest=nearest)
    if before == after:
        nearest = tuple(f"{stem}{before}>{other}" for other in _BASES if other != before)
        return Variant(gene=gene, fault="changes a base into itself", nearest=nearest)
    start, end = _span(parts)
    variant = Variant(gene=gene, coding=text, start=start, end=end)
    if parts["intron"]:
        near = abs(int(parts["intron"])) <= _SPLICE_REACH
        return replace(variant, kind="splice" if near else "intronic")
    return _translated(variant, _place(parts["start"]), before, after)


def _translated(variant: Variant, place: int, before: str, after: str) -> Variant:
    """The protein change of a base change, where the codon is known."""
    known = genes().get(variant.gene)
    codon = known.codons.get(variant.start, "") if known else ""
    if not codon or not place:
        return replace(variant, kind="unknown")
    offset = (place - 1) % 3
    if codon[offset] != before:
        stem = f"c.{place}{codon[offset]}>"
        nearest = tuple(f"{stem}{base}" for base in _BASES if base != codon[offset])
        fault = f"does not fit {variant.gene}, which has {codon[offset]} at {place}"
        return replace(variant, coding="", fault=fault, nearest=nearest)
    changed = codon[:offset] + after + codon[offset + 1 :]
    old, new = _residue_of(codon), _residue_of(changed)
    if old == new:
        return replace(variant, short=f"{old}{variant.start}=", kind="silent")
    kind = "nonsense" if new == _STOP else "substitution"
    return replace(variant, short=f"{old}{variant.start}{new}", kind=kind)


def _residue_of(codon: str) -> str:
    order = "TCAG"
    return _CODE[16 * order.index(codon[0]) + 4 * order.index(codon[1]) + order.index(codon[2])]


# -- everyday words ------------------------------------------------------------------------------


def _words(text: str, gene: str) -> Variant | None:
    plain = " ".join(text.casefold().replace("_", " ").split())
    if any(word in plain for word in _FUSION_WORDS) or _is_fusion(text):
        return _fusion(text, gene)
    if _AMPLIFICATION.search(plain):
        return Variant("amplification", gene, "amplification")
    if exon := _EXON.search(plain):
        return _exon_words(plain, exon, gene)
    if re.fullmatch(
        r"truncat\w*|loss of function|nonsense|frameshift|deleted|loss|homdel|deep deletion", plain
    ):
        return Variant("loss", gene, "loss")
    return None


def _exon_words(plain: str, exon: re.Match[str], gene: str) -> Variant | None:
    number = exon[1] or exon[2]
    kind = next((kind for word, kind in _KIND_WORDS.items() if word in plain), "")
    if not kind:
        return None
    return Variant(f"EXON {number} {kind.upper()}", gene, kind)


def _is_fusion(text: str) -> bool:
    """Two gene names joined by a hyphen, at least one of them of a gene known for its fusions."""
    found = _FUSION.fullmatch(text.strip())
    if found is None or known_gene(text) is not None:
        return False
    fusing = {gene.partition(":")[0] for gene in _named_changes() if gene.endswith(":fusion")}
    return not fusing.isdisjoint(map(gene_symbol, (found["one"], found["two"])))


def _fusion(text: str, gene: str) -> Variant | None:
    pair = _FUSION.search(text.upper())
    names = [gene_symbol(pair[name]) for name in ("one", "two")] if pair else []
    partner = next((name for name in names if name != gene), "")
    if not gene:
        known = [name for name in names if name in genes()]
        gene = known[-1] if known else ""
        partner = next((name for name in names if name != gene), "")
    return Variant("fusion", gene, "fusion", partner=partner) if gene else None


# -- checks against the gene ---------------------------------------------------------------------


def _checked(variant: Variant) -> Variant:
    """The variant, or the same with a fault where its gene cannot have it."""
    gene = genes().get(variant.gene)
    if gene is None or variant.fault or not variant.start:
        return variant
    if gene.length and variant.end > gene.length:
        fault = f"does not fit {gene.symbol}, which has {gene.length} amino acids"
        return replace(variant, fault=fault, nearest=tuple(_elsewhere(variant)))
    wanted = gene.residues.get(variant.start, "")
    written = variant.short[:1]
    if (
        wanted
        and written
        and not variant.coding
        and written not in (wanted, "X")
        and variant.short[1:2].isdigit()
    ):
        fault = f"does not fit {gene.symbol}, which has {wanted} at {variant.start}"
        near = [f"{wanted}{variant.short[1:]}", *_elsewhere(variant)]
        return replace(variant, fault=fault, nearest=tuple(near)[:_MOST_NEAREST])
    return variant


def _elsewhere(variant: Variant) -> Iterator[str]:
    for symbol in hot_spot_gene(variant.short):
        if symbol != variant.gene:
            yield f"{symbol} {variant.short}"


def _known_changes(stem: str, gene: str) -> tuple[str, ...]:
    """Changes of this residue: those the table names first, then those one base away."""
    wanted = re.compile(rf"(?:(?P<gene>[A-Z0-9]+):)?{re.escape(stem)}(?P<new>[A-Z*])")
    found = dict.fromkeys(
        match.group().partition(":")[2] or match.group()
        for text in _named_changes()
        if (match := wanted.fullmatch(text)) and (not gene or match["gene"] in (None, gene))
    )
    found |= dict.fromkeys(f"{stem}{letter}" for letter in _one_base_away(stem, gene))
    return tuple(found)[:_MOST_NEAREST]


def _one_base_away(stem: str, gene: str) -> Iterator[str]:
    known = genes().get(gene)
    codon = known.codons.get(int(stem[1:]), "") if known and stem[1:].isdecimal() else ""
    if not codon or _residue_of(codon) != stem[0]:
        return
    for offset, base in itertools.product(range(3), _BASES):
        letter = _residue_of(codon[:offset] + base + codon[offset + 1 :])
        if letter not in (stem[0], _STOP):
            yield letter


@cache
def _named_changes() -> tuple[str, ...]:
    named = [
        f"{symbol}:{change}"
        for symbol, groups in table()["groups"].items()
        for group in groups.values()
        for change in group.get("changes", ())
    ]
    for meaning in table()["features"].values():
        named += [text for texts in meaning.values() if isinstance(texts, list) for text in texts]
    return tuple(named)
