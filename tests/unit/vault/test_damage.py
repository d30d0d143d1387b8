"""Damage: one bit turned over anywhere, and no wrong value is ever shown."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.foundation.errors import UserError
from dashboard.vault.place import Place
from dashboard.vault.record import Damaged
from dashboard.vault.store import Store
from tests.unit.vault.stores import by_force, fill, flip, settled

FLIPS = 60


def read_all(store, bodies):
    """Read every version; how many were right and how many were withheld, and none wrong."""
    right = withheld = 0
    newest = {key[:2]: key[2] for key in bodies}
    for (kind, id_), version in newest.items():
        try:
            record = store.read(kind, id_)
        except UserError:
            withheld += 1
            continue
        assert record is not None, "lost without a word"
        assert (record.version, record.body) == (version, bodies[kind, id_, version])
        right += 1
    return right, withheld


def test_one_bit_anywhere_in_the_file_shows_nothing_wrong(store, tmp_path):
    """Each flip is withheld or does not matter; none is shown, and nothing vanishes."""
    bodies = fill(store, cases=12)
    file, draw = settled(store), random.Random(5)  # noqa: S311 - repeatable
    for n in range(FLIPS):
        shutil.copytree(store.place.keys, tmp_path / f"{n}" / "keys")
        place = Place(tmp_path / f"{n}" / "concord.sqlite", tmp_path / f"{n}" / "keys")
        shutil.copy(file, place.file)
        flip(place.file, draw)
        damaged = Store(place)
        right, withheld = read_all(damaged, bodies)
        assert right + withheld == 12
        damaged.close()
        shutil.rmtree(tmp_path / f"{n}")


def test_one_bit_in_the_log_of_writes_loses_nothing_without_a_word(store, tmp_path):
    """SQLite drops what follows a damaged frame; that newer saves are gone is noticed."""
    fill(store, cases=2)
    settled(store)
    held = sqlite3.connect(store.place.file)  # keeps the log of writes from being folded in
    held.execute("SELECT count(*) FROM records").fetchone()
    bodies = fill(Store(store.place), cases=0)
    writer = Store(store.place)
    for n in range(6):
        with writer.writing() as writing:
            body = {"n": n}
            writing.save("case", f"late-{n}", body, after=0, by="ann")
        bodies["case", f"late-{n}", 1] = body
    log, draw = store.place.file.with_name("concord.sqlite-wal"), random.Random(5)  # noqa: S311 - repeatable
    assert log.stat().st_size > 0
    for n in range(FLIPS // 2):
        folder = tmp_path / f"{n}"
        shutil.copytree(store.place.keys, folder / "keys")
        for path in (store.place.file, log):
            shutil.copy(path, folder / path.name)
        flip(folder / log.name, draw)
        damaged = Store(Place(folder / "concord.sqlite", folder / "keys"))
        right, withheld = read_all(damaged, bodies)
        assert right + withheld == 6
        damaged.close()
        shutil.rmtree(folder)
    held.close()
    writer.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET body = x'7b7d' WHERE id = 'id-4' AND version = 3",
        "UPDATE records SET at = '2020-01-01T00:00:00+00:00' WHERE id = 'id-4'",
        "UPDATE records SET subject = 'P-AAAA' WHERE id = 'id-1'",
        "DELETE FROM records WHERE id = 'id-1' AND version = 3",
        "DELETE FROM changes WHERE id = 'id-1' AND version = 3",
        "DELETE FROM records WHERE id = 'id-1'",
    ],
)
def test_a_row_that_was_changed_is_withheld_and_listed(store, statement):
    """`read` refuses it, `all` leaves it out, `damaged` names it, the rest is there."""
    fill(store)
    by_force(settled(store), statement)
    id_ = "id-4" if "id-4" in statement else "id-1"
    kind = "meeting" if id_ == "id-4" else "case"
    for ask in (store.read, store.history):
        with pytest.raises(Damaged, match=r"missing from the store|not what was saved"):
            ask(kind, id_)
    assert store.damaged(kind) == (id_,)
    assert id_ not in [each.id for each in store.all(kind)]
    assert len(store.all(kind)) == (1 if kind == "meeting" else 3)


def test_bodies_cannot_change_places(store):
    """A sealed body in another row opens nowhere, though both are of one patient."""
    fill(store, cases=6)
    by_force(
        settled(store),
        "UPDATE records SET (body, mac) = (SELECT body, mac FROM records WHERE id = 'id-1' AND "
        "version = 2) WHERE id = 'id-1' AND version = 3",
    )
    with pytest.raises(Damaged, match="not what was saved"):
        store.read("case", "id-1")


@pytest.mark.parametrize("cell", ["7", "NULL", "x'ff00'", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize("column", ["id", "author", "version", "body"])
def test_a_cell_of_another_type_is_withheld(store, column, cell):
    """Damage makes numbers of texts and nothing of either; all is refused, the rest is there."""
    fill(store)
    file = settled(store)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(
            "UPDATE sqlite_master SET sql = replace(replace(sql, ' STRICT', ''), 'NOT NULL', '')"
        )
        raw.commit()
    change = f"UPDATE records SET {column} = {cell} WHERE id = 'id-1' AND version = 3"  # noqa: S608
    by_force(file, change)
    with pytest.raises(Damaged):
        store.read("case", "id-1")
    try:
        assert "id-1" in store.damaged("case")
        assert {each.id for each in store.all("case")} == {"id-2", "id-3", "id-5"}
    except Damaged:  # a text that is no text stops the list
        assert cell.startswith("CAST")


def test_a_schema_that_cannot_even_be_told_is_damage(store):
    """SQLite's own message about it is no text; a person gets one all the same."""
    fill(store)
    file = settled(store)
    content = file.read_bytes()
    file.write_bytes(content.replace(b"CREATE TABLE records", b"CREATE \xa0\xa0BLE re\xffords"))
    with pytest.raises(Damaged, match="damaged where this stands"):
        store.read("case", "id-1")


