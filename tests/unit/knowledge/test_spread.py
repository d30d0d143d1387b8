"""Where a disease spreads: which published rows speak of a patient, and which only may."""

from dashboard.knowledge.library import load_library
from dashboard.knowledge.spread import sites_of

PACK = load_library().pack("nsclc")


def ids(facts, regimens=()):
    """The rows that certainly speak of the patient, and those that may."""
    found = sites_of(facts, PACK, regimens)
    return (
        {f.row.id for f in found if f.certain},
        {f.row.id for f in found if not f.certain},
    )


def test_spread_of_everybody_holds_for_everybody():
    """A row without a condition speaks of every patient."""
    certain, _ = ids({})
    assert {"brain-1", "bone-1", "liver-1"} <= certain


def test_spread_of_a_subgroup_follows_its_condition():
    """Met, not met, or not known: shown, left out, or told apart."""
    assert "brain-3" in ids({"alk_fusion": True})[0]
    assert "brain-3" not in set().union(*ids({"alk_fusion": False}))
    assert "brain-3" in ids({})[1]


def test_spread_under_a_regimen_is_told_when_it_is_asked_about():
    """A row seen on one regimen belongs to a board with that regimen alone."""
    facts = {"alk_fusion": True}
    assert "brain-10" not in ids(facts)[0]
    assert "brain-10" in ids(facts, ["alectinib"])[0]


def test_spread_stands_site_by_site_the_special_first():
    """Rows of one site stand together, certain and specific ones first."""
    found = sites_of({"alk_fusion": True}, PACK)
    sites = [figure.row.site for figure in found]
    assert sites == sorted(sites, key=list(dict.fromkeys(sites)).index)
    brain = [figure for figure in found if figure.row.site == "brain"]
    assert brain[0].row.when
    assert [f.certain for f in brain] == sorted((f.certain for f in brain), reverse=True)


def test_spread_of_every_pack_can_be_told():
    """No condition of any pack fails to be judged."""
    for pack in load_library().packs:
        assert len(sites_of({}, pack, [r.id for r in pack.regimens])) == len(pack.sites)
