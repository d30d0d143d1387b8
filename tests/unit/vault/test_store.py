"""The store: versions that are added, checked when they are read, and written down."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.vault.audit import AuditLine, first_broken
from dashboard.vault.store import CLOCK, KEPT_DRAFTS, Conflict, Damaged, Erased, Store
from dashboard.vault.verification import verify

SUBJECT = "P-ABCD"
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def save(store, body, after=0, id_="one", kind="case", **more):
    """Save one version in a transaction of its own."""
    with store.writing() as writing:
        return writing.save(kind, id_, body, after=after, by="ann", **more)


def test_store_gives_back_what_was_saved(store):
    """The newest version is read whole: who, when, what, of whom."""
    saved = save(store, {"title": "Größe", "list": [1, 2.5, None, True]}, subject=SUBJECT)
    assert store.read("case", "one") == saved
    assert (saved.version, saved.by, saved.subject) == (1, "ann", SUBJECT)
    assert saved.body == {"title": "Größe", "list": [1, 2.5, None, True]}


def test_store_survives_closing(store):
    """What was saved is there for the next program that opens the place."""
    saved = save(store, {"n": 1}, subject=SUBJECT)
    store.close()
    store.close()
    again = Store(store.place)
    assert again.read("case", "one") == saved
    again.close()


def test_store_has_nothing_of_what_was_never_saved(store):
    """Unknown is None, and no error."""
    assert store.read("case", "none") is None
    assert store.history("case", "none") == ()
    assert store.all("case") == ()
    assert store.damaged("case") == ()


def test_store_keeps_every_version(store):
    """An edit is a further version; earlier ones stay as they were."""
    for n in range(3):
        save(store, {"n": n}, after=n)
    assert [each.body["n"] for each in store.history("case", "one")] == [0, 1, 2]
    assert store.read("case", "one").version == 3


def test_store_lists_the_newest_of_each_by_id(store):
    """One version of each thing of the kind asked for."""
    for id_ in ("b", "a"):
        save(store, {"n": 1}, id_=id_)
    save(store, {"n": 2}, id_="b", after=1)
    save(store, {"n": 1}, kind="meeting")
    assert [(each.id, each.version) for each in store.all("case")] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_saving_over_what_was_not_seen_is_refused(store, after):
    """The loser gets who saved what and when, and nothing is overwritten."""
    save(store, {"n": 1})
    theirs = save(store, {"n": 2}, after=1)
    with pytest.raises(Conflict, match=r"ann changed this at .* UTC \(version 2\)") as caught:
        save(store, {"n": 3}, after=after)
    assert caught.value.current == theirs
    assert store.read("case", "one") == theirs


def test_saving_after_what_never_was_is_refused(store):
    """A version to follow that is not there is no new thing."""
    with pytest.raises(Damaged, match="Version 4 of this is not there"):
        save(store, {}, after=4)


def test_a_transaction_is_all_or_nothing(store):
    """What fails half-way leaves neither records nor lines."""

    def fail():
        with store.writing() as writing:
            writing.save("case", "one", {}, after=0, by="ann")
            writing.note(AuditLine(AT, "ann", "open"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.read("case", "one") is None
    assert store.entries() == ()


def test_a_transaction_inside_one_is_part_of_it(store):
    """What is noted while saving shares the fate of the save."""

    def fail():
        with store.writing() as writing:
            writing.save("case", "one", {}, after=0, by="ann")
            store.note(AuditLine(AT, "ann", "open"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.entries() == ()


def test_a_transaction_sees_what_it_saved(store):
    """Two versions in one transaction follow each other."""
    with store.writing() as writing:
        assert writing.read("case", "one") is None
        writing.save("case", "one", {"n": 1}, after=0, by="ann")
        writing.save("case", "one", {"n": 2}, after=1, by="ann")
        assert writing.read("case", "one").body == {"n": 2}
    assert len(store.history("case", "one")) == 2


def test_a_save_is_written_down_with_what_it_changed(store):
    """The line of the transaction names every version that was saved in it."""
    with store.writing() as writing:
        writing.note(AuditLine(AT, "ann", "edit", SUBJECT, {"fields": 2}, role="clinician"))
        writing.note(AuditLine(AT, "ann", "tell"))
        writing.save("case", "one", {}, after=0, by="ann", subject=SUBJECT)
    first, second = store.entries()
    assert (first.sequence, first.action, first.role) == (1, "edit", "clinician")
    assert first.changes.startswith('[["case","one",1,"')
    assert (second.changes, second.previous) == ("[]", first.hash)


def test_a_save_without_a_line_is_written_down_all_the_same(store):
    """Nothing is changed that the log does not tell of."""
    save(store, {})
    (entry,) = store.entries()
    assert (entry.action, entry.actor, entry.facts) == ("store.saved", "ann", '{"kinds":"case"}')


def test_drafts_are_kept_without_a_line(store):
    """What is typed is saved every few seconds, and says nothing in the log."""
    save(store, {"typed": "n"}, kind="draft", subject=SUBJECT)
    assert store.read("draft", "one").body == {"typed": "n"}
    assert store.entries() == ()


def test_drafts_that_were_typed_over_go(store):
    """The newest versions stay, everything is sound, and what is no draft loses nothing."""
    for version in range(KEPT_DRAFTS + 5):
        save(store, {"n": version}, after=version, kind="draft")
        save(store, {"n": version}, after=version)
    drafts = store.history("draft", "one")
    assert [each.version for each in drafts] == list(range(6, KEPT_DRAFTS + 6))
    assert len(store.history("case", "one")) == KEPT_DRAFTS + 5
    assert verify(store.opened()).whole


def test_a_repeated_request_whose_draft_was_typed_over_is_told(store):
    """It is not done again."""
    for version in range(KEPT_DRAFTS + 1):
        with store.writing() as writing:
            if version == 0:
                writing.done_before("r-1")
            writing.save("draft", "one", {}, after=version, by="ann")
    with store.writing() as writing, pytest.raises(Damaged, match="missing from the store"):
        writing.done_before("r-1")


def test_a_request_that_comes_again_has_one_effect(store):
    """A repeated request gives what the first one saved."""
    saved = []
    for _ in range(3):
        with store.writing() as writing:
            before = writing.done_before("r-1")
            saved.append(before or writing.save("case", "one", {"n": 1}, after=0, by="ann"))
    assert saved == [saved[0]] * 3
    assert len(store.history("case", "one")) == 1


def test_a_request_that_saved_nothing_is_not_remembered(store):
    """Only what was done is done before."""
    for _ in range(2):
        with store.writing() as writing:
            assert writing.done_before("r-1") is None


def test_erasing_takes_the_key_and_leaves_the_certificate(store):
    """No version can be read; that it was erased can, and the log still verifies."""
    save(store, {"name": "Somebody"}, subject=SUBJECT)
    save(store, {"name": "Another"}, id_="two", subject="P-OTHER")
    certificate = store.erase(SUBJECT, by="ann", reason="asked")
    assert certificate.body == {
        "patient": SUBJECT, "versions": 1, "reason": "asked", "copies_out_of_reach": []
    }  # fmt: skip
    for ask in (store.read, store.history):
        with pytest.raises(Erased, match="was erased at a request"):
            ask("case", "one")
    assert [each.id for each in store.all("case")] == ["two"]
    assert store.damaged("case") == ()
    assert store.entries()[-1].action == "store.erased"
    opened = store.opened()
    assert first_broken(store.entries(), opened.audit_key, opened.head.known()) is None


def test_an_erased_patient_may_come_back(store):
    """A new key seals what is saved later; what was erased stays so."""
    save(store, {}, subject=SUBJECT)
    store.erase(SUBJECT, by="ann")
    save(store, {"n": 2}, id_="later", subject=SUBJECT)
    assert store.read("case", "later").body == {"n": 2}
    with pytest.raises(Erased):
        store.read("case", "one")


def test_one_of_many_editors_wins_each_version(store):
    """Threads that save after the same version: one each succeeds, the others hear of it."""
    save(store, {"n": 0})
    won, lost = [], []

    def edit():
        for _ in range(5):
            seen = store.read("case", "one")
            try:
                won.append(save(store, {"n": seen.body["n"] + 1}, after=seen.version))
            except Conflict as conflict:
                lost.append(conflict.current.version)

    editors = [threading.Thread(target=edit) for _ in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    newest = store.read("case", "one")
    assert newest.version == len(won) + 1
    assert newest.body["n"] == len(won)
    assert len(won) + len(lost) == 20


def test_a_clock_that_goes_back_is_told_once(place):
    """Order is by number; the log has a line that the clock was set back, and by how much."""
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    times = iter([noon, noon - timedelta(days=1), noon - timedelta(days=1, seconds=-30)])
    store = Store(place)
    for at in times:
        store.note(AuditLine(at, "ann", "case.read"))
    entries = store.entries()
    assert [each.action for each in entries] == [
        "case.read", "case.read", "clock.went-back", "case.read",
    ]  # fmt: skip
    told = entries[2]
    assert (told.actor, json.loads(told.facts)) == (CLOCK, {"line": 1, "seconds": 86400})
    assert verify(store.opened()).whole
    store.close()


def test_clocks_of_machines_that_differ_a_little_are_not_told(place):
    """Several machines write one log; seconds between them are no jump."""
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    store = Store(place)
    for seconds in (0, -59):
        store.note(AuditLine(noon + timedelta(seconds=seconds), "ann", "case.read"))
    assert {each.action for each in store.entries()} == {"case.read"}
    store.close()
