"""What a hospital added: kept whole, once, and taken away again."""

import json

import pytest

from dashboard.answers.evidence import Addition, Citation, Document, Figure
from dashboard.vault.own_evidence import OwnEvidence, digest_of

DOCUMENT = Document(
    "own/x", "Own row", "Our registry", "note", "words", {"line": ("First line",)}, 2024, 118,
    (Figure("os", "median OS", 21.4, 16.0, None, "months"),), Citation("Registry", "10.1/x"),
)  # fmt: skip
WANTED = Addition("", "own.csv", "Own row", "2026-06-01T10:00+00:00", "Owner", 0)


@pytest.fixture
def store(tmp_path):
    """An empty folder."""
    return OwnEvidence(tmp_path / "evidence")


def test_an_addition_comes_back_as_it_was(store):
    """Figures, facets and source survive the file; the addition is named."""
    kept = store.add([DOCUMENT], WANTED)
    (back,) = store.documents()
    assert back.own == kept.id
    assert (back.figures, back.facets, back.source) == (
        DOCUMENT.figures, DOCUMENT.facets, DOCUMENT.source,
    )  # fmt: skip
    assert store.additions() == (kept,)
    assert (kept.documents, kept.name) == (1, "own.csv")


def test_the_same_documents_are_one_addition(store):
    """Adding twice changes nothing; the id is that of the content."""
    first, second = store.add([DOCUMENT], WANTED), store.add([DOCUMENT], WANTED)
    assert first.id == second.id == digest_of([DOCUMENT])
    assert store.holds(first.id)
    assert len(store.additions()) == 1


def test_a_publication_in_two_additions_is_one_document(store):
    """What two files share is found once."""
    other = Document("own/y", "Reference", "Another", "")
    store.add([DOCUMENT], WANTED)
    store.add([DOCUMENT, other], WANTED)
    assert [each.id for each in store.documents()].count("own/x") == 1
    assert len(store.documents()) == 2


def test_removing_takes_away_and_changes_the_stamp(store):
    """After removal nothing is found; an unknown id removes nothing."""
    before = store.stamp
    kept = store.add([DOCUMENT], WANTED)
    assert store.stamp != before
    assert not store.remove("../../etc")
    assert store.remove(kept.id)
    assert (store.documents(), store.stamp) == ((), before)


@pytest.mark.parametrize("content", ["", "{}", "[]", "{", '{"format": 1, "addition": {"id": "x"}}'])
def test_a_damaged_file_is_named_and_harms_nobody(store, content):
    """What is no addition is passed over; the others stand."""
    kept = store.add([DOCUMENT], WANTED)
    folder = store._folder  # noqa: SLF001 - the damage is done to the file itself
    (folder / "damaged.json").write_text(content, encoding="utf-8")
    assert store.unreadable() == ("damaged.json",)
    assert store.additions() == (kept,)


def test_a_file_of_another_format_or_cut_is_not_used(store):
    """A count that does not fit, or a format of the future, is not half read."""
    kept = store.add([DOCUMENT], WANTED)
    path = store._folder / f"{kept.id}.json"  # noqa: SLF001
    content = json.loads(path.read_text(encoding="utf-8"))
    for change in ({"format": 2}, {"documents": []}):
        path.write_text(json.dumps({**content, **change}), encoding="utf-8")
        assert store.documents() == ()
        assert store.unreadable() == (path.name,)
