"""Judging a rule over whole tables at once, with the same three answers as for one patient.

A table maps features to columns of floats: numbers as they are, a flag 0 or 1, an ordinal or a
category the place of its level; NaN is unknown. For every row the answer equals `Rule.judge` of
that row (a property test proves it); only the reasons are not kept, which is what makes 100,000
patients cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.knowledge.rules import Both, Comparison, Either, Node, Not, Rule
from dashboard.knowledge.schema import Feature, Kind

Column = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truths:
    """What a rule says of each row; rows in neither are unknown."""

    yes: Flags
    no: Flags

    @property
    def unknown(self) -> Flags:
        """The rows nothing certain can be said of."""
        return ~(self.yes | self.no)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length with the features they hold."""

    features: Mapping[str, Feature]
    columns: Mapping[str, Column]
    length: int

    def judge(self, rule: Rule) -> Truths:
        """The rule's answer for every row; a column that is absent is unknown throughout."""
        return _judge(rule.root, self)


def _judge(node: Node, table: Table) -> Truths:
    match node:
        case Comparison():
            return _compare(node, table)
        case Not(part):
            inner = _judge(part, table)
            return Truths(inner.no, inner.yes)
        case Both(parts):
            return _both(parts, table)
        case Either(parts):
            return _either(parts, table)


def _both(parts: tuple[Node, ...], table: Table) -> Truths:
    yes, no = np.ones(table.length, bool), np.zeros(table.length, bool)
    for part in parts:
        judged = _judge(part, table)
        yes, no = yes & judged.yes, no | judged.no
    return Truths(yes, no)


def _either(parts: tuple[Node, ...], table: Table) -> Truths:
    yes, no = np.zeros(table.length, bool), np.ones(table.length, bool)
    for part in parts:
        judged = _judge(part, table)
        yes, no = yes | judged.yes, no & judged.no
    return Truths(yes, no)


def _compare(leaf: Comparison, table: Table) -> Truths:
    column = table.columns.get(leaf.name)
    if column is None:
        nobody = np.zeros(table.length, bool)
        return Truths(nobody, nobody)
    feature = table.features[leaf.name]
    if feature.kind in (Kind.NUMBER, Kind.FLAG):
        known = ~np.isnan(column)
        holds = _holds(leaf, column)
        return Truths(holds & known, ~holds & known)
    return _compare_levels(leaf, feature, column)


def _compare_levels(leaf: Comparison, feature: Feature, column: Column) -> Truths:
    """Levels are few: each is judged once, then looked up for every row."""
    codes = np.where(np.isnan(column), -1.0, column).astype(np.intp)
    verdicts = [_level_holds(leaf, level) for level in feature.levels]
    yes = np.array([v is True for v in verdicts] + [False])
    no = np.array([v is False for v in verdicts] + [False])
    return Truths(yes[codes], no[codes])  # code -1 finds the last entry: unknown


def _level_holds(leaf: Comparison, level: str) -> bool | None:
    facts = {leaf.name: level}
    answer = Rule(leaf.text, leaf).judge(facts).answer
    return {"yes": True, "no": False}.get(str(answer))


def _holds(leaf: Comparison, column: Column) -> Flags:
    if leaf.operator in ("==", "!=", "in", "not in"):
        members = np.array([float(constant) for constant in leaf.constants])
        among = np.isin(column, members)
        return among if leaf.operator in ("==", "in") else ~among
    bound = leaf.ranked(leaf.constants[0])
    if bound is None:
        return np.zeros(column.size, bool)
    with np.errstate(invalid="ignore"):
        match leaf.operator:
            case "<":
                return column < bound
            case "<=":
                return column <= bound
            case ">":
                return column > bound
    return column >= bound
