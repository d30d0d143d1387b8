"""Evidence beside a patient: arms with fit, figures with whose interval, effects, side effects."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.answers.evidence import (
    FROM_PATIENTS,
    FROM_START,
    NO_INTERVAL,
    PUBLISHED,
    Citation,
    address_of,
)
from dashboard.knowledge.matching import Bearing, Fit
from dashboard.records.patient import Patient
from dashboard.services import evidence, published_rows
from dashboard.services.installation import open_context

FACTS = {
    "ecog_ps": "0", "pd_l1_tps": 90.0, "egfr_mutation": "none", "alk_fusion": False,
    "ros1_fusion": False, "smoking_status": "former",
}  # fmt: skip


@pytest.fixture
def context(tmp_path):
    """An installation of its owner."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lambda _: None)


@pytest.fixture
def pembrolizumab(context):
    """What is published of one regimen for a patient with high PD-L1."""
    patient = Patient("P1", "nsclc", FACTS, line=1)
    (found,) = evidence.matches(context, patient, ["pembrolizumab-mono"])
    return found


def arm(found, name):
    """One arm by its id."""
    return next(each for each in found.arms if each.id == name)


def test_matches_cover_the_whole_pack_when_no_regimen_is_named(context):
    """Every regimen is there, in the pack's order."""
    found = evidence.matches(context, Patient("P1", "nsclc", FACTS, line=1))
    assert [each.regimen for each in found] == list(context.library.pack("nsclc").regimens_by_id)


def test_arms_stand_with_fit_and_criteria(context, pembrolizumab):
    """One that fits, and for a patient less fit ones that differ by the criterion named."""
    assert arm(pembrolizumab, "keynote-024-pembrolizumab").fit == Fit.FITS
    less = Patient("P2", "nsclc", {**FACTS, "ecog_ps": "2"}, line=1)
    (found,) = evidence.matches(context, less, ["pembrolizumab-mono"])
    nearly = [each for each in found.arms if each.fit == Fit.NEARLY]
    assert arm(found, "keynote-024-pembrolizumab") in nearly
    assert all(each.differs == ("ECOG performance status at most 1",) for each in nearly)
    assert found.counted(Fit.NEARLY) == len(nearly)


def test_figures_say_whose_interval_they_have(pembrolizumab):
    """Medians keep the published one, response the exact one, landmarks one without censoring."""
    held = {f.label: f for f in arm(pembrolizumab, "keynote-024-pembrolizumab").figures}
    assert (held["median OS"].value, held["median OS"].interval) == (26.3, PUBLISHED)
    assert held["objective response"].interval == FROM_PATIENTS
    assert held["objective response"].low == pytest.approx(38.05, abs=0.01)
    assert held["24-month OS"].interval == FROM_START
    assert held["24-month OS"].months == 24
    assert (held["OS hazard ratio"].low, held["OS hazard ratio"].high) == (0.48, 0.81)
    assert held["grade 3 or more"].note == "related to treatment"


def test_figures_count_as_re_read_by_their_own_field(pembrolizumab):
    """Of a row re-read in part, only the fields named were."""
    held = {f.label: f for f in arm(pembrolizumab, "keynote-024-pembrolizumab").figures}
    assert held["median OS"].re_read
    assert not held["objective response"].re_read
    assert arm(pembrolizumab, "keynote-024-pembrolizumab").control.startswith("Platinum")


def test_effects_point_both_ways(pembrolizumab):
    """High PD-L1 supports an antibody against PD-1; every effect has its bearing."""
    assert any(e.bearing == Bearing.SUPPORTS for e in pembrolizumab.effects)
    assert {e.bearing for e in pembrolizumab.effects} <= {str(bearing) for bearing in Bearing}


def test_side_effects_stand_with_their_basis(pembrolizumab):
    """Any adverse event is counted as related to treatment."""
    row = next(each for each in pembrolizumab.toxicities if each.label == "Any adverse event")
    assert (row.any_grade, row.severe, row.basis) == (76.6, 31.2, "related to treatment")


def test_early_arms_have_their_own_figures(context):
    """Landmarks in years, ratios and complete responses at operation."""
    pack = context.library.pack("breast")
    labels = {f.label for a in pack.early_arms for f in published_rows.arm_figures(a)}
    assert {"pathological complete response", "IDFS hazard ratio"} <= labels
    assert any(label.endswith("-year OS") for label in labels)


def test_a_figure_without_an_interval_says_so(context):
    """Without a number of patients there is nothing to work an interval out from."""
    pack = context.library.pack("nsclc")
    bare = pack.arms[0].model_copy(
        update={"n": None, "os_median_low": None, "os_median_high": None, "os_hr_low": None}
    )
    held = {f.label: f for f in published_rows.arm_figures(bare)}
    told = (held["objective response"], held["median OS"], held["OS hazard ratio"])
    assert {figure.interval for figure in told} == {NO_INTERVAL}


def test_effect_as_a_figure_keeps_its_interval(context):
    """A ratio with both ends has a published interval."""
    effect = context.library.pack("nsclc").effects[0]
    figure = published_rows.effect_figure(effect)
    assert (figure.value, figure.low, figure.high) == (effect.value, effect.low, effect.high)
    assert figure.interval == PUBLISHED


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("10.1200/JCO.21.00174", "https://doi.org/10.1200/JCO.21.00174"),
        ("PMID 12345678", "https://pubmed.ncbi.nlm.nih.gov/12345678/"),
        ("NCT02142738", "https://clinicaltrials.gov/study/NCT02142738"),
        ("javascript:alert(1)", ""),
        ("ESMO 2021", ""),
    ],
)
def test_references_lead_to_known_places_only(reference, address):
    """A DOI, a PubMed number, a trial number; nothing else becomes a link."""
    assert address_of(reference) == address
    two = Citation(reference=f"{reference}; 10.1/x")
    assert two.links == ((reference, address), ("10.1/x", "https://doi.org/10.1/x"))


def test_a_change_has_its_tier_with_rule_and_source(context):
    """Osimertinib under an EGFR mutation; the rules are marked as not re-read."""
    patient = Patient("P", "nsclc", {"egfr_mutation": "L858R"})
    (found,) = evidence.matches(context, patient, ["osimertinib"])
    assert found.tier.name == "I-A"
    assert found.tier.source.verified == "memory"
    (none,) = evidence.matches(context, patient, ["docetaxel"])
    assert none.tier is None


@pytest.mark.parametrize(
    ("newest", "old"), [(2026, False), (2025, False), (2024, True), (None, True)]
)
def test_evidence_of_more_than_a_year_ago_is_old(context, newest, old):
    """A year that ended more than twelve months ago; no year at all counts as old."""
    late = replace(context, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    assert evidence.is_old(late, newest) == old
    assert evidence.newest_year(context, "nsclc") >= 2025
