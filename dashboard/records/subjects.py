"""Which facts of a pack a finding speaks of, however its field is called.

Checks name features; readers name the column as it stood in the file ("Hb (g/dL)"); a contradiction
names two. Pages need the fact, to offer its field beside the message and to know what a correction
has answered. A name that means no fact, or several, is no fact here.
"""

from __future__ import annotations

from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.mapping import NameIndex
from dashboard.records.patient import Finding
from dashboard.records.units import UnitTable

_indexes = PackMemory[NameIndex]()


def facts_of(finding: Finding, pack: DiseasePack) -> tuple[str, ...]:
    """The ids of the facts, in the order the finding names them."""
    parts = [part.strip() for part in finding.where.field.split(",")]
    if all(part in pack.vocabulary for part in parts):
        return tuple(dict.fromkeys(parts))
    fact = fact_named(finding.where.field, pack)
    return (fact,) if fact else ()


def fact_named(name: str, pack: DiseasePack) -> str:
    """The fact that a column of this name holds; empty where it is none or unclear."""
    text = name.strip()
    if not text or text in pack.vocabulary:
        return text
    named = list(_index(pack).named(text))
    return named[0] if len(named) == 1 else ""


def _index(pack: DiseasePack) -> NameIndex:
    return _indexes.of(pack, lambda: NameIndex(pack.features, UnitTable.standard()))
