"""Which tumour group the words or codes of a file mean.

Names and codes stand in the packs; beside them only the everyday words that hospitals write. What
fits no pack is kept as it was written: there is then no model for that tumour, which is no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard.knowledge.codes import diseases_of
from dashboard.knowledge.library import Library
from dashboard.records.mapping import name_key

_SYSTEMS = ("oncotree", "icd10", "icdo3", "snomed")
# Everyday words for the groups that ship; a site's own packs are found by id, label and code.
_WORDS: Mapping[str, re.Pattern[str]] = {
    "nsclc": re.compile(r"\bnsclc\b|non[\s-]?small[\s-]?cell|\blung (?:adeno|squamous)"),
    "breast": re.compile(r"\bbreast\b|\bmamma"),
    "colorectal": re.compile(r"\bcolorectal\b|\bcolon|\brectal\b|\brectum\b|\bm?crc\b"),
    "melanoma": re.compile(r"\bmelanom"),
}
# Words that leave the choice between a pack and something it is not about.
_UNCLEAR: Mapping[str, re.Pattern[str]] = {
    "nsclc": re.compile(r"lung(?: cancer| carcinoma| ca)?|bronchial carcinoma|bronchus"),
}


def disease_named(text: str, library: Library) -> tuple[str, bool]:
    """The pack that the words mean, and whether that is certain; an empty id where none is."""
    plain = " ".join(text.casefold().replace("_", " ").split())
    key = name_key(text)
    for pack in library.packs:
        if key in {name_key(pack.id), name_key(pack.label)}:
            return pack.id, True
    coded = {d for system in _SYSTEMS for d in diseases_of(library.packs, system, text)}
    if len(coded) == 1:
        return coded.pop(), True
    for disease, words in _WORDS.items():
        if disease in library.ids and words.search(plain):
            return disease, True
    for disease, words in _UNCLEAR.items():
        if disease in library.ids and words.fullmatch(plain):
            return disease, False
    return "", True
