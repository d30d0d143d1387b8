"""Words that stand nowhere: taken apart, or read as the known one that looks like them."""

import pytest

from dashboard.knowledge.spelling import Spelling

KNOWN = (
    "pembrolizumab", "osimertinib", "trastuzumab", "deruxtecan", "keynote", "189", "kras", "g12c",
    "kras", "melanoma", "lung", "long", "os", "ovarian",
)  # fmt: skip


@pytest.fixture(scope="module")
def spelling():
    """A few words."""
    return Spelling(KNOWN)


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("pembrolizumap", ("pembrolizumab",)),
        ("pembrolizumb", ("pembrolizumab",)),
        ("osimertinb", ("osimertinib",)),
        ("trastuzumabderuxtecan", ("trastuzumab", "deruxtecan")),
        ("keynote189", ("keynote", "189")),
        ("krasg12c", ("kras", "g12c")),
        ("melanom", ("melanoma",)),
    ],
)
def test_an_unknown_word_is_read_as_what_it_looks_like(spelling, word, read):
    """One or two letters off, two words run together, a name and its number."""
    assert spelling.read(word) == read


@pytest.mark.parametrize("word", ["lung", "os", "189", "keynote"])
def test_a_known_word_is_never_changed(spelling, word):
    """However much it looks like another one."""
    assert spelling.read(word) == (word,)


@pytest.mark.parametrize("word", ["xyz", "lun", "zzzzzzzz", "cetuximab", "a" * 4000, "190"])
def test_what_looks_like_nothing_stays_as_it_is(spelling, word):
    """Short words are too like others, and a guess that is far off is none."""
    assert spelling.read(word) == (word,)


def test_the_beginning_of_a_word_will_do_while_it_is_being_typed(spelling):
    """The last word of a query need not be finished."""
    assert spelling.read("osimert", beginning=True) == ("osimert",)
    assert spelling.read("ovari", beginning=True) == ("ovari",)
    assert Spelling([]).read("anything") == ("anything",)
