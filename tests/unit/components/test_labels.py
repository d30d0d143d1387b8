"""Room for words: lines broken, labels apart, each as near as can be to its curve."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.charts.labels import broken, short, spread, stacked, width_of

WANTED = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def test_broken_keeps_every_word_that_fits():
    """A name is broken between words, and what does not fit is left out of the last line."""
    assert broken("Carboplatin + pemetrexed + pembrolizumab", 26) == [
        "Carboplatin + pemetrexed +",
        "pembrolizumab",
    ]
    lines = broken("word " * 40, 20, most_lines=2)
    assert len(lines) == 2
    assert "…" in lines[-1]
    assert all(len(line) <= 20 for line in lines)
    assert broken("", 10) == [""]


def test_short_leaves_the_middle_out():
    """A text that fits stays; a longer one keeps both ends, by which names differ."""
    assert short("Docetaxel", 9) == "Docetaxel"
    assert short("Docetaxel", 5) == "Do…el"
    arms = [f"KEYNOTE-010: pembrolizumab pooled doses, TPS >={share}%" for share in (1, 50)]
    assert len({short(arm, 30) for arm in arms}) == 2
    assert all(len(short(arm, 30)) <= 30 for arm in arms)


def test_stacked_makes_no_tag_of_a_name():
    """Lines are divided as figures divide them, and what a name holds stays text."""
    assert stacked("one <b>two</b>", 10) == "one<br>&lt;b&gt;two&lt;/b&gt;"


def test_width_of_is_that_of_the_longest_line():
    """The longest line decides how much room a label needs."""
    assert width_of(["abcd", "ab"]) == 2 * width_of(["ab"])
    assert width_of([]) == 0


def test_spread_leaves_labels_that_do_not_touch():
    """Labels far enough apart stay where they are wanted."""
    assert spread([0.2, 0.8], [0.1, 0.1], 0, 1) == pytest.approx([0.2, 0.8])


def test_spread_moves_equal_labels_apart_evenly():
    """Two labels wanted at one place share the displacement."""
    assert spread([0.5, 0.5], [0.2, 0.2], 0, 1) == pytest.approx([0.4, 0.6])


@given(WANTED)
def test_spread_never_overlaps_and_keeps_the_order(wanted):
    """Whatever is wanted, no labels overlap, none leaves the picture, none overtakes another."""
    sizes = [0.12] * len(wanted)
    centres = spread(wanted, sizes, 0, 1)
    placed = sorted(zip(centres, wanted, strict=True))
    gaps = [b[0] - a[0] for a, b in itertools.pairwise(placed)]
    assert all(gap >= 0.12 - 1e-9 for gap in gaps)
    assert placed[0][0] >= 0.06 - 1e-9
    assert placed[-1][0] <= 0.94 + 1e-9
    assert [w for _, w in placed] == sorted(wanted)
