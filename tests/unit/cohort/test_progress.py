"""How far long work is, part by part."""

from dashboard.cohort.progress import silent, within


def test_part_is_told_as_a_share_of_the_whole():
    """Half of a part from 0.2 to 0.6 is 0.4 of the whole, parts of parts too."""
    told = []
    part = within(told.append, 0.2, 0.6)
    for share in (0.0, 0.5, 1.0):
        part(share)
    within(part, 0.5, 1.0)(0.5)
    assert [round(share, 3) for share in told] == [0.2, 0.4, 0.6, 0.5]


def test_silent_says_nothing():
    """Nobody waits, and nothing happens."""
    assert silent(0.5) is None
