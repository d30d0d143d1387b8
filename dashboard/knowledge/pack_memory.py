"""What is worked out of a disease pack once and used for every patient.

Rules are parsed, weights counted and statements fitted for a version of a pack, named by its
fingerprint; a pack without one (built by hand) is never remembered, for another could be meant.
The memory is emptied when it holds many, so that packs that change cannot fill it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dashboard.knowledge.schema import DiseasePack

_MOST = 32

T = TypeVar("T")


class PackMemory(Generic[T]):
    """One kind of thing that is worked out of packs."""

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], T] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, pack: DiseasePack, make: Callable[[], T], *beside: Hashable) -> T:
        """What was made of this pack, and of what else it depends on, or is made now."""
        if not pack.fingerprint:
            return make()
        key = (pack.fingerprint, *beside)
        known = self._known.get(key)
        if known is None:
            known = make()
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = known
        return known
