"""Full-text search: words, synonyms, filters, portions; nothing a user types breaks it."""

import threading

import pytest

from dashboard.answers.evidence import Document
from dashboard.knowledge.synonyms import Synonyms
from dashboard.vault.evidence_index import EvidenceIndex

SYNONYMS = Synonyms([["pembrolizumab", "Keytruda"], ["overall survival", "OS"]])


def document(name, title, text="", **facets):
    """A document of these words and facets."""
    given = {key: tuple(values.split("|")) for key, values in facets.items()}
    return Document(name, "Trial arm", title, text, facets={"kind": ("Trial arm",), **given})


DOCUMENTS = [
    document("a", "KEYNOTE-024: pembrolizumab", "overall survival in lung cancer", line="First"),
    document("b", "KEYNOTE-407: combination", "with Keytruda and OS", line="First|Later"),
    document("c", "FLAURA: osimertinib", "progression in EGFR mutated cancer", line="Later"),
    document("d", "Registry in Köln", "Überleben", line="Later"),
]


@pytest.fixture
def index():
    """Four documents."""
    return EvidenceIndex(DOCUMENTS, SYNONYMS)


def found(answer):
    """The ids in order."""
    return [each.id for each in answer.documents]


def test_search_finds_by_synonym_and_puts_titles_first(index):
    """The brand finds the drug; a hit in the title comes before one in the text."""
    answer = index.search("keytruda")
    assert found(answer) == ["a", "b"]
    assert answer.words == ("keytruda (also pembrolizumab)",)
    assert found(index.search("pembrolizumab OS")) == ["a", "b"]


def test_search_wants_every_word_and_says_when_it_cannot(index):
    """All words where some row has them; otherwise some of them, and that is told."""
    both = index.search("osimertinib EGFR")
    assert (found(both), both.loosened) == (["c"], False)
    some = index.search("osimertinib melanoma")
    assert (found(some), some.loosened) == (["c"], True)
    none = index.search("zyzzyva")
    assert (none.total, none.loosened) == (0, False)
    assert not index.search("zyzzyva qqq").loosened


def test_search_takes_the_last_word_as_a_beginning(index):
    """What is still being typed finds already, from three letters on."""
    assert found(index.search("osim")) == ["c"]
    assert found(index.search("os")) == ["b", "a"] or set(found(index.search("os"))) == {"a", "b"}


def test_a_misspelt_word_is_read_as_the_one_it_looks_like(index):
    """The word that stands nowhere is read as a known one, and that is told; a known one stays."""
    answer = index.search("pembrolizumap")
    assert found(answer) == ["a", "b"]
    assert answer.read == ("pembrolizumap read as pembrolizumab",)
    assert answer.words == ("pembrolizumab (also keytruda)",)
    assert found(index.search("keynote024")) == ["a"]
    assert index.search("osimertinib").read == ()
    assert index.search("zyzzyva").read == ()


def test_search_ignores_accents(index):
    """A word with an accent is found without it."""
    assert found(index.search("koln uberleben")) == ["d"]
    assert found(index.search("Köln")) == ["d"]


def test_filters_are_exact_and_join(index):
    """Values of one facet are alternatives, facets are conditions."""
    assert found(index.search("", {"line": ["First"]})) == ["a", "b"]
    assert found(index.search("", {"line": ["First", "Later"]})) == ["a", "b", "c", "d"]
    assert found(index.search("cancer", {"line": ["Later"], "kind": ["Trial arm"]})) == ["c"]
    assert index.search("", {"line": ["Nowhere"]}).total == 0
    assert index.search("", {"line": []}).total == 4


def test_search_is_cut_into_portions(index):
    """Each portion goes on where the last one ended; the total is of all."""
    first, second = (index.search("", most=3, start=start) for start in (0, 3))
    assert (found(first), found(second)) == (["a", "b", "c"], ["d"])
    assert (first.total, first.searched) == (4, 4)
    beyond = index.search("cancer", start=9)
    assert (found(beyond), beyond.total) == ([], 2)


def test_values_are_counted(index):
    """A facet's values stand with how many documents have each."""
    assert index.values("line") == (("First", 2), ("Later", 3))
    assert index.values("nothing") == ()


@pytest.mark.parametrize(
    "query",
    ['"', "'", "NEAR(", "a AND", "OR", "*", "title:x", "^x", "-x", "{a}", "\x00", "\ud800",
     "a" * 9999, '") OR words MATCH ("', "; DROP TABLE facets; --", "%", "\u200d"],
)  # fmt: skip
def test_no_query_is_a_command(index, query):
    """What looks like the query language is looked for as words."""
    index.search(query, {"line": [query], query: ["x"]})
    index.search(query)
    assert index.search("keytruda").total == 2


def test_index_is_asked_from_several_threads(index):
    """Sessions share one index."""
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(index.search("cancer").total))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [2] * 8


def test_index_of_nothing_answers():
    """An empty shelf finds nothing and does not fail."""
    assert EvidenceIndex([], SYNONYMS).search("x").total == 0
