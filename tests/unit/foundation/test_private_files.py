"""Small files: replaced in one step, readable by their owner alone."""

import os
import stat
import sys

import pytest

from dashboard.foundation.private_files import make_private, read_by_others, write_private


def test_write_private_replaces_the_file_and_keeps_others_out(tmp_path):
    """The new text stands there whole, with rights for the owner alone, and nothing beside it."""
    path = tmp_path / "deep" / "ledger.json"
    write_private(path, "old")
    path.chmod(0o644)
    write_private(path, "näu")
    assert path.read_text(encoding="utf-8") == "näu"
    assert [found.name for found in path.parent.iterdir()] == ["ledger.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_write_private_leaves_the_old_file_when_the_disk_fails(tmp_path, monkeypatch):
    """A fault before the end leaves what was there, and no half file beside it."""
    path = tmp_path / "ledger.json"
    write_private(path, "old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["ledger.json"]


def test_make_private_never_replaces_a_file(tmp_path):
    """The first of several that make the same file wins; the others leave nothing beside it."""
    path = tmp_path / "deep" / "key"
    make_private(path, "first")
    make_private(path, "second")
    assert path.read_text(encoding="utf-8") == "first"
    assert [found.name for found in path.parent.iterdir()] == ["key"]


def test_read_by_others_tells_the_mode(tmp_path, monkeypatch):
    """Nothing for a private file, and nothing where there are no mode bits."""
    path = tmp_path / "key"
    make_private(path, "text")
    assert read_by_others(path) == ""
    path.chmod(0o640)
    monkeypatch.setattr("sys.platform", "linux")
    assert read_by_others(path) == "640"
    monkeypatch.setattr("sys.platform", "win32")
    assert read_by_others(path) == ""
