"""Backups: copied while others write, checked, refused when damaged, brought back whole."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing

import pytest

from dashboard.foundation.errors import UserError
from dashboard.vault import connection, schema
from dashboard.vault.audit import AuditLine
from dashboard.vault.backup import back_up, check, restore
from dashboard.vault.place import Place
from dashboard.vault.record import Damaged, Erased, Unavailable
from dashboard.vault.store import Store
from dashboard.vault.verification import verify
from tests.unit.vault.stores import by_force, fill, settled


def a_line(store):
    """Who restores."""
    return AuditLine(store.now(), "ann", "store.restored", facts={"why": "test"})


@pytest.fixture
def target(tmp_path):
    """Where a backup may be written."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere" / "monday.sqlite"


def test_a_backup_holds_everything_and_was_read(store, target):
    """Every version is counted; three files, their owner's alone, and nothing else."""
    fill(store)
    found = back_up(store, target)
    assert (found.versions, found.lines, found.whole) == (18, 18, True)
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "monday.sqlite", "monday.sqlite.keys", "monday.sqlite.seal"
    ]  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in target.parent.iterdir()} == {0o600}
    assert check(store.opened(), target) == found


def test_a_backup_is_taken_while_others_write(store, target):
    """It is of one moment, and whole."""
    stop, saved = threading.Event(), []

    def write():
        while not stop.is_set():
            with store.writing() as writing:
                writing.save("case", f"c-{len(saved)}", {}, after=0, by="ann")
            saved.append(True)

    writer = threading.Thread(target=write)
    writer.start()
    while not saved:
        pass
    found = back_up(store, target)
    stop.set()
    writer.join()
    assert found.whole
    assert 1 <= found.versions <= len(saved)


def test_a_backup_never_replaces_a_file(store, target):
    """The last good one is not lost to a bad one."""
    target.write_bytes(b"kept")
    with pytest.raises(UserError, match="never replaces a file"):
        back_up(store, target)
    assert target.read_bytes() == b"kept"


def test_a_backup_that_cannot_be_written_is_none(store, target):
    """No folder, no backup, no pieces of one."""
    fill(store)
    with pytest.raises(Unavailable, match="cannot be written: there is no folder here"):
        back_up(store, target.parent / "none" / "monday.sqlite")
    assert list(target.parent.iterdir()) == []


def test_a_seal_that_cannot_be_written_leaves_no_backup(store, target):
    """A copy nobody can check is taken away again."""
    fill(store)
    (target.parent / "monday.sqlite.seal").mkdir()
    with pytest.raises(Unavailable, match="backup cannot be written"):
        back_up(store, target)
    assert [path.name for path in target.parent.iterdir()] == ["monday.sqlite.seal"]


def test_what_is_damaged_in_the_store_is_told_with_the_backup(store, target):
    """The rest is safe; it is not called whole, and not restored."""
    fill(store)
    by_force(settled(store), "UPDATE records SET author = 'eve' WHERE id = 'id-1' AND version = 1")
    found = back_up(store, target)
    assert found.damaged == (("case", "id-1", 1),)
    with pytest.raises(Damaged, match="1 versions in it are not what was saved"):
        restore(store, target, a_line(store))


def test_a_restore_brings_back_what_was_and_keeps_what_is(store, target):
    """Later saves are gone from the store and stand in the file beside it; the log tells of it."""
    bodies = fill(store)
    back_up(store, target)
    before = store.opened().head.known()
    with store.writing() as writing:
        writing.save("case", "later", {}, after=0, by="ann")
    restored = restore(store, target, a_line(store))
    assert store.read("case", "later") is None
    assert all(store.read(kind, id_) is not None for kind, id_, _ in bodies)
    last = store.entries()[-1]
    assert (last.sequence, last.action) == (before.sequence + 1, "store.restored")
    assert f'"lines_before":{before.sequence + 1}' in last.facts
    assert verify(store.opened()).whole
    kept = Store(Place(restored.replaced, store.place.keys))
    with connection.reading(connection.engine_at("", restored.replaced)) as raw:
        assert raw.exec_driver_sql("SELECT count(*) FROM records").scalar_one() == 19
    kept.close()


def test_a_restore_reaches_programs_that_are_open(store, target):
    """Somebody else's store sees what was restored, and writes on from there."""
    fill(store)
    back_up(store, target)
    other = Store(store.place)
    with other.writing() as writing:
        writing.save("case", "later", {}, after=0, by="ann")
    restore(store, target, a_line(store))
    assert other.read("case", "later") is None
    with other.writing() as writing:
        writing.save("case", "later", {"again": 1}, after=0, by="ann")
    assert store.read("case", "later").body == {"again": 1}
    assert verify(store.opened()).whole
    other.close()


@pytest.mark.parametrize("content", [b"no database" * 500, b""])
def test_a_restore_replaces_a_file_that_is_no_database_any_more(store, target, content):
    """The damaged file is kept beside, and all is there again."""
    fill(store)
    back_up(store, target)
    file = settled(store)
    file.write_bytes(content or b"\0" * 5000)
    if content:
        file.with_name("concord.sqlite-wal").write_bytes(b"rest")
    restored = restore(store, target, a_line(store))
    assert restored.replaced.read_bytes() == (content or b"\0" * 5000)
    assert len(store.all("case")) == 4
    assert verify(store.opened()).whole


def test_a_restore_mends_a_log_that_lost_its_end(store, target):
    """What was withheld is shown again."""
    fill(store)
    back_up(store, target)
    by_force(settled(store), "DELETE FROM audit WHERE sequence > 3")
    with pytest.raises(Damaged):
        store.all("case")
    restore(store, target, a_line(store))
    assert len(store.all("case")) == 4


