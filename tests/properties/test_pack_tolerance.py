"""Whatever stands in the files of a pack, reading them ends in findings, never in a crash."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.distributions import describe, faults, parse_change, parse_draw
from dashboard.knowledge.library import read_library
from dashboard.knowledge.toml_lines import positions
from tests.packs_fixture import DISEASE_ID, FILES, write_pack

WORDS = (
    "normal cat mix catrange point expr odds shift missing ( ) , : = - 0.5 1 -3 a true 1-9: * / "
)
DRAWISH = st.lists(st.sampled_from(WORDS.split(" ")), max_size=16).map(" ".join)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site's folder with the invented pack."""
    folder = tmp_path_factory.mktemp("site")
    write_pack(folder)
    return folder


@pytest.mark.parametrize("parse", [parse_draw, parse_change])
@given(text=st.one_of(st.text(max_size=60), DRAWISH))
def test_draws_are_read_or_refused(parse, text):
    """Any text is a draw or a change, or is refused with a place inside it."""
    try:
        parsed = parse(text)
    except RuleError as error:
        column = error.column
    else:
        column = 1
        if parse is parse_draw:
            assert isinstance(list(faults(parsed)), list)
            assert describe(parsed)
    assert 1 <= column <= len(text) + 1


@given(st.text(alphabet="ab=[]{}\"'#\n.0 ", max_size=120))
def test_positions_survives_any_text(text):
    """The scanner of lines never fails, and never names a line the text does not have."""
    lines = text.count("\n") + 1
    assert all(1 <= line <= lines for line in positions(text).values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(sorted(FILES)),
    place=st.floats(min_value=0, max_value=1),
    length=st.integers(min_value=0, max_value=40),
    patch=st.text(max_size=12),
)
def test_library_tells_of_any_damage(site, name, place, length, patch):
    """A file with any stretch of it replaced gives a pack or findings, each with file and cure."""
    path = site / DISEASE_ID / name
    text = FILES[name]
    start = int(place * len(text))
    path.write_text(text[:start] + patch + text[start + length :], encoding="utf-8")
    try:
        packs, findings = read_library(built_in=site)
    finally:
        path.write_text(text, encoding="utf-8")
    assert packs or findings
    for finding in findings:
        assert finding.place.path.parent.name == DISEASE_ID
        assert finding.message.endswith((".", "?"))
