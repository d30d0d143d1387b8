"""Two changes of one body: nothing of either is lost without somebody choosing."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.meeting.merging import Clash, merge

NAMES = st.sampled_from("abcd")
BODIES = st.dictionaries(NAMES, st.integers(0, 2))


def test_merge_takes_what_only_one_changed():
    """Mine stays where only I changed, theirs where only they did."""
    found = merge({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 3, "c": 1})
    assert found.body == {"a": 2, "b": 3, "c": 1}
    assert (found.clashes, found.mine_kept, found.theirs_kept) == ((), ("a",), ("b",))


def test_merge_asks_where_both_changed_differently():
    """Until somebody chooses, theirs stands; the choice is field by field."""
    found = merge({"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 3, "b": 4})
    assert found.clashes == (Clash("a", 1, 2, 3), Clash("b", 1, 2, 4))
    assert found.chosen(()) == {"a": 3, "b": 4}
    assert found.chosen({"b"}) == {"a": 3, "b": 2}


def test_merge_of_the_same_change_is_no_clash():
    """Two people who meant the same agree."""
    found = merge({"a": 1}, {"a": 2}, {"a": 2})
    assert found.clashes == ()
    assert found.body == {"a": 2}


def test_merge_keeps_a_field_that_only_i_added():
    """A field that the other body does not have is not lost."""
    assert merge({}, {"a": 1}, {}).body == {"a": 1}


@given(BODIES, BODIES, BODIES)
def test_merge_loses_no_change(before, mine, theirs):
    """Every field that either changed has that value, or is a clash."""
    found = merge(before, mine, theirs)
    clashing = {clash.field for clash in found.clashes}
    for name in {*mine, *theirs, *before} - clashing:
        was, my, their = before.get(name), mine.get(name), theirs.get(name)
        if my != was:
            assert found.body.get(name) == my
        if their != was:
            assert found.body.get(name) == their
