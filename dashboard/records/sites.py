"""Which tumour group, which site and which tissue the words and codes of a record speak of.

Codes count before words. Words count only where they name the tumour group or a site of it together
with a malignancy, and nothing that makes it somebody else's, an earlier or a secondary tumour. The
lists stand in `knowledge/sites.toml`; a pack without an entry there is known by its label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.knowledge import schema
from dashboard.knowledge.codes import diseases_of
from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack, Feature

_TABLE = Path(schema.__file__).with_name("sites.toml")
_EVERYDAY = frozenset(["cancer", "carcinoma", "tumour", "tumor", "disease", "of", "the", "and"])


@dataclass(frozen=True, slots=True)
class Named:
    """A tumour group that a record names, and what has to be said about that."""

    disease: str
    doubt: str = ""


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def normal(text: str) -> str:
    """Lower case, words separated by single blanks, with a blank at either end."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.casefold()))} "


def disease_named(
    codings: Iterable[tuple[str, str]], phrases: Iterable[str], library: Library
) -> Named | None:
    """The tumour group of a primary tumour, from its codes (system, code) or its words."""
    texts = [normal(phrase) for phrase in phrases]
    if any(_is_no_primary(text) for text in texts):
        return None
    for system, code in codings:
        found = [library.pack(disease) for disease in diseases_of(library.packs, system, code)]
        fitting = [pack for pack in found if not any(_excluded(pack, text) for text in texts)]
        if len(fitting) == 1:
            return Named(fitting[0].id, _coarse(code, fitting[0], texts))
    for pack in library.packs:
        if any(_names(pack, text) for text in texts):
            return Named(pack.id)
    return None


def is_secondary(phrases: Iterable[str], icd10: Iterable[str] = ()) -> bool:
    """Whether a tumour is a metastasis of another."""
    texts = [normal(phrase) for phrase in phrases]
    marks = ("secondary", "metastasis to", "metastases to", "metastatic to", "metastatic malignant")
    return any(f" {mark} " in text for text in texts for mark in marks) or any(
        code.upper().startswith(("C77", "C78", "C79")) for code in icd10
    )


def metastasis_features(
    pack: DiseasePack, phrases: Iterable[str], icd10: Iterable[str] = ()
) -> tuple[Feature, ...]:
    """The yes-or-no features of the site that a secondary tumour lies in."""
    coded = [_by_prefix(_table()["metastases_icd10"], code) for code in icd10]
    texts = [normal(phrase) for phrase in (*phrases, *coded) if phrase]
    sites = [
        site
        for site, words in _table()["metastases"].items()
        if any(f" {word} " in text for word in words for text in texts)
    ]
    known = pack.vocabulary
    return tuple(known[f"{s}_metastases"] for s in sites if f"{s}_metastases" in known)


def site_of_primary(icd10: Iterable[str]) -> str:
    """The site of a primary in words, from its ICD-10 code."""
    return next(
        (site for code in icd10 if (site := _by_prefix(_table()["primary_icd10"], code))), ""
    )


def tissue(code: str) -> str:
    """The word of an ICD-O-3 morphology such as 8140/3."""
    return str(_table()["morphology"].get(code.partition("/")[0], ""))


def _coarse(code: str, pack: DiseasePack, texts: list[str]) -> str:
    """What a code leaves open, unless the words of the record say it."""
    entry = _table()["diseases"].get(pack.id, {})
    gap = _by_prefix(entry.get("coarse", {}), code)
    if not gap or any(f" {word} " in text for text in texts for word in entry["words"]):
        return ""
    return f"{code} {gap}; it was read as {pack.label}"


def _is_no_primary(text: str) -> bool:
    return any(f" {mark} " in text for mark in _table()["malignancy"]["never"])


def _names(pack: DiseasePack, text: str) -> bool:
    entry = _table()["diseases"].get(pack.id)
    if entry is None:
        wanted = set(normal(pack.label).split()) - _EVERYDAY
        return bool(wanted) and wanted <= set(text.split())
    if _excluded(pack, text):
        return False
    if any(f" {word} " in text for word in entry["words"]):
        return True
    malignant = any(f" {word} " in text for word in _table()["malignancy"]["words"])
    return malignant and any(f" {site} " in text for site in entry["sites"])


def _excluded(pack: DiseasePack, text: str) -> bool:
    entry = _table()["diseases"].get(pack.id, {})
    plain = text.replace(" non small cell ", " nsclc ")
    return any(f" {word} " in plain for word in entry.get("not", ()))


def _by_prefix(table: Mapping[str, str], code: str) -> str:
    code = code.strip().upper()
    fitting = [prefix for prefix in table if code.startswith(prefix)]
    return table[max(fitting, key=len)] if fitting else ""
