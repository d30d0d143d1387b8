"""The patients' keys: one each, wrapped, destroyed for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from dashboard.vault.record import Damaged, Erased, Unavailable
from dashboard.vault.ring import NAME, Ring

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
WRAPPING = b"w" * 32


@pytest.fixture
def ring(tmp_path):
    """Keys in a folder of their own."""
    return Ring(tmp_path / "keys", WRAPPING)


def test_a_patient_keeps_the_same_key(ring, tmp_path):
    """Asked again, also by another program."""
    key_id, key = ring.key_for("P-1")
    assert ring.key_for("P-1") == (key_id, key)
    assert Ring(tmp_path / "keys", WRAPPING).key(key_id, "P-1") == key
    assert ring.key_for("P-2")[1] != key


def test_no_key_stands_in_the_file_as_it_is(ring, tmp_path):
    """Each is wrapped, and the file is its owner's."""
    keys = [ring.key_for(f"P-{n}")[1] for n in range(5)]
    content = (tmp_path / "keys" / NAME).read_bytes()
    assert not any(key in content for key in keys)
    assert (tmp_path / "keys" / NAME).stat().st_mode & 0o777 == 0o600


def test_a_destroyed_key_is_gone_and_said_to_be(ring, tmp_path):
    """Erased is not lost; what was wrapped is not in the file any more."""
    key_id, _ = ring.key_for("P-1")
    with closing(sqlite3.connect(tmp_path / "keys" / NAME)) as raw:
        (wrapped,) = raw.execute("SELECT wrapped FROM keys").fetchone()
    assert ring.destroy("P-1", AT) == 1
    assert ring.destroy("P-1", AT) == 0
    with pytest.raises(Erased):
        ring.key(key_id, "P-1")
    for path in (tmp_path / "keys").iterdir():
        assert wrapped not in path.read_bytes()
    assert ring.key_for("P-1")[0] != key_id


@pytest.mark.parametrize(
    "change",
    ["wrapped = randomblob(60)", "subject = 'P-2'", "destroyed = 'x'", "mac = 7", "mac = x'00'"],
)
def test_a_changed_key_is_noticed(ring, tmp_path, change):
    """It opens nothing, belongs to nobody else, and is not taken for erased."""
    key_id, _ = ring.key_for("P-1")
    with closing(sqlite3.connect(tmp_path / "keys" / NAME)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("UPDATE sqlite_master SET sql = replace(sql, ' STRICT', '')")
        raw.commit()
    with closing(sqlite3.connect(tmp_path / "keys" / NAME)) as raw:
        raw.execute(f"UPDATE keys SET {change}")  # noqa: S608 - of this test
        raw.commit()
    with pytest.raises(Damaged, match="not among the patients' keys, or was changed"):
        Ring(tmp_path / "keys", WRAPPING).key(key_id, "P-1")


def test_a_key_of_another_patient_or_none_is_refused(ring):
    """Ids are not enough."""
    key_id, _ = ring.key_for("P-1")
    for asked in ((key_id, "P-2"), ("0" * 16, "P-1")):
        with pytest.raises(Damaged):
            ring.key(*asked)


def test_a_file_that_cannot_be_used_is_told(tmp_path):
    """Nothing is sealed with a key that is not kept."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="patients' keys cannot be used now"):
        Ring(tmp_path / "keys", WRAPPING).key_for("P-1")


def test_what_fails_while_keys_are_made_makes_none(ring, monkeypatch):
    """A transaction is taken back whole."""
    ring.key_for("P-0")
    monkeypatch.setattr(ring, "_mac", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ring.destroy("P-0", AT)
    monkeypatch.undo()
    assert ring.destroy("P-0", AT) == 1


def test_erasing_reaches_copies(ring, tmp_path):
    """What a remembered copy held is overwritten; one that is away is named."""
    key_id, _ = ring.key_for("P-1")
    ring.key_for("P-2")
    near, far = tmp_path / "near.keys", tmp_path / "far.keys"
    ring.copy_to(near, remember=True)
    ring.copy_to(far, remember=True)
    far.unlink()
    assert ring.copies_out_of_reach() == ("far.keys",)
    ring.destroy("P-1", AT)
    ring.renew_copies()
    fresh = Ring(tmp_path / "other", WRAPPING)
    fresh.take_from(near)
    with pytest.raises(Erased):
        fresh.key(key_id, "P-1")
    assert fresh.key(*ring.key_for("P-2")[:1], "P-2")


def test_taking_over_brings_back_no_destroyed_key(ring, tmp_path):
    """An old copy does not undo an erasure."""
    key_id, _ = ring.key_for("P-1")
    ring.copy_to(tmp_path / "old.keys")
    ring.destroy("P-1", AT)
    ring.take_from(tmp_path / "old.keys")
    with pytest.raises(Erased):
        ring.key(key_id, "P-1")


def test_keys_of_another_installation_are_not_taken_over(ring, tmp_path):
    """Nor what is no copy of keys."""
    other = Ring(tmp_path / "other", b"x" * 32)
    other.key_for("P-1")
    other.copy_to(tmp_path / "other.keys")
    (tmp_path / "none.keys").write_bytes(b"nothing" * 200)
    for name in ("other.keys", "none.keys"):
        with pytest.raises(Damaged, match=f"{name} is no sound copy"):
            ring.take_from(tmp_path / name)
