"""The decision record: what it needs, how it is locked, and that every change is noticed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dashboard.meeting.case import Decided
from dashboard.meeting.choices import REASONS, Choice, Said, Stance
from dashboard.meeting.decision import (
    Addendum,
    DecisionRefused,
    Dissent,
    View,
    amended,
    become,
    content,
    is_intact,
    refuse_locked,
    wanting,
)
from dashboard.meeting.written import canonical, from_body, to_body
from tests.unit.meeting.made import NOW, a_decision

LATER = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)


def final(**changes):
    """A locked record."""
    return become(a_decision(**changes), Decided.FINAL, by="owner", at=NOW)


def test_decision_is_locked_when_final():
    """Who closed it, when, and a hash of 64 digits."""
    record = final()
    assert record.is_locked
    assert (record.lock.by, record.lock.at) == ("owner", NOW)
    assert len(record.head) == 64
    assert record.decided_on == NOW.date()
    assert is_intact(record)


def test_decision_stays_intact_when_it_was_kept_and_read():
    """The hash is of the content, not of how it lay in memory."""
    record = amended(final(), "MRI done", by="owner", at=LATER)
    assert is_intact(from_body(type(record), to_body(record)))


CHANGES = {
    "another regimen": {"board": View(Choice.REGIMEN, "b", Stance.AGREES, ("trial-evidence",))},
    "dissent taken away": {"dissent": ()},
    "another person": {"responsible": "Dr Oz"},
    "another day": {"due": date(2027, 1, 1)},
    "consent turned": {"prediction_consent": Said.NO},
    "no figures": {"tool": None},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_decision_changed_behind_the_lock_is_noticed(change):
    """No field of a closed record can be changed without the hash telling."""
    record = final(dissent=(Dissent("Ben", "too toxic"),))
    assert not is_intact(replace(record, **change))


def test_decision_with_another_figure_of_the_tool_is_noticed():
    """What the tool showed at the time is part of what is closed."""
    record = final()
    row = record.tool.rows[0]
    better = replace(row.figures["response"], p=0.63, text="63% (54 to 70%)")
    tool = replace(record.tool, rows=(replace(row, figures={"response": better}),))
    assert not is_intact(replace(record, tool=tool))


def test_decision_closed_by_another_or_at_another_time_is_noticed():
    """Who and when are hashed too."""
    record = final()
    assert not is_intact(replace(record, lock=replace(record.lock, by="somebody")))
    assert not is_intact(replace(record, lock=replace(record.lock, at=LATER)))


def test_decision_is_corrected_by_addenda_only():
    """The record stays as it was; each addendum has a hash that holds the one before."""
    record = final()
    with pytest.raises(DecisionRefused, match="final and locked"):
        become(record, Decided.PRELIMINARY, by="owner", at=LATER)
    once = amended(record, " Creatinine was wrong. ", by="owner", at=LATER)
    twice = amended(once, "Patient informed.", by="owner", at=LATER)
    assert [added.words for added in twice.addenda] == [
        "Creatinine was wrong.",
        "Patient informed.",
    ]
    assert content(twice) == content(record)
    assert record.head != once.head != twice.head
    assert is_intact(twice)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda r: replace(r, addenda=r.addenda[::-1]),
        lambda r: replace(r, addenda=r.addenda[1:]),
        lambda r: replace(r, addenda=(replace(r.addenda[0], words="x"), r.addenda[1])),
        lambda r: replace(r, addenda=(replace(r.addenda[0], by="x"), r.addenda[1])),
    ],
    ids=["reordered", "first taken away", "words changed", "author changed"],
)
def test_decision_with_tampered_addenda_is_noticed(tamper):
    """The chain tells change, reorder and removal within."""
    record = amended(amended(final(), "one", by="a", at=LATER), "two", by="b", at=LATER)
    assert is_intact(record)
    assert not is_intact(tamper(record))


def test_decision_that_is_open_takes_no_addendum():
    """An open record is changed itself; an addendum to it is a sign of tampering."""
    with pytest.raises(DecisionRefused, match="Only a final decision"):
        amended(a_decision(), "x", by="owner", at=NOW)
    with pytest.raises(DecisionRefused, match="addendum is empty"):
        amended(final(), "  ", by="owner", at=NOW)
    assert is_intact(a_decision())
    assert not is_intact(a_decision(addenda=(Addendum("a", NOW, "x", "0"),)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"board": View(None, "", Stance.AGREES, ("wish",))}, "What the board decided."),
        ({"board": View(Choice.REGIMEN, "", Stance.AGREES, ("wish",))}, "Which regimen."),
        ({"board": View(Choice.TRIAL, "", Stance.AGREES)}, "A reason."),
        ({"board": View(Choice.TRIAL, "", Stance.AGREES, ("other",))}, "What the other reason is."),
        ({"board": View(Choice.TRIAL, "", None, ("wish",))}, "How the decision stands"),
        ({"board": View(Choice.TRIAL, "", Stance.DIFFERS, (), "so")}, "Why it differs"),
        ({"responsible": " "}, "Who carries it out."),
        ({"due": None}, "Until when."),
        ({"trial_offered": Said.NOT_ASKED}, "Whether a trial was offered."),
        ({"prediction_consent": Said.NOT_ASKED}, "Whether the patient agrees"),
    ],
)
def test_decision_tells_what_is_wanting(change, words):
    """Each thing a final record needs is asked for in words, and nothing else is."""
    record = a_decision(**change)
    told = wanting(record, Decided.FINAL)
    assert len(told) == 1
    assert words in told[0]
    with pytest.raises(DecisionRefused, match="cannot become final"):
        become(record, Decided.FINAL, by="owner", at=NOW)


def test_decision_without_the_tool_needs_no_stance():
    """Where nothing was shown nothing has to be said of it."""
    bare = a_decision(
        tool=None, board=View(Choice.NO_CONSENSUS, "", None, ("uncertain",)),
        prediction_consent=Said.NOT_ASKED,
    )  # fmt: skip
    assert wanting(bare, Decided.FINAL) == ()


def test_decision_is_preliminary_with_a_choice_alone():
    """What is left open is asked again before it is final."""
    bare = a_decision(responsible="", due=None, trial_offered=Said.NOT_ASKED)
    kept = become(bare, Decided.PRELIMINARY, by="owner", at=NOW)
    assert (kept.state, kept.lock, kept.head) == (Decided.PRELIMINARY, None, "")
    assert become(replace(bare, board=View()), Decided.DRAFT, by="owner", at=NOW).decided_on is None
    later = become(replace(kept, responsible="x", due=date(2026, 7, 1), trial_offered=Said.NO),
                   Decided.FINAL, by="owner", at=LATER)  # fmt: skip
    assert later.decided_on == NOW.date()


def test_decision_locked_refuses_every_change():
    """Whoever writes asks first."""
    refuse_locked(a_decision())
    with pytest.raises(DecisionRefused, match="final and locked"):
        refuse_locked(final())


def test_decision_content_is_hashable_whatever_is_typed():
    """Quotes, line breaks and letters of any script do not disturb the canonical spelling."""
    record = a_decision(conditions='„if“ creatinine < 1.5\n"x" \u2028 愛')
    assert canonical(content(record)) == canonical(
        content(from_body(type(record), to_body(record)))
    )
    assert "other" in REASONS
