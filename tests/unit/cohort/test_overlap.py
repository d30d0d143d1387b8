"""Overlap: true chances counted where a regimen was open, apart for those who got it."""

import pytest

from dashboard.cohort.overlap import TRUTH_FILE, read_overlap

TRUTH = """id,regimen,received,propensity,os_months
P1.1,one,1,0.90,3
P1.1,two,0,0.10,4
P2.1,one,0,0.02,5
P2.1,two,1,0.98,6
P3.1,one,1,0.60,7
"""


def test_overlap_counts_each_regimen_where_it_was_open(tmp_path):
    """Every row of truth is counted once, under its regimen, with the extreme chances."""
    (tmp_path / TRUTH_FILE).write_text(TRUTH)
    one, two = read_overlap(tmp_path, {"one": "Drug one"})
    assert (one.label, two.label) == ("Drug one", "two")
    assert (sum(one.treated), sum(one.others)) == (2, 1)
    assert (one.smallest, one.largest) == pytest.approx((0.02, 0.90))
    assert one.edges[0] == 0.0
    assert one.edges[-1] == 1.0
    assert one.others[0] == 1
