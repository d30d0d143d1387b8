"""Judging a table gives, row by row, what judging each patient gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.knowledge.rule_tables import Table
from dashboard.knowledge.rules import parse
from dashboard.knowledge.schema import Feature, Kind

FEATURES = {
    "size": Feature(id="size", label="Size", kind=Kind.NUMBER),
    "spread": Feature(id="spread", label="Spread", kind=Kind.FLAG),
    "grade": Feature(id="grade", label="Grade", kind=Kind.ORDINAL, levels=("0", "1", "2")),
    "kind": Feature(id="kind", label="Kind", kind=Kind.CATEGORY, levels=("a", "b", "c")),
}
CLAUSES = st.sampled_from(
    [
        "size > 3", "size <= 3", "size == 3", "size in {1, 3}", "spread == true", "spread != true",
        "grade >= 1", "grade == 2", "grade in {0, 2}", "grade < 1", "kind == a", "kind != b",
        "kind not in {a, c}",
    ]
)  # fmt: skip
RULES = st.recursive(
    CLAUSES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]}) and ({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}) or ({p[1]})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=5,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "size": st.sampled_from([None, 1.0, 3.0, 7.0]),
            "spread": st.sampled_from([None, True, False]),
            "grade": st.sampled_from([None, "0", "1", "2"]),
            "kind": st.sampled_from([None, "a", "b", "c"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def as_number(name: str, value: object) -> float:
    """A value as a column holds it."""
    if value is None:
        return float("nan")
    levels = FEATURES[name].levels
    return float(levels.index(str(value))) if levels else float(value)


@settings(max_examples=150, deadline=None)
@given(text=RULES, rows=ROWS)
def test_tables_are_judged_like_patients(text: str, rows: list[dict[str, object]]) -> None:
    """Yes, no and unknown agree with `Rule.judge` in every row, for any rule."""
    rule = parse(text, FEATURES)
    columns = {n: np.array([as_number(n, row[n]) for row in rows]) for n in FEATURES}
    judged = Table(FEATURES, columns, len(rows)).judge(rule)
    for place, row in enumerate(rows):
        answer = rule.judge({n: v for n, v in row.items() if v is not None}).answer
        shown = "yes" if judged.yes[place] else "no" if judged.no[place] else "unknown"
        assert shown == str(answer), (text, row)


def test_an_absent_column_is_unknown() -> None:
    """A feature the table does not have is unknown for everybody."""
    judged = Table(FEATURES, {}, 3).judge(parse("size > 3", FEATURES))
    assert judged.unknown.all()
