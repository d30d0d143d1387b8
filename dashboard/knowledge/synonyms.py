"""Which words mean the same when evidence is searched: drugs, genes, features, endpoints.

Drugs and genes come from `codes.toml` (international and brand names, symbols and aliases),
features from the packs, the rest from `synonyms.toml`. A query is cut into words; the longest run
of words that is known stands for its whole group. Case, accents and hyphens do not matter.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboard.knowledge.codes import TABLE as CODES
from dashboard.knowledge.schema import DiseasePack

_TABLE = Path(__file__).with_name("synonyms.toml")
_WORDS = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
Words = tuple[str, ...]
_LONGEST_LABEL = 4  # words; a longer label is a description, and nobody types it


@dataclass(frozen=True, slots=True)
class Term:
    """One word or run of words of a query, with everything that means the same."""

    asked: Words
    meanings: tuple[Words, ...]

    @property
    def others(self) -> tuple[Words, ...]:
        """What is looked for beside what was asked."""
        return tuple(words for words in self.meanings if words != self.asked)


class Synonyms:
    """Groups of words that mean the same."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self._groups: dict[Words, dict[Words, None]] = {}
        for group in groups:
            members = dict.fromkeys(filter(None, (words_of(name) for name in group)))
            for member in tuple(members):
                members = self._groups.get(member, {}) | members
            for member in members:
                self._groups[member] = members
        self._longest = max(map(len, self._groups), default=1)

    @property
    def words(self) -> frozenset[str]:
        """Every word that stands in a group."""
        return frozenset(word for member in self._groups for word in member)

    def terms(self, query: str | Words) -> tuple[Term, ...]:
        """A query as terms, the longest known run of words first, in its own order."""
        words = words_of(query) if isinstance(query, str) else query
        found: list[Term] = []
        place = 0
        while place < len(words):
            run = next(
                (
                    words[place : place + length]
                    for length in range(min(self._longest, len(words) - place), 0, -1)
                    if words[place : place + length] in self._groups
                ),
                words[place : place + 1],
            )
            found.append(Term(run, (run, *(m for m in self._groups.get(run, {}) if m != run))))
            place += len(run)
        return tuple(found)


def words_of(text: str) -> Words:
    """The words of a text as the index holds them: letters and digits, no case, no accents."""
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return tuple(_WORDS.findall(text.casefold()))


def synonyms_of(packs: Sequence[DiseasePack]) -> Synonyms:
    """All groups: what ships, and the features and drugs of these packs."""
    return Synonyms([*_shipped(), *_of_features(packs)])


@cache
def _shipped() -> tuple[tuple[str, ...], ...]:
    codes: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(CODES.read_text(encoding="utf-8"))
    own = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["groups"]
    named = [(name, *others) for room in ("genes", "drugs") for name, others in codes[room].items()]
    # Two letters of a gene's alias are too often a word of something else (ER, PR, AR).
    safe = [tuple(name for name in group if len(name) > 2) for group in named]  # noqa: PLR2004
    return tuple(tuple(group) for group in (*own, *safe))


def _of_features(packs: Sequence[DiseasePack]) -> Iterable[tuple[str, ...]]:
    for pack in packs:
        for feature in pack.features:
            names = (feature.id.replace("_", " "), feature.label)
            short = tuple(name for name in names if len(words_of(name)) <= _LONGEST_LABEL)
            if len(short) > 1:
                yield short
