"""How services reach the store: a change and its audit line are one."""

from __future__ import annotations

import pytest

from dashboard.services import keeping
from dashboard.services.installation import open_context


@pytest.fixture
def context(tmp_path):
    """A context of the owner over an empty data folder."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path / "data")})


def test_opening_a_context_makes_no_store(context):
    """Asking for help or listing packs costs no database."""
    assert not context.settings.data_dir.exists()


def test_what_is_recorded_stands_in_the_log_of_the_store(context):
    """Who, in which role, did what with which facts."""
    context.record("open patient", "P-1", patients=3)
    (entry,) = context.store.entries()
    assert (entry.actor, entry.role, entry.action) == ("owner", "owner", "open patient")
    assert (entry.subject, entry.facts) == ("P-1", '{"patients":3}')


def test_keeping_has_written_down_what_is_done_in_it(context):
    """The line names the versions that were saved under it."""
    with context.keeping("save case", "P-1", fields=1) as writing:
        saved = writing.save("case", "a", {"n": 1}, after=0, by="owner", subject="P-1")
    (entry,) = context.store.entries()
    assert (entry.action, entry.facts) == ("save case", '{"fields":1}')
    assert '"case","a",1' in entry.changes
    assert context.store.read("case", "a") == saved


def test_keeping_writes_nothing_down_of_what_failed(context):
    """No line without its change."""

    def fail():
        with context.keeping("save case"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert context.store.entries() == ()


def test_together_writes_several_lines_at_the_end(context):
    """What is asked together is written down together, in its order, before anything is shown."""
    with context.together() as asked:
        asked.record("open patient", "P-1")
        asked.record("forecast", "P-1", regimens=6)
        assert context.store.entries() == ()
    assert [entry.action for entry in context.store.entries()] == ["open patient", "forecast"]


def test_together_writes_what_was_asked_before_a_mistake(context):
    """What was looked at stands in the log, although something else went wrong."""

    def fail():
        with context.together() as asked:
            asked.record("open patient", "P-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [entry.action for entry in context.store.entries()] == ["open patient"]


def test_together_without_a_question_opens_no_store(context):
    """Nothing asked, nothing written."""
    with context.together():
        pass
    assert not context.settings.data_dir.exists()


def test_every_line_names_the_run_it_was_written_in(context, tmp_path):
    """What one run did belongs together; another run has another name."""
    context.record("open patient", "P-1")
    keeping.verify(context)
    keeping.erase(context, "P-1", "asked for by letter")
    again = open_context({"CONCORD_DATA_DIR": str(tmp_path / "data")})
    again.record("open patient", "P-2")
    *mine, theirs = context.store.entries()
    assert {entry.session for entry in mine} == {context.session}
    assert theirs.session == again.session != context.session
    assert len(context.session) == 12
