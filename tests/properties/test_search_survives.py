"""Whatever anybody types into the search is answered, and finds what holds its words."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.answers.evidence import Document
from dashboard.knowledge.library import load_library
from dashboard.knowledge.synonyms import synonyms_of, words_of
from dashboard.vault.evidence_index import EvidenceIndex

TITLES = (
    "KEYNOTE-024: pembrolizumab in lung cancer", "FLAURA: osimertinib", "Köhne groups",
    "overall survival OS", "NEAR OR AND NOT", "PD-L1 ≥ 50 %", "Ⅳ ² ½ ﬁ",
)  # fmt: skip
SYNONYMS = synonyms_of(load_library().packs)
INDEX = EvidenceIndex(
    [
        Document(str(place), "x", title, "", facets={"kind": ("x",)})
        for place, title in enumerate(TITLES)
    ],
    SYNONYMS,
)
LANGUAGE = st.sampled_from(
    ["OR", "AND", "NOT", "NEAR(", '"', "*", "^", ":", "(", ")", "{", "}", "-"]
)
ANYTHING = st.text(st.characters(), max_size=60)  # halves of characters and zero bytes included


@given(st.lists(st.one_of(ANYTHING, LANGUAGE, st.sampled_from(TITLES)), max_size=8))
def test_no_query_raises(parts):
    """Signs of the query language, controls, lone surrogates: all are looked for as words."""
    answer = INDEX.search(" ".join(parts))
    assert 0 <= len(answer.documents) <= answer.total <= INDEX.size


@given(ANYTHING, ANYTHING)
def test_no_filter_raises(name, value):
    """Names and values of filters are bound, never written into the query."""
    assert INDEX.search("", {name: [value]}).total <= INDEX.size


@given(st.sampled_from(TITLES), st.data())
def test_a_word_of_a_title_finds_its_document(title, data):
    """Whatever word of a title is asked for, the document is among those found."""
    words = words_of(title)
    word = data.draw(st.sampled_from(words))
    found = {document.title for document in INDEX.search(word).documents}
    assert title in found


@given(ANYTHING)
def test_terms_keep_every_word(query):
    """Cutting a query into terms loses none of its words."""
    kept = tuple(word for term in SYNONYMS.terms(query) for word in term.asked)
    assert kept == words_of(query)