def test_nothing_is_saved_after_what_is_damaged(store):
    """A version that follows one that nobody can see would hide it."""
    fill(store)
    by_force(settled(store), "DELETE FROM records WHERE id = 'id-1' AND version = 3")
    with pytest.raises(Damaged, match="Versions of this are missing"), store.writing() as writing:
        writing.save("case", "id-1", {}, after=2, by="ann")


def test_a_file_that_is_no_database_is_told(store):
    """With the cure, and without the database's own words."""
    fill(store)
    file = settled(store)
    file.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(Damaged, match=r"damaged where this stands.* restore FILE"):
        store.read("case", "id-1")


def test_a_half_file_is_told(store):
    """Cut in the middle, as a copy that broke off leaves it."""
    bodies = fill(store, cases=20)
    file = settled(store)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    right, withheld = read_all(store, bodies)
    assert (right + withheld, withheld > 0) == (20, True)


def planted(paths, words):
    """Which of these words stand in which files."""
    contents = {path: path.read_bytes() for path in paths if path.is_file()}
    return [(path.name, word) for path, text in contents.items() for word in words if word in text]


def test_nothing_of_a_patient_stands_in_any_file(store, tmp_path):
    """Database, log of writes, keys, backup: only what is sealed, and the pseudonym."""
    from dashboard.vault.backup import back_up

    words = [b"Annegret Musterfrau", b"1961-04-23", b"MRN-77812", b"Leberbiopsie"]
    body = {f"field {n}": word.decode() for n, word in enumerate(words)}
    for version in range(4):
        with store.writing() as writing:
            writing.save("case", "a", body, after=version, by="ann", subject="P-ABCD")
    back_up(store, tmp_path / "backup.sqlite")
    paths = [path for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in paths)
    assert planted(paths, words) == []
    store.close()
    assert planted(Path(tmp_path).rglob("*"), words) == []


def test_a_flip_in_the_patients_keys_shows_nothing_wrong(store, tmp_path):
    """A damaged key opens nothing, and is not taken for an erasure."""
    bodies = {key: body for key, body in fill(store).items() if key[0] == "case"}
    settled(store)
    draw = random.Random(5)  # noqa: S311 - repeatable
    for n in range(FLIPS // 3):
        folder = tmp_path / f"{n}"
        shutil.copytree(store.place.keys, folder / "keys")
        shutil.copy(store.place.file, folder / "concord.sqlite")
        flip(folder / "keys" / "patients.keys", draw)
        damaged = Store(Place(folder / "concord.sqlite", folder / "keys"))
        right, withheld = read_all(damaged, bodies)
        assert right + withheld == 4
        damaged.close()


def test_triggers_are_taken_away_only_by_force(store):
    """The tools of these tests do what no caller of the store can."""
    fill(store)
    by_force(settled(store))
    with closing(sqlite3.connect(store.place.file)) as raw:
        assert raw.execute(
            "SELECT count(*) FROM sqlite_master WHERE type='trigger'"
        ).fetchone() == (0,)
