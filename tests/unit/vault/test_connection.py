"""The database's faults: each in words with a cure, nothing lost, and reading goes on."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.foundation.errors import UserError
from dashboard.vault import connection
from dashboard.vault import store as vault
from dashboard.vault.audit import AuditLine
from dashboard.vault.place import Place
from dashboard.vault.record import Damaged, Unavailable
from dashboard.vault.store import Store
from dashboard.vault.verification import verify
from tests.unit.vault.stores import NOT_ON_WINDOWS, fill, forked, settled

resource = None if sys.platform == "win32" else importlib.import_module("resource")
NOBODY = 65534


def test_a_database_somebody_else_writes_to_is_waited_for_and_told(store, monkeypatch):
    """Nothing is changed, and what is kept can be read meanwhile."""
    fill(store)
    store.close()
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(store.place.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="Somebody else has been writing"):
            fill(store)
        assert store.read("case", "id-1")
    fill(Store(store.place), cases=0)


def test_what_is_given_a_trusted_schema_is_not(store):
    """The database is opened so that an acknowledged save is on the disk."""
    fill(store, cases=1)
    with connection.reading(store.opened().engine) as raw:
        asked = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        told = [raw.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]
    assert told == ["wal", 2, 1, 0]


def as_somebody(act, folder):
    """Do something with a store in a process without the rights of root; what it says."""

    def without_rights():
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        yield act(Store(Place(folder / "concord.sqlite", folder / "keys")))

    child, told = forked(without_rights)
    answer = told()
    os.waitpid(child, 0)
    return answer


def a_save(store, body, after=0):
    """Save one version; "saved", or the error."""
    try:
        with store.writing() as writing:
            writing.save("case", "new", body, after=after, by="ann", subject="P-AAAA")
    except UserError as error:
        return f"{error.code}: {error}"
    return "saved"


@pytest.fixture
def shared(store):
    """A filled store in a folder that belongs to somebody without special rights."""
    fill(store)
    settled(store)
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(store.place.file.parent, folder / "data")
    for path in [folder, *folder.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    yield folder / "data"
    for path in [folder, folder / "data"]:
        path.chmod(0o700)
    shutil.rmtree(folder)


def read_and_save(store):
    """What can be read, and what becomes of a save."""
    return [len(store.all("case")), a_save(store, {})]


@NOT_ON_WINDOWS
def test_a_folder_that_can_only_be_read_is_read(shared):
    """Everything is there; a save is refused with the cure."""
    for path in (shared / "concord.sqlite", shared):
        path.chmod(0o500)
    count, told = as_somebody(read_and_save, shared)
    assert count == 4
    assert told.startswith("store-read-only: Nothing can be written into the store")
    assert "CONCORD_DATA_DIR" in told


def fill_the_disk(store):
    """Save until there is no room, look, make room, save again."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    saved, told = 0, "saved"
    while told == "saved" and saved < 500:
        told = a_save(store, {"text": "x" * 5000}, saved)
        saved += told == "saved"
    kept = [store.read("case", "new").version == saved, len(store.all("case"))]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    return [told, *kept, a_save(store, {}, saved), verify(store.opened()).whole]


@NOT_ON_WINDOWS
def test_a_full_disk_loses_nothing(shared):
    """Where the room ends it is told; what was acknowledged is there, and reading goes on."""
    told, *after = as_somebody(fill_the_disk, shared)
    assert told.startswith("store-full: There is no room left")
    assert after == [True, 5, "saved", True]


def a_line(action, *, may_wait):
    """A line of the log."""
    return AuditLine(datetime(2026, 6, 1, 9, tzinfo=UTC), "ann", action, may_wait=may_wait)


def told_of(act):
    """What becomes of something: "done", or the code of the error."""
    try:
        act()
    except UserError as error:
        return error.code
    return "done"


