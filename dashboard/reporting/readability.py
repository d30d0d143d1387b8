"""How hard a text is to read, by the published formula of its language.

English: Flesch-Kincaid grade. German: first Wiener Sachtextformel. Spanish: Szigriszt-Pazos
(INFLESZ), and Fernández Huerta beside it. French: Kandel and Moles. What each says, where it comes
from and how far a letter may go stands in docs/explanation/plain-letters.md. Syllables are counted
by rules of spelling, a number counts as a word of one syllable. It measures spelling and length,
not whether somebody understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}\-][^\W\d_]+)*|\d[\d.,]*")
_END = re.compile(r"[.!?]+(?=\s|$)")
_LONG_SYLLABLES, _LONG_LETTERS = 3, 6

_ENGLISH = re.compile(r"[aeiouy]+")
_ENGLISH_SPLIT = re.compile(
    r"ia(?!l)|(?<=tr)ia(?=l)|io(?!n)|ua(?!r)|iu|[dr]eas?$|oea$|e(?=ing)|ea(?=ted)"
)
_ENGLISH_SILENT = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|[^sxzcghaeiouy]es$")
_GERMAN = re.compile(r"(?<=\w{2}[dlnr])i(?=en?$)|aa|ee|ie|oo|ai|ei|au|äu|eu|ay|ey|[aeiouyäöü]")
_SPANISH = re.compile(
    r"[iuü]?[aeoáéó][iuy](?![aeoáéó])|[iuü][aeoáéó]|[aeoáéó]|[íú]|uy$|[iuü][iuü]?|y$"
)
_FRENCH = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+")
_FRENCH_SPLIT = re.compile(r"é(?=[aoiuâ])|ï|ë|(?<=[aou])y(?=[aeéo])")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas are made of."""

    sentences: int
    words: int
    syllables: int
    long_words: int  # of three syllables or more
    wide_words: int  # of more than six letters
    single_words: int  # of one syllable

    @property
    def words_a_sentence(self) -> float:
        """How long a sentence is."""
        return self.words / self.sentences

    @property
    def syllables_a_word(self) -> float:
        """How long a word is."""
        return self.syllables / self.words

    def percent(self, count: int) -> float:
        """A count of words in a hundred words."""
        return 100 * count / self.words


@dataclass(frozen=True, slots=True)
class Formula:
    """A published formula, and how far a letter may go by it."""

    name: str
    language: str
    of: Callable[[Counts], float]
    limit: float
    grade: bool  # a school grade, where less is easier; otherwise an ease, where more is easier

    def holds(self, counts: Counts) -> bool:
        """Whether a text is easy enough."""
        found = self.of(counts)
        return found <= self.limit if self.grade else found >= self.limit


def flesch_kincaid(counts: Counts) -> float:
    """The school grade of an English text (Kincaid and others, 1975)."""
    return 0.39 * counts.words_a_sentence + 11.8 * counts.syllables_a_word - 15.59


def wiener_sachtext(counts: Counts) -> float:
    """The school grade of a German text, first formula (Bamberger and Vanecek, 1984)."""
    return (
        0.1935 * counts.percent(counts.long_words)
        + 0.1672 * counts.words_a_sentence
        + 0.1297 * counts.percent(counts.wide_words)
        - 0.0327 * counts.percent(counts.single_words)
        - 0.875
    )


def fernandez_huerta(counts: Counts) -> float:
    """The ease of a Spanish text (Fernández Huerta, 1959), with words a sentence."""
    return 206.84 - 60 * counts.syllables_a_word - 1.02 * counts.words_a_sentence


def inflesz(counts: Counts) -> float:
    """The ease of a Spanish text (Szigriszt-Pazos, 1993), read on the INFLESZ scale."""
    return 206.835 - 62.3 * counts.syllables_a_word - counts.words_a_sentence


def kandel_moles(counts: Counts) -> float:
    """The ease of a French text (Kandel and Moles, 1958)."""
    return 207 - 1.015 * counts.words_a_sentence - 73.6 * counts.syllables_a_word


FORMULAS: tuple[Formula, ...] = (
    Formula("Flesch-Kincaid", "en", flesch_kincaid, 6.0, grade=True),
    Formula("Wiener Sachtextformel", "de", wiener_sachtext, 6.0, grade=True),
    Formula("Fernández Huerta", "es", fernandez_huerta, 70.0, grade=False),
    Formula("INFLESZ", "es", inflesz, 65.0, grade=False),
    Formula("Kandel-Moles", "fr", kandel_moles, 80.0, grade=False),
)


def formulas_of(language: str) -> tuple[Formula, ...]:
    """The formulas of a language.

    Raises:
        KeyError: there is none.
    """
    found = tuple(formula for formula in FORMULAS if formula.language == language)
    if not found:
        raise KeyError(language)
    return found


def count(sentences: Sequence[str], language: str) -> Counts:
    """Sentences, words and syllables of a text; one item may hold several sentences.

    Raises:
        ValueError: there is no word in it.
    """
    parts = [part for text in sentences for part in _END.split(text) if _WORD.search(part)]
    words = [word for part in parts for word in _WORD.findall(part)]
    if not words:
        raise ValueError("There is no word to count.")
    lengths = [syllables(word, language) for word in words]
    return Counts(
        sentences=len(parts),
        words=len(words),
        syllables=sum(lengths),
        long_words=sum(length >= _LONG_SYLLABLES for length in lengths),
        wide_words=sum(sum(map(str.isalpha, word)) > _LONG_LETTERS for word in words),
        single_words=sum(length == 1 for length in lengths),
    )


def syllables(word: str, language: str) -> int:
    """The syllables of a word, by the spelling rules of its language; at least one."""
    if word[0].isdigit():
        return 1
    return max(1, _SYLLABLES[language](word.casefold() if language != "de" else word.lower()))


def _english(word: str) -> int:
    """Groups of vowels, less the silent endings."""
    total = 0
    for part in re.split(r"['\N{RIGHT SINGLE QUOTATION MARK}\-]", word):
        found = len(_ENGLISH.findall(part))
        silent = _ENGLISH_SILENT.search(part) is not None
        split = len(_ENGLISH_SPLIT.findall(part))
        total += max(1 if part and found else 0, found - silent + split)
    return total


def _german(word: str) -> int:
    return len(_GERMAN.findall(word))


def _spanish(word: str) -> int:
    """Strong vowels stand alone, weak ones lean on them; the u of que and gue is silent."""
    return len(_SPANISH.findall(re.sub(r"(?<=[qg])u(?=[eéií])", "", word)))


def _french(word: str) -> int:
    """Groups of vowels, less the silent ends: e, es, and ent of verbs."""
    total = 0
    for part in re.split(r"['\N{RIGHT SINGLE QUOTATION MARK}\-]", word):
        found = len(_FRENCH.findall(part)) + len(_FRENCH_SPLIT.findall(part))
        silent = re.search(r"(?<=[^aeiouyàâäéèêëîïôöùûüœæ])es?$", part)
        total += max(1 if part and found else 0, found - bool(silent))
    return total


_SYLLABLES: Mapping[str, Callable[[str], int]] = {
    "en": _english,
    "de": _german,
    "es": _spanish,
    "fr": _french,
}
