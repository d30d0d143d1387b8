"""The page of promises names a test for each, and every test that it names exists."""

import re

from tests.contracts import sources

PAGE = "docs/reference/trust.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
HEAD = ("promise", "---")


def promises() -> list[re.Match[str]]:
    """Every row of the tables."""
    return [row for row in ROW.finditer(sources.text(PAGE)) if not row[1].startswith(HEAD)]


def test_trust_has_a_row_for_each_line_of_its_tables() -> None:
    """No row is written so that it would not be looked at."""
    lines = [each for each in sources.text(PAGE).splitlines() if each.startswith("| ")]
    heads = [each for each in lines if each.startswith("| promise")]
    assert len(promises()) == len(lines) - len(heads)
    assert len(heads) == 3


def test_trust_is_shown_by_tests_that_exist() -> None:
    """Each promise names one at least; the column of how and of what is not promised name none."""
    written = sources.tests_written()
    for row in promises():
        named = set(re.findall(r"`(test_\w+)`", row[3]))
        assert named, row[1]
        assert named <= written, (row[1], named - written)
        assert "test_" not in row[1] + row[2] + row[4], row[1]
