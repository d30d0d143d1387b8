"""The search for garbage rests while many values are made."""

from __future__ import annotations

import gc

import pytest

from dashboard.foundation.collector import without_collector


def test_collector_rests_inside_and_goes_on_afterwards():
    """Also when something fails."""
    assert gc.isenabled()
    with without_collector():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError, match="x"), without_collector():
        raise KeyError("x")
    assert gc.isenabled()


def test_collector_stays_off_where_it_was_off():
    """What was set before is restored, not what is usual."""
    gc.disable()
    try:
        with without_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
