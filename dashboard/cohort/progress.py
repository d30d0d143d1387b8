"""How far long work is: a share between nought and one, told to whoever waits.

A part of the work tells its own share; `within` makes of it a share of the whole. Nothing is timed.
"""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[float], None]


def silent(share: float) -> None:
    """Nobody waits."""
    del share


def within(told: Told, first: float, last: float) -> Told:
    """Tell a part's share as a share of the whole, from `first` to `last`."""
    return lambda share: told(first + (last - first) * share)
