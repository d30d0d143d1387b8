"""Opening: what is missing is made, and a log that ends too early is noticed."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dashboard.foundation.errors import UserError
from dashboard.vault.audit import AuditLine, Break
from dashboard.vault.backup import accept_loss
from dashboard.vault.record import Damaged
from dashboard.vault.store import Store
from dashboard.vault.verification import verify
from tests.unit.vault.stores import by_force, fill, settled


def test_opening_makes_what_is_private(store):
    """Folder, database and keys are their owner's alone."""
    store.place.file.parent.rmdir()
    store.note(AuditLine(store.now(), "ann", "opened"))
    assert store.place.file.parent.stat().st_mode & 0o777 == 0o700
    for path in (store.place.file, *store.place.keys.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_store_without_its_key_is_not_opened(store):
    """A new key would make everything look damaged; it is asked for instead."""
    fill(store)
    settled(store)
    assert store.has_key
    (store.place.keys / "store.key").unlink()
    assert not store.has_key
    with pytest.raises(UserError, match="key of the store is not there"):
        store.read("case", "id-1")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM audit WHERE sequence > 16", "ends at line 16, and went on to line 18"),
        ("DELETE FROM audit", "ends at line 0, and went on to line 18"),
        ("UPDATE audit SET hash = 'x' WHERE sequence = 18", "Line 18 .* not the one"),
    ],
)
def test_a_log_that_lost_its_end_shows_nothing(store, statement, told):
    """Newer saves may be missing with it; until somebody decides, nothing is shown or written."""
    fill(store)
    by_force(settled(store), statement)
    for ask in (store.all, store.damaged, lambda kind: store.read(kind, "id-1")):
        with pytest.raises(Damaged, match=told):
            ask("case")
    with pytest.raises(Damaged, match=told):
        store.note(AuditLine(store.now(), "ann", "opened"))


def test_a_last_line_that_was_changed_is_noticed(store):
    """Also where it went on after what is known outside."""
    fill(store)
    head = store.opened().head
    known = head.known()
    fill_one = AuditLine(store.now(), "ann", "opened")
    store.note(fill_one)
    head.start_again(known)
    by_force(settled(store), "UPDATE audit SET actor = 'eve' WHERE sequence = 19")
    with pytest.raises(Damaged, match="Line 19 of the audit log is not the one"):
        store.read("case", "id-1")


@pytest.mark.parametrize("content", [None, b"forged"])
def test_a_log_whose_end_is_not_known_shows_nothing(store, content):
    """Taking the file away is no way to hide that lines are missing."""
    fill(store)
    settled(store)
    head = store.place.keys / "audit.head"
    head.unlink() if content is None else head.write_bytes(content)
    with pytest.raises(Damaged, match="how far the audit log goes is missing or damaged"):
        store.read("case", "id-1")


def test_a_loss_that_was_accepted_stands_in_the_log(store):
    """Somebody decided to go on, and the log says from where; then everything is shown again."""
    fill(store)
    by_force(settled(store), "DELETE FROM audit WHERE sequence > 16")
    line = AuditLine(store.now(), "ann", "store.loss-accepted", facts={"reason": "disk"})
    accept_loss(store, line)
    last = store.entries()[-1]
    assert (last.sequence, last.action) == (17, "store.loss-accepted")
    assert '"lines_before":18' in last.facts
    assert '"reason":"disk"' in last.facts
    assert len(store.all("case")) == 4
    found = verify(store.opened())
    assert found.broken is None
    assert found.damaged == (("case", "id-5", 2), ("case", "id-5", 3))


def test_accepting_on_a_sound_log_is_a_line_like_others(store):
    """Nothing is lost by it, and a log with nothing in it can be gone on with too."""
    accept_loss(store, AuditLine(store.now(), "ann", "store.loss-accepted"))
    assert [entry.sequence for entry in store.entries()] == [1]


