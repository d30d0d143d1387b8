"""Visits read from published schedules: every way the packs write them, and none guessed."""

import pytest

from dashboard.knowledge.burden import burden_of
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Drug, Regimen


def a_regimen(*doses, route="IV", cycle=21, instead=()):
    """A regimen with these doses; those in `instead` replace the first drug."""
    drugs = [Drug(name=f"drug{place}", dose=dose) for place, dose in enumerate(doses)]
    drugs += [Drug(name="other", dose=dose, instead_of="drug0") for dose in instead]
    return Regimen(
        id="x", label="X", drugs=tuple(drugs), classes=("chemo",), route=route, cycle_days=cycle
    )


@pytest.mark.parametrize(
    ("dose", "visits"),
    [
        ("200 mg q3w", 4),
        ("200 mg q3w (or 400 mg q6w) up to 35 cycles", 4),
        ("5.4 mg/kg IV q21d", 4),
        ("85 mg/m2 IV d1 q14d", 6),
        ("10 mg/kg IV d1 d8 q21d", 8),
        ("100 mg/m2 d1,8,15 x4", 12),
        ("80-90 mg/m2 IV d1 8 15 q28d", 9),
        ("500 mg IM d1 d15 d29 then q28d", 4),
        ("500 mg IM d1 d15 then q28d", 4),
        ("400 mg/m2 load then 250 mg/m2 weekly (or 500 mg/m2 q14d)", 12),
        ("1050 mg weekly x4 then q2w IV", 8),
        ("1500 mg q3w x4 then q4w", 4),
        ("240 mg IV q14d x6 then 480 mg q28d", 6),
        ("20 mcg d1, 30 mcg d8, 68 mcg weekly from d15", 12),
        ("30 mg/m2 d1,8 IV (or oral) q3-4w", 8),
        ("physician choice", 4),
    ],
)
def test_burden_counts_the_days_of_a_schedule(dose, visits):
    """Twelve weeks are laid out day by day, as the dose says."""
    assert burden_of(a_regimen(dose)).visits == visits


def test_burden_counts_a_day_once():
    """Two drugs on one day are one visit; a drug that replaces another adds none."""
    regimen = a_regimen("200 mg q3w", "AUC5 q3w x4", instead=("75 mg/m2 d1,8,15 q3w",))
    assert burden_of(regimen).visits == 4


def test_burden_of_tablets_is_no_visit():
    """What is swallowed at home needs nobody to come; beside an infusion only that counts."""
    assert burden_of(a_regimen("80 mg once daily", route="PO", cycle=28)).visits == 0
    both = a_regimen("300 mg PO BID", "6 mg/kg q21d", route="PO+IV")
    assert burden_of(both).visits == 4
    assert burden_of(both).words == "tablets + infusion, 21-day cycle"


def test_burden_is_unknown_where_nothing_can_be_read():
    """An infusion without a schedule and without a cycle gives no number."""
    burden = burden_of(a_regimen("60 mg/kg x2", cycle=None))
    assert burden.visits is None
    assert burden.words == "infusion"


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("none", "no drug"),
        ("PO", "tablets"),
        ("IV or SC", "infusion or injection"),
        ("IV/SC+PO", "infusion or injection + tablets"),
        ("intralesional", "injection into the tumour"),
    ],
)
def test_burden_says_the_route_in_words(route, words):
    """Abbreviations of the packs become words."""
    assert burden_of(a_regimen("", route=route, cycle=None)).words == words


def test_burden_is_known_of_nearly_every_regimen_in_the_packs():
    """Only treatments given once, in a hospital, have no schedule; no number is out of reason."""
    regimens = [regimen for pack in load_library().packs for regimen in pack.regimens]
    burdens = {regimen.id: burden_of(regimen) for regimen in regimens}
    assert {name for name, b in burdens.items() if b.visits is None} == {
        "lifileucel",
        "til-academic",
    }
    assert all(0 <= b.visits <= 24 for b in burdens.values() if b.visits is not None)
    assert all(b.route for b in burdens.values())
