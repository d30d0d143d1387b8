"""The page of capabilities promises nothing that no test shows."""

import re

from tests.contracts import sources

PAGE = "docs/reference/capabilities.md"
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| (yes|part|no) \| (.+) \|$", re.MULTILINE)


def test_capabilities_are_told_one_by_one() -> None:
    """Rows 1 to 77 are all there, each with what is there."""
    numbers = [int(found[1]) for found in ROW.finditer(sources.text(PAGE))]
    assert numbers[:77] == list(range(1, 78))


def test_capabilities_are_shown_by_tests_that_exist() -> None:
    """Every test that is named exists; only what is not there names none."""
    written = sources.tests_written()
    for found in ROW.finditer(sources.text(PAGE)):
        named = re.findall(r"`(test_\w+)`", found[3])
        assert bool(named) == (found[2] != "no"), found[1]
        assert set(named) <= written, found[1]
