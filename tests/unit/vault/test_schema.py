"""The tables: made in steps that are taken whole or not at all, and taken back without a loss."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
from contextlib import closing

import pytest

from dashboard.vault import connection, schema
from dashboard.vault.record import Unavailable
from dashboard.vault.store import Store
from tests.unit.vault.stores import NOT_ON_WINDOWS, fill, forked, settled


def checksums(file, *tables):
    """One hash a table, over all its rows."""
    with closing(sqlite3.connect(file)) as raw:
        rows = {
            name: raw.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()  # noqa: S608
            for name in tables
        }
    return {name: hashlib.sha256(repr(each).encode()).hexdigest() for name, each in rows.items()}


def shape(file):
    """Everything the schema says."""
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()


@pytest.fixture
def engine(store):
    """The database of a store with something in it."""
    fill(store)
    yield store.opened().engine
    store.close()


def test_steps_down_and_up_again_change_no_record(store, engine):
    """Records, changes and log have the same checksums, and the schema is the same."""
    kept = ("records", "changes", "audit")
    before, said = checksums(store.place.file, *kept), shape(store.place.file)
    assert schema.migrate(engine, 1) == len(schema.STEPS) - 1
    assert schema.version_of(engine) == 1
    assert checksums(store.place.file, *kept) == before
    assert schema.migrate(engine) == len(schema.STEPS) - 1
    assert checksums(store.place.file, *kept) == before
    assert shape(store.place.file) == said


def test_all_steps_back_leave_nothing(store, engine):
    """The first step can be taken back too."""
    schema.migrate(engine, 0)
    assert [row[1] for row in shape(store.place.file)] == []
    assert schema.version_of(engine) == 0


def test_a_step_that_is_not_needed_is_not_taken(engine):
    """Nothing happens, and no copy is made for it."""
    assert schema.migrate(engine, before=lambda at: pytest.fail("no copy is needed")) == 0


def test_an_older_store_is_copied_before_it_is_changed(store, engine, tmp_path):
    """The copy is of the version before, beside the store."""
    schema.migrate(engine, 2)
    store.close()
    store.opened()
    (copy,) = (tmp_path / "backups").glob("before-version-2-*.sqlite")
    with connection.engine_of_copy(copy) as opened:
        assert schema.version_of(opened) == 2
    assert schema.version_of(store.opened().engine) == len(schema.STEPS)
    assert len(store.all("case")) == 4


def test_a_newer_store_is_refused_as_it_is(store, engine):
    """Both versions are named, and not one byte changes."""
    engine.dispose()
    with closing(sqlite3.connect(store.place.file)) as raw:
        raw.execute("INSERT INTO schema_steps VALUES (99, 'of the future')")
        raw.commit()
    file = settled(store)
    before = file.read_bytes()
    known = len(schema.STEPS)
    with pytest.raises(Unavailable, match=f"of version {known + 1}, .* up to {known}"):
        Store(store.place).read("case", "id-1")
    assert file.read_bytes() == before


@pytest.mark.parametrize("table", ["records", "changes", "audit", "requests"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = 'x'", "DELETE FROM {}"])
def test_rows_are_never_changed(store, engine, table, act):
    """Not even by a statement somebody types in."""
    with store.writing() as writing:
        writing.done_before("r-1")
        writing.save("case", "new", {}, after=0, by="ann")
    column = {"audit": "actor", "requests": "kind"}.get(table, "id")
    raw, refusal = sqlite3.connect(store.place.file), f"rows of {table} are never changed"
    with closing(raw), pytest.raises(sqlite3.IntegrityError, match=refusal):
        raw.execute(act.format(table, column))


def test_steps_that_somebody_else_takes_meanwhile_are_not_taken_twice(store, engine):
    """Two programs of a new version are started at once."""
    schema.migrate(engine, 1)
    assert schema.migrate(engine, before=lambda _: schema.migrate(engine) and None) == 0
    assert schema.version_of(engine) == len(schema.STEPS)


def step_and_wait(file, number):
    """Take a step, or take it back, and be killed before it is over."""
    engine = connection.engine_at("", file)
    with connection.writing(engine) as raw:
        if number > schema.version_of(engine):
            schema.take(raw, number)
        else:
            schema.take_back(raw, number)
        yield "in the middle"
        signal.pause()


@NOT_ON_WINDOWS
@pytest.mark.parametrize("number", range(1, len(schema.STEPS) + 1))
@pytest.mark.parametrize("down", [False, True])
def test_a_step_that_was_killed_was_not_taken(tmp_path, number, down):
    """A kill -9 inside a step leaves the database before it; asked again, it is taken."""
    file = tmp_path / "c.sqlite"
    engine = connection.engine_at("", file)
    schema.migrate(engine, number if down else number - 1)
    before = shape(file)
    engine.dispose()
    child, told = forked(step_and_wait, file, number)
    assert told() == "in the middle"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert shape(file) == before
    assert schema.migrate(engine, number - 1 if down else number) == 1
    engine.dispose()
