"""Two people changed the same thing: what each changed, and which of it has to be chosen.

Compares what was there before, mine and theirs, field by field. What only one of the two changed is
taken; only where both changed the same field differently somebody has to say keep or take. Nothing
is overwritten without that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both changed differently."""

    field: str
    before: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merge:
    """Both changes put together, and the fields that cannot be."""

    body: Mapping[str, Any]  # theirs, with everything that only I changed
    clashes: tuple[Clash, ...]
    mine_kept: tuple[str, ...]  # fields that only I changed
    theirs_kept: tuple[str, ...]  # fields that only they changed

    def chosen(self, keep_mine: Collection[str]) -> dict[str, Any]:
        """The body after choosing: mine in these fields, theirs in the other clashes."""
        mine = {clash.field: clash.mine for clash in self.clashes if clash.field in keep_mine}
        return {**self.body, **mine}


def merge(before: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merge:
    """Put two changes of one body together."""
    names = [*theirs, *(name for name in mine if name not in theirs)]
    body: dict[str, Any] = dict(theirs)
    clashes, kept, taken = [], [], []
    for name in names:
        was, my, their = before.get(name), mine.get(name), theirs.get(name)
        if my in (their, was):
            if their != was:
                taken.append(name)
            continue
        body[name] = my if their == was else their
        if their == was:
            kept.append(name)
        else:
            clashes.append(Clash(name, was, my, their))
    return Merge(body, tuple(clashes), tuple(kept), tuple(taken))
