"""The key of a site is made once, kept close, and never shown."""

from __future__ import annotations

import stat
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.foundation.errors import UserError
from dashboard.records.pseudonyms import SiteKey, site_key

KEY = SiteKey(bytes(range(32)))
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs mode bits")


@posix
def test_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    """A second call reads the first one's key, and nothing else is left in the folder."""
    path = tmp_path / "data" / "site.key"
    first = site_key(path)
    assert site_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert len(first.secret) == 32


def test_key_is_one_for_all_who_come_at_once(tmp_path):
    """Several that start together end up with the same key."""
    path = tmp_path / "site.key"
    found: list[SiteKey] = []
    threads = [threading.Thread(target=lambda: found.append(site_key(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@posix
def test_key_that_others_can_read_is_refused(tmp_path):
    """With the command that closes it."""
    path = tmp_path / "site.key"
    site_key(path)
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        site_key(path)


@pytest.mark.parametrize("content", [b"", b"not a key", b"abcd", b"\xff\xfe", b"ab" * 31])
def test_key_that_is_damaged_is_refused_and_never_replaced(tmp_path, content):
    """A new key would give everybody a new pseudonym."""
    path = tmp_path / "site.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UserError, match="holds no key"):
        site_key(path)
    assert path.read_bytes() == content


@posix
def test_key_in_a_place_that_cannot_be_used_is_told(tmp_path):
    """A folder where the file should be."""
    path = tmp_path / "site.key"
    path.mkdir(mode=0o700)
    with pytest.raises(UserError, match="cannot be used"):
        site_key(path)


def test_key_shows_a_fingerprint_and_never_itself():
    """Neither its text nor its representation holds the secret."""
    for text in (str(KEY), repr(KEY), KEY.id):
        assert KEY.secret.hex() not in text
        assert repr(KEY.secret) not in text
    assert str(KEY) == f"site key {KEY.id}"
    assert SiteKey(bytes(32)).id != KEY.id


@given(st.text(), st.text())
def test_pseudonyms_are_stable_and_tell_texts_apart(one, other):
    """The same text gives the same letters; another text, kind or key others."""
    pseudonym = KEY.pseudonym(one)
    assert pseudonym == KEY.pseudonym(one)
    assert (KEY.pseudonym(other) == pseudonym) is (one.split() == other.split())
    assert KEY.pseudonym(one, "email") != pseudonym
    assert SiteKey(bytes(32)).pseudonym(one) != pseudonym


def test_pseudonyms_have_letters_that_are_not_mistaken():
    """No digits, no I, L, O or U; twelve letters after the prefix."""
    for number in range(200):
        letters = KEY.pseudonym(str(number), prefix="ID").removeprefix("ID-")
        assert len(letters) == 12
        assert letters.isalpha()
        assert not set(letters) & set("ILOU")


def test_pseudonyms_do_not_meet_in_a_large_cohort():
    """A hundred thousand ids, a hundred thousand pseudonyms."""
    assert len({KEY.pseudonym(str(number)) for number in range(100_000)}) == 100_000
