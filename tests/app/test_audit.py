"""The audit log on its page: found by words, checked as a whole, taken away."""

import pytest

from components.widgets.audit import Sought, verdict
from dashboard.shell import wiring
from dashboard.vault.audit import Break, Broken, Entry
from tests.app.conftest import text_of, title_of


@pytest.fixture
def audit(visit):
    """The page."""
    return visit("audit")


def test_audit_shows_what_was_done(audit):
    """The newest lines, with who, what and when; looking is written down too."""
    assert title_of(audit) == "Audit"
    text = text_of(audit)
    assert "audit.read" in text
    assert "owner" in text
    assert " lines" in text


def test_audit_finds_by_words_and_action(audit):
    """What does not match is left out; nothing found says so in its count."""
    audit.text_input(key="audit.words").set_value("no such word anywhere").run()
    assert "0 of " in text_of(audit)
    audit.text_input(key="audit.words").set_value("").run()
    audit.selectbox(key="audit.action").set_value("audit.read").run()
    assert not audit.exception
    assert "samples.listed" not in text_of(audit).split("lines")[1]


def test_audit_checks_its_chain(audit):
    """One button, and the answer in words."""
    audit.button(key="audit.verify").click().run()
    assert "The chain holds" in text_of(audit)
    labels = [button.proto.label for button in audit.get("download_button")]
    assert labels == ["Whole log (CSV)", "Whole log (JSONL)"]


def test_audit_tells_who_looked_at_a_record(audit):
    """A pseudonym gives the account of it and its two files; nobody's says so."""
    audit.text_input(key="audit.patient").set_value("P-NOBODY").run()
    assert "The log has no line of this pseudonym." in text_of(audit)
    labels = [button.proto.label for button in audit.get("download_button")]
    assert labels[:2] == ["For the patient (TXT)", "For the patient (CSV)"]
    wiring.context().record("case.read", "P-SOMEBODY")
    audit.text_input(key="audit.patient").set_value("P-SOMEBODY").run()
    assert "Who looked at this record" in text_of(audit)
    assert "looked at the case" in text_of(audit)


ENTRY = Entry(
    7, "2026-03-02T10:00:00+00:00", "ada", "owner", "", "erase", "P-X", '{"reason":"asked"}', "[]",
    "", "", "",
)  # fmt: skip


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), True),
        (Sought(words="ASKED"), True),
        (Sought(words="other"), False),
        (Sought(person="ada", action="erase", since="2026-03-02"), True),
        (Sought(person="bob"), False),
        (Sought(action="read"), False),
        (Sought(since="2026-03-03"), False),
    ],
)
def test_audit_line_is_found_by_all_that_is_asked(sought, found):
    """Words in any case, person, action and day; each narrows."""
    assert sought.finds(ENTRY) is found


def test_audit_says_where_the_chain_breaks():
    """The first broken line with its kind, and how much is damaged."""
    told = verdict(10, 20, 2, Broken(8, Break.DELETED, "line 9 stands in its place")).text
    assert "2 versions are damaged" in told
    assert "Line 8 is deleted: line 9 stands in its place" in told
