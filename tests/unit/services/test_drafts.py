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
