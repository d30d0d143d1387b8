"""Words that mean the same: brands, aliases, abbreviations; the longest run of words counts."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.synonyms import Synonyms, synonyms_of, words_of

SHIPPED = synonyms_of(load_library().packs)


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("Keytruda", "pembrolizumab"),
        ("pembrolizumab", "MK-3475"),
        ("T-DXd", "trastuzumab deruxtecan"),
        ("HER2", "ERBB2"),
        ("PDL1", "PD-L1"),
        ("CD274", "PD-L1"),
        ("OS", "overall survival"),
        ("overall survival", "OS"),
        ("dMMR", "MSI-H"),
        ("tumor", "tumour"),
        ("first line", "1L"),
    ],
)
def test_shipped_groups_find_each_other(asked, other):
    """Each name of a group leads to the others."""
    (term,) = SHIPPED.terms(asked)
    assert words_of(other) in term.meanings
    assert words_of(other) in term.others


def test_the_longest_run_of_words_counts():
    """Trastuzumab deruxtecan is one drug, not trastuzumab with a word behind it."""
    terms = SHIPPED.terms("trastuzumab deruxtecan in breast cancer")
    assert [" ".join(term.asked) for term in terms] == [
        "trastuzumab deruxtecan", "in", "breast cancer",
    ]  # fmt: skip


def test_words_ignore_case_accents_and_hyphens():
    """What a user types is cut as the index cuts what it holds."""
    assert words_of("Köhne PD-L1 (≥50 %)") == ("kohne", "pd", "l1", "50")
    assert words_of("\x00 \ud800") == ()


def test_groups_that_share_a_name_are_one():
    """A name in two groups joins them."""
    joined = Synonyms([["a", "b"], ["b", "c"], ["", "--"]])
    (term,) = joined.terms("c")
    assert set(term.meanings) == {("a",), ("b",), ("c",)}
    assert joined.terms("a")[0].others == (("b",), ("c",))


def test_an_unknown_word_stands_for_itself():
    """Nothing is guessed."""
    (term,) = SHIPPED.terms("zyzzyva")
    assert term.others == ()
