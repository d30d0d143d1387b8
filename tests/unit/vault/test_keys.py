"""The key of the store: made once, private, and good on paper."""

from __future__ import annotations

import secrets

import pytest

from dashboard.foundation.errors import UserError
from dashboard.vault import keys
from dashboard.vault.keys import Keys, keys_from_words, open_keys


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    """The second opening finds the first one's key."""
    made = open_keys(tmp_path / "keys", make=True)
    assert open_keys(tmp_path / "keys", make=True) == made
    assert (tmp_path / "keys" / keys.NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [keys.NAME]


def test_a_key_never_shows_itself():
    """Not in a message, not in a traceback."""
    key = Keys(b"s" * 32)
    assert repr(key) == "the keys of the store"
    assert "ssss" not in f"{key}"


def test_each_purpose_has_a_key_of_its_own():
    """What signs the log cannot open a patient."""
    key = Keys(b"s" * 32)
    assert len({key.of(purpose) for purpose in ("records", "audit", "wrap")}) == 3
    assert key.of("audit") != Keys(b"t" * 32).of("audit")


def test_no_new_key_is_made_for_old_data(tmp_path):
    """Where there is a store and no key, the key is asked for."""
    with pytest.raises(UserError, match=r"not there: .* recovery-key --enter"):
        open_keys(tmp_path, make=False)


@pytest.mark.parametrize("content", ["", "no hex", "abcd", "é"])
def test_a_damaged_key_is_refused(tmp_path, content):
    """Half a key would make everything look damaged."""
    path = tmp_path / keys.NAME
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UserError, match="holds no key"):
        open_keys(tmp_path, make=True)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    """The cure is one command."""
    open_keys(tmp_path, make=True)
    (tmp_path / keys.NAME).chmod(0o640)
    with pytest.raises(UserError, match=r"read by others \(mode 640\)\. Run: chmod 600"):
        open_keys(tmp_path, make=True)


def test_access_is_not_judged_by_mode_bits_where_there_are_none(tmp_path, monkeypatch):
    """Windows has lists instead."""
    open_keys(tmp_path, make=True)
    (tmp_path / keys.NAME).chmod(0o644)
    monkeypatch.setattr("sys.platform", "win32")
    assert open_keys(tmp_path, make=False)


def test_a_key_that_cannot_be_used_is_told(tmp_path):
    """A folder where the file belongs, say."""
    (tmp_path / keys.NAME).mkdir(mode=0o700)
    with pytest.raises(UserError, match="cannot be used: Is a directory"):
        open_keys(tmp_path, make=False)


def test_a_key_survives_paper():
    """Typed in with other groups, in small letters, it is the same key."""
    for _ in range(50):
        key = Keys(secrets.token_bytes(32))
        words = key.recovery_words
        assert keys_from_words(words) == key
        assert keys_from_words(words.lower().replace("-", " ")) == key


@pytest.mark.parametrize("position", [0, 13, 34, 67])
def test_a_mistyped_key_is_noticed(position):
    """Each letter counts, and so does a missing one."""
    words = Keys(bytes(range(32))).recovery_words
    other = "A" if words[position] != "A" else "B"
    for typed in (
        words[:position] + other + words[position + 1 :],
        words[:-1],
        words + "AAAA",
        "1",
    ):
        with pytest.raises(UserError, match="no recovery key as Concord prints it"):
            keys_from_words(typed)