def look_without_room(store):
    """Fill the disk, look, try to change something, make room, save: what was told, and the log."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store.note(a_line("case.read", may_wait=True))
    written = store.place.file.with_name(f"{store.place.file.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))
    told = [told_of(lambda: store.note(a_line("case.read", may_wait=True))) for _ in range(2)]
    told.append(told_of(lambda: store.note(a_line("patient.released", may_wait=False))))
    told.append(a_save(store, {})[:10])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    before = len(store.entries())
    told.append(a_save(store, {}))
    added = [[each.action, "late" in each.facts] for each in store.entries()[before:]]
    return [told, added, verify(store.opened()).whole]


@NOT_ON_WINDOWS
def test_looking_goes_on_without_room_and_is_written_down_later(shared):
    """A look waits and is in the log with the next save; nothing else happens unwritten."""
    told, added, whole = as_somebody(look_without_room, shared)
    assert told == ["done", "done", "store-full", "store-full", "saved"]
    assert added == [["store.saved", False], ["case.read", True], ["case.read", True]]
    assert whole


def look_where_nothing_can_be_written(store):
    """Read and look in a folder that can only be read, then in the same after it may be written."""
    folder = store.place.file.parent
    told = [len(store.all("case"))]
    told.append(told_of(lambda: store.note(a_line("case.read", may_wait=True))))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    told += [a_save(store, {}), store.entries()[-1].action, verify(store.opened()).whole]
    return told


@NOT_ON_WINDOWS
def test_a_folder_that_could_only_be_read_is_written_again_without_a_restart(shared):
    """Cases and keys are read from it, looks go on, and what waited is written when it can be."""
    for path in [*shared.rglob("*"), shared]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    told = as_somebody(look_where_nothing_can_be_written, shared)
    assert told == [4, "done", "saved", "case.read", True]


def test_looks_that_wait_are_not_without_end(store, monkeypatch):
    """Beyond what memory is for, looking is refused as well."""
    monkeypatch.setattr(vault, "MOST_WAITING", 2)
    store.opened()
    with pytest.raises(Unavailable), store.noting([a_line("case.read", may_wait=True)] * 3):
        raise Unavailable("no room")


def test_faults_without_a_name_are_damage(store):
    """What nobody foresaw is withheld, never shown."""
    assert isinstance(connection.told(sqlite3.DatabaseError("malformed")), Damaged)


def test_a_folder_that_cannot_be_made_is_told(store):
    """A file where the folder belongs."""
    place = store.place
    place.file.parent.rmdir()
    place.file.parent.write_bytes(b"")
    with pytest.raises(UserError, match="cannot be used"):
        fill(store)
    place.file.parent.unlink()


def test_a_postgresql_that_does_not_answer_is_told(tmp_path):
    """With the setting to look at, and without the password."""
    place = Place(tmp_path / "c", tmp_path / "keys", "postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="CONCORD_DATABASE") as caught:
        Store(place).read("case", "a")
    assert "secret" not in str(caught.value)


def test_a_log_of_writes_that_cannot_be_opened_is_told(store):
    """Nothing is lost: put right, everything is there."""
    fill(store)
    settled(store)
    log = store.place.file.with_name("concord.sqlite-wal")
    log.mkdir()
    with pytest.raises(Unavailable, match="Nothing can be written into the store"):
        store.read("case", "id-1")
    log.rmdir()
    assert len(store.all("case")) == 4


def test_a_file_where_the_folder_belongs_is_told(tmp_path):
    """The keys lie elsewhere, and are not to blame."""
    (tmp_path / "file").write_bytes(b"")
    place = Place(tmp_path / "file" / "concord.sqlite", tmp_path / "keys")
    with pytest.raises(Unavailable, match="Nothing can be written into the store: "):
        fill(Store(place))


def test_a_lock_at_the_first_opening_is_told(store, monkeypatch):
    """Another program that changes how the file is kept, just now."""
    fill(store)
    file = settled(store)
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="Somebody else has been writing"):
            store.read("case", "id-1")