def test_a_restore_needs_a_whole_backup(store, target):
    """Cut off, of another installation, without its seal, or none at all: nothing is changed."""
    fill(store)
    back_up(store, target)
    seal = target.with_name("monday.sqlite.seal")
    short = target.with_name("short.sqlite")
    shutil.copy(target, short)
    shutil.copy(seal, target.with_name("short.sqlite.seal"))
    by_force(short, "DELETE FROM audit WHERE sequence = 18")
    with pytest.raises(Damaged, match="its audit log is broken at line 18"):
        restore(store, short, a_line(store))
    seal.write_bytes(b"forged")
    with pytest.raises(Damaged, match="seal of this backup"):
        restore(store, target, a_line(store))
    with pytest.raises(UserError, match="no file"):
        restore(store, target.with_name("none"), a_line(store))
    assert len(store.entries()) == 18


def test_a_restore_brings_back_no_erased_patient(store, target):
    """A backup from before the erasure does not undo it."""
    fill(store)
    back_up(store, target)
    store.erase("P-BBBB", by="ann")
    restore(store, target, a_line(store))
    with pytest.raises(Erased):
        store.read("case", "id-1")
    assert store.read("case", "id-2")


def test_an_empty_store_is_backed_up_and_restored(store, target):
    """Nothing kept is also something to come back to."""
    assert back_up(store, target).versions == 0
    fill(store)
    restore(store, target, a_line(store))
    assert store.all("case") == ()


def test_a_machine_is_replaced_by_backup_and_paper(store, target, tmp_path):
    """Backup, its two files and the recovery key make everything readable somewhere else."""
    from dashboard.vault.keys import keys_from_words, write_keys

    bodies = fill(store)
    back_up(store, target)
    words = store.opened().keys.recovery_words
    new = Place(tmp_path / "new" / "concord.sqlite", tmp_path / "new" / "keys")
    write_keys(new.keys, keys_from_words(words))
    other = Store(new)
    restore(other, target, a_line(store))
    newest = {key[:2]: body for key, body in sorted(bodies.items())}
    assert {(k, i): other.read(k, i).body for k, i in newest} == newest
    other.close()


def test_a_backup_without_its_keys_is_restored_where_the_keys_are(store, target):
    """On the machine that has them they are not needed twice."""
    fill(store)
    back_up(store, target)
    target.with_name("monday.sqlite.keys").unlink()
    restore(store, target, a_line(store))
    assert len(store.all("case")) == 4


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE schema_steps", f"CREATE VIEW schema_steps AS {ENDLESS}"),
        ("ALTER TABLE audit RENAME TO elsewhere", f"CREATE VIEW audit AS {ENDLESS}"),
        ("CREATE TRIGGER evil AFTER INSERT ON audit BEGIN DELETE FROM visits; END",),
        ("CREATE TABLE more (x)",),
        ("ALTER TABLE visits ADD COLUMN more TEXT",),
    ],
)
def test_a_backup_with_other_tables_views_or_triggers_is_refused(store, tmp_path, statements):
    """What would never end is not asked, and what would act in the store is not restored."""
    fill(store)
    target = tmp_path / "backup.sqlite"
    back_up(store, target)
    with closing(sqlite3.connect(target)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()
    before = [*store.all("case")]
    with pytest.raises(Damaged, match="not those that Concord makes"):
        restore(store, target, a_line(store))
    assert [*store.all("case")] == before
    assert verify(store.opened()).whole


def test_a_restore_puts_back_guards_that_somebody_took_away(store, tmp_path):
    """The backup of a store without its guards is not lost, and the restored store has them."""
    fill(store)
    settled(store)
    by_force(store.place.file)
    target = tmp_path / "backup.sqlite"
    back_up(store, target)
    restore(store, target, a_line(store))
    store.close()
    with (
        closing(sqlite3.connect(store.place.file)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="rows of audit are never changed"),
    ):
        raw.execute("DELETE FROM audit")


def test_keys_beside_a_backup_that_are_no_table_are_refused(store, tmp_path):
    """A view in the place of the keys is not asked: it may never end."""
    fill(store)
    target = tmp_path / "backup.sqlite"
    back_up(store, target)
    keys = tmp_path / "backup.sqlite.keys"
    keys.unlink()
    with closing(sqlite3.connect(keys)) as raw:
        raw.execute(f"CREATE VIEW keys AS {ENDLESS}")
        raw.commit()
    with pytest.raises(Damaged, match="no sound copy of the patients' keys"):
        restore(store, target, a_line(store))


@pytest.mark.parametrize("version", [1, 2])
def test_a_backup_of_an_older_concord_is_restored(store, tmp_path, version):
    """Its tables are those of its time, and take the steps of today when it is opened."""
    fill(store)
    before = store.all("case")
    target = tmp_path / "backup.sqlite"
    back_up(store, target)
    engine = connection.engine_at("", target)
    schema.migrate(engine, version)
    engine.dispose()
    with closing(sqlite3.connect(target)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    restore(store, target, a_line(store))
    assert store.all("case") == before
    assert schema.version_of(store.opened().engine) == len(schema.STEPS)


def test_a_backup_of_a_newer_concord_says_so(store, tmp_path):
    """It is refused in the words of its version, unaltered."""
    fill(store)
    target = tmp_path / "backup.sqlite"
    back_up(store, target)
    with closing(sqlite3.connect(target)) as raw:
        raw.execute("CREATE TABLE of_tomorrow (x)")
        raw.execute("INSERT INTO schema_steps VALUES (99, 'of tomorrow')")
        raw.execute("INSERT INTO schema_steps VALUES (98, 'of tomorrow')")
        raw.commit()
    whole = target.read_bytes()
    with pytest.raises(Unavailable, match="made by a newer Concord"):
        restore(store, target, a_line(store))
    assert target.read_bytes() == whole
