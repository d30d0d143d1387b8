"""Formulas of readability against examples worked out by hand; syllables against dictionaries."""

from __future__ import annotations

import pytest

from dashboard.reporting import readability
from dashboard.reporting.readability import Counts

WORDS = {
    "en": "table 2 people 2 make 1 treatment 2 serious 3 doctor 2 asked 1 wanted 2 diarrhoea 4 "
    "like 1 example 3 changes 2 idea 3 hospital 3 the 1 created 3 don't 1 being 2 trial 2",
    "de": "Behandlung 3 Leute 2 Frauen 2 neue 2 Krebs 1 Nebenwirkung 4 Ärztin 2 sehen 2 Ziel 1 "
    "Übelkeit 3 Familie 4 Studie 3 Bauer 2 die 1 Therapie 3",
    "es": "tratamiento 4 cáncer 2 quiere 2 que 1 país 2 día 2 ciudad 2 leer 2 guerra 2 "
    "pingüino 3 hoy 1 muy 1 aire 2 estudio 3 construye 3 bien 1 peor 2",
    "fr": "traitement 3 médecin 3 vie 1 les 1 équipe 2 aujourd'hui 3 patient 2 image 2 payer 2 "
    "peut 1 beau 1 autres 1 question 2 être 1 idée 2 soignante 2",
}
PAIRS = [
    (language, word, int(number))
    for language, text in WORDS.items()
    for word, number in zip(text.split()[::2], text.split()[1::2], strict=True)
]


@pytest.mark.parametrize(("language", "word", "number"), PAIRS)
def test_syllables_are_those_of_the_dictionary(language, word, number):
    """Silent endings, diphthongs and vowels that part are counted as the language speaks them."""
    assert readability.syllables(word, language) == number


def test_syllables_of_a_number_are_one():
    """A figure is read as one word, whatever its digits."""
    assert readability.syllables("6.000", "de") == 1


# Each example is worked out on paper from the counts in its first line.
#   12 words in 2 sentences, 15 syllables: 6 words a sentence, 1.25 syllables a word
COUNTED = Counts(sentences=2, words=12, syllables=15, long_words=1, wide_words=2, single_words=10)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Flesch-Kincaid", 0.39 * 6 + 11.8 * 1.25 - 15.59),
        # 8.333 % of three syllables, 16.667 % over six letters, 83.333 % of one syllable
        ("Wiener Sachtextformel", 1.6125 + 1.0032 + 2.16167 - 2.725 - 0.875),
        ("Fernández Huerta", 206.84 - 75 - 6.12),
        ("INFLESZ", 206.835 - 77.875 - 6),
        ("Kandel-Moles", 207 - 6.09 - 92),
    ],
)
def test_formula_gives_what_paper_gives(name, value):
    """The published formula, number by number."""
    formula = next(one for one in readability.FORMULAS if one.name == name)
    assert formula.of(COUNTED) == pytest.approx(value, abs=1e-4)


def test_count_takes_a_text_apart():
    """Sentences end with a stop, a question or an exclamation mark; a decimal point is none."""
    found = readability.count(["The cat sat. Did it sit on 2.5 mats?"], "en")
    assert (found.sentences, found.words, found.syllables) == (2, 9, 9)
    assert found.single_words == 9
    german = readability.count(["Die Nebenwirkung ist schwer."], "de")
    assert (german.words, german.syllables, german.long_words, german.wide_words) == (4, 7, 1, 1)


def test_count_refuses_a_text_without_words():
    """Nothing has no grade."""
    with pytest.raises(ValueError, match="There is no word to count"):
        readability.count(["-- ..."], "en")


def test_formulas_know_easy_from_hard():
    """A sentence for a child passes, one of a protocol does not, in every language."""
    easy = {
        "en": "The dog ran to the door. It was wet.",
        "de": "Der Hund lief zur Tür. Er war nass.",
        "es": "El sol sale y hace día. Me gusta el pan.",
        "fr": "Le chat dort sur le lit. Il a bien bu son lait.",
    }
    hard = {
        "en": "Immunotherapeutic interventions necessitate multidisciplinary consideration of "
        "individually heterogeneous comorbidities",
        "de": "Immuntherapeutische Behandlungsverfahren erfordern interdisziplinäre "
        "Berücksichtigung individueller Begleiterkrankungen",
        "es": "Las intervenciones inmunoterapéuticas requieren consideraciones "
        "multidisciplinarias extraordinariamente individualizadas",
        "fr": "Les interventions immunothérapeutiques nécessitent une considération "
        "multidisciplinaire extraordinairement individualisée",
    }
    for language, plain in easy.items():
        for formula in readability.formulas_of(language):
            assert formula.holds(readability.count([plain], language)), formula.name
            assert not formula.holds(readability.count([hard[language]], language)), formula.name


def test_formulas_are_unknown_for_other_languages():
    """No grade is made up for a language without a formula."""
    with pytest.raises(KeyError, match="it"):
        readability.formulas_of("it")
