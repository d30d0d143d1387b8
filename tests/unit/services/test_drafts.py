"""Drafts: what was typed is there again after everything else is gone."""

import pytest

from dashboard.foundation.errors import UserError
from dashboard.services import drafts
from tests.unit.services.meeting_desk import Clock, contexts, opened, real


@pytest.fixture
def folder(tmp_path):
    """A data folder."""
    return tmp_path / "data"


@pytest.fixture
def people(folder):
    """A context for each person, over one store."""
    found = contexts(folder, Clock())
    yield found
    found["owner"].store.close()


def test_draft_is_there_after_a_restart(people, folder):
    """A new process over the same folder finds what was typed, and on what it was based."""
    anna = people["anna"]
    case = opened(anna).paper
    drafts.keep(anna, case, "case", {"wishes": "no infu"}, base=1)
    drafts.keep(anna, case, "case", {"wishes": "no infusion"}, base=1)
    anna.store.close()
    again = contexts(folder, Clock())["anna"]
    found = drafts.find(again, case, "case")
    assert (found.fields, found.base) == ({"wishes": "no infusion"}, 1)
    again.store.close()


def test_draft_is_of_one_person_and_one_form(people):
    """Ben does not see what Anna types, nor does another form."""
    anna, owner = people["anna"], people["owner"]
    case = opened(anna).paper
    drafts.keep(anna, case, "case", {"wishes": "x"}, base=1)
    assert drafts.find(owner, case, "case") is None
    assert drafts.find(anna, case, "decision") is None


def test_draft_of_a_strangers_case_is_refused(people):
    """Typing into a case that is not there keeps nothing."""
    case = opened(people["anna"], real(people["anna"])).paper
    with pytest.raises(UserError, match="no case of this address"):
        drafts.keep(people["ben"], case, "case", {"wishes": "x"}, base=1)


def test_draft_that_was_saved_is_forgotten(people):
    """Nothing is offered again, and a new draft can begin."""
    anna = people["anna"]
    case = opened(anna).paper
    drafts.discard(anna, case, "case")
    drafts.keep(anna, case, "case", {"wishes": "x"}, base=1)
    drafts.discard(anna, case, "case")
    assert drafts.find(anna, case, "case") is None
    drafts.keep(anna, case, "case", {"wishes": "y"}, base=2)
    assert drafts.find(anna, case, "case").base == 2


def test_draft_unchanged_is_not_written_again(people):
    """A look every few seconds costs nothing while nobody types."""
    anna = people["anna"]
    case = opened(anna).paper
    first = drafts.keep(anna, case, "case", {"wishes": "x"}, base=1)
    anna.clock.pass_days(1)
    assert drafts.keep(anna, case, "case", {"wishes": "x"}, base=1) == first
    begun = [e for e in anna.store.entries() if e.action == "draft.begun"]
    assert len(begun) == 1


def test_draft_is_sealed_and_has_a_limit(people, folder):
    """What is typed lies nowhere in plain words; a form holds so much and no more."""
    anna = people["anna"]
    case = opened(anna).paper
    drafts.keep(anna, case, "case", {"wishes": "planted-draft-words"}, base=1)
    with pytest.raises(UserError, match="at most 200,000 characters"):
        drafts.keep(anna, case, "case", {"wishes": "x" * 300_000}, base=1)
    anna.store.close()
    lying = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"planted-draft-words" not in lying


@pytest.fixture
def desk(people):
    """Anna, and a case of hers."""
    return people["anna"], opened(people["anna"]).paper


def test_two_windows_of_one_person_lose_nothing(desk):
    """What each typed is put together; an idle window takes nothing away, a saved one its own."""
    anna, case = desk
    drafts.keep(anna, case, "case", {"wishes": "home"}, base=1, before={})
    drafts.discard(anna, case, "case", before={})  # the other window, in which nothing was typed
    assert drafts.find(anna, case, "case").fields == {"wishes": "home"}
    drafts.keep(anna, case, "case", {"goals": "time"}, base=1, before={})
    assert drafts.find(anna, case, "case").fields == {"wishes": "home", "goals": "time"}
    first = {"wishes": "at home"}
    drafts.keep(anna, case, "case", first, base=1, before={"wishes": "home"})
    drafts.discard(anna, case, "case", before=first)  # the first window was saved
    assert drafts.find(anna, case, "case").fields == {"goals": "time"}
    drafts.keep(anna, case, "case", {"goals": "no pain"}, base=2, before={"goals": "time"})
    found = drafts.find(anna, case, "case")
    assert (found.fields, found.base) == ({"goals": "no pain"}, 2)


def test_of_one_field_in_two_windows_the_later_typing_stands(desk):
    """A window that did not touch the field since does not bring its old words back."""
    anna, case = desk
    drafts.keep(anna, case, "case", {"wishes": "one"}, base=1, before={})
    drafts.keep(anna, case, "case", {"wishes": "two"}, base=1, before={"wishes": "one"})
    drafts.keep(
        anna, case, "case", {"wishes": "one", "goals": "x"}, base=3, before={"wishes": "one"}
    )
    found = drafts.find(anna, case, "case")
    assert (found.fields, found.base) == ({"wishes": "two", "goals": "x"}, 1)
    taken_back = {"wishes": "two", "goals": "x"}
    drafts.keep(anna, case, "case", {"goals": "x"}, base=3, before=taken_back)
    assert drafts.find(anna, case, "case").fields == {"goals": "x"}
