"""What a word that stands nowhere was probably meant to be: run together, or misspelt.

A word of a query that neither the texts nor the synonyms know is taken apart where letters and
digits meet or where two known words do, or read as the one known word that looks most like it.
What was read is told beside what was found. A word that is known is never changed.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable

from dashboard.knowledge.synonyms import Words

_PARTS = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = 5  # letters; shorter words are too like others
_SHORTEST_PART = 4
_LIKE = 0.82
_DIFFERENCE = 2  # letters that a misspelt word is longer or shorter
_LONGEST = 40


class Spelling:
    """The words that are known, and what an unknown one is read as."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._ordered = sorted(self._known)

    def read(self, word: str, *, beginning: bool = False) -> Words:
        """The word itself, or what it is read as where it is not known.

        Args:
            word: a word of a query, without case and accents.
            beginning: whether the beginning of a known word will do.
        """
        if word in self._known or len(word) > _LONGEST or (beginning and self._begins(word)):
            return (word,)
        parts = tuple(_PARTS.findall(word))
        if len(parts) > 1 and all(part in self._known for part in parts):
            return parts
        if len(word) < _SHORTEST:
            return (word,)
        return self._two(word) or self._nearest(word) or (word,)

    def _begins(self, word: str) -> bool:
        place = bisect_left(self._ordered, word)
        return place < len(self._ordered) and self._ordered[place].startswith(word)

    def _two(self, word: str) -> Words:
        for place in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            pair = word[:place], word[place:]
            if all(part in self._known for part in pair):
                return pair
        return ()

    def _nearest(self, word: str) -> Words:
        """The known word that begins alike and looks most like it."""
        start, end = (
            bisect_left(self._ordered, word[0]),
            bisect_left(self._ordered, chr(ord(word[0]) + 1)),
        )
        alike = [
            each
            for each in self._ordered[start:end]
            if abs(len(each) - len(word)) <= _DIFFERENCE and each.isalpha() == word.isalpha()
        ]
        return tuple(difflib.get_close_matches(word, alike, n=1, cutoff=_LIKE))
