"""Which facts a finding speaks of."""

import pytest

from dashboard.records.patient import Finding, Severity, Where
from dashboard.records.subjects import fact_named, facts_of
from tests.builders import tiny_pack


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("albumin_g_dl", ("albumin_g_dl",)),
        ("Serum albumin (g/L)", ("albumin_g_dl",)),
        ("ECOG", ("ecog_ps",)),
        ("kras_g12c, braf_v600", ("kras_g12c", "braf_v600")),
        ("sex, sex", ("sex",)),
        ("Hospital", ()),
        ("", ()),
        (" , ", ()),
    ],
)
def test_facts_of_knows_features_and_columns(field, facts):
    """Ids, column names with units, and lists of two are understood; strangers are nobody."""
    finding = Finding(Severity.ERROR, "x", "x", Where("a.csv", 2, field))
    assert facts_of(finding, tiny_pack()) == facts


def test_fact_named_is_nothing_where_several_are_meant():
    """A name that two facts share is not guessed."""
    first, second, *rest = tiny_pack().features
    shared = [f.model_copy(update={"aliases": ("level",)}) for f in (first, second)]
    assert fact_named("level", tiny_pack(features=(*shared, *rest))) == ""
    assert fact_named("level", tiny_pack(features=(shared[0], second, *rest))) == first.id


def test_fact_named_keeps_packs_apart():
    """What one pack calls a column means nothing in another."""
    first, *rest = tiny_pack().features
    own = first.model_copy(update={"aliases": ("xyz",)})
    one = tiny_pack(features=(own, *rest), fingerprint="one")
    two = tiny_pack(fingerprint="two")
    assert [fact_named("xyz", pack) for pack in (one, two, one)] == [first.id, "", first.id]


def test_packs_that_were_met_are_not_remembered_for_ever():
    """A server that loads pack after pack keeps the indexes of a few."""
    for number in range(40):
        pack = tiny_pack().model_copy(update={"fingerprint": f"pack {number}"})
        assert fact_named("Serum albumin (g/L)", pack) == "albumin_g_dl"
