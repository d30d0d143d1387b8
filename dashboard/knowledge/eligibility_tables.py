"""Which regimens are open to whole tables of patients, by the same rules as for one.

For every row the answer equals `eligibility.judge` of that row, what follows from known facts
included; the clauses and deciding facts are not kept, which is what makes 100,000 patients cheap.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dashboard.knowledge.eligibility import Part, Rules, rules_of
from dashboard.knowledge.implications import implication_rules
from dashboard.knowledge.rule_tables import Column, Table, Truths
from dashboard.knowledge.rules import Value
from dashboard.knowledge.schema import DiseasePack, Feature


def judge_table(columns: Mapping[str, Column], length: int, pack: DiseasePack) -> dict[str, Truths]:
    """The answer of every regimen for every row.

    Args:
        columns: a column of floats by feature: a flag 0 or 1, a level its place, NaN unknown.
        length: of each column.
        pack: whose rules are asked.
    """
    table = Table(pack.vocabulary, with_consequences(columns, length, pack), length)
    return {regimen: _open(rules, table) for regimen, rules in rules_of(pack).items()}


def with_consequences(
    columns: Mapping[str, Column], length: int, pack: DiseasePack
) -> dict[str, Column]:
    """The columns with every fact that follows from those known, one step leading to the next."""
    known = dict(columns)
    settled = False
    while not settled:
        fresh = _step(known, length, pack)
        settled = not fresh
        for name, column in fresh.items():
            before = known.get(name)
            known[name] = column if before is None else np.where(np.isnan(before), column, before)
    return known


def _step(known: Mapping[str, Column], length: int, pack: DiseasePack) -> dict[str, Column]:
    table = Table(pack.vocabulary, known, length)
    fresh: dict[str, Column] = {}
    for entry, rule in implication_rules(pack):
        holds = table.judge(rule).yes
        if not holds.any():
            continue
        for name, value in entry.then.items():
            before = known.get(name)
            open_rows = holds if before is None else holds & np.isnan(before)
            column = fresh.get(name)
            open_rows = open_rows if column is None else open_rows & np.isnan(column)
            if open_rows.any():
                column = np.full(length, np.nan) if column is None else column
                column[open_rows] = _code(pack.vocabulary[name], value)
                fresh[name] = column
    return fresh


def _code(feature: Feature, value: Value) -> float:
    return float(feature.levels.index(str(value))) if feature.levels else float(value)


def _open(rules: Rules, table: Table) -> Truths:
    parts = [table.judge(rules[Part.ELIGIBILITY]), table.judge(rules[Part.LINE])]
    if rules[Part.CONTRAINDICATION].leaves:
        banned = table.judge(rules[Part.CONTRAINDICATION])
        parts.append(Truths(banned.no, banned.yes))
    yes, no = np.ones(table.length, bool), np.zeros(table.length, bool)
    for part in parts:
        yes, no = yes & part.yes, no | part.no
    return Truths(yes, no)
