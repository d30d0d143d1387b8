"""Sealing: what was changed or moved does not open, whatever a damaged cell holds."""

from __future__ import annotations

import pytest

from dashboard.vault import sealing
from dashboard.vault.record import Damaged
from dashboard.vault.tables import Row

KEY = b"k" * 32
ROW = Row("case", "a", 1, "P-1", "key", "2026-06-01T08:00:00+00:00", "ann", b"body", b"")


def test_what_was_sealed_opens_in_its_place_alone():
    """Another place, another key, a changed or a short text: none opens."""
    sealed = sealing.seal(KEY, b"text", b"here")
    assert sealing.unseal(KEY, sealed, b"here") == b"text"
    assert b"text" not in sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, text, place in (
        (KEY, sealed, b"there"), (b"x" * 32, sealed, b"here"), (KEY, changed, b"here"),
        (KEY, b"", b"here"), (KEY, sealed[:13], b"here"),
    ):  # fmt: skip
        with pytest.raises(Damaged, match="cannot be opened: it was changed"):
            sealing.unseal(key, text, place)


def test_the_same_text_is_sealed_differently_each_time():
    """Nobody can see that two bodies are equal."""
    assert sealing.seal(KEY, b"text", b"here") != sealing.seal(KEY, b"text", b"here")


@pytest.mark.parametrize("column", range(8))
def test_the_mac_covers_every_column(column):
    """A change of any cell is noticed, and so is a cell of another type."""
    row = ROW._replace(mac=sealing.mac_of(ROW, KEY))
    assert sealing.sound(row, KEY)
    cell = row[column]
    other = cell + 1 if isinstance(cell, int) else cell + cell
    for value in (other, None, 1.5):
        changed = Row(*[value if n == column else each for n, each in enumerate(row)])
        assert not sealing.sound(changed, KEY)
    assert not sealing.sound(row, b"x" * 32)