def test_a_note_outside_that_cannot_be_written_loses_no_save(store, monkeypatch):
    """The line is kept, the next opening finds the log longer than is known, and all is well."""
    fill(store)

    def refuse(known):
        raise OSError("no room")

    monkeypatch.setattr(type(store.opened().head), "advance", lambda self, known: refuse(known))
    store.note(AuditLine(store.now(), "ann", "opened"))
    monkeypatch.undo()
    store.close()
    assert store.read("case", "id-1")
    assert len(store.entries()) == 19


def test_a_stop_before_the_log_was_noted_outside_is_no_fault(store):
    """The very first line, and then none."""
    with closing(sqlite3.connect(store.place.file)):
        pass
    store.note(AuditLine(store.now(), "ann", "opened"))
    store.opened().head.start_again(store.opened().head.known())
    again = Store(store.place)
    assert len(again.entries()) == 1
    again.close()


class TestVerify:
    """Looking at everything."""

    def test_all_is_well(self, store):
        """Versions, erased ones and lines are counted."""
        fill(store)
        store.erase("P-CCCC", by="ann")
        found = verify(store.opened())
        assert (found.versions, found.erased, found.lines) == (19, 6, 19)
        assert found.whole

    def test_an_empty_store_is_whole(self, store):
        """Nothing kept, nothing wrong."""
        assert verify(store.opened()).whole

    @pytest.mark.parametrize(
        ("statement", "damaged"),
        [
            ("UPDATE records SET body = x'00' WHERE id = 'id-1' AND version = 2", [2]),
            ("UPDATE records SET author = 'eve' WHERE id = 'id-1' AND version = 1", [1]),
            ("DELETE FROM records WHERE id = 'id-1' AND version = 3", [3]),
            ("DELETE FROM changes WHERE id = 'id-1' AND version = 3", [3]),
            (
                "DELETE FROM records WHERE id = 'id-1'; DELETE FROM changes WHERE id = 'id-1'",
                [1, 2, 3],
            ),
            ("UPDATE changes SET digest = 'x' WHERE id = 'id-1' AND version = 2", [2]),
            ("UPDATE records SET version = 9 WHERE id = 'id-1' AND version = 3", [3, 9]),
        ],
    )
    def test_what_was_changed_or_taken_is_named(self, store, statement, damaged):
        """Version by version, also where both tables were made to agree."""
        fill(store)
        by_force(settled(store), *statement.split("; "))
        found = verify(store.opened())
        assert found.damaged == tuple(("case", "id-1", n) for n in damaged)
        assert found.broken is None

    def test_a_version_slipped_in_is_named(self, store):
        """A row that no line tells of was not saved by Concord."""
        fill(store)
        file = settled(store)
        by_force(
            file,
            "INSERT INTO changes SELECT kind, id, 4, digest, sequence FROM changes "
            "WHERE id = 'id-1' AND version = 3",
        )
        assert verify(store.opened()).damaged == (("case", "id-1", 4),)

    def test_a_changed_line_is_named(self, store):
        """And that its versions cannot be told of any more does not stop the look."""
        fill(store)
        by_force(settled(store), "UPDATE audit SET changes = 'x' WHERE sequence = 5")
        found = verify(store.opened(whole=False))
        assert (found.broken.sequence, found.broken.kind) == (5, Break.CHANGED)
        assert len(found.damaged) == 1
        assert not found.whole

    def test_a_number_where_a_version_belongs_is_named(self, store):
        """Damaged cells are of any type; so are their names."""
        fill(store)
        file = settled(store)
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("PRAGMA writable_schema = ON")
            raw.execute("UPDATE sqlite_master SET sql = replace(sql, ' STRICT', '')")
            raw.commit()
        by_force(file, "UPDATE records SET version = 'x' WHERE id = 'id-1' AND version = 3")
        assert verify(store.opened()).damaged == (("case", "id-1", -1), ("case", "id-1", 3))
