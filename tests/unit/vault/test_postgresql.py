"""The store on PostgreSQL: the same tests, against a real server that is started for them."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.vault import connection, keeping_time, schema
from dashboard.vault.audit import AuditLine
from dashboard.vault.backup import back_up, restore
from dashboard.vault.place import Place
from dashboard.vault.record import Damaged, Unavailable
from dashboard.vault.store import Store
from dashboard.vault.verification import verify
from dashboard.vault.visits import Visits
from tests.unit.vault import test_store as of_sqlite
from tests.unit.vault.stores import fill

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
SAME = [
    test
    for name, test in vars(of_sqlite).items()
    if name.startswith("test_") and list(inspect.signature(test).parameters) == ["store"]
]
pytestmark = pytest.mark.skipif(not FOUND, reason="no PostgreSQL server on this machine")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server that answers in a folder of its own and nowhere else; its address."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    somebody = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if somebody:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *words: str) -> None:
        command = [str(FOUND[-1].with_name(program)), "-D", str(folder / "data"), *words]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=120, **somebody
        )
        assert done.returncode == 0, done.stderr

    run("initdb", "--username=concord", "--auth=trust", "--no-sync", "--encoding=UTF8")
    quiet = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run("pg_ctl", "--wait", "-l", str(folder / "log"), "-o", quiet, "start")
    yield f"postgresql://concord@/{{}}?host={folder}"
    run("pg_ctl", "--wait", "--mode=immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def store(server, tmp_path, request) -> Iterator[Store]:
    """A store in a database of its own."""
    name = f"t{abs(hash(request.node.name))}"
    with psycopg.connect(server.format("postgres"), autocommit=True) as raw:
        raw.execute(f"CREATE DATABASE {name}")
    place = Place(tmp_path / "unused.sqlite", tmp_path / "keys", server.format(name))
    opened = Store(place)
    yield opened
    opened.close()
    assert not place.file.exists()


def by_force(store, *statements):
    """What the owner of the database may do."""
    with psycopg.connect(store.place.database) as raw:
        for table in ("records", "changes", "audit"):
            raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            raw.execute(statement)


@pytest.mark.parametrize("same", SAME, ids=lambda test: test.__name__)
def test_postgresql_keeps_what_sqlite_keeps(store, same):
    """Each test of the store that asks for nothing else."""
    same(store)


def test_postgresql_is_backed_up_into_a_file_and_restored(store, tmp_path):
    """The same kind of file as of SQLite; what was there is kept as one, too."""
    fill(store)
    found = back_up(store, tmp_path / "monday.sqlite")
    assert (found.versions, found.whole) == (18, True)
    with store.writing() as writing:
        writing.save("case", "later", {}, after=0, by="ann")
    line = AuditLine(store.now(), "ann", "store.restored")
    restored = restore(store, tmp_path / "monday.sqlite", line)
    assert store.read("case", "later") is None
    assert len(store.all("case")) == 4
    assert verify(store.opened()).whole
    with connection.engine_of_copy(restored.replaced) as kept, connection.reading(kept) as raw:
        assert raw.exec_driver_sql("SELECT count(*) FROM records").scalar_one() == 19


def test_a_backup_of_sqlite_moves_to_postgresql(store, tmp_path):
    """One setting and one restore: cases, keys and log are on the server."""
    from dashboard.vault.keys import keys_from_words, write_keys

    old = Store(Place(tmp_path / "old.sqlite", tmp_path / "old-keys"))
    fill(old)
    back_up(old, tmp_path / "move.sqlite")
    write_keys(store.place.keys, keys_from_words(old.opened().keys.recovery_words))
    restore(store, tmp_path / "move.sqlite", AuditLine(old.now(), "ann", "store.restored"))
    assert store.all("case") == old.all("case")
    assert [entry.hash for entry in store.entries()][:-1] == [e.hash for e in old.entries()]
    old.close()


def test_postgresql_steps_go_down_and_up(store):
    """Without a change to any record, and with no copy of the file there is not."""
    fill(store)
    engine, before = store.opened().engine, store.all("case")
    schema.migrate(engine, 1)
    store.close()
    assert store.all("case") == before
    assert schema.version_of(store.opened().engine) == len(schema.STEPS)
    schema.migrate(store.opened().engine, 0)
    assert schema.version_of(store.opened().engine) == 0


@pytest.mark.parametrize("table", ["records", "changes", "audit"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = 'x'"])
def test_postgresql_rows_are_never_changed(store, table, act):
    """The server refuses it, whoever asks."""
    fill(store, cases=1)
    column = "actor" if table == "audit" else "id"
    with psycopg.connect(store.place.database) as raw:
        with pytest.raises(psycopg.errors.RaiseException, match="rows are never changed"):
            raw.execute(act.format(table, column))
        raw.rollback()


def test_postgresql_damage_is_withheld(store):
    """A changed row is named and not shown."""
    fill(store)
    by_force(store, "UPDATE records SET author = 'eve' WHERE id = 'id-1' AND version = 3")
    with pytest.raises(Damaged, match="not what was saved"):
        store.read("case", "id-1")
    assert verify(store.opened()).damaged == (("case", "id-1", 3),)


def test_postgresql_that_dropped_the_line_is_asked_again(store, server):
    """A server that was started again in between is no error."""
    fill(store, cases=1)
    with psycopg.connect(server.format("postgres"), autocommit=True) as raw:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
        raw.execute(others + "pg_backend_pid() AND datname IS NOT NULL")
    assert store.read("meeting", "id-0").version == 3


def test_postgresql_that_is_lost_while_saving_saves_nothing(store, server):
    """It is told, and nothing is half done."""
    fill(store, cases=1)

    def save():
        with store.writing() as writing:
            writing.save("case", "new", {}, after=0, by="ann")
            with psycopg.connect(server.format("postgres"), autocommit=True) as raw:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                raw.execute(others + "pg_backend_pid() AND datname IS NOT NULL")
            writing.read("case", "new")

    with pytest.raises(Unavailable, match="database cannot be used now"):
        save()
    assert store.read("case", "new") is None


def test_postgresql_lets_old_drafts_and_visits_go(store):
    """What has an end is counted and goes as on SQLite; everything else stays whole."""
    fill(store)
    with store.writing() as writing:
        for version in (0, 1):
            writing.save("draft", "old", {"n": version}, after=version, by="ann", subject="P-AAAA")
    Visits(store, clock=store.now).open("ann")
    now, later = store.now(), store.now() + timedelta(days=60)
    assert keeping_time.count(store, drafts=now - timedelta(days=1), visits=now) == (0, 1)
    assert keeping_time.count(store, drafts=later, visits=later) == (1, 1)
    with store.writing() as writing:
        writing.note(AuditLine(now, "concord", "retention.tidied"))
        keeping_time.remove(writing, drafts=later, visits=later)
    assert keeping_time.count(store, drafts=later, visits=later) == (0, 0)
    assert store.read("draft", "old") is None
    assert verify(store.opened()).whole
    assert "P-AAAA" in keeping_time.subjects(store)
