"""The lines on which tables and keys of a TOML file stand."""

import pytest

from dashboard.knowledge.toml_lines import line_of, positions

TEXT = '''\
# [not.a.table]
id = "x"

[features.one] # a comment
label = "One = 1 [not a table]"
cases = [
  { when = "a == 1", draw = "x" },
  # ]
  { draw = "]" },
]
after = 1
[features."two.three"]
text = """
[features.four]
key = 1
"""
long = \'\'\'
five = 2\'\'\'
dotted.key = 3

[[entries]]
when = "a"
[[entries]]
when = "b"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("id",), 2),
        (("features", "one"), 4),
        (("features", "one", "label"), 5),
        (("features", "one", "cases"), 6),
        (("features", "one", "after"), 11),
        (("features", "two.three"), 12),
        (("features", "two.three", "text"), 13),
        (("features", "two.three", "long"), 17),
        (("features", "two.three", "dotted", "key"), 19),
        (("entries", "0"), 21),
        (("entries", "0", "when"), 22),
        (("entries", "1", "when"), 24),
    ],
)
def test_positions_finds_tables_and_keys(path, line):
    """Headers and keys are found; comments, strings and nested tables are not mistaken for them."""
    assert positions(TEXT)[path] == line


def test_positions_finds_nothing_else():
    """What stands inside strings, comments and arrays is no key."""
    assert not {"not", "five"} & {part for path in positions(TEXT) for part in path}
    assert ("features", "four") not in positions(TEXT)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("features", "one", "absent"), 4),
        (("features", "absent"), 4),
        (("entries",), 21),
        (("absent",), 0),
        ((), 0),
    ],
)
def test_line_of_gives_the_nearest_place(path, line):
    """What has no line of its own is placed at the table around it, or the first one inside."""
    assert line_of(positions(TEXT), path) == line
