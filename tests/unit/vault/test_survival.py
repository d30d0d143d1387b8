"""What survives: a few rounds of what `benchmarks/store.py` measures at length."""

from __future__ import annotations

import pytest

from benchmarks import store as measured
from tests.unit.vault.stores import NOT_ON_WINDOWS

pytestmark = [NOT_ON_WINDOWS, pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")]


def test_no_save_that_was_acknowledged_is_lost_in_a_kill(tmp_path):
    """Four writers are killed at a random moment; all they were promised is there, and sound."""
    kills = measured.killed_writers(tmp_path, 4)
    assert kills.acknowledged >= 4
    assert (kills.lost, kills.unreadable) == (0, 0)


def test_no_edit_overwrites_another(tmp_path):
    """Four processes edit one case; each save is in its history, each loser heard of the winner."""
    edits = measured.edits(tmp_path, 60)
    assert edits["edits"] == 60
    assert edits["overwritten"] == edits["refused without who, what, when"] == 0


def test_no_flip_shows_a_wrong_value(tmp_path):
    """In the database, its log of writes and a backup: noticed or harmless."""
    results = measured.flips(tmp_path, 9)
    assert sum(sum(each.values()) for each in results.values()) == 9
    assert not any(each["wrong"] for each in results.values())


def test_no_erased_patient_can_be_read_anywhere(tmp_path):
    """Not in the store, not in a backup from before."""
    assert measured.erasures(tmp_path, 4) == {
        "erased": 2, "still readable": 0, "readable after restoring a backup from before": 0,
        "log verifies": 1,
    }  # fmt: skip
