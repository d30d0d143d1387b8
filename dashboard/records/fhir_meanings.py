"""Whether the codes and words of one test speak of one thing.

A laboratory that sends the code of haemoglobin under the name of platelets has made a mistake, and
nobody can tell from the file which of the two was measured. Meanings are those of every pack
together with common tests that no pack asks for. Codes and words that mean nothing here contradict
nothing; a test with two meanings that have nothing in common is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import Feature
from dashboard.records.fhir_parts import CONCORD_FEATURE, Coding, Concept
from dashboard.records.fhir_terms import GENERIC, INGREDIENT_TESTS, OTHER_TESTS, tests_of
from dashboard.records.words import word_key

_SYSTEMS = ("loinc", "snomed")
_REMEMBERED = 8
_known: dict[tuple[str, ...], Meanings] = {}

Meaning = frozenset[str]


@dataclass(slots=True)
class Meanings:
    """What codes and words of tests mean, over every pack of a library."""

    coded: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, library: Library) -> Meanings:
        """The meanings of a library, worked out once."""
        key = tuple(pack.fingerprint for pack in library.packs)
        if key not in _known or not all(key):
            if len(_known) >= _REMEMBERED:
                _known.clear()
            _known[key] = cls._built(feature for pack in library.packs for feature in pack.features)
        return _known[key]

    @classmethod
    def _built(cls, features: Iterable[Feature]) -> Meanings:
        found = cls()
        for feature in features:
            codes = {(s, c) for s in _SYSTEMS for c in feature.coded(s) if c not in GENERIC}
            found._add(feature.id, codes, (feature.id, feature.label, *feature.aliases))
        for name, tests in INGREDIENT_TESTS.items():
            found._add(name, set(tests), ())
        packs = set(found.coded), set(found.named)
        for name, (words, loinc_codes) in OTHER_TESTS.items():
            codes = {("loinc", code) for code in loinc_codes} - packs[0]
            found._add(name, codes, [word for word in words if word_key(word) not in packs[1]])
        return found

    def _add(self, name: str, codes: set[tuple[str, str]], words: Iterable[str]) -> None:
        for code in codes:
            self.coded.setdefault(code, set()).add(name)
        for word in words:
            self.named.setdefault(word_key(word), set()).add(name)

    def contradiction(self, said: Concept) -> tuple[str, str] | None:
        """Two wordings or codes of the test that mean different things, if there are such."""
        if any(coding.system == CONCORD_FEATURE for coding in said.codings):
            return None
        stated = list(self._stated(said))
        pairs = ((one, other) for n, one in enumerate(stated) for other in stated[n + 1 :])
        return next(((a, b) for (a, one), (b, other) in pairs if one.isdisjoint(other)), None)

    def _stated(self, said: Concept) -> Iterator[tuple[str, Meaning]]:
        for coding in said.codings:
            keys = tests_of(Concept((coding,)))
            if meant := frozenset(name for key in keys for name in self.coded.get(key, ())):
                yield _shown(coding), meant
        for phrase in said.phrases:
            name = phrase.partition("[")[0]  # LOINC: Albumin [Mass/volume] in Serum
            if meant := frozenset(self.named.get(word_key(name), ())):
                yield f"'{phrase}'", meant


def _shown(coding: Coding) -> str:
    return f"{coding.system.upper()} {coding.code}"
