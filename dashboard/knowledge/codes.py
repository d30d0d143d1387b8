"""What foreign names and codes mean here: genes, drugs, features by code, diseases by code.

Gene and drug names stand in `codes.toml`, feature and disease codes in the packs. Comparison
ignores case, and for drugs the four-letter suffix of a biosimilar. A name that is not known gives
nothing: guessing is the business of whoever asks the user.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboard.knowledge.schema import DiseasePack, Feature

TABLE = Path(__file__).with_name("codes.toml")
_SYSTEM_NAMES: Mapping[str, str] = {
    "http://loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10-gm": "icd10",
    "http://fhir.de/codesystem/bfarm/icd-10-gm": "icd10",
    "http://terminology.hl7.org/codesystem/icd-o-3": "icdo3",
    "urn:oid:2.16.840.1.113883.6.43.1": "icdo3",
    "http://www.genenames.org/geneid": "hgnc",
    "http://www.genenames.org": "hgnc",
    "http://www.whocc.no/atc": "atc",
    "http://data.mskcc.org/ontologies/oncotree": "oncotree",
}
_PREFIXED = ("icd10", "icdo3")  # a code here stands for every code that begins with it


@dataclass(frozen=True, slots=True)
class _Names:
    genes: Mapping[str, str]
    drugs: Mapping[str, tuple[str, ...]]
    drug_pattern: re.Pattern[str]


def system_name(system: str) -> str:
    """The short name of a code system's address; the address itself where it is not known."""
    return _SYSTEM_NAMES.get(system.strip().rstrip("/").casefold(), system)


def gene_symbol(name: str) -> str | None:
    """The HGNC symbol of a gene, from the symbol or another name of it."""
    return _names().genes.get(name.strip().casefold())


def gene_names() -> Mapping[str, str]:
    """Every name of a gene, in small letters, with its HGNC symbol."""
    return _names().genes


def drugs_in(text: str) -> tuple[str, ...]:
    """The drugs a text names, by international name, in order; combinations are taken apart.

    The longest name counts: `trastuzumab deruxtecan` is not also `trastuzumab`.
    """
    names = _names()
    found: dict[str, None] = {}
    for match in names.drug_pattern.finditer(text.casefold()):
        found.update(dict.fromkeys(names.drugs[match.group(1)]))
    return tuple(found)


def known_drug(name: str) -> bool:
    """Whether the whole of a name is one drug, class of drugs, or combination."""
    return name.strip().casefold() in _names().drugs


def features_of(pack: DiseasePack, system: str, code: str) -> tuple[Feature, ...]:
    """The features of a pack that carry a code; several may share one."""
    short, wanted = system_name(system), code.strip().casefold().removeprefix("hgnc:")
    return tuple(
        feature
        for feature in pack.features
        if any(_carries(short, own, wanted) for own in feature.coded(short))
    )


def diseases_of(packs: Iterable[DiseasePack], system: str, code: str) -> tuple[str, ...]:
    """The ids of the packs whose disease a code names."""
    short, wanted = system_name(system), code.strip().casefold()
    return tuple(
        pack.id
        for pack in packs
        if any(_carries(short, own, wanted) for own in pack.codes.get(short, "").split())
    )


def _carries(system: str, own: str, wanted: str) -> bool:
    own = own.casefold()
    return wanted == own or (system in _PREFIXED and wanted.startswith(own))


@cache
def _names() -> _Names:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    genes = {
        name.casefold(): symbol
        for symbol, others in table["genes"].items()
        for name in (symbol, *others)
    }
    drugs = {
        name.casefold(): (drug,)
        for drug, others in table["drugs"].items()
        for name in (drug, *others)
    }
    drugs |= {name.casefold(): tuple(parts) for name, parts in table["combinations"].items()}
    longest_first = sorted(drugs, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first))
    # A name ends where a word ends; a biosimilar's suffix (-dkst) or a hyphened dose may follow.
    pattern = re.compile(rf"(?<![\w-])({alternatives})(?=-[a-z]{{4}}\b|-?\d|[^\w-]|$)")
    return _Names(genes, drugs, pattern)
